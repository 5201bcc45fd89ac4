"""When customers get in touch, who they are and why: the arrivals before anybody answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from service_kpis.generate.clock import DAY, date_of, is_holiday
from service_kpis.generate.world import (
    API,
    APP,
    CHANNEL_SHARE,
    EMAIL,
    IN_PERSON,
    MESSAGING,
    POST,
    SMS,
    SOCIAL,
    WEB_FORM,
    WHATSAPP,
    World,
)

SEASON = np.array([1.10, 1.0, 1.0, 0.97, 0.96, 0.97, 0.92, 0.82, 1.0, 1.04, 1.12, 1.18])
LIVE_WEEK = np.array([1.28, 1.07, 1.0, 0.97, 0.95, 0.34, 0.0])
WRITTEN_WEEK = np.array([1.24, 1.08, 1.0, 0.98, 0.95, 0.52, 0.38])
CALLS_PER_TICKET = 1.12
#: Callers in their lunch hour, as a part of those at the peak of the morning.
LUNCH = 0.4
#: How the work on a ticket goes, one letter per step (see simulate.py), with its share.
WRITTEN_PLANS = {
    "S": 0.66, "IS": 0.12, "IIS": 0.03, "ES": 0.06, "HS": 0.04, "IFS": 0.03, "N": 0.02,
    "C": 0.01, "WS": 0.03,
}  # fmt: skip
LIVE_PLANS = {"S": 0.80, "IS": 0.06, "ES": 0.05, "HS": 0.03, "WS": 0.02, "PS": 0.04}
PLANS = ["S", "IS", "IIS", "ES", "HS", "IFS", "N", "C", "WS", "PS", "M", "X"]


@dataclass
class Customers:
    """Customers as arrays: where they live, how often they call, whom they were merged into."""

    region: np.ndarray
    segment: np.ndarray
    language: np.ndarray
    is_test: np.ndarray
    merged_into: np.ndarray
    activity: np.ndarray

    def __len__(self) -> int:
        """Number of customers."""
        return len(self.region)


REGIONS = ["FR", "FR-ALS", "BE", "CH", "LU", "CA"]
SEGMENTS = ["standard", "plus", "premium", "business"]


def make_customers(world: World) -> Customers:
    """Draw the customers; a few get in touch often, most once or twice."""
    rng = world.rng("customers")
    size = max(60, int(world.tickets * 0.55))
    merged = np.full(size, -1, np.int64)
    away = rng.choice(size, max(2, size // 150), replace=False)
    merged[away] = (away + 1 + rng.integers(0, size // 3, len(away))) % size
    # no cycles: a merged customer points to a higher number, the last ones to nobody
    merged[merged <= np.arange(size)] = -1
    region = rng.choice(len(REGIONS), size, p=[0.80, 0.04, 0.05, 0.03, 0.01, 0.07])
    return Customers(
        region=region,
        segment=rng.choice(4, size, p=[0.66, 0.2, 0.08, 0.06]),
        language=(rng.random(size) < np.where(region == 5, 0.3, 0.03)).astype(np.int8),
        is_test=(rng.random(size) < 0.001).astype(np.int8),
        merged_into=merged,
        activity=np.cumsum(rng.pareto(1.7, size) + 0.15),
    )


@dataclass
class Demand:
    """Arrivals by medium, each in order of time, and what staffing may expect of them."""

    call_at: np.ndarray
    call_customer: np.ndarray
    call_topic: np.ndarray
    call_queue: np.ndarray
    chat_at: np.ndarray
    chat_customer: np.ndarray
    chat_topic: np.ndarray
    chat_queue: np.ndarray
    phone_tickets: int
    chat_tickets: int
    written_at: np.ndarray
    written_customer: np.ndarray
    written_topic: np.ndarray
    written_channel: np.ndarray
    written_queue: np.ndarray
    written_plan: np.ndarray
    written_kind: np.ndarray
    written_target: np.ndarray
    call_rate: np.ndarray
    chat_rate: np.ndarray
    written_rate: np.ndarray


#: Kinds of written tickets that are not plain requests.
PLAIN, OUTBOUND, SPAM, TEST, INTERNAL, DUPLICATE = range(6)


def _humps(first: float, second: float, dip: float) -> np.ndarray:
    hours = np.arange(48) / 2 + 0.25
    curve = np.exp(-(((hours - first) / 1.7) ** 2)) + 0.9 * np.exp(-(((hours - second) / 2.1) ** 2))
    return curve * np.where((hours > 12) & (hours < 14), dip, 1.0) + 0.02


def _rates(world: World) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = world.rng("demand rates")
    dates = [date_of(day) for day in world.days]
    months = np.array([date.month for date in dates])
    weekday = np.array([date.weekday() for date in dates])
    holiday = np.array([is_holiday("default", date) for date in dates])
    age = (world.days - world.first_day) / 30.4
    base = SEASON[months - 1] * 1.008**age
    noise = np.exp(rng.normal(0, 0.07, (2, len(dates))))
    live = base * LIVE_WEEK[weekday] * noise[0]
    written = base * WRITTEN_WEEK[weekday] * np.where(holiday, 0.5, 1.0) * noise[1]
    opening = world.open_share("saturday_half_day")
    # who works calls at lunch, when agents eat too
    lunch = LUNCH * np.exp(-(((np.arange(48) / 2 + 0.25 - 12.9) / 1.2) ** 2))
    call = live[:, None] * (_humps(10.4, 15.3, 0.85) + lunch)[None, :] * (opening + 0.012)
    chat = live[:, None] * _humps(11.0, 16.0, 1.05)[None, :] * opening
    text = written[:, None] * (_humps(10.2, 16.5, 1.0) + 0.5 * _humps(12.5, 20.5, 1.0) + 0.02)
    return call, chat, text


def _draw_times(world: World, rng, rate: np.ndarray, size: int) -> np.ndarray:
    total = np.cumsum(rate.ravel())
    cell = np.searchsorted(total, rng.random(size) * total[-1], side="right")
    cell = np.minimum(cell, rate.size - 1)
    local = (world.first_day * DAY) + cell * 1800 + rng.integers(0, 1800, size)
    return np.sort(world.paris.to_utc(local))


def make_demand(world: World, customers: Customers) -> Demand:
    """Draw all arrivals; the tickets they lead to add up to exactly `world.tickets`."""
    rng = world.rng("demand")
    total = world.tickets
    counts = np.floor(total * CHANNEL_SHARE).astype(int)
    counts[EMAIL] += total - counts.sum()
    phone, chat, written = int(counts[0]), int(counts[1]), int(counts[2:].sum())
    call_rate, chat_rate, text_rate = _rates(world)
    calls, chats = int(total * CALLS_PER_TICKET) + 5, int(chat / 0.80) + 5

    at = [
        _draw_times(world, rng, rate, size)
        for rate, size in ((call_rate, calls), (chat_rate, chats), (text_rate, written))
    ]
    medium = np.repeat([0, 1, 2], [calls, chats, written])
    instant = np.concatenate(at)
    order = np.argsort(instant, kind="stable")
    who, topic = _who_and_why(world, rng, customers, instant[order])
    customer = np.empty(len(instant), np.int64)
    reason = np.empty(len(instant), np.int64)
    customer[order], reason[order] = who, topic
    anonymous = rng.random(len(instant)) < np.array([0.05, 0.08, 0.02])[medium]
    customer[anonymous] = -1
    rows = [medium == number for number in range(3)]
    segment = np.where(customer >= 0, customers.segment[customer], 0)

    channel = np.repeat(np.arange(2, 12), counts[2:])
    rng.shuffle(channel)
    kind = _kinds(world, rng, channel, at[2])
    target = _duplicate_targets(rng, kind, at[2])
    dup = np.flatnonzero(kind == DUPLICATE)
    same = rng.random(len(dup)) < 0.9
    text_customer, text_topic = customer[rows[2]].copy(), reason[rows[2]].copy()
    for row, keep in zip(dup.tolist(), same.tolist(), strict=True):
        text_topic[row] = text_topic[target[row]]
        channel[row] = channel[target[row]]
        if keep:
            text_customer[row] = text_customer[target[row]]
    text_customer[(kind == TEST) | (kind == SPAM) | (kind == INTERNAL)] = -1
    text_region = np.where(text_customer >= 0, customers.region[text_customer], 0)

    plans = [PLANS.index(plan) for plan in WRITTEN_PLANS]
    plan = rng.choice(plans, written, p=list(WRITTEN_PLANS.values()))
    plan[kind == DUPLICATE] = PLANS.index("M")
    plan[kind == SPAM] = PLANS.index("X")
    plan[kind == OUTBOUND] = PLANS.index("S")
    plan[channel == IN_PERSON] = PLANS.index("S")

    return Demand(
        call_at=at[0],
        call_customer=customer[rows[0]],
        call_topic=reason[rows[0]],
        call_queue=_voice_queue(world, reason[rows[0]], segment[rows[0]], at[0]),
        chat_at=at[1],
        chat_customer=customer[rows[1]],
        chat_topic=reason[rows[1]],
        chat_queue=_chat_queue(world, reason[rows[1]], at[1]),
        phone_tickets=phone,
        chat_tickets=chat,
        written_at=at[2],
        written_customer=text_customer,
        written_topic=text_topic,
        written_channel=channel,
        written_queue=_written_queue(world, rng, channel, text_topic, text_region),
        written_plan=plan,
        written_kind=kind,
        written_target=target,
        call_rate=call_rate / call_rate.sum() * calls,
        chat_rate=chat_rate / chat_rate.sum() * chats,
        written_rate=text_rate / text_rate.sum() * written,
    )


def _who_and_why(world: World, rng, customers: Customers, instant: np.ndarray):
    size = len(instant)
    mass = customers.activity
    customer = np.searchsorted(mass, rng.random(size) * mass[-1], side="right")
    customer = np.minimum(customer, len(mass) - 1)
    share = world.topic_share / world.topic_share.sum()
    topic = rng.choice(len(share), size, p=share)
    # some come back within days about the same thing
    per_day = max(1, size // len(world.days))
    back = rng.integers(per_day // 4 + 1, per_day * 6 + 2, size)
    source = np.arange(size) - back
    again = (rng.random(size) < 0.09) & (source >= 0)
    customer[again] = customer[source[again]]
    topic[again] = topic[source[again]]
    return customer, topic


def _kinds(world: World, rng, channel: np.ndarray, at: np.ndarray) -> np.ndarray:
    kind = np.zeros(len(channel), np.int8)
    mail = np.isin(channel, [EMAIL, WEB_FORM])
    draw = rng.random(len(channel))
    for number, low, high in ((SPAM, 0, 0.035), (OUTBOUND, 0.035, 0.065), (DUPLICATE, 0.065, 0.11)):
        kind[mail & (draw >= low) & (draw < high)] = number
    kind[mail & (draw >= 0.11) & (draw < 0.114)] = TEST
    kind[mail & (draw >= 0.114) & (draw < 0.13)] = INTERNAL
    return kind


def _duplicate_targets(rng, kind: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Give each duplicate an earlier written ticket, at most a day older; else it is plain."""
    target = np.full(len(kind), -1, np.int64)
    ok = np.isin(kind, [PLAIN, DUPLICATE])
    for row in np.flatnonzero(kind == DUPLICATE).tolist():
        first = int(np.searchsorted(at, at[row] - 86_400))
        choice = int(rng.integers(first, row)) if first < row else -1
        if choice >= 0 and ok[choice] and at[choice] < at[row] - 120:
            target[row] = choice
        else:
            kind[row] = PLAIN
    return target


def _voice_queue(world: World, topic, segment, at) -> np.ndarray:
    general = world.queue("voice_general")
    queue = np.full(len(topic), general)
    parents = np.array([parent or "" for parent in world.topic_parent])[topic]
    queue[parents == "billing"] = world.queue("voice_billing")
    queue[parents == "technical"] = world.queue("voice_technical")
    queue[segment == 2] = world.queue("voice_premium")
    retention = world.queue("voice_retention")
    leaving = np.isin(topic, [world.topic("cancellation"), world.topic("new_offer")])
    leaving &= world.is_open(np.full(len(at), retention), at)
    queue[leaving] = retention
    return queue


def _chat_queue(world: World, topic, at) -> np.ndarray:
    parents = np.array([parent or "" for parent in world.topic_parent])[topic]
    orders = np.full(len(topic), world.queue("chat_orders"))
    use = (parents == "delivery") & world.is_open(orders, at)
    return np.where(use, orders, world.queue("chat_general"))


def _written_queue(world: World, rng, channel, topic, region) -> np.ndarray:
    parents = np.array([parent or "" for parent in world.topic_parent])[topic]
    queue = np.full(len(channel), world.queue("email_general"))
    queue[parents == "technical"] = world.queue("email_technical")
    queue[(region == 1) | (channel == POST)] = world.queue("email_alsace")
    queue[region == 5] = world.queue("email_canada")
    talk = np.isin(channel, [MESSAGING, WHATSAPP, SMS]) | (
        (channel == APP) & (rng.random(len(channel)) < 0.6)
    )
    queue[talk] = world.queue("messaging_general")
    queue[channel == SOCIAL] = world.queue("social_care")
    queue[(channel == API) | ((channel == APP) & ~talk)] = world.queue("incident_desk")
    return queue
