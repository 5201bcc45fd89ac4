"""The scorecard against the marts and facts that it is made of, each computed another way."""

from __future__ import annotations

import datetime as dt

import pytest
from conftest import PROJECT_DIR, Workspace

from service_kpis.catalogue.definitions import read_catalogue
from service_kpis.catalogue.queries import example_query

# their example shows parts: categories, a team, a wave, an age
NO_FIGURE_BY_MONTH = {
    "agent_time_share",
    "agent_turnover_sum_of_months_rate",
    "channel_ticket_share",
    "channel_volume_share",
    "cohort_churn_rate",
    "cohort_survival_rate",
    "esat_mean_score",
    "esat_rate",
    "expected_service_level_rate",
    "keyword_capture_rate",
    "keyword_occurrences",
    "keyword_per_1000_words",
    "nps_band_share",
    "peak_required_agents",
    "required_agents_erlang_c",
    "sentiment_share",
    "tickets_by_owner_status",
    "time_in_status_mean_seconds",
    "topic_growth",
    "topic_rank",
    "topic_share",
    "calibration_alpha",
}


def scorecard(demo: Workspace, code: str, grain: str, scope_type: str) -> dict[tuple, float]:
    rows = demo.query(
        f"""
        select period_start_date, scope_id, kpi_value from marts.mart_kpi_scorecard
        where kpi_code = '{code}' and period_grain = '{grain}' and scope_type = '{scope_type}'
            and kpi_value is not null
        """,
        demo.published,
    )
    return {(start, scope): value for start, scope, value in rows}


def first_of_month(day: dt.date | dt.datetime) -> dt.date:
    day = day.date() if isinstance(day, dt.datetime) else day
    return day.replace(day=1)


def test_months_of_the_centre_are_what_the_marts_say(demo: Workspace):
    """Of every KPI, by the query that its page shows."""
    different, compared = [], 0
    for code, kpi in read_catalogue(PROJECT_DIR).items():
        if kpi.family == "GOV" or code in NO_FIGURE_BY_MONTH:
            continue
        expected = {
            (first_of_month(month), "all"): float(value)
            for month, value in demo.query(example_query(kpi), demo.published)
            if value is not None
        }
        found = scorecard(demo, code, "month", "global")
        compared += len(expected)
        for key in found.keys() | expected.keys():
            # a count without case is 0 or no row
            one, other = found.get(key, 0.0), expected.get(key, 0.0)
            if one != pytest.approx(other, rel=1e-9):
                different.append(f"{code} {key[0]}: {one}, in {kpi.mart} {other}")

    assert compared > 200
    assert not different, "\n".join(different)


SCOPES = {
    # of a team, calls of its queues (Q20)
    ("answer_rate", "month", "team"): """
        select date_trunc('month', enqueued_date), queues.team_id,
            avg(cast(is_answered as integer))
        from core.fct_contacts
        join core.dim_queue as queues using (queue_id)
        where is_offered and fct_contacts.media = 'voice' and direction = 'inbound'
        group by all
    """,
    ("answer_rate", "week", "channel"): """
        select date_trunc('week', enqueued_date),
            case when media = 'voice' then 'phone' else media end,
            avg(cast(is_answered as integer))
        from core.fct_contacts
        where is_offered and direction = 'inbound' and media in ('voice', 'chat')
        group by all
    """,
    ("csat_rate", "quarter", "agent"): """
        select date_trunc('quarter', answered_date), agent_id,
            avg(cast(is_satisfied as integer))
        from core.fct_survey_answers
        where is_counted and kpi_code = 'csat_rate' and audience = 'customer'
        group by all
    """,
    ("trt_mean_calendar_seconds", "year", "vendor"): """
        select date_trunc('year', resolved_date), teams.vendor_id, avg(trt_calendar_seconds)
        from core.fct_tickets as tickets
        join core.dim_team as teams on tickets.resolved_team_id = teams.team_id
        where is_valid and is_inbound and resolved_at is not null
        group by all
    """,
    ("backlog_open_tickets", "month", "team"): """
        select date_trunc('month', date_day), team_id, sum(backlog_open_tickets)
        from marts.mart_demand_backlog_daily
        join (
            select max(date_day) as date_day from marts.mart_demand_backlog_daily
            where backlog_open_tickets is not null group by date_trunc('month', date_day)
        ) using (date_day)
        group by all
        having sum(backlog_open_tickets) > 0
    """,
    ("rebound_rate", "month", "agent"): """
        select date_trunc('month', date_day), agent_id,
            sum(rebounds_accepted) / sum(rebound_eligible)
        from marts.mart_commercial_daily
        where direction = 'outbound'
        group by all
        having sum(rebound_eligible) > 0
    """,
    ("total_service_cost", "quarter", "vendor"): """
        select date_trunc('quarter', month_start_date), vendor_id, sum(total_cost)
        from marts.mart_cost_monthly
        group by all
        having sum(total_cost) != 0
    """,
}


@pytest.mark.parametrize(("code", "grain", "scope_type"), SCOPES)
def test_parts_of_the_centre_are_what_the_facts_say(
    demo: Workspace, code: str, grain: str, scope_type: str
):
    expected = {
        (start.date() if isinstance(start, dt.datetime) else start, scope): float(value)
        for start, scope, value in demo.query(SCOPES[code, grain, scope_type], demo.published)
        if value is not None and scope not in ("all", "none")
    }
    found = scorecard(demo, code, grain, scope_type)

    assert found == pytest.approx(expected, rel=1e-9)
    assert len({scope for _, scope in found}) > 1


def test_every_kpi_has_a_row_for_the_centre(demo: Workspace):
    """With data in the demo, or named as one that has no figure for all of it."""
    rows = demo.query(
        """
        select kpi_code from marts.mart_kpi_scorecard
        where scope_type = 'global' and period_grain = 'month'
        group by all having count(kpi_value) > 0
        """,
        demo.published,
    )
    catalogue = read_catalogue(PROJECT_DIR)
    parts_only = NO_FIGURE_BY_MONTH - {
        *("esat_mean_score", "esat_rate"),
        "time_in_status_mean_seconds",
    }

    # it takes agents with more answers than a small centre has
    parts_only.add("agent_csat_dispersion_cv")
    missing = catalogue.keys() - {code for (code,) in rows} - parts_only
    # the first is a column of the scorecard, the second a figure of a role, a team, an agent
    assert missing == {"kpi_target_ratio", "role_scorecard_index"}
