"""The DuckDB file that is loaded: opening it, its raw tables, and one transaction per load."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from service_kpis.errors import UnusableWarehouse
from service_kpis.load.landing import LandingFile
from service_kpis.load.sql import identifier, literal
from service_kpis.raw_schema import RawTable

# As in profiles.example.yml: readable by the DuckDB that today's BI drivers carry.
STORAGE_VERSION = "v1.3.0"
LOADED_FILES = "_loaded_files"
# When a row came into this warehouse; later than that of every load before. A file may bring its
# own `_loaded_at`, which says which delivery of a key is the latest; this one says what is new.
ARRIVED_AT = "_arrived_at"
_LONG_TYPES = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}


class Warehouse:
    """An open warehouse inside its transaction."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, schema: str) -> None:
        """Work in `schema` of an open connection."""
        self.connection = connection
        self.schema = schema

    def relation(self, table: str) -> str:
        """Return the quoted name of a table in the raw schema."""
        return f"{identifier(self.schema)}.{identifier(table)}"

    def prepare(self, tables: Mapping[str, RawTable], *, replace: bool) -> None:
        """Create every raw table that is missing; with `replace`, all of them anew and empty.

        Raises:
            UnusableWarehouse: a table is there with other columns than the raw schema has.
        """
        create = "create or replace table" if replace else "create table if not exists"
        self.connection.execute(f"create schema if not exists {identifier(self.schema)}")
        self.connection.execute(
            f"{create} {self.relation(LOADED_FILES)} (table_name varchar not null,"
            " file_name varchar not null, file_sha256 varchar not null, rows bigint not null,"
            " loaded_at timestamptz not null)"
        )
        for table in tables.values():
            columns = ", ".join(f"{identifier(c.name)} {c.data_type}" for c in table.columns)
            columns += f", {identifier(ARRIVED_AT)} timestamptz"
            self.connection.execute(f"{create} {self.relation(table.name)} ({columns})")
        self._check_columns(tables)

    def _check_columns(self, tables: Mapping[str, RawTable]) -> None:
        """Stop where a raw table has other columns, types or order than the raw schema."""
        there: dict[str, list[tuple[str, str]]] = {}
        for table_name, *column in self.connection.execute(
            "select table_name, column_name, data_type from duckdb_columns()"
            " where database_name = current_database() and schema_name = ?"
            " order by table_name, column_index",
            [self.schema],
        ).fetchall():
            there.setdefault(table_name, []).append(tuple(column))
        for table in tables.values():
            wanted = []
            for column in table.columns:
                data_type = column.data_type.upper()
                wanted.append((column.name, _LONG_TYPES.get(data_type, data_type)))
            wanted.append((ARRIVED_AT, _LONG_TYPES["TIMESTAMPTZ"]))
            if there.get(table.name) != wanted:
                other = {name for name, _ in set(there.get(table.name, [])) ^ set(wanted)}
                differ = ", ".join(sorted(other)) or "their order"
                raise UnusableWarehouse(
                    f"table {self.schema}.{table.name} in the warehouse has other columns than the"
                    f" raw schema ({differ}); load everything again with --replace"
                )

    def next_arrival(self) -> datetime:
        """Return now, or just after the last load if the clock was set back since."""
        last = self.connection.execute(
            f"select max(loaded_at) from {self.relation(LOADED_FILES)}"
        ).fetchone()[0]
        now = datetime.now(UTC)
        return now if last is None else max(now, last + timedelta(microseconds=1))

    def is_loaded(self, table: str, sha256: str) -> bool:
        """Tell whether a file with this content is already in the table."""
        found = self.connection.execute(
            f"select 1 from {self.relation(LOADED_FILES)}"
            " where table_name = ? and file_sha256 = ? limit 1",
            [table, sha256],
        )
        return found.fetchone() is not None

    def append(self, file: LandingFile, sha256: str, loaded_at: datetime) -> int:
        """Append a landing file to its raw table; return its number of rows.

        Raises:
            BadInput: the file is damaged, or a value does not fit its column.
        """
        values = {name: one.strict for name, one in file.conversions.items()}
        stamps = {
            "_loaded_at": f"cast({literal(loaded_at.isoformat())} as timestamptz)",
            "_source_file": literal(file.name),
        }
        for name, stamp in stamps.items():
            values[name] = f"coalesce({values[name]}, {stamp})" if name in values else stamp
        columns = [column.name for column in file.table.columns if column.name in values]
        values[ARRIVED_AT] = stamps["_loaded_at"]
        columns.append(ARRIVED_AT)
        inserted = self.connection.execute(
            f"insert into {self.relation(file.table.name)}"
            f" ({', '.join(map(identifier, columns))})"
            f" select {', '.join(values[name] for name in columns)} from {file.relation}"
        ).fetchone()
        rows = inserted[0]
        self.connection.execute(
            f"insert into {self.relation(LOADED_FILES)} values (?, ?, ?, ?, ?)",
            [file.table.name, file.name, sha256, rows, loaded_at],
        )
        return rows


@contextmanager
def open_warehouse(
    path: Path, schema: str, *, memory_limit: str, temp_directory: Path
) -> Iterator[Warehouse]:
    """Open the warehouse in one transaction; whatever goes wrong, leave it as it was.

    A file (and folder) that did not exist before is removed again.

    Raises:
        UnusableWarehouse: the file is in use, cannot be written or is no DuckDB file.
    """
    is_new = not path.exists()
    new_folders = [folder for folder in path.parents if not folder.exists()]
    done = False
    try:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = duckdb.connect(
                path,
                config={
                    "storage_compatibility_version": STORAGE_VERSION,
                    "memory_limit": memory_limit,
                    "temp_directory": str(temp_directory),
                },
            )
        except (duckdb.Error, OSError) as error:
            raise _unusable(path, error) from error
        try:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute("begin")
            yield Warehouse(connection, schema)
            connection.execute("commit")
            done = True
        except duckdb.Error as error:
            raise _unusable(path, error) from error
        except RuntimeError as error:
            # DuckDB's own way to hand on Ctrl-C.
            if "interrupted" in str(error):
                raise KeyboardInterrupt from error
            raise
        finally:
            # Without a commit, closing rolls back.
            connection.close()
    finally:
        if is_new and not done:
            for file in (path, path.with_name(path.name + ".wal")):
                if file.exists():
                    file.unlink()
            for folder in new_folders:
                if folder.exists() and not any(folder.iterdir()):
                    folder.rmdir()


def is_about_space(error: Exception) -> bool:
    """Tell whether memory or disk ran out, as opposed to a fault of the landing file."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return True
    return isinstance(error, duckdb.IOException) and (
        "write" in str(error).lower() or "no space" in str(error).lower()
    )


def _unusable(path: Path, error: Exception) -> UnusableWarehouse:
    """Say in one line why the warehouse cannot be used, and what to do."""
    said = re.sub(r"^[\w ]+ Error: ", "", str(error).splitlines()[0])
    if "set lock" in said:
        process = re.search(r"PID (\d+)", said)
        who = f"another program (process {process[1]})" if process else "another program"
        return UnusableWarehouse(
            f"the warehouse {path} is in use by {who}; close that, then run it again"
        )
    if is_about_space(error):
        return UnusableWarehouse(
            f"the load needs more than --memory-limit or the disk allows: {said}"
        )
    return UnusableWarehouse(f"the warehouse {path} cannot be written: {said}")
