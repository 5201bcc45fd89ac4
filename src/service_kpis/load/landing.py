"""The landing files: which there are, what they hold, and what is wrong with them."""

from __future__ import annotations

import csv
import difflib
import gzip
import hashlib
import re
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import duckdb

from service_kpis.errors import BadInput
from service_kpis.load.sql import Conversion, conversion, identifier, literal
from service_kpis.raw_schema import RawTable

SUFFIXES = (".parquet", ".csv", ".csv.gz")
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
# Filled by the load itself where a file does not bring them.
LOAD_COLUMNS = ("_loaded_at", "_source_file")
# A verbatim or transcript may be long; a longer line is a quote that was never closed.
MAX_LINE_BYTES = 16 * 1024 * 1024
MAX_VALUE_SHOWN = 60
# Enough to tell text from something else.
SNIFFED_BYTES = 64 * 1024

csv.field_size_limit(sys.maxsize)


@dataclass(frozen=True)
class SourceColumn:
    """A column as a landing file has it: its own name, the name to read it by, its SQL type."""

    name: str
    read_as: str
    data_type: str


@dataclass(frozen=True)
class LandingFile:
    """One landing file of a raw table, with what its header says."""

    table: RawTable
    path: Path
    # Below the landing folder, with forward slashes.
    name: str
    delimiter: str
    columns: tuple[SourceColumn, ...]

    @property
    def is_parquet(self) -> bool:
        """Tell Parquet from CSV."""
        return self.path.name.lower().endswith(".parquet")

    @cached_property
    def matched(self) -> dict[str, SourceColumn]:
        """The file's columns that the raw table has, by the raw table's name for them."""
        known = {column.name for column in self.table.columns}
        found = {_normal(column.name): column for column in self.columns}
        return {name: column for name, column in found.items() if name in known}

    @property
    def missing(self) -> list[str]:
        """The raw table's columns that the file lacks; those the load fills itself excepted."""
        wanted = [column.name for column in self.table.columns]
        return [name for name in wanted if name not in self.matched and name not in LOAD_COLUMNS]

    @property
    def ignored(self) -> list[str]:
        """The file's columns that the raw table lacks."""
        return [column.name for column in self.columns if _normal(column.name) not in self.matched]

    @property
    def conversions(self) -> dict[str, Conversion]:
        """How each column of the raw table that the file has is read from it."""
        return {
            column.name: conversion(
                identifier(self.matched[column.name].read_as),
                self.matched[column.name].data_type,
                column.data_type,
            )
            for column in self.table.columns
            if column.name in self.matched
        }

    @property
    def relation(self) -> str:
        """The table function that reads the file."""
        path = literal(_no_glob(str(self.path)))
        if self.is_parquet:
            return f"read_parquet({path}, binary_as_string=true, hive_partitioning=false)"
        names = ", ".join(f"{literal(column.read_as)}: 'VARCHAR'" for column in self.columns)
        compression = "gzip" if self.path.name.lower().endswith(".gz") else "none"
        return (
            f"read_csv({path}, auto_detect=false, header=true, columns={{{names}}},"
            f" delim={literal(self.delimiter)}, quote='\"', escape='\"', nullstr='',"
            f" compression='{compression}', strict_mode=true, max_line_size={MAX_LINE_BYTES},"
            " hive_partitioning=false)"
        )

    def sha256(self) -> str:
        """Return the SHA-256 of the file's content."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def fault(self, error: duckdb.Error) -> BadInput:
        """Find out what in the file made `error`, at the cost of reading it once more."""
        return BadInput(self._bad_value() or self._bad_structure() or self._as_said(error))

    def _bad_value(self) -> str | None:
        """Name the first value that does not fit its column."""
        checked = {
            name: one for name, one in self.conversions.items() if one.value != one.converted
        }
        if not checked:
            return None
        names = " ".join(f"when {one.fails} then {literal(n)}" for n, one in checked.items())
        values = " ".join(
            f"when {one.fails} then cast({identifier(self.matched[n].read_as)} as varchar)"
            for n, one in checked.items()
        )
        row = "file_row_number + 1" if self.is_parquet else "0"
        query = (
            f"select case {names} end, case {values} end, {row} from {self.relation}"
            f" where {' or '.join(one.fails for one in checked.values())}"
            f"{' order by file_row_number' if self.is_parquet else ''} limit 1"
        )
        try:
            with duckdb.connect() as connection:
                connection.execute("set TimeZone = 'UTC'")
                found = connection.execute(query).fetchone()
        except duckdb.Error:
            return None
        if found is None:
            return None
        name, value, row = found
        data_type = next(c.data_type for c in self.table.columns if c.name == name)
        where = f"row {row}" if self.is_parquet else self._line_of(name, value)
        return f"{self.name}, {where}, column {name}: {_shown(value)} is not a valid {data_type}"

    def _line_of(self, name: str, value: str) -> str:
        """Return the first line of a CSV file that has `value` in column `name`."""
        position = self.columns.index(self.matched[name])
        for line, record in _records(self.path, self.delimiter):
            if len(record) > position and record[position] == value:
                return f"line {line}"
        return "line unknown"

    def _bad_structure(self) -> str | None:
        """Name the first line of a CSV file that is not well formed."""
        if self.is_parquet:
            return None
        line = 0
        try:
            for line, record in _records(self.path, self.delimiter):
                if len(record) != len(self.columns):
                    return (
                        f"{self.name}, line {line}: {len(record)} fields where the header has"
                        f" {len(self.columns)}"
                    )
        except csv.Error as error:
            after = f"after line {line}" if line else "line 1"
            return f"{self.name}, {after}: a quote is not closed, or text follows it ({error})"
        except UnicodeDecodeError:
            return self._bad_encoding()
        except EOFError:
            return f"{self.name}: the compressed file is cut off after line {line}"
        except (OSError, zlib.error) as error:
            return f"{self.name}: cannot be read ({error})"
        with _text(self.path) as file:
            ends = {line[len(line.rstrip("\r\n")) :] for line in file} - {""}
        if len(ends) > 1:
            return f"{self.name}: Windows and Unix line ends are mixed; write one kind"
        return None

    def _bad_encoding(self) -> str | None:
        """Name the first line of a CSV file that is not UTF-8."""
        with _opener(self.path)(self.path, "rb") as file:
            for line, content in enumerate(file, start=1):
                try:
                    content.decode("utf-8")
                except UnicodeDecodeError as error:
                    byte = content[error.start]
                    return f"{self.name}, line {line}: not UTF-8 (byte {byte:#x}); save it as UTF-8"
        return None

    def _as_said(self, error: duckdb.Error) -> str:
        """Fall back on what DuckDB said, on one line."""
        kind = "Parquet" if self.is_parquet else "CSV"
        said = str(error).splitlines()[0].replace(str(self.path), self.name)
        said = re.sub(r"^[\w ]+ Error: ", "", said)
        return f"{self.name}: damaged, cannot be read as {kind} ({said})"


def discover(directory: Path, tables: Mapping[str, RawTable]) -> dict[str, list[Path]]:
    """Return the landing files of each raw table, in the order of the raw schema.

    Names that start with `_` or `.` are not landing files.

    Raises:
        BadInput: something else lies there, a table is delivered twice, or nothing is there.
    """
    found: dict[str, list[Path]] = {}
    origin: dict[str, Path] = {}
    for path in sorted(directory.iterdir()):
        if path.name.startswith(("_", ".")):
            continue
        if path.is_dir():
            table, files = path.name.lower(), _parts(path, directory)
        else:
            table, files = _stem(path, directory), [path]
        if table not in tables:
            near = difflib.get_close_matches(table, tables, n=1, cutoff=0)
            raise BadInput(f"{path.name}: there is no raw table {table}; the nearest is {near[0]}")
        if table in origin:
            raise BadInput(
                f"{table} is delivered twice, as {origin[table].name} and {path.name}; keep one"
            )
        origin[table] = path
        if files:
            found[table] = files
    if not found:
        raise BadInput(
            f"{directory}: no landing files, such as tickets.parquet, tickets.csv or tickets/"
        )
    return {name: found[name] for name in tables if name in found}


def inspect(
    path: Path, directory: Path, table: RawTable, connection: duckdb.DuckDBPyConnection
) -> LandingFile:
    """Read the header of a landing file and match it with its raw table.

    Raises:
        BadInput: the file is not what its name says, or lacks a key column.
    """
    name = path.relative_to(directory).as_posix()
    try:
        if path.stat().st_size == 0:
            raise BadInput(f"{name}: the file is empty (0 bytes); leave it out, or send a header")
        if path.name.lower().endswith(".parquet"):
            delimiter, columns = "", _parquet_columns(path, name, connection)
        else:
            delimiter, columns = _csv_columns(path, name, table)
    except OSError as error:
        raise BadInput(f"{name}: cannot be read ({error})") from error

    file = LandingFile(table, path, name, delimiter, columns)
    normal = [_normal(column.name) for column in columns]
    for column in file.matched:
        if normal.count(column) > 1:
            raise BadInput(f"{name}: the column {column} is there {normal.count(column)} times")
    for column in table.key:
        if column not in file.matched:
            has = ", ".join(column.name for column in columns)
            raise BadInput(
                f"{name}: table {table.name} needs its key column {column}; the file has {has}"
            )
    return file


def _parts(folder: Path, directory: Path) -> list[Path]:
    """Return the part files in a table's folder."""
    files = []
    for path in sorted(folder.rglob("*")):
        if any(part.startswith(("_", ".")) for part in path.relative_to(folder).parts):
            continue
        if not path.is_dir():
            _stem(path, directory)
            files.append(path)
    return files


def _stem(path: Path, directory: Path) -> str:
    """Return a landing file's name without its suffix, in lower case."""
    lower = path.name.lower()
    for suffix in SUFFIXES:
        if lower.endswith(suffix):
            return lower.removesuffix(suffix)
    raise BadInput(
        f"{path.relative_to(directory).as_posix()}: not a landing file ({', '.join(SUFFIXES)});"
        " names that start with _ or . are left alone"
    )


def _parquet_columns(
    path: Path, name: str, connection: duckdb.DuckDBPyConnection
) -> tuple[SourceColumn, ...]:
    """Return the columns of a Parquet file."""
    with path.open("rb") as file:
        starts = file.read(4) == b"PAR1"
        file.seek(max(path.stat().st_size - 4, 0))
        ends = file.read(4) == b"PAR1"
    if not starts:
        raise BadInput(f"{name}: not a Parquet file, whatever its name says")
    if not ends:
        raise BadInput(f"{name}: the Parquet file is cut off (its footer is missing)")
    try:
        described = connection.execute(
            f"describe select * from read_parquet({literal(_no_glob(str(path)))},"
            " binary_as_string=true, hive_partitioning=false)"
        ).fetchall()
    except duckdb.Error as error:
        said = str(error).splitlines()[0].replace(str(path), name)
        raise BadInput(f"{name}: damaged, cannot be read as Parquet ({said})") from error
    return tuple(SourceColumn(column[0], column[0], column[1]) for column in described)


def _csv_columns(path: Path, name: str, table: RawTable) -> tuple[str, tuple[SourceColumn, ...]]:
    """Return the delimiter and the columns of a CSV file.

    The raw schema decides on the delimiter: the one that finds most of its columns.
    """
    try:
        with _opener(path)(path, "rb") as file:
            start = file.read(SNIFFED_BYTES)
    except EOFError as error:
        raise BadInput(f"{name}: the compressed file is cut off") from error
    except gzip.BadGzipFile as error:
        raise BadInput(f"{name}: not a gzip file, whatever its name says") from error
    except zlib.error as error:
        raise BadInput(f"{name}: the compressed file is damaged ({error})") from error
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadInput(f"{name}: UTF-16; save it as UTF-8")
    if b"\x00" in start or start.startswith((b"PAR1", b"PK\x03\x04", b"\x1f\x8b")):
        raise BadInput(f"{name}: not a CSV file but binary, whatever its name says")

    known = {column.name for column in table.columns}
    best: tuple[int, int, str, list[str]] = (0, 0, "", [])
    for delimiter in DELIMITERS:
        try:
            # Decoding runs ahead of the header: a bad byte further down has its own message.
            with _text(path, errors="replace") as file:
                header = next(csv.reader(file, delimiter=delimiter, strict=True), [])
        except csv.Error:
            continue
        candidate = (
            len({_normal(column) for column in header} & known),
            len(header),
            delimiter,
            header,
        )
        best = max(best, candidate, key=lambda one: one[:2])
    hits, _, delimiter, header = best
    if not hits:
        first = start.decode("utf-8-sig", "replace").splitlines()[:1] or [""]
        raise BadInput(
            f"{name}, line 1: no header with columns of {table.name}, but {_shown(first[0])}"
            f" (tried {', '.join(DELIMITERS.values())})"
        )
    return delimiter, tuple(
        SourceColumn(column, f"column_{position}", "VARCHAR")
        for position, column in enumerate(header)
    )


def _normal(column: str) -> str:
    """Return a column name as it is compared: trimmed, in lower case."""
    return column.strip().lower()


def _no_glob(path: str) -> str:
    """Keep DuckDB from reading a path as a pattern."""
    return re.sub(r"([*?\[])", r"[\1]", path)


def _shown(value: str) -> str:
    """Write a value on one line, in quotes, not too long."""
    short = value if len(value) <= MAX_VALUE_SHOWN else value[:MAX_VALUE_SHOWN] + "…"
    return repr(short)


def _opener(path: Path) -> Callable[..., IO[Any]]:
    """Return what opens a CSV file, compressed or not."""
    return gzip.open if path.name.lower().endswith(".gz") else open


@contextmanager
def _text(path: Path, errors: str = "strict") -> Iterator[IO[str]]:
    """Open a CSV file, compressed or not, as the text that it is."""
    with _opener(path)(path, "rt", encoding="utf-8-sig", errors=errors, newline="") as file:
        yield file


def _records(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record below the header with the line it starts on; empty lines are none."""
    with _text(path) as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        next(reader, None)
        while True:
            line = reader.line_num + 1
            record = next(reader, None)
            if record is None:
                return
            if record:
                yield line, record
