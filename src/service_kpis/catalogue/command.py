"""`service-kpis docs`: the pages that are made from the catalogue."""

from __future__ import annotations

import json
from pathlib import Path

import click

from service_kpis.catalogue.coverage import coverage, measure, render, values_of
from service_kpis.catalogue.definitions import FAMILIES, read_catalogue
from service_kpis.catalogue.pages import page, page_file
from service_kpis.catalogue.warehouse import Warehouse
from service_kpis.raw_schema import PROJECT_DIR
from service_kpis.warehouse import warehouse_option

DOCS_DIR = PROJECT_DIR / "docs"


@click.group("docs")
def docs() -> None:
    """Make the pages of the KPIs from the catalogue (kpi_definitions)."""


@docs.command("pages")
def pages() -> None:
    """Write docs/kpis: a page per family. The prose above the marker of each page is kept."""
    catalogue = read_catalogue()
    for family in FAMILIES:
        file = page_file(DOCS_DIR, family)
        file.parent.mkdir(exist_ok=True)
        current = file.read_text(encoding="utf-8") if file.exists() else ""
        file.write_text(page(catalogue, family, current), encoding="utf-8")


@docs.command("coverage")
@click.option(
    "--manifest",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=PROJECT_DIR / "target" / "manifest.json",
    help="dbt's manifest.  [default: target/manifest.json]",
)
@warehouse_option
def coverage_page(manifest: Path, warehouse: Path) -> None:
    """Write docs/coverage.md, with the values of a warehouse built on the demo data."""
    catalogue = read_catalogue()
    values, source = measure(catalogue, warehouse)
    found = Warehouse(json.loads(manifest.read_text(encoding="utf-8")))
    rows = coverage(catalogue, found, values)
    (DOCS_DIR / "coverage.md").write_text(render(rows, source), encoding="utf-8")
    gaps = sum(1 for row in rows if row.gaps)
    click.echo(f"docs: {len(rows)} KPIs and variants, {gaps} with a gap: docs/coverage.md")


def coverage_now(manifest: dict, current: str) -> str:
    """Return what docs/coverage.md should say, given the values that it has."""
    values, source = values_of(current)
    return render(coverage(read_catalogue(), Warehouse(manifest), values), source)
