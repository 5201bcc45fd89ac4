"""docs/coverage.md: for each KPI and variant its column, its unit test and its value."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from service_kpis.catalogue.definitions import FAMILIES, Kpi, shares_of
from service_kpis.catalogue.queries import example_query
from service_kpis.catalogue.warehouse import Warehouse

NOTHING = "—"
HEAD = """\
# Coverage

Every KPI and named variant of the catalogue: where it stands, the unit test that bears its code
(of a variant: a test that expects it), and its value on the demo data of `make build`: of the last
complete month by the [example query](kpis/README.md), of shares and rows by category the first.
Made by `service-kpis docs coverage`; `make test` fails when it is out of date or a row is empty.
"""


@dataclass(frozen=True)
class Row:
    """One line: a KPI or variant, with an em dash for what is missing."""

    kpi: Kpi
    column: str
    unit_test: str
    value: str

    @property
    def gaps(self) -> list[str]:
        """Return what is missing, in words."""
        missing = {"column": self.column, "unit test": self.unit_test, "value": self.value}
        return [what for what, found in missing.items() if found == NOTHING]


def coverage(
    catalogue: Mapping[str, Kpi], warehouse: Warehouse, values: Mapping[str, str]
) -> list[Row]:
    """Return the lines of the page, in the order of the catalogue."""
    return [
        Row(
            kpi,
            _column(kpi, catalogue, warehouse),
            _unit_test(kpi, catalogue, warehouse),
            values.get(code, NOTHING),
        )
        for code, kpi in catalogue.items()
    ]


def render(rows: Iterable[Row], source: str) -> str:
    """Return the page; `source` says which data the values are of."""
    rows = list(rows)
    headlines = sum(1 for row in rows if not row.kpi.variant_of)
    gaps = [row for row in rows if row.gaps]
    lines = [
        HEAD,
        f"{headlines} KPIs, {len(rows) - headlines} variants. Values: {source}.",
        "",
        "## Gaps",
        "",
        *(
            [
                f"- `{row.kpi.kpi_code}` ({row.kpi.family}): no {', no '.join(row.gaps)}"
                for row in gaps
            ]
            or ["None."]
        ),
    ]
    for family, (file, name_en, name_fr) in FAMILIES.items():
        lines += [
            "",
            f"## [{name_en}](kpis/{file}.md) · {name_fr}",
            "",
            "| KPI or variant | name | nom français | column | unit test | value |",
            "|---|---|---|---|---|---|",
        ]
        lines += [_line(row) for row in rows if row.kpi.family == family]
    return "\n".join(lines) + "\n"


def values_of(page: str) -> tuple[dict[str, str], str]:
    """Return the values that a page shows, by code, and what data it says they are of."""
    values = {}
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if len(cells) == 6 and (code := re.fullmatch(r"(?:↳ )?`(\w+)`", cells[0])):
            values[code[1]] = cells[5]
    source = re.search(r"Values: (.*)\.$", page, re.M)
    return values, source[1] if source else ""


def measure(catalogue: Mapping[str, Kpi], file: Path) -> tuple[dict[str, str], str]:
    """Return the value of each KPI in a warehouse, and which data that is.

    A mart that is not there, or has no value, leaves its KPIs out.
    """
    values = {}
    with duckdb.connect(str(file), read_only=True) as connection:
        ends = connection.execute("select max(data_through_at) from core.dim_source").fetchone()[0]
        tickets = connection.execute("select count(*) from core.fct_tickets").fetchone()[0]
        for code, kpi in catalogue.items():
            if kpi.presented_as == "variants":
                continue
            try:
                rows = connection.execute(example_query(kpi)).fetchall()
            except duckdb.CatalogException:
                continue
            if value := _value(kpi, rows, ends.date()):
                values[code] = value
    # of a KPI that stands as its variants: theirs
    for code, kpi in catalogue.items():
        if kpi.presented_as == "variants":
            parts = [
                values[share.kpi_code].partition(" (")[0]
                for share in shares_of(kpi, catalogue)
                if share.kpi_code in values
            ]
            if parts:
                values[code] = ", ".join(parts)
    return values, f"{tickets:,} tickets, loaded up to {ends:%Y-%m-%d}"


def _column(kpi: Kpi, catalogue: Mapping[str, Kpi], warehouse: Warehouse) -> str:
    mart = warehouse.marts.get(kpi.mart)
    if mart is None:
        return NOTHING
    if kpi.category_columns == ["kpi_code"]:
        return f"`{kpi.mart}`, rows"
    if kpi.presented_as == "variants":
        shares = {share.kpi_code for share in shares_of(kpi, catalogue)}
        return f"`{kpi.mart}`, as variants" if shares <= set(mart.columns) else NOTHING
    return f"`{kpi.mart}.{kpi.kpi_code}`" if kpi.kpi_code in mart.columns else NOTHING


def _unit_test(kpi: Kpi, catalogue: Mapping[str, Kpi], warehouse: Warehouse) -> str:
    """Return the first of its unit tests, one of its mart before others."""
    tests = warehouse.tests_of(kpi, catalogue)
    return min(((test.model != kpi.mart, test.name) for test in tests), default=(0, NOTHING))[1]


def _line(row: Row) -> str:
    code = f"`{row.kpi.kpi_code}`"
    test = row.unit_test if row.unit_test == NOTHING else f"`{row.unit_test}`"
    cells = [
        f"↳ {code}" if row.kpi.variant_of else code,
        row.kpi.name_en,
        row.kpi.name_fr,
        row.column,
        test,
        row.value,
    ]
    return f"| {' | '.join(cells)} |"


def _value(kpi: Kpi, rows: list[tuple], ends: datetime.date) -> str | None:
    """Return the value of the last month that is over, else of the one that is not."""
    found = [row for row in rows if row[-1] is not None]
    month = ends.replace(day=1)
    over = [row for row in found if _date(row[0]) < month] or found
    if not over:
        return None
    last = max(_date(row[0]) for row in over)
    of_last = [row for row in over if _date(row[0]) == last]
    # the greatest part first; a rank begins with 1
    best = min if kpi.unit == "rank" else max
    row = best(of_last, key=lambda one: one[-1])
    label = " ".join(str(part) for part in row[1:-1] if isinstance(part, str))
    return f"{_printed(row[-1], kpi.unit)} ({f'{label}, ' if label else ''}{last:%Y-%m})"


def _date(value: datetime.date | datetime.datetime) -> datetime.date:
    return value.date() if isinstance(value, datetime.datetime) else value


def _printed(value: float, unit: str) -> str:
    match unit:
        case "seconds":
            return f"{value:,.0f}"
        case "currency":
            return f"{value:,.2f}"
        case "hours" | "heads" | "fte" | "points":
            return f"{value:,.1f}"
        case "rank" | "positions":
            return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"
        case _ if unit.startswith("count"):
            return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
        case _:
            return f"{value:.3f}"
