"""Columnar raw tables: compact numpy columns that become Arrow only while they are written."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from service_kpis.raw_schema import RawTable

#: Marks a missing value in every integer, instant, date, decimal and boolean column.
NULL = np.iinfo(np.int64).min
#: Largest number of rows in one Parquet file; more rows make a folder of parts.
PART_ROWS = 1_000_000
#: The nightly load runs at this second of the UTC day.
LOAD_SECOND = 2 * 3600
DAY = 86_400


def _small(numbers: np.ndarray) -> np.ndarray:
    return np.asarray(numbers).astype(np.int32, copy=False)


@dataclass
class Ids:
    """Identifiers made of a prefix and a zero-padded number; a negative number is null."""

    prefix: str
    numbers: np.ndarray
    width: int = 8

    def __post_init__(self) -> None:
        """Keep the column small."""
        self.numbers = _small(self.numbers)

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.numbers)

    def take(self, rows) -> Ids:
        """Return the given rows."""
        return Ids(self.prefix, self.numbers[rows], self.width)

    def append(self, other: Ids) -> Ids:
        """Return these rows followed by the other's."""
        return Ids(self.prefix, np.concatenate([self.numbers, other.numbers]), self.width)

    def arrow(self) -> pa.Array:
        """Return the identifiers as text."""
        null = pa.array(self.numbers < 0)
        text = pc.cast(pa.array(np.where(self.numbers < 0, 0, self.numbers)), pa.string())
        text = pc.binary_join_element_wise(
            self.prefix, pc.utf8_lpad(text, width=self.width, padding="0"), ""
        )
        return pc.if_else(null, pa.scalar(None, pa.string()), text)


@dataclass
class Cat:
    """Text out of a short list; a negative code is null."""

    values: list[str]
    codes: np.ndarray

    def __post_init__(self) -> None:
        """Keep the column small."""
        if len(self.values) < 127:
            self.codes = np.asarray(self.codes).astype(np.int8, copy=False)

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.codes)

    def take(self, rows) -> Cat:
        """Return the given rows."""
        return Cat(self.values, self.codes[rows])

    def append(self, other: Cat) -> Cat:
        """Return these rows followed by the other's, which must have the same list."""
        return Cat(self.values, np.concatenate([self.codes, other.codes]))

    def arrow(self) -> pa.Array:
        """Return the values as text."""
        codes = self.codes.astype(np.int32, copy=False)
        index = pa.array(codes, mask=codes < 0)
        return pa.array(self.values, pa.string()).take(index)


@dataclass
class Mixed:
    """Text of several kinds: each row says which kind it is and the number within the kind.

    A kind is a list of values or an identifier given by prefix and width (numbers from 0 are
    written from 1). A negative kind or number is null.
    """

    kinds: tuple
    kind: np.ndarray
    number: np.ndarray

    def __post_init__(self) -> None:
        """Keep the columns small."""
        self.kind = np.asarray(self.kind).astype(np.int8, copy=False)
        self.number = np.asarray(self.number).astype(np.int32, copy=False)

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.kind)

    def take(self, rows) -> Mixed:
        """Return the given rows."""
        return Mixed(self.kinds, self.kind[rows], self.number[rows])

    def append(self, other: Mixed) -> Mixed:
        """Return these rows followed by the other's."""
        return Mixed(
            self.kinds,
            np.concatenate([self.kind, other.kind]),
            np.concatenate([self.number, other.number]),
        )

    def arrow(self) -> pa.Array:
        """Return the values as text."""
        texts = []
        for place, kind in enumerate(self.kinds):
            number = np.where(self.kind == place, self.number, -1)
            if isinstance(kind, list):
                texts.append(Cat(kind, number).arrow())
            else:
                number = np.where(number < 0, -1, number.astype(np.int64) + 1)
                texts.append(Ids(kind[0], number, kind[1]).arrow())
        return pc.coalesce(*texts)


def constant(value: str, rows: int) -> Cat:
    """Return a text column that says the same in every row."""
    return Cat([value], np.zeros(rows, np.int8))


@dataclass
class Table:
    """One raw table before it is written.

    Columns are `Ids`, `Cat`, `Mixed` or numpy arrays: instants in seconds since 1970 (UTC), dates
    in days since 1970, decimals in their smallest unit, booleans as 0 and 1; `NULL` (NaN for
    double) where there is no value. `changed` is the instant of each row's last change, from
    which its load follows. `overrides` holds text that replaces single values: faults only.
    """

    name: str
    columns: dict
    changed: np.ndarray
    overrides: dict[str, dict[int, str | None]] = field(default_factory=dict)
    loaded: dict[int, int] = field(default_factory=dict)

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.changed)

    def append_copies(self, rows: np.ndarray) -> np.ndarray:
        """Append copies of rows and return the numbers of the copies."""
        first = len(self)
        for name, column in self.columns.items():
            if isinstance(column, np.ndarray):
                self.columns[name] = np.concatenate([column, column[rows]])
            else:
                self.columns[name] = column.append(column.take(rows))
        self.changed = np.concatenate([self.changed, self.changed[rows]])
        copies = np.arange(first, first + len(rows))
        for cells in self.overrides.values():
            for old, new in zip(rows.tolist(), copies.tolist(), strict=True):
                if old in cells:
                    cells[new] = cells[old]
        return copies

    def override(self, column: str, row: int, value: str | None) -> None:
        """Replace one text value."""
        self.overrides.setdefault(column, {})[int(row)] = value


def load_instants(changed: np.ndarray) -> np.ndarray:
    """Return the first nightly load after each instant, in seconds since 1970."""
    return ((changed - LOAD_SECOND) // DAY + 1) * DAY + LOAD_SECOND


def write_table(table: Table, schema: RawTable, folder: Path) -> int:
    """Write one raw table as Parquet, with every column of the schema, and return its rows."""
    rows = len(table)
    unknown = set(table.columns) - {column.name for column in schema.columns}
    if unknown:
        raise KeyError(f"{schema.name} has no column {sorted(unknown)}")
    if rows <= PART_ROWS:
        _write(_arrow(table, schema, 0, rows), folder / f"{schema.name}.parquet")
        return rows
    (folder / schema.name).mkdir()
    for number, first in enumerate(range(0, rows, PART_ROWS)):
        part = _arrow(table, schema, first, min(first + PART_ROWS, rows))
        _write(part, folder / schema.name / f"part-{number:03d}.parquet")
    return rows


def _write(table: pa.Table, path: Path) -> None:
    dictionary = [
        name
        for name in table.column_names
        if pa.types.is_string(table.schema.field(name).type)
        and not name.endswith(("message_id", "event_id", "state_id", "call_id", "session_id"))
    ]
    pq.write_table(table, path, compression="zstd", compression_level=1, use_dictionary=dictionary)


def _arrow(table: Table, schema: RawTable, first: int, last: int) -> pa.Table:
    part = slice(first, last)
    rows = last - first
    loaded = load_instants(table.changed[part])
    for row, instant in table.loaded.items():
        if first <= row < last:
            loaded[row - first] = instant
    arrays, fields = [], []
    for column in schema.columns:
        kind = arrow_type(column.data_type)
        if column.name == "_loaded_at":
            array = pa.array(loaded * 1_000_000).cast(kind)
        elif column.name == "_source_file":
            array = _files(schema, loaded)
        elif column.name not in table.columns:
            array = pa.nulls(rows, kind)
        else:
            value = table.columns[column.name]
            if isinstance(value, np.ndarray):
                array = _numbers(value[part], kind)
            else:
                array = value.take(part).arrow()
        cells = table.overrides.get(column.name)
        if cells:
            here = sorted(row for row in cells if first <= row < last)
            if here:
                mask = np.zeros(rows, bool)
                mask[np.array(here) - first] = True
                array = pc.replace_with_mask(
                    array, pa.array(mask), pa.array([cells[row] for row in here], pa.string())
                )
        arrays.append(array)
        fields.append(pa.field(column.name, kind))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _files(schema: RawTable, loaded: np.ndarray) -> pa.Array:
    days, codes = np.unique(loaded // DAY, return_inverse=True)
    epoch = dt.date(1970, 1, 1)
    names = [
        f"{schema.source}/{schema.name}_{epoch + dt.timedelta(days=int(day))}.parquet"
        for day in days
    ]
    return pa.array(names, pa.string()).take(pa.array(codes.astype(np.int32)))


def arrow_type(data_type: str) -> pa.DataType:
    """Return the Arrow type of a SQL type of the source YAML.

    Raises:
        ValueError: the type is none that the raw schema uses.
    """
    simple = {
        "varchar": pa.string(),
        "timestamptz": pa.timestamp("us", tz="UTC"),
        "date": pa.date32(),
        "boolean": pa.bool_(),
        "integer": pa.int32(),
        "bigint": pa.int64(),
        "double": pa.float64(),
    }
    if data_type in simple:
        return simple[data_type]
    if data_type.startswith("decimal("):
        precision, scale = data_type[8:-1].split(",")
        return pa.decimal128(int(precision), int(scale))
    raise ValueError(f"unknown data type {data_type}")


def _numbers(values: np.ndarray, kind: pa.DataType) -> pa.Array:
    if pa.types.is_floating(kind):
        return pa.array(values, kind, mask=np.isnan(values))
    values = values.astype(np.int64, copy=False)
    null = values == NULL
    if pa.types.is_boolean(kind):
        return pa.array(values == 1, mask=null)
    clean = np.where(null, 0, values)
    if pa.types.is_timestamp(kind):
        return pa.array(clean * 1_000_000, mask=null).cast(kind)
    if pa.types.is_decimal(kind):
        pairs = np.empty((len(clean), 2), np.int64)
        pairs[:, 0] = clean
        pairs[:, 1] = clean >> 63
        valid = pa.array(~null).buffers()[1]
        return pa.Array.from_buffers(kind, len(clean), [valid, pa.py_buffer(pairs)])
    if pa.types.is_date(kind):
        return pa.array(clean.astype(np.int32), mask=null).cast(kind)
    return pa.array(clean, mask=null).cast(kind)
