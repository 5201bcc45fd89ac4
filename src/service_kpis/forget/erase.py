"""The erasure of persons from the raw tables, and the memory of whom not to let in again.

A person is a customer with all ids that were ever merged with it, and what belongs to it: rows that
name it, rows that name such a row (the messages of its tickets, the answers to its invitations),
rows of the same visitor or public author; never a row that names another customer. The meta
`references`, `references_where` and `person_key` of the source YAML say which column names what.

The customers rows go. All other rows stay, so that what was counted stays counted, but say nothing
of the person any more: ids of the person and keys of visitors become NULL, personal text a mark.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb

from service_kpis.load.sql import identifier, literal
from service_kpis.load.warehouse import ARRIVED_AT
from service_kpis.raw_schema import RawColumn, RawTable

CUSTOMERS = "customers"
FORGOTTEN = "_forgotten"
# Instead of a text, so that there still was one.
ERASED = "erased"


# Made by dbt, and made again in full by the next build; of the schema data_quality all but what
# runs have noted of themselves.
BUILT_SCHEMAS = ("staging", "intermediate", "core", "marts")
NOTES_SCHEMA, NOTES = "data_quality", ("run_history", "run_results", "source_freshness")


@dataclass(frozen=True)
class Touched:
    """What an erasure did to one raw table: rows, and the files that they came from."""

    table: str
    rows: int
    files: tuple[str, ...]


class Erasure:
    """One erasure, inside the caller's transaction.

    The table _person holds what belongs to the persons: per raw table the keys of their rows, per
    person key its values. `table_name` is the raw table or the column's name.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, schema: str, tables: Mapping[str, RawTable]
    ) -> None:
        """Begin with nobody; make the table of the forgotten where there is none."""
        self.connection = connection
        self.schema = schema
        self.tables = tables
        connection.execute(
            "create or replace temporary table _person"
            " (table_name varchar, key varchar, primary key (table_name, key))"
        )
        # One salt for all: a hash is what tells a person who comes again.
        connection.execute(
            f"create table if not exists {self._relation(FORGOTTEN)} (table_name varchar not null,"
            " key_hash varchar not null, salt varchar not null, noted_at timestamptz not null,"
            " erased_at timestamptz)"
        )
        found = connection.execute(f"select any_value(salt) from {self._relation(FORGOTTEN)}")
        self.salt = found.fetchone()[0]
        self.is_anybody_forgotten = self.salt is not None
        self.salt = self.salt or secrets.token_hex(16)

    def unknown(self, ids: Collection[str]) -> list[str]:
        """Add customers; return those that no row names and that were not forgotten before."""
        known: set[str] = set()
        for table in self.tables.values():
            for value, condition in self._links(table, CUSTOMERS):
                known |= self._among(
                    ids, f"select {value} from {self._relation(table.name)} where {condition}"
                )
        forgotten = f"select key_hash from {self._relation(FORGOTTEN)} where table_name = ?"
        hashes = {row[0] for row in self.connection.execute(forgotten, [CUSTOMERS]).fetchall()}
        for one in ids:
            self._add(f"select {literal(CUSTOMERS)}, {literal(one)}")
            hashed = self.connection.execute(f"select {self._hash('?', '?')}", [CUSTOMERS, one])
            if hashed.fetchone()[0] in hashes:
                known.add(one)
        return [one for one in ids if one not in known]

    def find_again(self, arrived_at: datetime) -> None:
        """Add what is known as forgotten and is named by rows that have just arrived."""
        for table in self.tables.values():
            new = f"{self._relation(table.name)} where {identifier(ARRIVED_AT)} = ?"
            for kind, value, condition in self._named(table):
                self._add(
                    f"select distinct {literal(kind)}, {value} from {new} and {condition}"
                    f" and {self._hash(literal(kind), value)} in (select key_hash from"
                    f" {self._relation(FORGOTTEN)} where table_name = {literal(kind)})",
                    [arrived_at],
                )

    def is_about_anybody(self) -> bool:
        """Tell whether there is anything to erase."""
        return self.connection.execute("select count(*) from _person").fetchone()[0] > 0

    def follow(self) -> None:
        """Add all that belongs to the persons, until nothing new is found."""
        is_new = True
        while is_new:
            is_new = False
            for table in self.tables.values():
                rows = f"{self._relation(table.name)} where {self._is_about(table)}"
                for kind, value, condition in self._brings(table):
                    is_new |= self._add(
                        f"select distinct {literal(kind)}, {value} from {rows} and {condition}"
                    )

    def erase(self, at: datetime, arrived_at: datetime | None = None) -> list[Touched]:
        """Erase the persons, remember them, and return what was touched.

        `arrived_at` is the load that has just brought rows, None outside a load. Where it touches
        no other rows, no build has seen the person: `erased_at` stays, and so do built tables.
        """
        touched = []
        is_stored_touched = False
        for table in self.tables.values():
            changes = dict(self._changes(table))
            about = self._is_about(table)
            if table.name == CUSTOMERS:
                condition = about
                statement = "delete from {}"
            elif changes:
                condition = f"{about} and ({' or '.join(cond for cond, _ in changes.values())})"
                values = ", ".join(
                    f"{identifier(name)} = case when {cond} then {new} else {identifier(name)} end"
                    for name, (cond, new) in changes.items()
                )
                statement = f"update {{}} set {values}"
            else:
                continue
            relation = self._relation(table.name)
            files = self.connection.execute(
                f"select _source_file, bool_or({identifier(ARRIVED_AT)} is distinct from ?)"
                f" from {relation} where {condition} group by 1 order by 1",
                [arrived_at],
            ).fetchall()
            if files:
                is_stored_touched |= arrived_at is None or any(stored for _, stored in files)
                rows = self.connection.execute(
                    f"{statement.format(relation)} where {condition}"
                ).fetchone()[0]
                touched.append(Touched(table.name, rows, tuple(f for f, _ in files if f)))
        self._remember(at, at if is_stored_touched else None)
        if is_stored_touched:
            drop_built_tables(self.connection)
        return touched

    def _remember(self, at: datetime, erased_at: datetime | None) -> None:
        """Write down, as hashes, what belongs to the persons and was not known yet."""
        forgotten = self._relation(FORGOTTEN)
        hashed = self._hash("table_name", "key")
        self.connection.execute(
            f"insert into {forgotten} select table_name, {hashed}, ?, ?, ? from _person"
            f" where not exists (select 1 from {forgotten} as known"
            f" where known.table_name = _person.table_name and known.key_hash = {hashed})",
            [self.salt, at, erased_at],
        )
        if erased_at is not None:
            self.connection.execute(
                f"update {forgotten} set erased_at = ? where exists (select 1 from _person where"
                f" _person.table_name = {forgotten}.table_name and {hashed} = key_hash)",
                [erased_at],
            )

    def _brings(self, table: RawTable) -> Iterator[tuple[str, str, str]]:
        """Yield what a row about a person adds to it: as _named, but not what it only refers to."""
        for kind, value, condition in self._named(table):
            is_key = kind == table.name and value == _text(table.key[0])
            # of customers that were merged both are the person
            if is_key or kind not in self.tables or table.name == CUSTOMERS:
                yield kind, value, condition

    def _named(self, table: RawTable) -> Iterator[tuple[str, str, str]]:
        """Yield what a row names: raw table or person key, expression and condition."""
        if len(table.key) == 1:
            yield table.name, _text(table.key[0]), _is_there(table.key[0])
        for column in table.columns:
            for kind, condition in column.references.items():
                # seeds hold no persons
                if kind in self.tables:
                    yield kind, _text(column.name), _under(column, condition)
            if column.is_person_key:
                yield column.name, _text(column.name), _is_there(column.name)

    def _links(self, table: RawTable, kind: str) -> Iterator[tuple[str, str]]:
        """Yield expression and condition of what names a row of `kind`."""
        for named, value, condition in self._named(table):
            if named == kind:
                yield value, condition

    def _is_about(self, table: RawTable) -> str:
        """Return the condition: the row is about one of the persons."""
        named = " or ".join(
            f"({condition} and {_is_persons(kind, value)})"
            for kind, value, condition in self._named(table)
        )
        own = " or ".join(
            f"({condition} and {_is_persons(CUSTOMERS, value)})"
            for value, condition in self._links(table, CUSTOMERS)
        )
        others = " or ".join(
            f"({_is_there(column.name)} and not {_is_persons(CUSTOMERS, _text(column.name))})"
            for column in table.columns
            if column.references.get(CUSTOMERS, "") is None and table.name != CUSTOMERS
        )
        if not named:
            return "false"
        # whose row it is, a column that only may hold a customer does not say
        return f"({named}) and ({own or 'false'} or not ({others or 'false'}))"

    def _changes(self, table: RawTable) -> Iterator[tuple[str, tuple[str, str]]]:
        """Yield per column to be erased when it is, and what takes the value's place."""
        for column in table.columns:
            if CUSTOMERS in column.references:
                condition = _under(column, column.references[CUSTOMERS])
                persons = _is_persons(CUSTOMERS, _text(column.name))
                yield column.name, (f"({condition} and {persons})", "null")
            elif column.is_person_key:
                yield column.name, (f"{identifier(column.name)} is not null", "null")
            elif column.is_pii:
                unless = f"coalesce({column.pii_unless or 'false'}, false)"
                is_text = column.data_type == "varchar"
                new = literal(ERASED) if is_text else "null"
                condition = f"{identifier(column.name)} is not null and not ({unless})"
                if is_text:
                    condition += f" and {identifier(column.name)} != {new}"
                yield column.name, (f"({condition})", new)

    def _add(self, query: str, parameters: Collection[object] = ()) -> bool:
        """Add what a query returns to _person; tell whether anything was new."""
        added = self.connection.execute(f"insert or ignore into _person {query}", [*parameters])
        return added.fetchone()[0] > 0

    def _among(self, ids: Collection[str], query: str) -> set[str]:
        """Return which of the ids a query returns."""
        found = self.connection.execute(
            f"select distinct id from unnest(?::varchar[]) as ids(id) where id in ({query})",
            [list(ids)],
        )
        return {row[0] for row in found.fetchall()}

    def _hash(self, kind: str, value: str) -> str:
        """Return the expression of the hash by which a key is remembered."""
        return f"sha256({literal(self.salt)} || {kind} || '|' || {value})"

    def _relation(self, table: str) -> str:
        """Return the quoted name of a raw table."""
        return f"{identifier(self.schema)}.{identifier(table)}"


def _text(column: str) -> str:
    """Return a key as staging reads it."""
    return f"trim(cast({identifier(column)} as varchar))"


def _is_there(column: str) -> str:
    """Return the condition: the key is not empty."""
    return f"nullif({_text(column)}, '') is not null"


def _under(column: RawColumn, condition: str | None) -> str:
    """Return the condition: the column names something."""
    there = _is_there(column.name)
    return f"({there} and coalesce({condition}, false))" if condition else there


def _is_persons(kind: str, value: str) -> str:
    """Return the condition: the key is one of the persons'."""
    return f"{value} in (select key from _person where table_name = {literal(kind)})"


def drop_built_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop what was built from the raw tables, and let the next run build all of it."""
    for schema in BUILT_SCHEMAS:
        connection.execute(f"drop schema if exists {schema} cascade")
    for name, is_view in connection.execute(
        "select table_name, table_type = 'VIEW' from information_schema.tables"
        " where table_catalog = current_database() and table_schema = ?",
        [NOTES_SCHEMA],
    ).fetchall():
        relation = f"{NOTES_SCHEMA}.{identifier(name)}"
        if name == NOTES[0]:
            connection.execute(f"update {relation} set is_complete = false where is_complete")
        elif name not in NOTES:
            connection.execute(f"drop {'view' if is_view else 'table'} {relation} cascade")
