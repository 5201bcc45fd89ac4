"""Payroll, operating costs and exchange rates."""

from __future__ import annotations

import datetime as dt

import numpy as np

from service_kpis.generate.clock import DAY, date_of, day_number
from service_kpis.generate.hours import vendor_shifts
from service_kpis.generate.staff import AGENT, Staff
from service_kpis.generate.tables import Cat, Ids, Table
from service_kpis.generate.world import MONTREAL_TEAM, TEAMS, World

#: Monthly gross for full time, by role: agent, lead, quality, trainer, manager, executive, planner.
SALARY = [2080, 2750, 2550, 2600, 4100, 6900, 2800]
CHARGES = 0.40
CAD_PER_PERIOD = 3350
COMPONENTS = ["base", "overtime", "bonus", "allowance", "adjustment"]
BASE, OVERTIME, BONUS, ALLOWANCE, ADJUSTMENT = range(5)
CENTRES = [team[4] for team in TEAMS]
CATEGORIES = [
    "salaries", "telecom", "technology", "automation", "facilities", "overhead", "training",
    "recruiting", "vendor_fees", "retention_gifts",
]  # fmt: skip
CURRENCIES = ["EUR", "CAD", "USD"]


def months_of(world: World) -> list[tuple[int, int]]:
    """Return first and last day of every calendar month of the run, the last one cut at the end."""
    result = []
    first = date_of(world.first_day)
    while day_number(first) <= world.last_day:
        following = (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
        result.append((day_number(first), min(day_number(following) - 1, world.last_day)))
        first = following
    return result


def _whole(first: int, last: int) -> bool:
    return (date_of(last) + dt.timedelta(days=1)).day == 1 and date_of(first).day == 1


def fx_table(world: World) -> tuple[Table, dict]:
    """Return monthly rates to EUR, and the rates by month and currency."""
    rng = world.rng("fx")
    first = date_of(world.first_day)
    months = []
    for back in range(12, 0, -1):
        year, month = divmod(first.year * 12 + first.month - 1 - back, 12)
        months.append(dt.date(year, month + 1, 1))
    months += [date_of(low) for low, _ in months_of(world)]
    rows, rates = [], {}
    for currency, level in (("USD", 0.92), ("CAD", 0.67)):
        walk = level * np.exp(np.cumsum(rng.normal(0, 0.008, len(months))))
        for month, rate in zip(months, walk.tolist(), strict=True):
            rates[(day_number(month), currency)] = rate
            rows.append((day_number(month), CURRENCIES.index(currency), round(rate * 10**8)))
    rows.sort()
    month, currency, rate = (np.array(values, np.int64) for values in zip(*rows, strict=True))
    table = Table(
        "fx_rates",
        {
            "rate_month": month,
            "from_currency": Cat(CURRENCIES, currency),
            "to_currency": Cat(["EUR"], np.zeros(len(month), np.int8)),
            "rate": rate,
        },
        np.minimum((month + 27) * DAY, world.as_of),
    )
    return table, rates


def payroll_table(world: World, staff: Staff, hours: dict) -> tuple[Table, dict[int, float]]:
    """Return payroll lines of everybody but the vendor's people, and EUR gross by month."""
    rng = world.rng("payroll")
    lines: list[tuple] = []
    by_month: dict[int, float] = {}
    overtime = np.flatnonzero(hours["overtime"] > 0)
    extra: dict[int, list[tuple[int, int]]] = {}
    for shift in overtime.tolist():
        extra.setdefault(int(staff.shift_agent[shift]), []).append(
            (int(staff.shift_day[shift]), int(hours["overtime"][shift]))
        )
    periods = [(low, high) for low, high in months_of(world) if _whole(low, high)]
    first = world.first_day - (world.first_day + 3) % 7
    four_weeks = [
        (low, low + 27) for low in range(first - 14, world.last_day - 27, 28)
    ]  # fmt: skip
    for agent in range(len(staff)):
        if staff.worker[agent] == 3:
            continue
        canada = staff.team[agent] == MONTREAL_TEAM and staff.role[agent] == AGENT
        charges = 0.14 if canada else CHARGES
        pay = CAD_PER_PERIOD if canada else SALARY[int(staff.role[agent])]
        pay *= float(staff.fte[agent]) * (1 + 0.01 * (agent % 9))
        full = 140.0 if canada else 151.67
        for low, high in four_weeks if canada else periods:
            start = max(low, int(staff.hire[agent]))
            end = high if staff.last[agent] < 0 else min(high, int(staff.last[agent]))
            if start > end:
                continue
            share = (end - start + 1) / (high - low + 1)
            posted = high * DAY + 16 * 3600
            time = full * float(staff.fte[agent]) * share
            rows = [(BASE, time, pay * share, charges)]
            more = sum(h for day, h in extra.get(agent, ()) if low <= day <= high) / 100
            if more:
                rate = pay / (full * float(staff.fte[agent])) * 1.25
                rows.append((OVERTIME, more, more * rate, charges))
            quarter = date_of(high).month % 3 == 0 and not canada
            if quarter and staff.role[agent] <= 1 and share > 0.9:
                rows.append((BONUS, 0.0, float(rng.integers(120, 420)), charges))
            if not canada:
                rows.append((ALLOWANCE, 0.0, 92.0 * float(staff.fte[agent]) * share, 0.0))
            for component, time_paid, gross, rate in rows:
                lines.append(
                    (agent, start if component == BASE else low, end if component == BASE else high,
                     posted, component, round(time_paid * 100), round(gross * 100),
                     round(gross * rate * 100), 1 if canada else 0, -1)
                )  # fmt: skip
                if not canada:
                    by_month[low] = by_month.get(low, 0.0) + gross * (1 + rate)
    lines.sort(key=lambda line: (line[3], line[0], line[4]))
    base = [row for row, line in enumerate(lines) if line[4] == BASE]
    picked = [row for row in base if rng.random() < 0.025] or base[:1]
    for row in picked:
        line = lines[row]
        posted = line[3] + int(rng.integers(12, 40)) * DAY
        if posted < world.as_of:
            gross = -round(line[6] * float(rng.uniform(0.01, 0.05))) * int(rng.choice([1, -1]))
            lines.append((line[0], line[1], line[2], posted, ADJUSTMENT, 0, gross,
                          round(gross * (0.14 if line[8] else CHARGES)), line[8], row))  # fmt: skip
    columns = [np.array(values, np.int64) for values in zip(*lines, strict=True)]
    agent, low, high, posted, component, time, gross, charge, currency, adjusts = columns
    centre = np.arange(len(TEAMS))[staff.team[agent]]
    table = Table(
        "payroll",
        {
            "payroll_line_id": Ids("Y", np.arange(1, len(agent) + 1), 7),
            "agent_id": Ids("A", agent + 1, 5),
            "pay_period_start": low,
            "pay_period_end": high,
            "posted_at": posted,
            "component": Cat(COMPONENTS, component),
            "hours_paid": time,
            "gross_amount": gross,
            "employer_charges_amount": charge,
            "currency": Cat(CURRENCIES, currency),
            "cost_center_id": Cat(CENTRES, centre),
            "adjusts_line_id": Ids("Y", np.where(adjusts < 0, -1, adjusts + 1), 7),
        },
        np.minimum(posted, world.as_of),
    )
    return table, by_month


def costs_table(
    world: World, staff: Staff, hours: dict, legs: dict, bots: Table, by_month: dict
) -> Table:
    """Return the ledger: one line per month, category and cost centre, some per channel."""
    rng = world.rng("costs")
    lines: list[tuple] = []
    from_vendor = vendor_shifts(staff)
    talk_day = world.paris.to_local(legs["start"]) // DAY
    bot_day = world.paris.to_local(bots.columns["started_at"]) // DAY
    channels = ["phone", "chat"]
    vendors = ["atlantico"]
    for low, high in months_of(world):
        part = (high - low + 1) / 30.4
        active = (staff.hire <= high) & ((staff.last < 0) | (staff.last >= low))
        inside = active & (staff.worker != 3)
        heads = float(staff.fte[inside].sum())
        seats = float(staff.fte[active].sum())
        month = (talk_day >= low) & (talk_day <= high)
        minutes = float((legs["talk"] + legs["hold"])[month].sum()) / 60
        answers = int(((bot_day >= low) & (bot_day <= high)).sum())
        posted = min((high + 1) * DAY - 4 * 3600, world.as_of - 3600)
        worked = (staff.shift_day >= low) & (staff.shift_day <= high) & from_vendor
        billed = float(hours["billed"][worked].sum()) / 100

        def add(category, amount, centre, currency=0, channel=-1, vendor=-1, mirror=0, at=posted):
            value = round(amount * float(rng.uniform(0.97, 1.03)) * 100)
            if value:
                lines.append((low, CENTRES.index(centre), CATEGORIES.index(category), channel,  # noqa: B023
                              vendor, value, currency, mirror, at))  # fmt: skip

        add("telecom", 0.018 * minutes + 9 * seats * part, "CC10", channel=0)
        add("technology", 62 * seats * part, "CC90", currency=2)
        add("technology", 14 * seats * part, "CC30", channel=1)
        add("automation", 60 + 0.22 * answers, "CC30")
        add("facilities", 165 * heads * part * 0.93, "CC10")
        add("facilities", 165 * heads * part * 0.07 * 1.45, "CC50", currency=1)
        add("overhead", 95 * heads * part, "CC90")
        # new people and courses are booked where the people are
        for team, centre in enumerate(CENTRES):
            here = inside & (staff.team == team)
            add("training", 28 * float(staff.fte[here].sum()) * part, centre)
            add("recruiting", 850 * int((staff.hire[here] >= low).sum()), centre)
        add("vendor_fees", 21.5 * billed, "CC20", vendor=0)
        add("retention_gifts", 4.0 * world.tickets / world.months / 100, "CC11")
        if low in by_month:
            lines.append((low, CENTRES.index("CC90"), 0, -1, -1, round(by_month[low] * 100), 0, 1,
                          posted))  # fmt: skip
    columns = [np.array(values, np.int64) for values in zip(*lines, strict=True)]
    month, centre, category, channel, vendor, amount, currency, mirror, posted = columns
    return Table(
        "operating_costs",
        {
            "cost_id": Ids("G", np.arange(1, len(month) + 1), 6),
            "cost_month": month,
            "cost_center_id": Cat(CENTRES, centre),
            "category": Cat(CATEGORIES, category),
            "channel": Cat(channels, channel),
            "vendor_id": Cat(vendors, vendor),
            "amount": amount,
            "currency": Cat(CURRENCIES, currency),
            "is_payroll_mirror": mirror,
            "posted_at": posted,
        },
        posted,
    )
