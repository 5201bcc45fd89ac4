"""`service-kpis load`."""

from __future__ import annotations

from pathlib import Path

import click
import duckdb
from rich.console import Console

from service_kpis.load.loader import load_directory
from service_kpis.load.progress import Bars, Lines, summary
from service_kpis.warehouse import warehouse_option

# A table of 80 columns cuts column names where no terminal says how wide it is.
WIDTH_WITHOUT_TERMINAL = 160


def _checked_limit(_: click.Context, __: click.Parameter, value: str) -> str:
    """Let DuckDB say whether it understands a memory limit."""
    try:
        duckdb.connect(config={"memory_limit": value}).close()
    except duckdb.Error as error:
        raise click.BadParameter(f"{value!r} is no size such as 8GB or 512MB") from error
    return value


@click.command()
@click.argument(
    "directory",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
@warehouse_option
@click.option("--schema", default="raw", show_default=True, help="Schema of the raw tables.")
@click.option("--replace", is_flag=True, help="Empty the raw tables first.")
@click.option(
    "--memory-limit",
    envvar="SERVICE_KPIS_MEMORY_LIMIT",
    default="8GB",
    show_default=True,
    show_envvar=True,
    callback=_checked_limit,
    help="Beyond this DuckDB spills to disk.",
)
@click.option(
    "--temp",
    "temp_directory",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="SERVICE_KPIS_TEMP",
    show_envvar=True,
    help="Where DuckDB spills; default: tmp/ next to the warehouse.",
)
def load(
    directory: Path,
    warehouse: Path,
    schema: str,
    replace: bool,
    memory_limit: str,
    temp_directory: Path | None,
) -> None:
    """Load the landing files in DIR into the raw tables.

    One file <table>.parquet, <table>.csv or <table>.csv.gz per raw table, or a folder <table>/ of
    such parts. Files already loaded are skipped. All or nothing: after an error the warehouse is
    as it was.

    Exit codes: 0 done, 2 wrong usage, 3 bad landing files, 4 warehouse in use or not writable.
    """
    errors = Console(stderr=True)
    with Bars(errors) if errors.is_terminal else Lines(errors) as listener:
        report = load_directory(
            directory,
            warehouse,
            schema,
            listener,
            replace=replace,
            memory_limit=memory_limit,
            temp_directory=temp_directory,
        )
    out = Console()
    if not out.is_terminal:
        out = Console(width=WIDTH_WITHOUT_TERMINAL)
    summary(report, out)
