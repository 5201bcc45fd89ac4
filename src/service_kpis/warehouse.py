"""Where the warehouse file is: one default for every command."""

from __future__ import annotations

from pathlib import Path

import click

from service_kpis.raw_schema import PROJECT_DIR

warehouse_option = click.option(
    "--warehouse",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="SERVICE_KPIS_WAREHOUSE",
    default=PROJECT_DIR / "warehouse" / "service_kpis.duckdb",
    show_default="warehouse/service_kpis.duckdb",
    help="DuckDB file of the warehouse.",
)
