"""`service-kpis load`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from service_kpis.load.loader import load_directory
from service_kpis.load.progress import Bars, Lines, summary
from service_kpis.lock import run_lock
from service_kpis.warehouse import (
    memory_limit_option,
    sentiment_option,
    temp_option,
    warehouse_option,
)

# A table of 80 columns cuts column names where no terminal says how wide it is.
WIDTH_WITHOUT_TERMINAL = 160


def load_and_report(
    directory: Path,
    warehouse: Path,
    schema: str,
    *,
    replace: bool,
    memory_limit: str,
    temp_directory: Path | None,
    sentiment: bool,
) -> None:
    """Load the landing files, with progress on stderr and a summary on stdout.

    The caller holds the run lock.

    Raises:
        BadInput: a landing file is not what the raw schema wants.
        UnusableWarehouse: the warehouse cannot be written.
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
            sentiment=sentiment,
        )
    out = Console()
    if not out.is_terminal:
        out = Console(width=WIDTH_WITHOUT_TERMINAL)
    summary(report, out)


@click.command()
@click.argument(
    "directory",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
@warehouse_option
@click.option("--schema", default="raw", show_default=True, help="Schema of the raw tables.")
@click.option("--replace", is_flag=True, help="Empty the raw tables first.")
@sentiment_option
@memory_limit_option
@temp_option
def load(
    directory: Path,
    warehouse: Path,
    schema: str,
    replace: bool,
    sentiment: bool,
    memory_limit: str,
    temp_directory: Path | None,
) -> None:
    """Load the landing files in DIR into the raw tables.

    One file <table>.parquet, <table>.csv or <table>.csv.gz per raw table, or a folder <table>/ of
    such parts. Files already loaded are skipped. All or nothing: after an error the warehouse is
    as it was.

    Exit codes: 0 done, 2 wrong usage, 3 bad landing files, 4 warehouse in use or not writable,
    5 another run is on.
    """
    with run_lock(warehouse, "load"):
        load_and_report(
            directory,
            warehouse,
            schema,
            replace=replace,
            memory_limit=memory_limit,
            temp_directory=temp_directory,
            sentiment=sentiment,
        )
