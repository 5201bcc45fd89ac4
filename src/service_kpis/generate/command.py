"""`service-kpis generate`."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from service_kpis.generate.build import empty_folder, write_all
from service_kpis.generate.world import World

MIN_TICKETS, MAX_TICKETS = 100, 50_000_000


@click.command()
@click.option("--out", "folder", required=True, type=click.Path(path_type=Path), metavar="DIR",
              help="Folder to write to; made if missing.")  # fmt: skip
@click.option("--tickets", default=60_000, show_default=True, help="Number of tickets, exactly.")
@click.option("--months", default=14, show_default=True, help="Calendar months, ending at --end.")
@click.option("--seed", default=1, show_default=True, help="Same seed, same bytes.")
@click.option("--dirty-rate", default=0.0, show_default=True,
              help="Share of rows to put a fault in, 0 to 0.5; 0 = no fault at all.")  # fmt: skip
@click.option("--end", default="2026-06-30", show_default=True, metavar="DATE",
              help="Last day of the data, local to Europe/Paris.")  # fmt: skip
@click.option("--force", is_flag=True, help="Overwrite an earlier run in DIR.")
def generate(
    folder: Path, tickets: int, months: int, seed: int, dirty_rate: float, end: str, force: bool
) -> None:
    """Write the raw tables of a synthetic service centre as Parquet files."""
    try:
        last = dt.date.fromisoformat(end)
    except ValueError:
        raise click.ClickException(f"--end {end} is not a date like 2026-06-30") from None
    if not MIN_TICKETS <= tickets <= MAX_TICKETS:
        raise click.ClickException(f"--tickets must be {MIN_TICKETS} to {MAX_TICKETS:,}")
    if not 1 <= months <= 120:
        raise click.ClickException("--months must be 1 to 120")
    if seed < 0:
        raise click.ClickException("--seed must be 0 or more")
    if not 0 <= dirty_rate <= 0.5:
        raise click.ClickException("--dirty-rate must be 0 to 0.5")
    if last < dt.date(2001, 1, 1) + dt.timedelta(days=31 * months) or last.year > 2035:
        raise click.ClickException("the data must lie between 2001 and 2035, as the holidays do")
    try:
        empty_folder(folder, force)
    except OSError as error:
        raise click.ClickException(str(error)) from None
    world = World(tickets, months, seed, dirty_rate, last)
    console = Console(stderr=True)
    try:
        if console.is_terminal:
            rows = _with_bars(console, world, folder)
        else:
            rows = write_all(world, folder, _with_lines)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    click.echo(
        f"{sum(rows.values()):,} rows in {sum(n > 0 for n in rows.values())} tables: {folder}"
    )


def _with_lines(step: str, share: float) -> None:
    if share >= 1:
        print(f"generate: {step}", file=sys.stderr, flush=True)


def _with_bars(console: Console, world: World, folder: Path) -> dict[str, int]:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, int] = {}

        def tick(step: str, share: float) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=1.0)
            bars.update(tasks[step], completed=share)

        return write_all(world, folder, tick)
