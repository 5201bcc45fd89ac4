"""The load itself: landing files into the raw tables, all or nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

import duckdb

from service_kpis.forget.erase import Erasure, is_anybody_forgotten
from service_kpis.load.landing import LandingFile, discover, inspect
from service_kpis.load.warehouse import Warehouse, is_about_space, open_warehouse
from service_kpis.raw_schema import RawTable, raw_tables


@dataclass
class TableLoad:
    """What one load did to one raw table."""

    table: str
    loaded_files: int = 0
    unchanged_files: int = 0
    rows: int = 0
    seconds: float = 0.0
    missing: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Report:
    """What one load did."""

    tables: list[TableLoad]
    not_delivered: list[str]
    # rows about persons whom `service-kpis forget` has erased before, by table
    forgotten: dict[str, int] = field(default_factory=dict)
    # texts whose sentiment was scored; None when nobody asked for it
    scored: int | None = None


class Listener(Protocol):
    """Who wants to know how far the load is."""

    def started(self, sizes: Mapping[str, int], connection: duckdb.DuckDBPyConnection) -> None:
        """The load starts, with so many bytes per table."""

    def file_done(self, table: str, size: int) -> None:
        """A file of a table is in."""

    def table_done(self, done: TableLoad) -> None:
        """A table is complete."""


def load_directory(
    directory: Path,
    warehouse: Path,
    schema: str,
    listener: Listener,
    *,
    replace: bool = False,
    memory_limit: str = "6GB",
    temp_directory: Path | None = None,
    sentiment: bool = False,
) -> Report:
    """Append the landing files below `directory` to the raw tables, in one transaction.

    Every header is looked at before the warehouse is opened. With `sentiment`, texts that came
    without a score are scored (docs/text.md).

    Raises:
        BadInput: a landing file is not what the raw schema wants.
        UnusableWarehouse: the warehouse cannot be written.
        click.UsageError: `sentiment`, and the extra `text` is not installed.
    """
    if sentiment:
        # here and below: who does not score need not have the packages
        from service_kpis.sentiment.lexicon import check_installed

        check_installed()
    tables = raw_tables()
    delivered = discover(directory, tables)
    with duckdb.connect() as connection:
        files = {
            name: [inspect(path, directory, tables[name], connection) for path in paths]
            for name, paths in delivered.items()
        }
    with open_warehouse(
        warehouse,
        schema,
        memory_limit=memory_limit,
        temp_directory=temp_directory or warehouse.parent / "tmp",
    ) as target:
        target.prepare(tables, replace=replace)
        loaded_at = target.next_arrival()
        sizes = {name: sum(f.path.stat().st_size for f in ones) for name, ones in files.items()}
        listener.started(sizes, target.connection)
        done = [
            _load_table(tables[name], ones, target, loaded_at, listener)
            for name, ones in files.items()
        ]
        forgotten = _forget_again(target, tables, loaded_at)
        scored = None
        if sentiment:
            from service_kpis.sentiment.texts import score_new_texts

            # after the forgotten have left
            scored = score_new_texts(target, loaded_at)
    return Report(done, [name for name in tables if name not in delivered], forgotten, scored)


def _forget_again(
    target: Warehouse, tables: Mapping[str, RawTable], loaded_at: datetime
) -> dict[str, int]:
    """Erase who was forgotten before from the rows of this load; return the rows by table."""
    if not is_anybody_forgotten(target.connection, target.schema):
        return {}
    erasure = Erasure(target.connection, target.schema, tables)
    erasure.find_again(loaded_at)
    if not erasure.is_about_anybody():
        return {}
    erasure.follow()
    return {one.table: one.rows for one in erasure.erase(loaded_at, loaded_at)}


def _load_table(
    table: RawTable,
    files: list[LandingFile],
    target: Warehouse,
    loaded_at: datetime,
    listener: Listener,
) -> TableLoad:
    """Append the files of one table that are not in it yet."""
    done = TableLoad(table.name)
    started = time.monotonic()
    for file in files:
        sha256 = file.sha256()
        if target.is_loaded(table.name, sha256):
            done.unchanged_files += 1
        else:
            try:
                done.rows += target.append(file, sha256, loaded_at)
            except duckdb.Error as error:
                if is_about_space(error):
                    raise
                raise file.fault(error) from error
            done.loaded_files += 1
            done.missing += [name for name in file.missing if name not in done.missing]
            done.ignored += [name for name in file.ignored if name not in done.ignored]
        listener.file_done(table.name, file.path.stat().st_size)
    done.seconds = time.monotonic() - started
    listener.table_done(done)
    return done
