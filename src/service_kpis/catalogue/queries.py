"""An example query for each KPI: by month, on the mart, one that runs as it stands.

Made from the formula of the catalogue. What a mart needs besides (its period, the rows that hold
everything) stands in `MARTS`, what a KPI needs besides in `WHERE`; `QUERIES` holds the few that
are no sum by sum.
"""

from __future__ import annotations

import re

from service_kpis.catalogue.definitions import Kpi

MONTH = "date_trunc('month', date_day)"
BY_PERIOD = ("period_start_date", "period_grain = 'month'")
#: mart -> first day of the month, condition
MARTS = {
    "mart_service_level_interval": (MONTH, "media = 'voice'"),
    "mart_service_level_monthly": ("month_start_date", "media = 'voice' and scope_type = 'all'"),
    "mart_responsiveness_daily": (MONTH, ""),
    "mart_responsiveness_monthly": ("month_start_date", "scope_type = 'global'"),
    "mart_resolution_daily": (MONTH, ""),
    "mart_resolution_monthly": ("month_start_date", "scope_type = 'global'"),
    "mart_productivity_daily": (MONTH, ""),
    "mart_customer_experience_daily": (MONTH, ""),
    "mart_voice_of_customer_daily": (MONTH, ""),
    "mart_topics": BY_PERIOD,
    "mart_quality_monthly": BY_PERIOD,
    "mart_demand_backlog_daily": (MONTH, ""),
    "mart_customers_supported": (BY_PERIOD[0], "period_grain = 'month' and channel = 'all'"),
    "mart_case_lifecycle_daily": (MONTH, ""),
    "mart_self_service_automation_daily": (
        BY_PERIOD[0],
        "period_grain = 'month' and tool = 'all' and topic_code = 'all' and channel = 'all'",
    ),
    "mart_cost_monthly": ("month_start_date", ""),
    "mart_workforce_planning_interval": (MONTH, ""),
    "mart_workforce_planning_daily": (MONTH, ""),
    "mart_staffing_team_monthly": ("month_start_date", ""),
    "mart_people_monthly": BY_PERIOD,
    "mart_customer_base_monthly": BY_PERIOD,
    "mart_customer_cohorts_monthly": ("cohort_month_start_date", ""),
    "mart_commercial_daily": (MONTH, ""),
    "mart_kpi_scorecard": (
        BY_PERIOD[0],
        "period_grain = 'month' and scope_type = 'global'",
    ),
}
_TEAM_OF_ALL = "team_id = 'all' and vendor_id = 'all'"
#: KPI -> condition besides that of its mart; None: instead of it, none
WHERE = {
    # calls and chats
    "asa_seconds": None,
    "agent_time_share": "agent_state != 'all'",
    "keyword_capture_rate": "keyword_code = 'cancel' and speaker = 'customer'",
    "keyword_occurrences": "keyword_code = 'cancel' and speaker = 'customer'",
    "keyword_per_1000_words": "keyword_code = 'cancel' and speaker = 'customer'",
    "agent_dispersion_cv": _TEAM_OF_ALL,
    "agent_csat_dispersion_cv": _TEAM_OF_ALL,
    "agent_trt_dispersion_cv": _TEAM_OF_ALL,
    "agent_aht_dispersion_cv": _TEAM_OF_ALL,
    "transformation_rate": "direction = 'outbound'",
    "rebound_rate": "direction = 'outbound'",
    "rebound_offer_rate": "direction = 'outbound'",
    "rebound_conversion_rate": "direction = 'outbound'",
}
_BY_BUSINESS_DAY = """\
with days as (
    select
        date_day,
        sum({numerator}) as {numerator},
        max({denominator}) as {denominator}
    from marts.{mart}
    group by all
)

select
    date_trunc('month', date_day) as month_start_date,
    sum({numerator}) / nullif(sum({denominator}), 0) as {code}
from days
group by all
order by all"""
_BY_CALENDAR_DAY = """\
select
    date_trunc('month', date_day) as month_start_date,
    sum({numerator}) / max(day(last_day(date_day))) as {code}
from marts.{mart}
group by all
order by all"""
_SHARE = """\
with months as (
    select
        {period} as month_start_date,
        {category},
        sum({numerator}) as {numerator}
    from marts.{mart}
    {where}group by all
)

select
    month_start_date,
    {category},
    {numerator} / nullif(sum({numerator}) over (partition by month_start_date), 0) as {code}
from months
order by all"""
_BY_AGE = """\
select
    cohort_month_start_date,
    age_months,
    sum({numerator}) / nullif(sum({denominator}), 0) as {code}
from marts.{mart}
where age_months in (1, 3, 6, 12)
group by all
order by all"""
#: KPI -> how its query differs from a sum divided by a sum
QUERIES = {
    "nps_band_share": """\
select
    date_trunc('month', date_day) as month_start_date,
    sum(nps_promoters) / nullif(sum(nps_valid), 0) as promoter_rate,
    sum(nps_passives) / nullif(sum(nps_valid), 0) as passive_rate,
    sum(nps_detractors) / nullif(sum(nps_valid), 0) as detractor_rate
from marts.mart_customer_experience_daily
group by all
order by all""",
    "sentiment_share": """\
select
    date_trunc('month', date_day) as month_start_date,
    sum(sentiment_positive) / nullif(sum(scored_texts), 0) as sentiment_positive_share,
    sum(sentiment_neutral) / nullif(sum(scored_texts), 0) as sentiment_neutral_share,
    sum(sentiment_negative) / nullif(sum(scored_texts), 0) as sentiment_negative_share
from marts.mart_voice_of_customer_daily
group by all
order by all""",
    "tickets_solved_per_business_day": _BY_BUSINESS_DAY,
    "tickets_handled_per_day": _BY_CALENDAR_DAY,
    "tickets_handled_per_business_day": _BY_BUSINESS_DAY,
    "channel_volume_share": _SHARE,
    "channel_ticket_share": _SHARE,
    "topic_share": _SHARE,
    "agent_time_share": _SHARE,
    "agent_headcount_avg": """\
select
    period_start_date as month_start_date,
    sum(headcount_days) / max(days) as agent_headcount_avg
from marts.mart_people_monthly
where period_grain = 'month' and survey_code = 'none'
group by all
order by all""",
    "agent_turnover_sum_of_months_rate": """\
select
    period_start_date,
    team_id,
    agent_role,
    tenure_band,
    agent_turnover_sum_of_months_rate
from marts.mart_people_monthly
where period_grain = 'year' and agent_turnover_sum_of_months_rate is not null
order by all""",
    "calibration_kappa": """\
with pairs as (
    select
        period_start_date as month_start_date,
        sum(both_pass) as both_pass,
        sum(both_fail) as both_fail,
        sum(only_analyst_pass) as only_analyst_pass,
        sum(only_reference_pass) as only_reference_pass
    from marts.mart_quality_monthly
    where period_grain = 'month'
    group by all
)

select
    month_start_date,
    2 * (both_pass * both_fail - only_analyst_pass * only_reference_pass) / nullif(
        (both_pass + only_analyst_pass) * (only_analyst_pass + both_fail)
        + (both_pass + only_reference_pass) * (only_reference_pass + both_fail), 0
    ) as calibration_kappa
from pairs
order by all""",
    "esat_rate": """\
select
    period_start_date,
    survey_code,
    esat_rate
from marts.mart_people_monthly
where period_grain = 'wave'
order by all""",
    "esat_mean_score": """\
select
    period_start_date,
    survey_code,
    esat_mean_score
from marts.mart_people_monthly
where period_grain = 'wave'
order by all""",
    "tickets_by_owner_status": """\
select
    date_day,
    ticket_status,
    sum(tickets_by_owner_status) as tickets_by_owner_status
from marts.mart_case_lifecycle_daily
where date_day = last_day(date_day) and ticket_status != 'solved'
group by all
order by all""",
    "time_in_status_mean_seconds": """\
select
    date_trunc('month', date_day) as month_start_date,
    ticket_status,
    sum(status_interval_seconds) / nullif(sum(status_intervals), 0) as time_in_status_mean_seconds
from marts.mart_case_lifecycle_daily
where ticket_status != 'solved'
group by all
order by all""",
    "topic_rank": """\
select
    period_start_date,
    topic_code,
    topic_rank
from marts.mart_topics
where period_grain = 'month' and topic_rank <= 3
order by period_start_date, topic_rank""",
    "topic_growth": """\
select
    period_start_date,
    topic_code,
    topic_growth
from marts.mart_topics
where period_grain = 'month' and topic_growth is not null
order by period_start_date, topic_growth desc""",
    "expected_service_level_rate": """\
select
    date_trunc('month', date_day) as month_start_date,
    sum(expected_service_level_rate * planned_contacts) / nullif(
        sum(planned_contacts) filter (where expected_service_level_rate is not null), 0
    ) as expected_service_level_rate
from marts.mart_workforce_planning_interval
group by all
order by all""",
    "peak_required_agents": """\
select
    date_trunc('month', date_day) as month_start_date,
    queue_id,
    max(peak_required_agents) as peak_required_agents
from marts.mart_workforce_planning_daily
group by all
order by all""",
    "required_agents_erlang_c": """\
select
    date_trunc('month', date_day) as month_start_date,
    queue_id,
    sum(required_agent_hours) / nullif(sum(planned_hours), 0) as required_agents_erlang_c
from marts.mart_workforce_planning_interval
group by all
order by all""",
    "required_fte": """\
select
    month_start_date,
    sum(required_fte) as required_fte
from marts.mart_workforce_planning_monthly
group by all
order by all""",
    "contacted_retention_gap_points": """\
select
    period_start_date as month_start_date,
    100 * (
        sum(retained_contacted) / nullif(sum(start_contacted), 0)
        - sum(retained_others) / nullif(sum(start_others), 0)
    ) as contacted_retention_gap_points
from marts.mart_customer_base_monthly
where period_grain = 'month'
group by all
order by all""",
    "cohort_churn_rate": _BY_AGE,
    "cohort_survival_rate": _BY_AGE,
    "automation_roi": """\
select
    month_start_date,
    (sum(automation_savings) - sum(automation_cost)) / nullif(sum(automation_cost), 0)
        as automation_roi
from marts.mart_cost_monthly
group by all
order by all""",
    "kpi_target_ratio": """\
select
    period_start_date,
    kpi_code,
    kpi_value,
    target_value,
    kpi_target_ratio
from marts.mart_kpi_scorecard
where
    period_grain = 'month'
    and scope_type = 'global'
    and kpi_target_ratio is not null
order by all""",
    "role_scorecard_index": """\
select
    period_start_date,
    scope_id as role,
    kpi_value as role_scorecard_index
from marts.mart_kpi_scorecard
where
    kpi_code = 'role_scorecard_index'
    and period_grain = 'month'
    and scope_type = 'role'
order by all""",
}


def example_query(kpi: Kpi) -> str:
    """Return a query that shows the KPI by month, without a final semicolon."""
    period, where = MARTS[kpi.mart]
    more = WHERE.get(kpi.kpi_code, "")
    where = "" if more is None else " and ".join(part for part in (where, more) if part)
    if template := QUERIES.get(kpi.kpi_code):
        return template.format(
            code=kpi.kpi_code,
            mart=kpi.mart,
            period=period,
            category=", ".join(kpi.category_columns),
            numerator=kpi.numerator_columns,
            denominator=kpi.denominator_columns,
            where=_where(where).replace("\n", "\n    "),
        )
    if kpi.category_columns == ["kpi_code"]:
        where = f"kpi_code = '{kpi.kpi_code}' and {where}"
        return _select(period, f"kpi_value as {kpi.kpi_code}", kpi.mart, where, grouped=False)
    if kpi.additivity == "not_over_time" and period == MONTH:
        # a stock: the last day of each month
        period, where = "date_day", "date_day = last_day(date_day)"
    if not kpi.denominator_columns:
        if kpi.kpi_kind in ("derived", "stock") and kpi.additivity == "none":
            return _select(period, kpi.kpi_code, kpi.mart, where, grouped=False)
        measure = f"sum({kpi.numerator_columns or kpi.kpi_code}) as {kpi.kpi_code}"
        return _select(period, measure, kpi.mart, where)
    numerator = _summed(kpi.numerator_columns)
    denominator = _summed(kpi.denominator_columns)
    scale = f"{kpi.scale} * " if kpi.scale != 1 else ""
    measure = f"{scale}{numerator} / nullif({denominator}, 0)\n        as {kpi.kpi_code}"
    if len(one_line := measure.replace("\n       ", "")) <= 92:
        measure = one_line
    return _select(period, measure, kpi.mart, where)


def _summed(formula: str) -> str:
    """Return the sum of a formula over rows; the absolute value is taken of the sum."""
    if inner := re.fullmatch(r"abs\((.*)\)", formula):
        return f"abs(sum({inner[1]}))"
    bare = re.fullmatch(r"\(([^()]*)\)", formula)
    return f"sum({bare[1] if bare else formula})"


def _select(period: str, measure: str, mart: str, where: str, *, grouped: bool = True) -> str:
    name = period if period == "date_day" else "month_start_date"
    alias = period if period == name else f"{period} as {name}"
    group = "group by all\n" if grouped else ""
    return (
        f"select\n    {alias},\n    {measure}\nfrom marts.{mart}\n"
        f"{_where(where)}{group}order by all"
    )


def _where(condition: str) -> str:
    if not condition:
        return ""
    if len(condition) <= 85:
        return f"where {condition}\n"
    return "where\n    " + condition.replace(" and ", "\n    and ") + "\n"
