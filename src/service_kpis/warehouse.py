"""Where the warehouse file is: one default for every command."""

from __future__ import annotations

from pathlib import Path

import click

warehouse_option = click.option(
    "--warehouse",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="SERVICE_KPIS_WAREHOUSE",
    # the same as in profiles.example.yml
    default=Path("warehouse/service_kpis.duckdb"),
    show_default=True,
    show_envvar=True,
    help="DuckDB file of the warehouse.",
)
