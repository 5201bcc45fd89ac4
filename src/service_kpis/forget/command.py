"""`service-kpis forget`."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import duckdb
from rich.console import Console
from rich.table import Table

from service_kpis.errors import UnusableWarehouse
from service_kpis.forget.erase import Erasure, Touched
from service_kpis.load.command import WIDTH_WITHOUT_TERMINAL
from service_kpis.load.sql import identifier, literal
from service_kpis.load.warehouse import STORAGE_VERSION, open_warehouse
from service_kpis.lock import run_lock
from service_kpis.raw_schema import raw_tables
from service_kpis.warehouse import memory_limit_option, temp_option, warehouse_option

MAX_IDS_SHOWN = 5
MAX_FILES_SHOWN = 3


class _DryRun(Exception):
    """Leaves the transaction without a commit."""


@dataclass(frozen=True)
class Result:
    """What a command has done, or would do: all ids of the persons, and the tables touched."""

    ids: int
    touched: list[Touched]


def forget_customers(
    warehouse: Path,
    ids: Collection[str],
    schema: str,
    *,
    dry_run: bool,
    memory_limit: str,
    temp_directory: Path,
) -> Result:
    """Erase customers from the raw tables of a warehouse, in one transaction.

    The caller holds the run lock.

    Raises:
        click.UsageError: nothing in the raw tables names one of the ids; nothing is changed.
        UnusableWarehouse: the warehouse is in use or cannot be written.
    """
    result = None
    try:
        with open_warehouse(
            warehouse, schema, memory_limit=memory_limit, temp_directory=temp_directory
        ) as target:
            target.prepare(raw_tables(), replace=False)
            erasure = Erasure(target.connection, schema, raw_tables())
            unknown = erasure.unknown(ids)
            if unknown:
                more = len(unknown) - MAX_IDS_SHOWN
                raise click.UsageError(
                    f"no raw table names the customer {', '.join(unknown[:MAX_IDS_SHOWN])}"
                    f"{f' (and {more} more)' if more > 0 else ''}; nothing was changed"
                )
            erasure.follow()
            found = target.connection.execute(
                "select count(*) from _person where table_name = 'customers'"
            )
            ids_found = found.fetchone()[0]
            result = Result(ids_found, erasure.erase(datetime.now(UTC)))
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return result


def rewrite(warehouse: Path, *, memory_limit: str, temp_directory: Path) -> None:
    """Write a warehouse into a new file and put that in its place.

    What was deleted stays in free blocks of a DuckDB file until something overwrites them.

    Raises:
        UnusableWarehouse: there is no room for the second file.
    """
    new = warehouse.with_name(warehouse.name + ".new")
    log = warehouse.with_name(warehouse.name + ".wal")
    # left by a run that was killed
    new.unlink(missing_ok=True)
    new.with_name(new.name + ".wal").unlink(missing_ok=True)
    try:
        with duckdb.connect(
            config={"memory_limit": memory_limit, "temp_directory": str(temp_directory)}
        ) as connection:
            # views name the catalog, which is the file's name
            catalog = identifier(warehouse.stem)
            connection.execute(f"attach {literal(str(warehouse))} as {catalog} (read_only)")
            connection.execute(
                f"attach {literal(str(new))} as _new (storage_version {literal(STORAGE_VERSION)})"
            )
            connection.execute(f"copy from database {catalog} to _new")
            connection.execute("detach _new")
        if log.exists():
            raise OSError(f"{log} is there: another program writes to the warehouse")
        with new.open("rb") as file:
            os.fsync(file.fileno())
        new.replace(warehouse)
    except (duckdb.Error, OSError) as error:
        new.unlink(missing_ok=True)
        raise UnusableWarehouse(
            f"erased, but {warehouse} could not be written anew, so its free blocks may still hold"
            f" what was erased; run it again: {str(error).splitlines()[0]}"
        ) from error


def _report(result: Result, out: Console, *, all_files: bool) -> None:
    """Print the rows touched per raw table, and in which files the persons still are."""
    table = Table("table", header_style="bold")
    table.add_column("rows", justify="right")
    table.add_column("from the files", overflow="fold")
    for one in result.touched:
        shown = one.files if all_files else one.files[:MAX_FILES_SHOWN]
        more = len(one.files) - len(shown)
        files = [*shown, f"and {more} more (--all-files lists them)"] if more else shown
        table.add_row(one.table, str(one.rows), "\n".join(files))
    if result.touched:
        out.print(table)


@click.command()
@click.option("--customer", "customers", metavar="ID", multiple=True, help="Repeat for more.")
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Text file with one id per line.",
)
@click.option("--dry-run", is_flag=True, help="Only show what would be touched.")
@click.option("--all-files", is_flag=True, help="List every file that names them.")
@click.option("--schema", default="raw", show_default=True, help="Schema of the raw tables.")
@warehouse_option
@memory_limit_option
@temp_option
def forget(
    customers: tuple[str, ...],
    file: Path | None,
    dry_run: bool,
    all_files: bool,
    schema: str,
    warehouse: Path,
    memory_limit: str,
    temp_directory: Path | None,
) -> None:
    """Remove customers from the warehouse, from the raw tables on, for good.

    Their customers rows are deleted, with all that were merged with them; their tickets, calls,
    answers and so on stay, without ids and personal text. Tables that dbt has built are dropped and
    the file is written anew: no block of it holds them. The next `service-kpis build` builds in
    full, publishes, and removes the versions published before. Later loads leave them out.

    Exit codes: 0 done, 2 wrong usage or an id that nothing names, 4 warehouse in use, memory or
    disk full, 5 another run is on.
    """
    ids = [one.strip() for one in customers]
    if file is not None:
        ids += [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines()]
    ids = list(dict.fromkeys(one for one in ids if one))
    if not ids:
        raise click.UsageError("name at least one customer, with --customer or --file")
    warehouse = warehouse.absolute()
    if not warehouse.exists():
        raise click.UsageError(f"there is no warehouse {warehouse}")
    space = {
        "memory_limit": memory_limit,
        "temp_directory": temp_directory or warehouse.parent / "tmp",
    }
    with run_lock(warehouse, "forget"):
        result = forget_customers(warehouse, ids, schema, dry_run=dry_run, **space)
        if not dry_run:
            rewrite(warehouse, **space)
    out = Console()
    if not out.is_terminal:
        out = Console(width=WIDTH_WITHOUT_TERMINAL)
    _report(result, out, all_files=all_files)
    if dry_run:
        click.echo("nothing was changed (--dry-run)")
        return
    if not result.touched:
        click.echo("forgotten before: nothing was left in the raw tables")
        return
    click.echo(
        f"forgotten: {len(ids)} asked for, with what was merged {result.ids} ids. The landing files"
        " above still name them: erase them there, too, and in the source systems."
    )
    click.echo(
        "The published file and the versions kept hold them until the next `service-kpis build`:"
        " it builds in full, publishes, and removes the versions before."
    )
