"""`service-kpis show`: the headline KPIs, read from the scorecard."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any

import click
import duckdb
from rich.console import Console
from rich.table import Table
from rich.text import Text

from service_kpis.warehouse import published_file, published_option, warehouse_option

BOTH_LANGUAGES_WIDTH = 125
TARGETS_WIDTH = 100
HEADLINES = (
    "tickets_created",
    "service_level_rate",
    "abandonment_rate",
    "asa_seconds",
    "frt_mean_calendar_seconds",
    "trt_mean_calendar_seconds",
    "tickets_solved",
    "backlog_open_tickets",
    "reopen_rate",
    "fcr_survey_rate",
    "csat_rate",
    "nps_score",
    "quality_score",
    "occupancy_rate",
    "cost_per_resolution",
    "customer_churn_rate",
    "target_attainment_rate",
)
#: status -> how the terminal shows it, and what says it without colours
STATUSES = {"met": ("green", "✓"), "warning": ("yellow", "!"), "missed": ("red", "✗")}


def printed(value: float | None, unit: str) -> str:
    """Return a KPI value as people read it; an em dash when there is none."""
    if value is None:
        return "—"
    match unit:
        case "ratio":
            return f"{100 * value:.1f} %"
        case "points":
            return f"{value:+.0f}"
        case "currency":
            return f"{value:,.2f}"
        case "seconds" if value < 60:
            return f"{value:.0f} s"
        case "seconds" if value < 3600:
            return f"{value / 60:.1f} min"
        case "seconds":
            return f"{value / 3600:.1f} h"
        case _:
            return f"{value:,.0f}"


def target(row: dict[str, Any]) -> str:
    """Return the target of a row, with the side that is better; nothing without one."""
    if row["target_value"] is not None:
        side = "≥" if row["direction"] == "higher" else "≤"
        return f"{side} {printed(row['target_value'], row['unit'])}".replace(".0 ", " ")
    bounds = [row[bound] for bound in ("lower_bound", "upper_bound") if row[bound] is not None]
    return " – ".join(printed(bound, row["unit"]) for bound in bounds).replace(".0 ", " ")


def last_months(connection: duckdb.DuckDBPyConnection, count: int) -> list[date]:
    """Return the first days of the last `count` whole months with tickets, oldest first."""
    rows = connection.execute(
        """
        select period_start_date from marts.mart_kpi_scorecard
        where kpi_code = 'tickets_created' and period_grain = 'month' and scope_type = 'global'
            and kpi_value > 0 and last_day(period_start_date) <= (
                select max(period_start_date) from marts.mart_kpi_scorecard
                where kpi_code = 'tickets_created' and period_grain = 'day' and kpi_value > 0
            )
        order by period_start_date desc limit ?
        """,
        [count],
    ).fetchall()
    return [month for (month,) in reversed(rows)]


def headlines(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, date | None], dict]:
    """Return the monthly rows of the headline KPIs by code and month; month None: no row at all.

    Raises:
        duckdb.Error: the scorecard is not there.
    """
    found = connection.execute(
        """
        select kpis.kpi_code, kpis.name_en, kpis.name_fr, kpis.unit, kpis.direction,
            scorecard.period_start_date, scorecard.kpi_value, scorecard.kpi_status,
            scorecard.target_value, scorecard.lower_bound, scorecard.upper_bound
        from core.dim_kpi as kpis
        left join marts.mart_kpi_scorecard as scorecard
            on kpis.kpi_code = scorecard.kpi_code
            and scorecard.period_grain = 'month' and scorecard.scope_type = 'global'
        where kpis.kpi_code in (select unnest(?))
        """,
        [list(HEADLINES)],
    )
    names = [column[0] for column in found.description]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return {(row["kpi_code"], row["period_start_date"]): row for row in rows}


@click.command()
@warehouse_option
@published_option
def show(warehouse: Path, published: Path | None) -> None:
    """Print the headline KPIs of the last three whole months, with their targets.

    They are read from the published file; from the warehouse where nothing is published yet.
    """
    file = published_file(warehouse, published, keep=0).path
    if not file.exists():
        file = warehouse
    if not file.exists():
        raise click.ClickException(f"no warehouse at {warehouse}; `make build` makes one")
    try:
        with duckdb.connect(str(file), read_only=True) as connection:
            months = last_months(connection, 3)
            rows = headlines(connection)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise click.ClickException(f"{file}: {reason}") from error

    console = Console()
    table = Table(title="Headline KPIs / Indicateurs clés", title_justify="left")
    names = ["name_en", "name_fr"]
    if console.width < BOTH_LANGUAGES_WIDTH:
        # both languages would wrap: the reader's own one
        names = ["name_fr" if os.environ.get("LANG", "").startswith("fr") else "name_en"]
    for name in names:
        table.add_column("Indicateur" if name == "name_fr" else "KPI")
    for month in months:
        table.add_column(f"{month:%Y-%m}", justify="right", no_wrap=True)
    has_targets = console.width >= TARGETS_WIDTH
    if has_targets:
        titles = {"name_en": "Target", "name_fr": "Objectif"}
        title = " / ".join(titles[name] for name in names)
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("code", style="dim", no_wrap=True)
    for code in HEADLINES:
        about = next(row for (kpi, _), row in rows.items() if kpi == code)
        values = [rows.get((code, month)) or {} for month in months]
        cells = []
        for row in values:
            style, mark = STATUSES.get(row.get("kpi_status", ""), ("", " "))
            cells.append(Text(f"{printed(row.get('kpi_value'), about['unit'])} {mark}", style))
        table.add_row(
            *(about[name] for name in names),
            *cells,
            *([target(values[-1] if values and values[-1] else about)] if has_targets else []),
            code,
        )
    console.print(table)
    name = "Warehouse" if file == warehouse else "Published"
    console.print(f"{name}: {file}", soft_wrap=True)
