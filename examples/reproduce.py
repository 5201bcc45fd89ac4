"""Build a warehouse from each real data set and print every published figure beside ours.

    python examples/reproduce.py [EXAMPLE ...]

Each step is the command that anyone would type; it is printed before it runs. The data sets are
looked for in SERVICE_KPIS_REAL_DATA, else in ../shared/data beside the project.
"""

from __future__ import annotations

import csv
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TextIO

import click
import duckdb
from rich.console import Console
from rich.table import Table

PROJECT_DIR = Path(__file__).resolve().parents[1]
EXAMPLES = {
    "uci_incidents": "uci_incident_event_log.parquet",
    "anonymous_bank": "anonymous_bank_1999_02.parquet",
}
WIDTH_WITHOUT_TERMINAL = 160
# Both from the environment of this Python, whatever else is on the PATH.
PROGRAMS = {
    "service-kpis": [sys.executable, "-m", "service_kpis.cli"],
    "dbt": [str(Path(sys.executable).with_name("dbt"))],
}


def real_data() -> Path:
    """Return the folder where the real data sets are, or would be."""
    named = os.environ.get("SERVICE_KPIS_REAL_DATA")
    return Path(named) if named else PROJECT_DIR.parent / "shared" / "data"


def run(program: str, arguments: list[str], environment: dict[str, str] | None = None) -> None:
    """Print a command, run it in the project, and stop where it fails."""
    click.secho(f"$ {program} {shlex.join(arguments)}", bold=True, err=True)
    done = subprocess.run(
        [*PROGRAMS[program], *arguments],
        cwd=PROJECT_DIR,
        env=os.environ | (environment or {}),
        check=False,
    )
    if done.returncode:
        raise click.ClickException(f"{program} {arguments[0]} failed")


def build(example: str, source: Path, work: Path, dbt_options: list[str]) -> Path:
    """Map, load and build one example in `work`; return its warehouse."""
    folder = PROJECT_DIR / "examples" / example
    landing = work / example / "landing"
    warehouse = work / example / "service_kpis.duckdb"
    if warehouse.exists():
        warehouse.unlink()
    mapping = str(folder.relative_to(PROJECT_DIR))
    dbt_vars = (folder / "vars.yml").read_text(encoding="utf-8")
    run("service-kpis", ["map", mapping, "--input", str(source), "--out", str(landing)])
    run("service-kpis", ["load", str(landing), "--warehouse", str(warehouse)])
    run(
        "dbt",
        ["build", "--vars", dbt_vars, *dbt_options],
        {
            "SERVICE_KPIS_WAREHOUSE": str(warehouse),
            "DBT_TARGET_PATH": str(work / example / "target"),
        },
    )
    return warehouse


def figures(example: str, source: Path, warehouse: Path) -> list[dict[str, object]]:
    """Return the figures of one example, read from its warehouse."""
    query = (PROJECT_DIR / "examples" / example / "figures.sql").read_text(encoding="utf-8")
    with duckdb.connect(warehouse, read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set variable input = $source", {"source": str(source)})
        result = connection.execute(query)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def shown(value: float | None, decimals: int) -> str:
    """Return a figure as it is published."""
    return "–" if value is None else f"{value:.{decimals}f}"


@click.command()
@click.argument("examples", nargs=-1, type=click.Choice(list(EXAMPLES)))
@click.option("--data", type=click.Path(path_type=Path), default=real_data)
@click.option("--work", type=click.Path(path_type=Path), default=PROJECT_DIR / "warehouse" / "real")
@click.option("--select", multiple=True, help="Build and check these models only.")
@click.option("--csv", "csv_file", type=click.File("w"), help="Write the figures there too.")
def main(
    examples: tuple[str, ...],
    data: Path,
    work: Path,
    select: tuple[str, ...],
    csv_file: TextIO | None,
) -> None:
    """Build each example from the real data and print its figures."""
    # The rows are on trial here; the definitions are in `make test`.
    dbt_options = ["--exclude-resource-type=unit_test"]
    if select:
        # A test that reads a model left out would fail for want of it.
        dbt_options += ["--indirect-selection=buildable", "--select", *select]
    writer = csv.writer(csv_file) if csv_file else None
    if writer:
        writer.writerow(["example", "figure", "published", "ours", "source"])
    differing = 0
    for example in examples or EXAMPLES:
        source = data / EXAMPLES[example]
        if not source.exists():
            click.echo(f"{example}: {source} is not there, left out", err=True)
            continue
        warehouse = build(example, source.resolve(), work.resolve(), dbt_options)
        table = Table("figure", "published", "ours", "from", title=example)
        for row in figures(example, source, warehouse):
            published, ours = (shown(row[name], row["decimals"]) for name in ("published", "value"))
            differs = row["published"] is not None and published != ours
            differing += differs
            table.add_row(row["figure"], published, ours, row["source"], style="red" * differs)
            if writer:
                writer.writerow([example, row["figure"], published, ours, row["source"]])
        console = Console()
        (console if console.is_terminal else Console(width=WIDTH_WITHOUT_TERMINAL)).print(table)
    if differing:
        raise click.ClickException(f"{differing} published figures differ")


if __name__ == "__main__":
    main()
