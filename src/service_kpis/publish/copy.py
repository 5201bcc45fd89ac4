"""The copy of the publishable relations into a file of its own.

To write every row anew costs an eighth of a full build; to read and hash every row, a hundredth.
So a copy notes a hash of each part of what it holds (a day of a fact or mart, all of a dimension),
and the next copy starts from that file and writes only the parts that differ.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from service_kpis.load.sql import identifier, literal
from service_kpis.load.warehouse import STORAGE_VERSION

# With fewer rows a day than this, a table is one part.
ROWS_WORTH_A_PART = 20
# With more changed rows than this share, to write the whole table is cheaper, and in order.
SHARE_WORTH_ALL = 0.3
# Then a file is written anew, so that what was deleted meanwhile leaves the disk.
MAX_AGE = timedelta(days=30)
# Of a key of persons: no person, and the same in every file.
UNKNOWN = "unknown"
# 128 bits: no two persons share a hash.
HASH_LENGTH = 32
# An e-mail address; a phone number with country code or as it is dialled. Plain numbers are ids.
EMAIL_OR_PHONE = r"@|^\+[0-9 ().-]{7,}$|^0[1-9]([ .-]?[0-9]){7,9}$|^00[1-9][0-9]{8,}$"

# Beside long decimals; DuckDB keeps them in 128 bits.
WIDE_TYPES = {"HUGEINT", "UHUGEINT", "UUID", "INTERVAL"}


class TellingKeys(ValueError):
    """Keys of persons are e-mail addresses or phone numbers, and there is no salt to hash them."""


@dataclass(frozen=True)
class Relation:
    """A table or view of the warehouse that is published, as a table.

    `schema` and `name` are those in the published file; `source_schema` is where the dbt target
    has it. `grain` is its key: rows lie in its order within a part. `person_keys` are columns that
    tell persons apart: published as hashes, where there is a salt.
    """

    schema: str
    name: str
    source_schema: str
    grain: list[str]
    where: str | None = None
    description: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    person_keys: list[str] = field(default_factory=list)


def copy_relations(
    warehouse: Path,
    target: Path,
    relations: Sequence[Relation],
    about: Mapping[str, object],
    *,
    previous: Path | None = None,
    anew_since: datetime | None = None,
    salt: str | None = None,
    memory_limit: str,
    temp_directory: Path,
) -> None:
    """Write `relations` of a warehouse, and published.about, into the new file `target`.

    The warehouse is only read. A view becomes a table: the file must work wherever it is opened
    and under any name. `previous` is an earlier copy, to start from where it fits and was written
    anew after `anew_since`. With a `salt` keys of persons become hashes, the same in all tables.

    Raises:
        TellingKeys: there is no salt, and such a key is an e-mail address or a phone number.
        duckdb.Error: the warehouse is in use or lacks a relation; disk or memory ran out.
        OSError: the file cannot be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(
        config={"memory_limit": memory_limit, "temp_directory": str(temp_directory)}
    ) as connection:
        connection.execute("set TimeZone = 'UTC'")
        # Views in the warehouse name its catalog.
        connection.execute(
            f"attach {literal(str(warehouse))} as {identifier(warehouse.stem)} (read_only)"
        )
        copy = _Copy(connection, warehouse.stem, relations, about, salt)
        since = copy.reusable_since(previous) if previous else None
        if since and anew_since and since <= anew_since:
            since = None
        if previous and since:
            # Not copy2: the new file is not read-only.
            shutil.copyfile(previous, target)
        connection.execute(
            f"attach {literal(str(target))} as _next (storage_version {literal(STORAGE_VERSION)})"
        )
        connection.execute("begin")
        if not since:
            copy.make_schemas()
        for relation in relations:
            copy.write(relation, is_new=not since)
        copy.write_about(since or copy.at)
        connection.execute("commit")
        # Writes everything into the one file: no log is left beside it.
        connection.execute("detach _next")


def hashable(name: str, data_type: str) -> str:
    """Return a column as what DuckDB hashes well: of 128-bit numbers it gives 0 and -1 one hash."""
    digits = re.match(r"DECIMAL\((\d+)", data_type)
    is_wide = int(digits[1]) > 18 if digits else data_type in WIDE_TYPES
    return f"cast({identifier(name)} as varchar)" if is_wide else identifier(name)


class _Copy:
    """One copy, on a connection that has the warehouse and the new file attached."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        catalog: str,
        relations: Sequence[Relation],
        about: Mapping[str, object],
        salt: str | None,
    ) -> None:
        self.connection = connection
        # A variable of this connection: in no statement, so in no log and no view.
        connection.execute("set variable person_salt = ?", [salt])
        self.salt = salt
        self.catalog = catalog
        self.relations = relations
        self.about = about
        self.at: datetime = about["published_at"]
        self.columns: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for schema, table, *column in connection.execute(
            "select schema_name, table_name, column_name, data_type from duckdb_columns()"
            " where database_name = ? order by schema_name, table_name, column_index",
            [catalog],
        ).fetchall():
            self.columns.setdefault((schema, table), []).append(tuple(column))

    @property
    def layout(self) -> str:
        """A hash of what the copy looks like, rows apart, and of the engine that hashes them."""
        columns = [self._columns(relation) for relation in self.relations]
        content = [duckdb.__version__, [asdict(one) for one in self.relations], columns]
        # another salt makes other keys: all is written anew
        content.append(self.salt and hashlib.sha256(f"layout|{self.salt}".encode()).hexdigest())
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def reusable_since(self, previous: Path) -> datetime | None:
        """Return when an earlier copy was written anew, if this one may start from it, else None.

        Not where the layout is another, nor where it is old: a file written anew holds nothing
        of what is published no longer, in no free block either.
        """
        try:
            self.connection.execute(f"attach {literal(str(previous))} as _previous (read_only)")
        except duckdb.Error:
            return None
        try:
            found = self.connection.execute(
                "select layout, written_anew_at from _previous.published.about"
            ).fetchone()
        except duckdb.Error:
            return None
        finally:
            self.connection.execute("detach _previous")
        if found is None or found[0] != self.layout or self.at - found[1] > MAX_AGE:
            return None
        return found[1]

    def make_schemas(self) -> None:
        """Make the schemas of a new file, and the table of its parts."""
        for schema in sorted({relation.schema for relation in self.relations} | {"published"}):
            self.connection.execute(f"create schema _next.{identifier(schema)}")
        self.connection.execute(
            "create table _next.published.parts (schema_name varchar, table_name varchar,"
            " part date, row_count bigint, row_hash hugeint)"
        )

    def write(self, relation: Relation, *, is_new: bool) -> None:
        """Write one relation, or those of its parts that differ from what is there."""
        copied = f"_next.{identifier(relation.schema)}.{identifier(relation.name)}"
        values = [self._value(relation, name) for name, _ in self._columns(relation)]
        source = f"(select {', '.join(values)} from {self._source(relation)}"
        source += f" where {relation.where}) as source" if relation.where else ") as source"

        day = self._day(relation)
        order_by = ", ".join([day, *map(identifier, relation.grain)]) if relation.grain else "all"
        self._note_parts(relation, source, day)
        rows, changed_rows, changed_parts = self._compare(relation)

        is_all = is_new or changed_rows >= SHARE_WORTH_ALL * rows
        is_changed = f"exists (from _changed where _changed.part is not distinct from {day})"
        new_rows = source if is_all else f"{source} where {is_changed}"
        # what is unchanged was looked at when it was written
        if not self.salt and (is_new or changed_parts):
            self._refuse_telling_keys(relation, new_rows)
        if is_new or (changed_parts and is_all):
            self.connection.execute(
                f"create or replace table {copied} as from {new_rows} order by {order_by}"
            )
            self._describe(relation, copied)
        elif changed_parts:
            self.connection.execute(f"delete from {copied} where {is_changed}")
            self.connection.execute(f"insert into {copied} from {new_rows} order by {order_by}")
        written = self.connection.execute(f"select count(*) from {copied}").fetchone()[0]
        if written != rows:
            raise duckdb.InternalException(
                f"{relation.schema}.{relation.name} has {written} rows instead of {rows}"
            )

    def _refuse_telling_keys(self, relation: Relation, rows: str) -> None:
        """Stop where a key of persons says by itself who they are.

        Raises:
            TellingKeys: the first such column; not its values.
        """
        for name in relation.person_keys:
            if self.connection.execute(
                f"select 1 from (from {rows}) where regexp_matches({identifier(name)}, ?) limit 1",
                [EMAIL_OR_PHONE],
            ).fetchone():
                raise TellingKeys(
                    f"{relation.schema}.{relation.name}.{name} holds e-mail addresses or phone"
                    " numbers"
                )

    def _source(self, relation: Relation) -> str:
        """Return the quoted name of a relation in the warehouse."""
        return ".".join(
            identifier(name) for name in (self.catalog, relation.source_schema, relation.name)
        )

    def _value(self, relation: Relation, name: str) -> str:
        """Return the expression of a column as it is published."""
        column = identifier(name)
        if not self.salt or name not in relation.person_keys:
            return column
        salted = f"getvariable('person_salt') || '|' || {column}"
        return (
            f"case when {column} = {literal(UNKNOWN)} then {column}"
            f" else left(sha256({salted}), {HASH_LENGTH}) end as {column}"
        )

    def _columns(self, relation: Relation) -> list[tuple[str, str]]:
        """Return name and type of the columns of a relation.

        Raises:
            duckdb.CatalogException: the warehouse has no such relation.
        """
        try:
            return self.columns[relation.source_schema, relation.name]
        except KeyError:
            raise duckdb.CatalogException(
                f"the warehouse has no {relation.source_schema}.{relation.name}"
            ) from None

    def _day(self, relation: Relation) -> str:
        """Return the expression of a row's day: a date of the key, else the first; NULL if none."""
        columns = self._columns(relation)
        dates = [name for name, data_type in columns if data_type == "DATE"]
        instants = [name for name, data_type in columns if data_type.startswith("TIMESTAMP")]
        in_key = [name for name in dates if name in relation.grain]
        for name in (*in_key, *dates, *instants):
            return f"cast({identifier(name)} as date)"
        return "cast(null as date)"

    def _note_parts(self, relation: Relation, source: str, day: str) -> None:
        """Make the table _parts: rows and hash of each day, or of all rows where days are small."""
        columns = ", ".join(hashable(*column) for column in self._columns(relation))
        self.connection.execute(
            f"""
            create or replace temporary table _parts as
            select {day} as part, count(*) as row_count, sum(hash({columns})) as row_hash
            from {source}
            group by 1
            """
        )
        rows, parts = self.connection.execute(
            "select sum(row_count), count(*) from _parts"
        ).fetchone()
        if parts > 1 and rows < ROWS_WORTH_A_PART * parts:
            self.connection.execute(
                "create or replace temporary table _parts as"
                " select cast(null as date) as part, sum(row_count)::bigint as row_count,"
                " sum(row_hash) as row_hash from _parts"
            )

    def _compare(self, relation: Relation) -> tuple[int, int, int]:
        """Make the table _changed: parts that are other than in the file; note the new ones there.

        Returns:
            Rows of the relation, rows of the changed parts now or before, number of them.
        """
        name = [relation.schema, relation.name]
        self.connection.execute(
            """
            create or replace temporary table _changed as
            with old as (
                from _next.published.parts where schema_name = ? and table_name = ?
            )
            select
                coalesce(new.part, old.part) as part,
                greatest(new.row_count, old.row_count) as row_count
            from _parts as new
            full join old on new.part is not distinct from old.part
            where new.row_count is distinct from old.row_count
                or new.row_hash is distinct from old.row_hash
            """,
            name,
        )
        self.connection.execute(
            "delete from _next.published.parts where schema_name = ? and table_name = ?", name
        )
        self.connection.execute(
            "insert into _next.published.parts select ?, ?, * from _parts order by part", name
        )
        return self.connection.execute(
            "select (select coalesce(sum(row_count), 0) from _parts),"
            " coalesce(sum(row_count), 0), count(*) from _changed"
        ).fetchone()

    def _describe(self, relation: Relation, copied: str) -> None:
        """Put the descriptions of the models' YAML on a table and its columns."""
        there = {name for name, _ in self._columns(relation)}
        if relation.description:
            self.connection.execute(f"comment on table {copied} is {literal(relation.description)}")
        for column, description in relation.columns.items():
            if description and column in there:
                self.connection.execute(
                    f"comment on column {copied}.{identifier(column)} is {literal(description)}"
                )

    def write_about(self, written_anew_at: datetime) -> None:
        """Write the one row that says what the file is."""
        data_through = "cast(null as timestamp)"
        for relation in self.relations:
            if relation.name == "dim_source":
                source = f"_next.{identifier(relation.schema)}.dim_source"
                data_through = f"(select max(data_through_at) from {source})"
        self.connection.execute(
            f"""
            create or replace table _next.published.about as
            select
                cast($version as varchar) as version,
                cast($build_id as varchar) as build_id,
                cast($project_version as varchar) as project_version,
                cast($published_at as timestamp) as published_at,
                cast($built_at as timestamp) as built_at,
                cast($as_of as timestamp) as as_of,
                {data_through} as data_through_at,
                cast($written_anew_at as timestamp) as written_anew_at,
                cast($layout as varchar) as layout
            """,
            {**self.about, "written_anew_at": written_anew_at, "layout": self.layout},
        )
