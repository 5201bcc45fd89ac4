"""What customers have with us: subscriptions, orders and requests to cancel."""

from __future__ import annotations

import numpy as np

from service_kpis.generate.clock import DAY
from service_kpis.generate.demand import SEGMENTS, Customers
from service_kpis.generate.people import FormerCustomers
from service_kpis.generate.simulate import ABANDONED, ANSWERED, Outcome
from service_kpis.generate.staff import Staff
from service_kpis.generate.tables import NULL, Cat, Ids, Mixed, Table
from service_kpis.generate.tickets import History
from service_kpis.generate.world import CHANNELS, CHAT, EMAIL, PHONE, World

MONTH = int(30.4 * DAY)
#: Share of the customers who leave in a month without having asked us first.
BASE_CHURN = 0.007
PLANS = [f"nova_{size}" for size in ("s", "m", "l", "pro")]
END_REASONS = ["cancellation", "non_payment", "end_of_term", "moved", "not_satisfied", "merged"]
CANCELLED, NON_PAYMENT, END_OF_TERM, MOVED, NOT_SATISFIED = range(5)
REASONS = [
    "price", "competitor", "service", "not_needed", "quality", "moved_abroad", "deceased",
    "legal_withdrawal",
]  # fmt: skip
OFFERS = ["discount_3_months", "free_month", "upgrade", "gift_card", "pause"]
OUTCOMES = ["saved", "lost", "pending", "withdrawn"]
SAVED, LOST, PENDING, WITHDRAWN = range(4)
CURRENCIES = ["EUR", "CAD"]
CANADA = 5


def customer_tables(
    world: World,
    customers: Customers,
    former: FormerCustomers,
    base: Table,
    staff: Staff,
    outcome: Outcome,
    history: History,
    legs: dict,
) -> list[Table]:
    """Return the tables subscriptions, orders and cancellation_requests.

    Args:
        world: parameters and clock.
        customers: the customers.
        former: who had left before the data begin.
        base: raw table of customers, for the day each became one.
        staff: agents, whose skill decides who is kept.
        outcome: result of the simulation.
        history: of the tickets.
        legs: call legs.
    """
    rng = world.rng("customer base")
    size = len(customers)
    acquired = base.columns["acquired_at"][:size]
    start = np.minimum(acquired + rng.integers(60, 3 * DAY, size), world.as_of - 30)
    bad, last_bad = _experience(world, size, outcome, history, legs)
    # what was before the data begins drives people away as well
    before = (bad == 0) & (rng.random(size) < 0.25)
    bad = np.where(before, 0.8, bad)
    last_bad = np.where(before, world.start - rng.integers(0, 180 * DAY, size), last_bad)
    exposed = np.maximum(start, world.start - 20 * DAY)
    end = exposed + rng.exponential(MONTH / BASE_CHURN, size).astype(np.int64)
    fed_up = last_bad + 3 * DAY + rng.exponential(16 * MONTH, size).astype(np.int64)
    fed_up = last_bad + ((fed_up - last_bad) / np.maximum(bad, 0.5)).astype(np.int64)
    leaves = (bad > 0) & (fed_up < end) & (fed_up > np.maximum(start + DAY, world.start))
    reason = rng.choice([NON_PAYMENT, END_OF_TERM, MOVED], size, p=[0.35, 0.4, 0.25])
    end, reason = np.where(leaves, fed_up, end), np.where(leaves, NOT_SATISFIED, reason)
    has = rng.random(size) < 0.9

    requests = _requests(world, rng, staff, outcome, history, legs, has, start, end)
    who, lost, saved = requests["customer"], requests["outcome"] == LOST, requests["outcome"] == 0
    notice = rng.integers(DAY, 28 * DAY, len(who))
    first = np.unique(who, return_index=True)[1]
    one = np.zeros(len(who), bool)
    one[first] = True
    rows = lost & one
    end[who[rows]] = requests["outcome_at"][rows] + notice[rows]
    reason[who[rows]] = CANCELLED
    # who writes again is still there when that is answered
    rows = lost & ~one
    np.maximum.at(end, who[rows], requests["outcome_at"][rows] + DAY)
    # who was kept stays, but for some who had only put it off
    rows = saved & one
    again = rng.random(len(who)) < 0.13
    later = requests["outcome_at"] + rng.integers(20 * DAY, 85 * DAY, len(who))
    end[who[rows]] = np.where(again, later, np.maximum(end[who], later + 200 * DAY))[rows]
    reason[who[rows & again]] = NOT_SATISFIED

    table, place = _subscriptions(world, rng, customers, former, has, start, end, reason)
    orders = _orders(world, customers, acquired, np.where(has, end, world.as_of + DAY))
    return [table, orders, _requests_table(requests, place)]


def _experience(world, size, outcome, history, legs) -> tuple[np.ndarray, np.ndarray]:
    """Return how bad it was with us for each customer, and when it was bad last."""
    bad = np.zeros(size)
    last = np.full(size, world.start)
    ticket = outcome.ticket
    weight = 1.2 * history.is_complaint + 1.0 * (history.reopens > 0) + 0.4 * (history.steps > 2)
    rows = np.flatnonzero((weight > 0) & (ticket["customer"] >= 0))
    np.add.at(bad, ticket["customer"][rows], weight[rows])
    np.maximum.at(last, ticket["customer"][rows], ticket["created"][rows])
    rows = np.flatnonzero((legs["disposition"] == ABANDONED) & (legs["customer"] >= 0))
    np.add.at(bad, legs["customer"][rows], 0.6)
    np.maximum.at(last, legs["customer"][rows], legs["start"][rows])
    return np.minimum(bad, 4.0), last


def _requests(world, rng, staff, outcome, history, legs, has, start, end) -> dict:
    """Return requests to cancel: contacts about it of customers who have something to cancel."""
    topic = world.topic("cancellation")
    chat, ticket = outcome.chat, outcome.ticket
    calls = np.flatnonzero(
        (legs["disposition"] == ANSWERED) & (legs["kind"] <= 1) & (legs["transfer"] == 0)
        & (legs["topic"] == topic) & (legs["customer"] >= 0)
    )  # fmt: skip
    chats = np.flatnonzero(
        (chat["disposition"] == 0) & (chat["topic"] == topic) & (chat["customer"] >= 0)
    )
    texts = np.flatnonzero(
        (ticket["channel"] >= EMAIL) & (ticket["kind"] == 0) & (ticket["topic"] == topic)
        & (ticket["customer"] >= 0) & (history.first_end != NULL) & (history.last_agent >= 0)
    )  # fmt: skip
    at = np.concatenate([legs["answer"][calls], chat["first"][chats], ticket["created"][texts]])
    done = np.concatenate([legs["end"][calls], chat["end"][chats], history.first_end[texts]])
    who = np.concatenate([
        legs["customer"][calls], chat["customer"][chats], ticket["customer"][texts]
    ])  # fmt: skip
    agent = np.concatenate([legs["agent"][calls], chat["agent"][chats], history.last_agent[texts]])
    channel = np.concatenate([
        np.full(len(calls), PHONE), np.full(len(chats), CHAT), ticket["channel"][texts]
    ])  # fmt: skip
    kind = np.repeat([0, 1, -1], [len(calls), len(chats), len(texts)])
    item = np.concatenate([calls, chats, np.full(len(texts), -1)])
    able = has[who] & (start[who] < at - DAY) & (end[who] > at + 2 * DAY)
    # one request of each customer: any of these contacts, for the first would leave ever fewer
    order = np.lexsort((rng.random(len(at)), who))
    order = order[able[order]]
    first = np.ones(len(order), bool)
    first[1:] = who[order][1:] != who[order][:-1]
    rows = order[first]
    columns = [values[rows] for values in (at, done, who, agent, channel, kind, item)]
    at, done, who, agent, channel, kind, item = columns
    count = len(at)
    retainable = rng.random(count) < 0.88
    luck = rng.random(count)
    keep = np.clip(0.30 + 0.11 * staff.skill[agent], 0.08, 0.7)
    result = np.where(retainable & (luck < keep), SAVED, LOST)
    result = np.where(luck > 0.96, WITHDRAWN, result)
    slow = rng.random(count) < 0.3
    decided = done + np.where(slow, rng.integers(DAY, 6 * DAY, count), 0)
    # decided within the week, so that it is there when the days are reported
    decided = np.minimum(decided, at + 11 * DAY // 2)
    result = np.where(decided >= world.as_of - 60, PENDING, result)
    offered = retainable & (result != WITHDRAWN) & ((result == SAVED) | (rng.random(count) < 0.7))
    requests = {
        "at": at, "customer": who, "agent": agent, "channel": channel, "kind": kind, "item": item,
        "retainable": retainable, "outcome": result, "outcome_at": decided,
        "reason": np.where(retainable, rng.choice(5, count, p=[0.34, 0.22, 0.18, 0.18, 0.08]),
                           rng.choice([5, 6, 7], count, p=[0.5, 0.2, 0.3])),
        "offer": np.where(offered, rng.integers(0, len(OFFERS), count), -1),
    }  # fmt: skip
    # a few write again while it goes on
    more = np.flatnonzero(
        (result != PENDING) & (decided < world.as_of - 30 * DAY) & (rng.random(count) < 0.04)
    )
    second = {name: values[more].copy() for name, values in requests.items()}
    second["at"] = second["outcome_at"] + rng.integers(DAY, 18 * DAY, len(more))
    second["outcome_at"] = second["at"] + rng.integers(1800, 2 * DAY, len(more))
    second["channel"] = np.full(len(more), EMAIL)
    second["kind"], second["item"] = np.full(len(more), -1), np.full(len(more), -1)
    return {name: np.concatenate([values, second[name]]) for name, values in requests.items()}


def _requests_table(requests: dict, place: np.ndarray) -> Table:
    order = np.argsort(requests["at"], kind="stable")
    columns = {name: values[order] for name, values in requests.items()}
    decided = columns["outcome"] != PENDING
    return Table(
        "cancellation_requests",
        {
            "request_id": Ids("CR", np.arange(1, len(order) + 1), 7),
            "customer_id": Ids("C", columns["customer"] + 1, 7),
            "subscription_id": Ids("SB", place[columns["customer"]] + 1),
            "requested_at": columns["at"],
            "channel": Cat(CHANNELS, columns["channel"]),
            "interaction_id": Mixed((("K", 8), ("H", 8)), columns["kind"], columns["item"]),
            "agent_id": Ids("A", columns["agent"] + 1, 5),
            "reason_code": Cat(REASONS, columns["reason"]),
            "is_retainable": columns["retainable"].astype(np.int64),
            "offer_code": Cat(OFFERS, columns["offer"]),
            "outcome": Cat(OUTCOMES, columns["outcome"]),
            "outcome_at": np.where(decided, columns["outcome_at"], NULL),
        },
        np.where(decided, columns["outcome_at"], columns["at"]),
    )


def _subscriptions(
    world, rng, customers, former, has, start, end, reason
) -> tuple[Table, np.ndarray]:
    """Return the spells, and the place of each customer's first one in the table."""
    size = len(customers)
    plan = np.where(customers.segment == SEGMENTS.index("business"), 3, rng.integers(0, 3, size))
    main = np.flatnonzero(has)
    gone = end < world.as_of - 60
    parts = [(main, start[main], end[main], reason[main], plan[main])]
    # a second one for some; it ends with the first or earlier
    rows = main[rng.random(len(main)) < 0.12]
    begin = np.minimum(start[rows] + rng.integers(0, 300 * DAY, len(rows)), end[rows] - 3600)
    begin = np.maximum(begin, start[rows])
    own = np.maximum(begin, world.start) + rng.exponential(MONTH / 0.012, len(rows)).astype(int)
    until = np.where(gone[rows], np.minimum(own, end[rows]), own)
    until = np.maximum(until, begin + 1800)
    parts.append((rows, begin, until, reason[rows], (plan[rows] + 1) % 4))
    # some come back: within the month, or later
    draw = rng.random(size)
    back = main[gone[main] & (draw[main] < 0.11) & (reason[main] != MOVED)]
    gap = np.where(draw[back] < 0.05, rng.integers(DAY, 25 * DAY, len(back)),
                   rng.integers(40 * DAY, 130 * DAY, len(back)))  # fmt: skip
    never = np.full(len(back), world.as_of + DAY)
    parts.append((back, end[back] + gap, never, reason[back], plan[back]))
    who = size + np.arange(len(former.like))
    why = rng.choice(5, len(who), p=[0.25, 0.2, 0.2, 0.1, 0.25])
    parts.append((who, former.acquired, former.left, why, plan[former.like]))
    who, begin, until, why, which = (np.concatenate(column) for column in zip(*parts, strict=True))
    known = np.flatnonzero(begin < world.as_of - 30)
    order = known[np.argsort(begin[known], kind="stable")]
    row_of = np.full(len(who), -1, np.int64)
    row_of[order] = np.arange(len(order))
    place = np.full(size, -1, np.int64)
    place[main] = row_of[: len(main)]
    who, begin, until, why, which = (v[order] for v in (who, begin, until, why, which))
    ended = until < world.as_of - 30
    table = Table(
        "subscriptions",
        {
            "subscription_id": Ids("SB", np.arange(1, len(order) + 1)),
            "customer_id": Ids("C", who + 1, 7),
            "plan_code": Cat(PLANS, which),
            "started_at": begin,
            "ended_at": np.where(ended, until, NULL),
            "end_reason": Cat(END_REASONS, np.where(ended, why, -1)),
        },
        np.maximum(np.where(ended, until, begin), world.start - 30 * DAY),
    )
    return table, place


def _orders(world: World, customers: Customers, acquired, end) -> Table:
    """Return orders: a few customers order often, and nobody after having left."""
    rng = world.rng("orders")
    size = len(customers)
    first = np.maximum(acquired, world.start)
    span = np.maximum(np.minimum(end, world.as_of) - first - 60, 1)
    rate = rng.gamma(0.7, 1 / 0.7, size) * 0.06
    count = rng.poisson(rate * span / MONTH)
    # most new customers come with an order
    new = (acquired >= world.start) & (rng.random(size) < 0.6)
    who = np.concatenate([np.repeat(np.arange(size), count), np.flatnonzero(new)])
    at = first[who] + (rng.random(len(who)) * span[who]).astype(np.int64)
    hour = np.clip(rng.normal(15.5, 4.0, len(who)), 6.0, 23.4) * 3600
    at = np.maximum(at // DAY * DAY + hour.astype(np.int64) - 7200, first[who] + 30)
    at[len(who) - int(new.sum()) :] = first[np.flatnonzero(new)] + 45
    keep = np.flatnonzero(at < np.minimum(end, world.as_of)[who] - 10)
    order = keep[np.argsort(at[keep], kind="stable")]
    who, at = who[order], at[order]
    rows = len(who)
    status = rng.choice(3, rows, p=[0.93, 0.04, 0.03])
    amount = np.clip(rng.lognormal(8.45, 0.75, rows), 490, 190_000).astype(np.int64)
    return Table(
        "orders",
        {
            "order_id": Ids("O", np.arange(1, rows + 1)),
            "customer_id": Ids("C", who + 1, 7),
            "ordered_at": at,
            "status": Cat(["paid", "cancelled", "refunded"], status),
            "amount": amount,
            "currency": Cat(CURRENCIES, (customers.region[who] == CANADA).astype(np.int8)),
        },
        np.minimum(at + np.where(status > 0, 4 * DAY, 0), world.as_of),
    )
