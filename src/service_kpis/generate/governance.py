"""The governance log: reviews of the KPIs and the actions they lead to."""

from __future__ import annotations

import numpy as np

from service_kpis.generate.clock import DAY, date_of, is_holiday
from service_kpis.generate.finance import months_of
from service_kpis.generate.staff import AGENT, LEAD, Staff
from service_kpis.generate.tables import NULL, Cat, Ids, Table
from service_kpis.generate.world import World

#: Forum, cadence, who chairs, the KPIs looked at.
FORUMS = [
    ("operations_weekly", "weekly", "team_lead", (
        "service_level_rate", "abandonment_rate", "occupancy_rate", "forecast_accuracy_rate",
        "response_within_24h_rate", "quality_score",
    )),
    ("performance_monthly", "monthly", "ops_manager", (
        "csat_rate", "fcr_survey_rate", "trt_mean_calendar_seconds", "reopen_rate",
        "cost_per_contact", "shrinkage_rate", "customer_churn_rate", "quality_score",
        "training_attributable_error_rate",
    )),
    ("vendor_monthly", "monthly", "ops_manager", (
        "service_level_rate", "quality_score", "csat_rate",
    )),
    ("business_quarterly", "quarterly", "executive", (
        "nps_score", "net_customer_growth", "retention_save_rate", "cost_per_contact",
        "agent_turnover_rate",
    )),
]  # fmt: skip
CADENCES = ["weekly", "monthly", "quarterly"]
CHAIRS = ["team_lead", "ops_manager", "executive"]
DECISIONS = [
    "no action", "action opened", "target confirmed", "target to be reviewed", "escalated",
]  # fmt: skip
ACTION_KINDS = ["corrective", "continuous_improvement", "innovation"]


def _due_days(world: World, cadence: str) -> list[int]:
    """Return the working days reviews are due on, up to a month after the data's end."""
    last = world.last_day + 31
    if cadence == "weekly":
        monday = world.first_day + (4 - world.first_day) % 7
        days = list(range(monday + 1, last, 7))
    else:
        months = [low for low, _ in months_of(world)]
        days = [low + 9 for low in (*months, world.last_day + 1)]
        if cadence == "quarterly":
            days = [day + 5 for day in days if date_of(day).month % 3 == 1]
    result = []
    for day in days:
        while date_of(day).weekday() > 4 or is_holiday("default", date_of(day)):
            day += 1
        result.append(day)
    return [day for day in result if day <= last]


def governance_tables(world: World, staff: Staff) -> list[Table]:
    """Return the tables governance_reviews and improvement_actions."""
    rng = world.rng("governance")
    codes = sorted({code for *_, kpis in FORUMS for code in kpis})
    rows = [
        (number, codes.index(code), CADENCES.index(cadence), CHAIRS.index(chair), due)
        for number, (_, cadence, chair, kpis) in enumerate(FORUMS)
        for due in _due_days(world, cadence)
        for code in kpis
    ]
    rows.sort(key=lambda row: (row[4], row[0], row[1]))
    forum, kpi, cadence, chair, due = (np.array(v, np.int64) for v in zip(*rows, strict=True))
    size = len(due)
    draw = rng.random(size)
    early = due - rng.integers(0, 2, size) * ((due + 3) % 7 > 0)
    held = np.where(draw < 0.90, early, due + rng.integers(1, 8, size))
    held = np.where((draw > 0.97) | (held > world.last_day), NULL, held)
    done = held != NULL
    decision = np.where(done, rng.choice(5, size, p=[0.6, 0.2, 0.12, 0.04, 0.04]), -1)
    reviews = Table(
        "governance_reviews",
        {
            "governance_review_id": Ids("GR", np.arange(1, size + 1), 6),
            "forum_code": Cat([row[0] for row in FORUMS], forum),
            "kpi_code": Cat(codes, kpi),
            "cadence": Cat(CADENCES, cadence),
            "due_on": due,
            "held_on": held,
            "chaired_by_role": Cat(CHAIRS, chair),
            "decision": Cat(DECISIONS, decision),
        },
        np.minimum(np.where(done, held * DAY + 15 * 3600, world.start), world.as_of),
    )
    opened_by = np.flatnonzero(decision == 1)
    ideas = max(2, len(opened_by) // 4)
    day = np.concatenate([held[opened_by], rng.integers(world.first_day, world.last_day, ideas)])
    review = np.concatenate([opened_by, np.full(ideas, -1)])
    subject = np.concatenate([kpi[opened_by], rng.integers(0, len(codes), ideas)])
    kind = np.where(review >= 0, np.where(rng.random(len(day)) < 0.75, 0, 1),
                    np.where(rng.random(len(day)) < 0.5, 1, 2))  # fmt: skip
    order = np.argsort(day, kind="stable")
    day, review, subject, kind = (values[order] for values in (day, review, subject, kind))
    count = len(day)
    term = np.array([30, 60, 90])[kind] + rng.integers(-5, 15, count)
    draw = rng.random(count)
    took = np.where(draw < 0.82, term - rng.integers(0, 20, count), term + rng.integers(
        1, 45, count))  # fmt: skip
    closed = day + np.maximum(took, 2)
    closed = np.where((closed > world.last_day) | (draw > 0.96), NULL, closed)
    owners = np.flatnonzero((staff.role > AGENT) & (staff.last < 0))
    if not len(owners):
        owners = np.flatnonzero(staff.role >= LEAD)
    able = np.array([np.flatnonzero(staff.hire[owners] <= d) for d in day], dtype=object)
    owner = np.array([
        owners[choice[int(u * len(choice))]] if len(choice) else owners[0]
        for choice, u in zip(able, rng.random(count), strict=True)
    ], np.int64)  # fmt: skip
    actions = Table(
        "improvement_actions",
        {
            "action_id": Ids("IA", np.arange(1, count + 1), 6),
            "governance_review_id": Ids("GR", np.where(review < 0, -1, review + 1), 6),
            "kpi_code": Cat(codes, subject),
            "action_kind": Cat(ACTION_KINDS, kind),
            "opened_on": day,
            "due_on": np.where(rng.random(count) < 0.02, NULL, day + term),
            "closed_on": closed,
            "owner_agent_id": Ids("A", owner + 1, 5),
            "expected_gain": np.round(rng.uniform(0.005, 0.06, count), 4),
        },
        np.minimum(np.where(closed != NULL, closed, day) * DAY + 16 * 3600, world.as_of),
    )
    return [reviews, actions]
