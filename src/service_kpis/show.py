"""`service-kpis show`: the headline KPIs, read from the marts."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import click
import duckdb
from rich.console import Console
from rich.table import Table

from service_kpis.warehouse import published_file, published_option, warehouse_option

BOTH_LANGUAGES_WIDTH = 125


@dataclass(frozen=True)
class Headline:
    """One line of the table: a KPI as the sums of its mart's additive columns.

    `denominator` None means a count, `unit` decides how the value is printed.
    """

    kpi_code: str
    name_en: str
    name_fr: str
    mart: str
    date_column: str
    numerator: str
    denominator: str | None
    unit: str
    where: str = "true"


HEADLINES = (
    Headline(
        "tickets_created", "Ticket volume", "Nombre de requêtes",
        "mart_demand_backlog_daily", "date_day", "tickets_created", None, "count",
    ),
    Headline(
        "service_level_rate", "Service level, voice", "Qualité de service, voix",
        "mart_service_level_interval", "date_day",
        "answered_within_threshold", "sl_denominator", "rate", "media = 'voice'",
    ),
    Headline(
        "abandonment_rate", "Abandonment, voice", "Taux d'abandon, voix",
        "mart_service_level_interval", "date_day",
        "abandoned_calls", "offered_calls", "rate", "media = 'voice'",
    ),
    Headline(
        "asa_seconds", "Average speed of answer", "Délai moyen de réponse",
        "mart_service_level_interval", "date_day",
        "asa_wait_seconds", "asa_answered_contacts", "seconds",
    ),
    Headline(
        "frt_mean_calendar_seconds", "First response time", "Délai de première réponse",
        "mart_responsiveness_daily", "date_day",
        "frt_calendar_seconds", "first_replied_tickets", "seconds",
    ),
    Headline(
        "trt_mean_calendar_seconds", "Total resolution time", "Durée totale de résolution",
        "mart_resolution_daily", "date_day",
        "trt_calendar_seconds", "inbound_tickets_solved", "seconds",
    ),
    Headline(
        "tickets_solved", "Tickets solved", "Billets résolus",
        "mart_resolution_daily", "date_day", "tickets_solved", None, "count",
    ),
    Headline(
        "reopen_rate", "Reopen rate", "Taux de réouverture",
        "mart_resolution_daily", "date_day", "reopened_30d", "first_solved_matured", "rate",
    ),
    Headline(
        "fcr_survey_rate", "First contact resolution", "Résolution au premier contact",
        "mart_customer_experience_daily", "date_day",
        "fcr_survey_yes", "fcr_survey_valid", "rate",
    ),
    Headline(
        "csat_rate", "CSAT", "Satisfaction (CSAT)",
        "mart_customer_experience_daily", "date_day", "csat_satisfied", "csat_valid", "rate",
    ),
    Headline(
        "nps_score", "Net Promoter Score", "NPS",
        "mart_customer_experience_daily", "date_day",
        "nps_promoters - nps_detractors", "nps_valid", "points",
    ),
    Headline(
        "cost_per_resolution", "Cost per resolution", "Coût par résolution",
        "mart_cost_monthly", "month_start_date", "total_cost", "tickets_solved", "money",
    ),
)  # fmt: skip


def printed(value: float | None, unit: str) -> str:
    """Return a KPI value as people read it; an em dash when there is none."""
    if value is None:
        return "—"
    match unit:
        case "count":
            return f"{value:,.0f}"
        case "rate":
            return f"{100 * value:.1f} %"
        case "points":
            return f"{value:+.0f}"
        case "money":
            return f"{value:,.2f}"
        case _:
            if value < 60:
                return f"{value:.0f} s"
            if value < 3600:
                return f"{value / 60:.1f} min"
            return f"{value / 3600:.1f} h"


def monthly_values(
    connection: duckdb.DuckDBPyConnection, headline: Headline, months: list[str]
) -> list[float | None]:
    """Return the KPI of each month (first days, ISO), None where the month has no data.

    A ratio is the sum of numerators over the sum of denominators, never a mean of ratios.

    Raises:
        duckdb.Error: the mart is not there.
    """
    scale = 100 if headline.unit == "points" else 1
    if headline.denominator is None:
        value = f"sum({headline.numerator})"
    else:
        value = (
            f"{scale} * sum({headline.numerator})::double / nullif(sum({headline.denominator}), 0)"
        )
    rows = connection.execute(
        f"""
        select date_trunc('month', {headline.date_column})::date::varchar, {value}
        from marts.{headline.mart}
        where {headline.where}
        group by 1
        """
    ).fetchall()
    by_month = dict(rows)
    return [by_month.get(month) for month in months]


def last_months(connection: duckdb.DuckDBPyConnection, count: int) -> list[str]:
    """Return the first days of the last `count` whole months that have data, oldest first."""
    rows = connection.execute(
        """
        select distinct date_trunc('month', date_day)::date::varchar as month_start
        from marts.mart_demand_backlog_daily
        where last_day(date_day) <= (
            select max(date_day) from marts.mart_demand_backlog_daily
        ) and tickets_created > 0
        order by month_start desc
        limit ?
        """,
        [count],
    ).fetchall()
    return [row[0] for row in reversed(rows)]


@click.command()
@warehouse_option
@published_option
def show(warehouse: Path, published: Path | None) -> None:
    """Print the headline KPIs of the last three whole months.

    They are read from the published file; from the warehouse where nothing is published yet.
    """
    file = published_file(warehouse, published, keep=0).path
    if not file.exists():
        file = warehouse
    if not file.exists():
        raise click.ClickException(f"no warehouse at {warehouse}; `make build` makes one")
    console = Console()
    try:
        with duckdb.connect(str(file), read_only=True) as connection:
            months = last_months(connection, 3)
            table = Table(title="Headline KPIs / Indicateurs clés", title_justify="left")
            names = ["name_en", "name_fr"]
            if console.width < BOTH_LANGUAGES_WIDTH:
                # both languages would wrap: the reader's own one
                names = ["name_fr" if os.environ.get("LANG", "").startswith("fr") else "name_en"]
            for name in names:
                table.add_column("Indicateur" if name == "name_fr" else "KPI")
            for month in months:
                table.add_column(month[:7], justify="right")
            table.add_column("code", style="dim", no_wrap=True)
            for headline in HEADLINES:
                values = monthly_values(connection, headline, months)
                table.add_row(
                    *(getattr(headline, name) for name in names),
                    *(printed(value, headline.unit) for value in values),
                    headline.kpi_code,
                )
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise click.ClickException(f"{file}: {reason}") from error
    console.print(table)
    name = "Warehouse" if file == warehouse else "Published"
    console.print(f"{name}: {file}", soft_wrap=True)
