"""Agent states and timesheets, from the shifts and everything done in them."""

from __future__ import annotations

import numpy as np

from service_kpis.generate.simulate import Outcome
from service_kpis.generate.staff import LEAD, Staff
from service_kpis.generate.tables import Cat, Ids, Mixed, Table
from service_kpis.generate.world import CHANNELS, VENDOR_TEAM, World

STATES = [
    "on_contact", "after_work", "idle", "async_work", "break_paid", "meal_unpaid", "training",
    "coaching", "meeting", "system_issue", "offline",
]  # fmt: skip
ON_CONTACT, AFTER_WORK, IDLE, ASYNC = range(4)
#: State of each activity of the shift: work, meal, break, training, coaching, meeting, trouble.
STATE_OF_ACTIVITY = np.array([IDLE, 5, 4, 6, 7, 8, 9])
#: Of several things at one moment the first of these counts.
ACTIVITY, CALL, WRAP, CHAT_WORK, TEXT, PRESENT = range(6)


def agent_states(world: World, staff: Staff, outcome: Outcome, legs: dict) -> dict:
    """Return the states of agents and leads, without gaps or overlaps within a shift."""
    sources = []

    def add(kind, agent, start, end, label, reference):
        keep = (agent >= 0) & (end > start)
        sources.append([
            np.full(int(keep.sum()), kind), agent[keep], start[keep], end[keep],
            np.broadcast_to(label, len(agent))[keep], np.broadcast_to(reference, len(agent))[keep],
        ])  # fmt: skip

    activity = outcome.piece["activity"]
    add(ACTIVITY, activity["agent"], activity["start"], activity["end"],
        STATE_OF_ACTIVITY[activity["what"]], -1)  # fmt: skip
    number = np.arange(len(legs["start"]))
    taken = (legs["agent"] >= 0) & ((legs["answer"] >= 0) | (legs["dial"] > 0))
    begin = np.where(legs["dial"] > 0, legs["start"], legs["answer"])
    agent = np.where(taken, legs["agent"], -1)
    add(CALL, agent, begin, legs["end"], ON_CONTACT, number)
    add(WRAP, agent, legs["end"], legs["end"] + legs["wrap"], AFTER_WORK, number)
    chat = outcome.chat
    number = np.arange(len(chat["queued"]))
    add(CHAT_WORK, chat["agent"], chat["first"], chat["end"] + chat["wrap"], ON_CONTACT, number)
    piece = outcome.piece
    add(TEXT, piece["agent"], piece["start"], piece["end"], ASYNC, piece["ticket"])
    here = ~staff.is_absent
    add(PRESENT, staff.shift_agent[here], staff.shift_start[here],
        np.minimum(staff.shift_end[here], world.as_of), IDLE, -1)  # fmt: skip
    kind, agent, start, end, label, reference = (
        np.concatenate(columns) for columns in zip(*sources, strict=True)
    )
    sources.clear()
    keep = staff.role[agent] <= LEAD
    columns = [values[keep] for values in (kind, agent, start, end, label, reference)]
    order = np.argsort(columns[1], kind="stable")
    columns = [values[order] for values in columns]
    # a group of agents at a time keeps the memory small
    bounds = np.searchsorted(columns[1], np.arange(0, len(staff) + 16, 16))
    parts = [
        _sweep(*(values[low:high] for values in columns))
        for low, high in zip(bounds[:-1], bounds[1:], strict=True)
        if high > low
    ]
    agent, start, end, state, kind, reference = (
        np.concatenate(values) for values in zip(*parts, strict=True)
    )
    order = np.lexsort((agent, start))
    names = ("agent", "start", "end", "state", "kind", "reference")
    values = (agent, start, end, state, kind, reference)
    return {name: column[order] for name, column in zip(names, values, strict=True)}


def _sweep(kind, agent, start, end, label, reference) -> tuple:
    """Cut the time of some agents at every start and end, and say what counts in each piece."""
    size = len(kind)
    at = np.concatenate([start, end])
    who = np.concatenate([agent, agent])
    row = np.concatenate([np.arange(size), np.arange(size)])
    step = np.concatenate([np.ones(size, np.int8), -np.ones(size, np.int8)])
    order = np.lexsort((step, at, who))
    at, who, row, step = at[order], who[order], row[order], step[order]
    winner = np.full(len(at), -1)
    for level in (PRESENT, TEXT, CHAT_WORK, WRAP, CALL, ACTIVITY):
        mine = kind[row] == level
        running = np.cumsum(np.where(mine, step, 0)) > 0
        begun = np.maximum.accumulate(np.where(mine & (step > 0), np.arange(len(at)), 0))
        winner = np.where(running, row[begun], winner)
    last = np.append(at[1:], at[-1])
    last = np.where(np.append(who[1:], -1) == who, last, at)
    keep = (last > at) & (winner >= 0)
    at, last, who, winner = at[keep], last[keep], who[keep], winner[keep]
    same = np.zeros(len(at), bool)
    if len(at) > 1:
        same[1:] = (
            (who[1:] == who[:-1]) & (at[1:] == last[:-1])
            & (label[winner[1:]] == label[winner[:-1]])
            & (reference[winner[1:]] == reference[winner[:-1]])
            & (kind[winner[1:]] == kind[winner[:-1]])
        )  # fmt: skip
    first = np.flatnonzero(~same)
    until = np.append(first[1:] - 1, len(at) - 1) if len(first) else first
    chosen = winner[first]
    return who[first], at[first], last[until], label[chosen], kind[chosen], reference[chosen]


def states_table(world: World, states: dict, outcome: Outcome, number: np.ndarray) -> Table:
    """Return the raw table of agent states.

    Args:
        world: parameters and clock.
        states: result of `agent_states`.
        outcome: for the channel of tickets.
        number: ticket numbers.
    """
    kind, reference = states["kind"], states["reference"]
    size = len(kind)
    on_call = np.isin(kind, [CALL, WRAP])
    on_chat, on_text = kind == CHAT_WORK, kind == TEXT
    ticket = np.where(on_text, reference, 0)
    channel = np.select([on_call, on_chat, on_text], [0, 1, outcome.ticket["channel"][ticket]], -1)
    return Table(
        "agent_states",
        {
            "state_id": Ids("S", np.arange(1, size + 1), 9),
            "agent_id": Ids("A", states["agent"] + 1, 5),
            "state": Cat(STATES, states["state"]),
            "channel": Cat(CHANNELS, channel),
            "started_at": states["start"],
            "ended_at": states["end"],
            "reference_type": Cat(
                ["call", "chat", "ticket"], np.select([on_call, on_chat, on_text], [0, 1, 2], -1)
            ),
            "reference_id": Mixed(
                (("K", 8), ("H", 8), ("T", 8)),
                np.select([on_call, on_chat, on_text], [0, 1, 2], -1),
                np.where(on_text, number[ticket] - 1, reference),
            ),
        },
        np.minimum(states["end"], world.as_of),
    )


def make_timesheets(world: World, staff: Staff, states: dict) -> tuple[Table, dict]:
    """Return the raw timesheets and the hours by shift that payroll and invoices need."""
    rng = world.rng("timesheets")
    size = len(staff.shift_agent)
    key = staff.shift_agent * (1 << 34) + staff.shift_start
    order = np.argsort(key, kind="stable")
    place = np.searchsorted(key[order], states["agent"] * (1 << 34) + states["start"], "right") - 1
    shift = order[np.clip(place, 0, size - 1)]
    last = staff.shift_end.copy()
    np.maximum.at(last, shift, states["end"])
    late = np.clip(last - staff.shift_end, 0, 3 * 3600)
    overtime = np.where(late > 600, np.ceil(late / 900) * 25, 0).astype(np.int64)
    learning = np.zeros(size, np.int64)
    taught = np.isin(states["state"], [6, 8])
    np.add.at(learning, shift[taught], (states["end"] - states["start"])[taught])

    hours = np.round(staff.shift_hours * 100).astype(np.int64)
    worked = np.where(staff.is_absent, 0, hours + overtime)
    support = staff.role[staff.shift_agent] > LEAD
    billable = np.where(support, 0, np.maximum(0, worked - learning * 100 // 3600))
    billed = np.where(rng.random(size) < 0.92, billable, billable * 97 // 100)
    result = {
        "worked": worked,
        "overtime": np.where(staff.is_absent, 0, overtime),
        "billed": billed,
        "paid": np.where(staff.is_absent, hours, worked),
    }
    table = Table(
        "timesheets",
        {
            "agent_id": Ids("A", staff.shift_agent + 1, 5),
            "work_date": staff.shift_day,
            "scheduled_hours": hours,
            "worked_hours": worked,
            "paid_hours": result["paid"],
            "billable_hours": billable,
            "billed_hours": billed,
            "overtime_hours": result["overtime"],
            "absence_hours": np.where(staff.is_absent, hours, 0),
        },
        np.minimum(staff.shift_end, world.as_of),
    )
    return table, result


def vendor_shifts(staff: Staff) -> np.ndarray:
    """Return which shifts are worked by the vendor."""
    return staff.team[staff.shift_agent] == VENDOR_TEAM
