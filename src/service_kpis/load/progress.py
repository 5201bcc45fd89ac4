"""How far a load is: bars on a terminal, one line per table elsewhere; and its summary."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import duckdb
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from service_kpis.load.loader import Report, TableLoad

POLL_SECONDS = 0.2


class Lines:
    """One line per table, for logs."""

    def __init__(self, console: Console) -> None:
        """Write to `console`."""
        self.console = console

    def __enter__(self) -> Lines:
        """Nothing to set up."""
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to tear down."""

    def started(self, sizes: Mapping[str, int], connection: duckdb.DuckDBPyConnection) -> None:
        """Say nothing yet."""

    def file_done(self, table: str, size: int) -> None:
        """Say nothing yet."""

    def table_done(self, done: TableLoad) -> None:
        """Write the table's line."""
        files = f"{done.loaded_files} file{'' if done.loaded_files == 1 else 's'}"
        self.console.print(
            f"{done.table}: {done.rows} rows from {files} in {done.seconds:.1f} s",
            highlight=False,
            soft_wrap=True,
        )


class Bars:
    """One bar per table in bytes, which DuckDB's own progress moves inside a large file."""

    def __init__(self, console: Console) -> None:
        """Draw on `console`."""
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TimeElapsedColumn(),
            console=console,
        )
        self._tasks: dict[str, int] = {}
        self._bytes: dict[str, int] = {}
        self._left: list[str] = []
        self._stop = threading.Event()
        self._poller: threading.Thread | None = None

    def __enter__(self) -> Bars:
        """Show the bars."""
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop polling and leave the bars as they are."""
        self._stop.set()
        if self._poller:
            self._poller.join()
        self.progress.stop()

    def started(self, sizes: Mapping[str, int], connection: duckdb.DuckDBPyConnection) -> None:
        """Show a bar per table and start asking DuckDB how far it is."""
        width = max(map(len, sizes))
        for table, size in sizes.items():
            task = self.progress.add_task(table.ljust(width), total=size, start=False)
            self._tasks[table], self._bytes[table] = task, 0
        self._sizes = dict(sizes)
        self._left = list(sizes)
        self.progress.start_task(self._tasks[self._left[0]])
        connection.execute("set enable_progress_bar = true")
        connection.execute("set enable_progress_bar_print = false")
        self._poller = threading.Thread(target=self._poll, args=[connection], daemon=True)
        self._poller.start()

    def file_done(self, table: str, size: int) -> None:
        """Move the table's bar past the file."""
        self._bytes[table] += size
        self.progress.update(self._tasks[table], completed=self._bytes[table])

    def table_done(self, done: TableLoad) -> None:
        """Go on to the next bar."""
        self.progress.stop_task(self._tasks[done.table])
        self._left.remove(done.table)
        if self._left:
            self.progress.start_task(self._tasks[self._left[0]])

    def _poll(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Move the current bar while DuckDB works on a file."""
        while not self._stop.wait(POLL_SECONDS):
            table = next(iter(self._left), None)
            if table is None:
                return
            try:
                percent = connection.query_progress()
            except duckdb.Error:
                return
            left = self._sizes[table] - self._bytes[table]
            if percent > 0:
                self.progress.update(
                    self._tasks[table], completed=self._bytes[table] + left * percent / 100
                )


def summary(report: Report, console: Console) -> None:
    """Print what the load did, table by table."""
    table = Table("table", header_style="bold")
    for column in ("files", "rows", "seconds"):
        table.add_column(column, justify="right")
    table.add_column("notes", overflow="fold")
    for done in report.tables:
        notes = []
        if done.unchanged_files:
            notes.append(f"already loaded, skipped: {done.unchanged_files}")
        if done.missing:
            notes.append(f"missing, so NULL: {', '.join(done.missing)}")
        if done.ignored:
            notes.append(
                f"unknown, left out: {', '.join(name or repr('') for name in done.ignored)}"
            )
        table.add_row(
            done.table,
            str(done.loaded_files),
            f"{done.rows:,}".replace(",", " "),
            f"{done.seconds:.1f}",
            "\n".join(notes),
        )
    console.print(table)
    if report.not_delivered:
        console.print(
            f"not delivered (empty unless loaded before): {', '.join(report.not_delivered)}",
            soft_wrap=True,
        )
    if report.scored is not None:
        console.print(f"texts scored: {report.scored}", soft_wrap=True)
    if report.forgotten:
        rows = ", ".join(f"{table} {count}" for table, count in report.forgotten.items())
        console.print(
            "persons erased before with `service-kpis forget` were delivered again and were erased"
            f" again, rows: {rows}",
            soft_wrap=True,
        )
