"""`service-kpis vars`: the dbt vars that belong to a folder of landing files."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command("vars")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
def dbt_vars(directory: Path) -> None:
    """Print the dbt vars of DIRECTORY as JSON.

    Generated data ends on a fixed day, so its manifest carries the instant that the warehouse is
    to take as now (`as_of`): a second build of it then changes nothing. Your own data has no
    manifest: the result is {} and `as_of` is the start of the run.
    """
    manifest = directory / "_manifest.json"
    found = {}
    if manifest.exists():
        found = {"as_of": json.loads(manifest.read_text(encoding="utf-8"))["as_of"]}
    click.echo(json.dumps(found))
