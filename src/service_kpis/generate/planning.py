"""What workforce planning writes down: forecasts, and who was to be and was on the queues."""

from __future__ import annotations

import numpy as np

from service_kpis.generate.clock import DAY, HALF_HOUR
from service_kpis.generate.demand import Demand
from service_kpis.generate.simulate import Outcome
from service_kpis.generate.staff import (
    CALL_SECONDS,
    CHAT_SECONDS,
    CHAT_SLOTS,
    FLOOR_SHARE,
    Staff,
    staff_needed,
)
from service_kpis.generate.tables import Cat, Table
from service_kpis.generate.world import World

#: Queues that live contacts wait in.
VOICE = ["voice_general", "voice_billing", "voice_technical", "voice_premium", "voice_retention"]
CHATS = ["chat_general", "chat_orders"]
#: Of the calls and chats that arrive, how many are offered to a queue.
OFFERED = np.array([0.955, 1.0])
#: Versions: the plan of the month, the one of the week, and a look at the day itself.
MONTHLY, WEEKLY, DAILY = range(3)
#: Who gives up needs nobody: what is left of the load.
GIVE_UP = [0.96, 1.0]
DAY_ERROR = [0.085, 0.045, 0.03]
#: The look at the day is kept for this long.
DAILY_KEPT = 62


def planning_tables(world: World, demand: Demand, staff: Staff, outcome: Outcome) -> list[Table]:
    """Return the tables forecasts and staffing_intervals."""
    cells = _cells(world, demand)
    return [_forecasts(world, cells), _staffing(world, staff, outcome, cells)]


def _cells(world: World, demand: Demand) -> dict[str, np.ndarray]:
    """Return the open half-hours of every live queue and what may be expected in each."""
    days = len(world.days)
    queue, cell, expected, medium = [], [], [], []
    for number, (names, rate, came, queues) in enumerate((
        (VOICE, demand.call_rate, demand.call_at, demand.call_queue),
        (CHATS, demand.chat_rate, demand.chat_at, demand.chat_queue),
    )):  # fmt: skip
        ids = [world.queue(name) for name in names]
        local = world.paris.to_local(came)
        place = np.clip(local // DAY - world.first_day, 0, days - 1) * 48 + local % DAY // HALF_HOUR
        opening = np.array([
            world.open_share(world.queue_calendar_ids[i]).ravel() > 0 for i in ids
        ])  # fmt: skip
        # the mix of a weekday and of a Saturday differ: some queues are closed then
        saturday = (np.repeat(world.days, 48) + 3) % 7 == 5
        share = np.zeros(opening.shape)
        for part in (saturday, ~saturday):
            here = part[place]
            mix = np.array([np.sum((queues == i) & here) + 0.2 for i in ids], float)
            share[:, part] = (mix / mix.sum())[:, None]
        share = np.where(opening, share, 0.0)
        total = share.sum(axis=0)
        share = np.divide(share, total, out=np.zeros_like(share), where=total > 0)
        forecast = share * rate.ravel() * OFFERED[number]
        q, c = np.nonzero(opening)
        queue.append(np.array(ids)[q])
        cell.append(c)
        expected.append(forecast[q, c])
        medium.append(np.full(len(q), number))
    columns = {
        "queue": np.concatenate(queue), "cell": np.concatenate(cell),
        "expected": np.concatenate(expected), "medium": np.concatenate(medium),
    }  # fmt: skip
    start = world.paris.to_utc(world.first_day * DAY + columns["cell"] * HALF_HOUR)
    keep = (start >= world.start) & (start < world.as_of)
    columns["start"] = start
    order = np.lexsort((columns["queue"], start))
    order = order[keep[order]]
    return {name: values[order] for name, values in columns.items()}


def _required(cells: dict, contacts: np.ndarray) -> np.ndarray:
    """Return the positions each queue needs: its part of what the pooled crew needs."""
    required = np.zeros(len(contacts))
    for medium, seconds in ((0, CALL_SECONDS), (1, CHAT_SECONDS)):
        rows = cells["medium"] == medium
        cell = cells["cell"][rows]
        total = np.bincount(cell, contacts[rows])
        load = total * GIVE_UP[medium] * seconds / HALF_HOUR
        need = staff_needed(load, 90, seconds) if medium == 0 else load / CHAT_SLOTS * 1.3
        if medium == 0:
            # where few are needed, others write beside the phone and pick up
            need = np.where(need <= 3, need * FLOOR_SHARE, need)
        part = np.divide(contacts[rows], total[cell], out=np.zeros(len(cell)),
                         where=total[cell] > 0)  # fmt: skip
        required[rows] = need[cell] * part
    return required


def _forecasts(world: World, cells: dict) -> Table:
    rng = world.rng("forecasts")
    day = cells["cell"] // 48
    dates = (world.first_day + np.arange(len(world.days))).astype("datetime64[D]")
    month = dates.astype("datetime64[M]")
    months, month_of = np.unique(month, return_inverse=True)
    monday = (world.days + 3) % 7
    week_start = world.days - monday
    weeks, week_of = np.unique(week_start, return_inverse=True)
    drift = rng.normal(0.012, 0.03, len(months))[month_of]
    base = cells["expected"]
    names: list[str] = []
    parts = []
    for version in (MONTHLY, WEEKLY, DAILY):
        error = rng.normal(0, DAY_ERROR[version], len(world.days))
        error += drift if version == MONTHLY else 0.008
        noise = rng.normal(0, 0.03, len(base))
        contacts = np.maximum(base * np.exp(error[day] + noise), 0.001)
        time = np.array([CALL_SECONDS, CHAT_SECONDS])[cells["medium"]]
        time = time * np.exp(rng.normal(0, 0.025, len(world.days)))[day]
        if version == MONTHLY:
            labels = [f"month_{value}" for value in months.astype(str)]
            which = month_of[day]
            first = months.astype("datetime64[D]").astype(np.int64)
            published = (first - 11)[which] * DAY + 14 * 3600
        elif version == WEEKLY:
            labels = [f"week_{np.datetime64(int(value), 'D')}" for value in weeks]
            which = week_of[day]
            published = (weeks - 4)[which] * DAY + 15 * 3600
        else:
            labels = [f"day_{value}" for value in dates.astype(str)]
            which = day
            published = (world.days)[which] * DAY + 5 * 3600
        rows = np.arange(len(base))
        if version == DAILY:
            rows = np.flatnonzero(world.days[day] > world.last_day - DAILY_KEPT)
        parts.append([
            len(names) + which[rows], published[rows], cells["queue"][rows], cells["start"][rows],
            np.round(contacts * 1000)[rows], np.round(time * 100)[rows],
            np.round(_required(cells, contacts) * 100)[rows],
        ])  # fmt: skip
        names += labels
    version, published, queue, start, contacts, time, required = (
        np.concatenate(values) for values in zip(*parts, strict=True)
    )
    return Table(
        "forecasts",
        {
            "forecast_version": Cat(names, version),
            "published_at": published,
            "queue_id": Cat(world.queue_ids, queue),
            "interval_start": start,
            "interval_minutes": np.full(len(start), 30),
            "forecast_contacts": contacts.astype(np.int64),
            "forecast_aht_seconds": time.astype(np.int64),
            "required_staff": required.astype(np.int64),
        },
        published,
    )


def _staffing(world: World, staff: Staff, outcome: Outcome, cells: dict) -> Table:
    """Return planned and present staff: the crew of each half-hour, split as the work is."""
    rng = world.rng("staffing")
    row = cells["start"] // HALF_HOUR - staff.first_interval
    voice, chat = outcome.crew["voice"], outcome.crew["chat"]
    row = np.clip(row, 0, len(voice) - 1)
    # planned: those who came and those who were to come, as many as the plan asks for
    away = staff.is_absent & staff.takes_live[staff.shift_agent]
    missing = np.zeros(len(voice) + 1, np.int64)
    for agents, step in ((staff.shift_start[away], 1), (staff.shift_end[away], -1)):
        place = np.clip(agents // HALF_HOUR - staff.first_interval, 0, len(voice))
        np.add.at(missing, place, step)
    missing = np.cumsum(missing)[:-1]
    need = staff.voice_need[: len(voice)]
    plan_voice = np.maximum(voice, np.minimum(need, voice + missing))
    plan_chat = np.maximum(chat, np.minimum(staff.chat_need[: len(voice)], chat + missing))
    medium, load = cells["medium"], _required(cells, cells["expected"])
    # where chats have no crew of their own, the voice crew takes them
    own = chat[row] > 0
    pool = np.where(own, row * 2 + medium, row * 2)
    total = np.bincount(pool, load, minlength=2 * len(voice))
    part = np.divide(load, total[pool], out=np.zeros(len(load)), where=total[pool] > 0)
    by_chat = own & (medium == 1)
    here = np.where(by_chat, chat[row], voice[row]) * part
    planned = np.where(by_chat, plan_chat[row], plan_voice[row]) * part
    # a few minutes late, a few minutes of overtime
    here = here * rng.normal(0.985, 0.015, len(here))
    return Table(
        "staffing_intervals",
        {
            "queue_id": Cat(world.queue_ids, cells["queue"]),
            "interval_start": cells["start"],
            "interval_minutes": np.full(len(row), 30),
            "scheduled_staff": np.round(planned * 100).astype(np.int64),
            "actual_staff": np.round(here * 100).astype(np.int64),
        },
        np.minimum(cells["start"] + HALF_HOUR, world.as_of),
    )
