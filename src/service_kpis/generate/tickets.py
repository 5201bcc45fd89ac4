"""Tickets, their history and their messages, told from what the simulation recorded."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from service_kpis.generate.clock import DAY
from service_kpis.generate.demand import INTERNAL, OUTBOUND, REGIONS, SPAM, TEST, Customers
from service_kpis.generate.simulate import (
    ACTIONS,
    AUTO_CLOSE_SECONDS,
    BY_CALL,
    WRITTEN,
    Outcome,
)
from service_kpis.generate.staff import Staff
from service_kpis.generate.tables import NULL, Cat, Ids, Mixed, Table
from service_kpis.generate.world import (
    APP,
    CHANNELS,
    CHAT,
    CLOSED,
    DELETED,
    EMAIL,
    EXPERT_TEAM,
    HOLD,
    IN_PERSON,
    MESSAGING,
    NEW,
    OPEN,
    PENDING,
    PHONE,
    PRIORITIES,
    SOLVED,
    STATUSES,
    TEAM_IDS,
    TICKET_TYPES,
    WEB_FORM,
    WHATSAPP,
    World,
)

EVENT_TYPES = [
    "created", "status_change", "owner_change", "team_change", "queue_change", "priority_change",
    "merged", "deleted", "restored", "solution_proposed",
]  # fmt: skip
(
    CREATED, STATUS_CHANGE, OWNER_CHANGE, TEAM_CHANGE, QUEUE_CHANGE, PRIORITY_CHANGE, MERGED,
    DELETION, RESTORED, PROPOSED,
) = range(10)  # fmt: skip
FIELDS = ["status", "assignee_agent_id", "team_id", "queue_id", "priority", "merged_into_ticket_id"]
ACTORS = ["agent", "customer", "bot", "system"]
BY_AGENT, BY_CUSTOMER, BY_BOT, BY_SYSTEM = range(4)
PURPOSES = ["reply", "solution", "info_request", "acknowledgement", "proactive_followup", "other"]
REPLY, SOLUTION, INFO_REQUEST, ACKNOWLEDGEMENT, FOLLOWUP, OTHER = range(6)
#: Status after each action; -1 leaves it.
AFTER = np.array([SOLVED, SOLVED, CLOSED, PENDING, -1, -1, -1, HOLD, -1, CLOSED, CLOSED])
BRANDS = ["nova", "nova_pro"]
PRODUCTS = ["box", "mobile", "tv", "shop", "care"]
TYPE_OF_PARENT = {"technical": 1, "delivery": 0, "billing": 0, "account": 3, "contract": 0}


def act(letters: str) -> list[int]:
    """Return the numbers of actions given by their letters."""
    return [ACTIONS.index(letter) for letter in letters]


@dataclass
class History:
    """What other modules need to know of the tickets, by ticket number of the simulation."""

    number: np.ndarray
    handling: dict[str, np.ndarray]
    first_end: np.ndarray
    last_agent: np.ndarray
    solved: np.ndarray
    first_solved: np.ndarray
    reopens: np.ndarray
    steps: np.ndarray
    status: np.ndarray
    is_complaint: np.ndarray
    is_valid: np.ndarray
    outbound_call: dict[str, np.ndarray] = field(default_factory=dict)
    followup: np.ndarray | None = None


@dataclass
class _Events:
    """Blocks of events, to be joined and put in order."""

    blocks: list[tuple] = field(default_factory=list)

    def add(self, ticket, at, rank, kind, field_code, old, new, actor, actor_id) -> None:
        """Add events; single values are spread over the block."""
        size = len(ticket)
        row = [np.asarray(ticket, np.int64), np.asarray(at, np.int64)]
        for value, kind_of in (
            (rank, np.int8), (kind, np.int8), (field_code, np.int8), (old, np.int64),
            (new, np.int64), (actor, np.int8), (actor_id, np.int64),
        ):  # fmt: skip
            row.append(np.broadcast_to(np.asarray(value, kind_of), size))
        self.blocks.append(tuple(row))

    def joined(self) -> list[np.ndarray]:
        """Return the columns of all events in order of time, ticket and rank."""
        columns = [np.concatenate(parts) for parts in zip(*self.blocks, strict=True)]
        self.blocks.clear()
        order = np.lexsort((columns[2], columns[0], columns[1]))
        return [column[order] for column in columns]


def make_tickets(
    world: World, customers: Customers, staff: Staff, outcome: Outcome
) -> tuple[list[Table], History]:
    """Return the tables tickets, ticket_events and messages, and the history for others."""
    rng = world.rng("tickets")
    source = outcome.ticket
    total = world.tickets
    created = source["created"]
    number = np.empty(total, np.int64)
    number[np.argsort(created, kind="stable")] = np.arange(1, total + 1)
    h = outcome.handling
    order = np.argsort(h["ticket"], kind="stable")
    h = {name: values[order] for name, values in h.items()}
    t = h["ticket"]
    size = len(t)
    first = np.ones(size, bool)
    first[1:] = t[1:] != t[:-1]
    last = np.ones(size, bool)
    last[:-1] = first[1:]
    h["first"], h["last"] = first, last
    kind, channel = source["kind"], source["channel"]
    target_status = AFTER[h["act"]]

    # status before each handling: the last status that an earlier handling set
    stamp = np.where(target_status >= 0, np.arange(size), -1)
    start_row = np.maximum.accumulate(np.where(first, np.arange(size), 0))
    seen = np.concatenate([[-1], np.maximum.accumulate(stamp)[:-1]])
    before = np.where(seen >= start_row, target_status[seen], OPEN)
    before = np.where(first, NEW, before)
    back = ~first & np.isin(before, [SOLVED, PENDING, HOLD])
    wakes = back & ((h["customer"] == 1) | (before == HOLD))
    # a reply to a handling that has already woken the ticket
    current = np.where(wakes | first, OPEN, before)

    events = _Events()
    submitter = np.where(channel == PHONE, BY_AGENT, BY_CUSTOMER)
    submitter[kind == OUTBOUND] = BY_AGENT
    submitter[channel == IN_PERSON] = BY_AGENT
    voicemail = np.zeros(total, bool)
    opened = (channel == PHONE) & (source["origin"] >= 0)
    voicemail[opened] = outcome.call["disposition"][source["origin"][opened]] == 5
    submitter[voicemail] = BY_SYSTEM
    first_agent = np.full(total, -1, np.int64)
    first_agent[t[first]] = h["agent"][first]
    submitter_id = np.where(
        submitter == BY_AGENT, first_agent, np.where(submitter == BY_CUSTOMER,
                                                     source["customer"], -1)
    )  # fmt: skip
    unhandled_agent = (submitter == BY_AGENT) & (first_agent < 0)
    submitter[unhandled_agent] = BY_SYSTEM
    submitter_id[unhandled_agent] = -1
    everyone = np.arange(total)
    events.add(everyone, created, 0, CREATED, 0, -1, NEW, submitter, submitter_id)

    rows = np.flatnonzero(wakes)
    who = np.where(h["customer"][rows] == 1, BY_CUSTOMER, BY_SYSTEM)
    events.add(t[rows], h["available"][rows], 1, STATUS_CHANGE, 0, before[rows], OPEN, who,
               np.where(who == BY_CUSTOMER, source["customer"][t[rows]], -1))  # fmt: skip
    begin = np.maximum(h["start"], created[t])
    rows = np.flatnonzero(first)
    events.add(t[rows], begin[rows], 3, STATUS_CHANGE, 0, NEW, OPEN, BY_AGENT, h["agent"][rows])
    previous = np.concatenate([[-1], h["agent"][:-1]])
    previous[first] = -1
    rows = np.flatnonzero(h["agent"] != previous)
    events.add(t[rows], begin[rows], 2, OWNER_CHANGE, 1, previous[rows], h["agent"][rows],
               BY_AGENT, h["agent"][rows])  # fmt: skip

    moved = np.full(total, False)
    rows = np.flatnonzero(h["act"] == ACTIONS.index("E"))
    if len(rows):
        desk = world.queue("expert_desk")
        old_queue = source["queue"][t[rows]]
        events.add(t[rows], h["end"][rows], 4, QUEUE_CHANGE, 3, old_queue, desk, BY_AGENT,
                   h["agent"][rows])  # fmt: skip
        old_team = world.queue_team[old_queue]
        differs = old_team != EXPERT_TEAM
        events.add(t[rows][differs], h["end"][rows][differs], 5, TEAM_CHANGE, 2,
                   old_team[differs], EXPERT_TEAM, BY_AGENT, h["agent"][rows][differs])  # fmt: skip
        moved[t[rows]] = True
        raised = (source["priority"][t[rows]] == 1) & (rng.random(len(rows)) < 0.35)
        events.add(t[rows][raised], h["end"][rows][raised], 6, PRIORITY_CHANGE, 4, 1, 2, BY_AGENT,
                   h["agent"][rows][raised])  # fmt: skip
    priority = source["priority"].copy()
    if len(rows):
        priority[t[rows][raised]] = 2

    solves = np.isin(h["act"], act("SN"))
    rows = np.flatnonzero((h["act"] == 0) & (rng.random(size) < 0.12))
    events.add(t[rows], h["end"][rows], 7, PROPOSED, 0, -1, -1, BY_AGENT, h["agent"][rows])
    rows = np.flatnonzero((target_status >= 0) & (target_status != current))
    events.add(t[rows], h["end"][rows], 9, STATUS_CHANGE, 0, current[rows], target_status[rows],
               BY_AGENT, h["agent"][rows])  # fmt: skip
    rows = np.flatnonzero(h["act"] == ACTIONS.index("M"))
    merged_into = np.full(total, -1, np.int64)
    merged_into[t[rows]] = source["target"][t[rows]]
    events.add(t[rows], h["end"][rows], 8, MERGED, 5, -1, number[merged_into[t[rows]]], BY_AGENT,
               h["agent"][rows])  # fmt: skip

    # where each ticket stands after its last handling
    status = np.full(total, NEW)
    ends = np.full(total, -1, np.int64)
    last_rows = np.flatnonzero(last)
    lt = t[last_rows]
    status[lt] = np.where(target_status[last_rows] >= 0, target_status[last_rows],
                          current[last_rows])  # fmt: skip
    ends[lt] = h["end"][last_rows]
    waits = (ends >= 0) & (source["available"] > ends) & (source["by_customer"] == 1)
    waits &= np.isin(status, [SOLVED, PENDING, HOLD])
    was_solved = status == SOLVED
    rows = np.flatnonzero(waits)
    events.add(rows, source["available"][rows], 1, STATUS_CHANGE, 0, status[rows], OPEN,
               BY_CUSTOMER, source["customer"][rows])  # fmt: skip
    status[rows] = OPEN
    third = (ends >= 0) & (source["available"] > ends) & ~waits & (status == HOLD)
    rows = np.flatnonzero(third)
    events.add(rows, source["available"][rows], 1, STATUS_CHANGE, 0, HOLD, OPEN, BY_SYSTEM, -1)
    status[rows] = OPEN
    asleep = ~waits & ~third

    deleted_at = np.full(total, NULL)
    closed_at = np.full(total, NULL)
    solved_at = np.full(total, NULL)
    first_solved = np.full(total, NULL)
    rows = np.flatnonzero(solves)
    solved_at[t[rows]] = h["end"][rows]
    first_solved[t[rows[::-1]]] = h["end"][rows[::-1]]
    shut = np.flatnonzero(status == CLOSED)
    closed_at[shut] = ends[shut]

    draw = rng.random(total)
    quiet = asleep & (ends >= 0) & (kind != OUTBOUND)
    removed = quiet & (draw < 0.005) & np.isin(status, [OPEN, PENDING, SOLVED])
    away = ends + 3600 + (rng.random(total) * 4 * DAY).astype(np.int64)
    removed &= away < world.as_of - 60
    rows = np.flatnonzero(removed)
    events.add(rows, away[rows], 1, DELETION, 0, status[rows], DELETED, BY_SYSTEM, -1)
    again = away + 3600 + (rng.random(total) * DAY).astype(np.int64)
    restored = removed & (rng.random(total) < 0.25) & (again < world.as_of - 60)
    rows = np.flatnonzero(restored)
    events.add(rows, again[rows], 1, RESTORED, 0, DELETED, status[rows], BY_SYSTEM, -1)
    gone = removed & ~restored
    status[gone] = DELETED
    deleted_at[gone] = away[gone]

    solved_now = asleep & (status == SOLVED) & ~removed
    odd = solved_now & (draw > 0.996) & (ends + 2 * DAY < world.as_of - 60)
    rows = np.flatnonzero(odd)
    events.add(rows, ends[rows] + 2 * DAY, 1, STATUS_CHANGE, 0, SOLVED, OPEN, BY_SYSTEM, -1)
    status[rows] = OPEN
    # what a rule has opened, a rule solves again; a few are forgotten for weeks
    open_for = np.where(rng.random(total) < 0.95, DAY, rng.integers(15 * DAY, 60 * DAY, total))
    again = ends + 2 * DAY + open_for
    settled = odd & (again < world.as_of - 60)
    rows = np.flatnonzero(settled)
    events.add(rows, again[rows], 1, STATUS_CHANGE, 0, OPEN, SOLVED, BY_SYSTEM, -1)
    status[rows] = SOLVED
    solved_at[rows] = again[rows]
    closing = solved_now & ~odd & (ends + AUTO_CLOSE_SECONDS < world.as_of - 60)
    rows = np.flatnonzero(closing)
    events.add(rows, ends[rows] + AUTO_CLOSE_SECONDS, 1, STATUS_CHANGE, 0, SOLVED, CLOSED,
               BY_SYSTEM, -1)  # fmt: skip
    status[rows] = CLOSED
    closed_at[rows] = ends[rows] + AUTO_CLOSE_SECONDS
    solved_at[np.isin(status, [NEW, OPEN, PENDING, HOLD])] = NULL

    reopens = np.zeros(total, np.int64)
    np.add.at(reopens, t[wakes & (before == SOLVED)], 1)
    reopens[waits & was_solved] += 1

    is_complaint = rng.random(total) < np.where(
        np.isin(source["topic"], [world.topic("delivery_damaged"), world.topic("delivery_late"),
                                  world.topic("product_defect")]), 0.16, 0.035)  # fmt: skip
    history = History(
        number=number,
        handling=h,
        first_end=np.full(total, NULL),
        last_agent=np.full(total, -1),
        solved=solved_at,
        first_solved=first_solved,
        reopens=reopens,
        steps=np.bincount(t, minlength=total),
        status=status,
        is_complaint=is_complaint,
        is_valid=np.isin(kind, [0, OUTBOUND]) & (merged_into < 0) & (status != DELETED),
    )
    history.first_end[t[first]] = h["end"][first]
    history.last_agent[lt] = h["agent"][last_rows]

    messages, message_last = _messages(world, staff, outcome, history, wakes)
    columns = events.joined()
    ticket_events = _event_table(world, columns, number)
    changed = created.copy()
    np.maximum.at(changed, columns[0], columns[1])
    changed = np.maximum(changed, message_last)
    del columns

    queue = np.where(moved, world.queue("expert_desk"), source["queue"])
    tickets = _ticket_table(
        world, customers, staff, history, outcome, rng,
        changed=changed, queue=queue, priority=priority, merged_into=merged_into,
        submitter=submitter, submitter_id=submitter_id, closed_at=closed_at, deleted_at=deleted_at,
    )  # fmt: skip
    return [tickets, ticket_events, messages], history


def _event_table(world: World, columns: list[np.ndarray], number: np.ndarray) -> Table:
    ticket, at, _, kind, field_code, old, new, actor, actor_id = columns
    size = len(ticket)
    bare = kind == PROPOSED

    kinds = (STATUSES, ("A", 5), TEAM_IDS, world.queue_ids, PRIORITIES, ("T", 8))
    which = np.where(bare, -1, field_code)
    # ticket numbers count from 1 already
    shift = (field_code == 5).astype(np.int64)

    return Table(
        "ticket_events",
        {
            "event_id": Ids("E", np.arange(1, size + 1), 9),
            "ticket_id": Ids("T", number[ticket]),
            "event_at": at,
            "event_type": Cat(EVENT_TYPES, kind),
            "field_name": Cat(FIELDS, np.where(bare, -1, field_code)),
            "old_value": Mixed(kinds, which, np.where(old < 0, -1, old - shift)),
            "new_value": Mixed(kinds, which, np.where(new < 0, -1, new - shift)),
            "actor_type": Cat(ACTORS, actor),
            "actor_id": _person(actor, actor_id),
        },
        at,
    )


def _person(actor: np.ndarray, actor_id: np.ndarray):
    """Return agent, customer or bot ids by the kind of actor."""
    kind = np.array([0, 1, 2, -1])[actor]
    number = np.where(actor == BY_BOT, 0, actor_id)
    return Mixed((("A", 5), ("C", 7), ["assistant"]), kind, number)


def _messages(world: World, staff: Staff, outcome: Outcome, history: History, wakes):
    rng = world.rng("messages")
    source, h = outcome.ticket, history.handling
    created, channel, kind = source["created"], source["channel"], source["kind"]
    t = h["ticket"]
    blocks: list[tuple] = []

    def add(ticket, at, author, author_id, purpose, public=1, automated=0, handle=NULL, ai=0):
        size = len(ticket)
        row = [np.asarray(ticket, np.int64), np.asarray(at, np.int64)]
        for value, kind_of in (
            (author, np.int8), (author_id, np.int64), (purpose, np.int8), (public, np.int8),
            (automated, np.int8), (handle, np.int64), (ai, np.int8),
        ):  # fmt: skip
            row.append(np.broadcast_to(np.asarray(value, kind_of), size))
        blocks.append(tuple(row))

    text = (channel >= EMAIL) & (channel != IN_PERSON) & (kind != OUTBOUND)
    rows = np.flatnonzero(text)
    add(rows, created[rows], BY_CUSTOMER, source["customer"][rows], OTHER)
    form = np.isin(channel, [EMAIL, WEB_FORM, APP]) & text
    rows = np.flatnonzero(form & (rng.random(len(text)) < 0.75))
    add(rows, np.minimum(created[rows] + rng.integers(3, 25, len(rows)), world.as_of - 1),
        BY_SYSTEM, -1, ACKNOWLEDGEMENT, automated=1)  # fmt: skip
    talk = np.isin(channel, [MESSAGING, WHATSAPP]) & text & (created < world.as_of - 60)
    rows = np.flatnonzero(talk & (rng.random(len(text)) < 0.3))
    add(rows, created[rows] + rng.integers(4, 20, len(rows)), BY_BOT, -1, REPLY)

    # customers write back: the replies that were handled, and those still waiting
    rows = np.flatnonzero(~h["first"] & (h["customer"] == 1))
    add(t[rows], h["available"][rows], BY_CUSTOMER, source["customer"][t[rows]], OTHER)
    ends = np.full(len(created), -1, np.int64)
    ends[t[h["last"]]] = h["end"][h["last"]]
    rows = np.flatnonzero((ends >= 0) & (source["available"] > ends) & (source["by_customer"] == 1))
    add(rows, source["available"][rows], BY_CUSTOMER, source["customer"][rows], OTHER)
    # and write again when nobody answers
    wait = h["end"] - h["available"]
    rows = np.flatnonzero(
        (wait > 16 * 3600) & (h["customer"] == 1) & (rng.random(len(t)) < 0.28)
        & (h["kind"] == WRITTEN) & (kind[t] != OUTBOUND) & (channel[t] != IN_PERSON)
    )  # fmt: skip
    at = h["available"][rows] + (wait[rows] * rng.uniform(0.3, 0.95, len(rows))).astype(np.int64)
    add(t[rows], at, BY_CUSTOMER, source["customer"][t[rows]], OTHER)

    # answers by agents; some answers to phone tickets are calls
    written = h["kind"] == WRITTEN
    answers = written & np.isin(h["act"], act("SIHFWP"))
    piece = h["ref"]
    span = np.zeros(len(t), np.int64)
    span[written] = outcome.piece["end"][piece[written]] - outcome.piece["start"][piece[written]]
    by_phone = (
        answers & (channel[t] == PHONE) & np.isin(h["act"], act("SFP")) & (span >= 120)
        & (rng.random(len(t)) < 0.5)
    )  # fmt: skip
    rows = np.flatnonzero(by_phone)
    history.outbound_call = {
        "ticket": t[rows], "agent": h["agent"][rows], "end": h["end"][rows], "span": span[rows],
        "reached": (rng.random(len(rows)) < 0.85) | (h["act"][rows] == 0),
    }  # fmt: skip
    rows = np.flatnonzero(answers & ~by_phone)
    purpose = np.array([SOLUTION, OTHER, OTHER, INFO_REQUEST, FOLLOWUP, REPLY, REPLY, REPLY, REPLY,
                        OTHER, OTHER])[h["act"][rows]]  # fmt: skip
    draw = rng.random(len(rows))
    purpose = np.where((purpose == SOLUTION) & (draw < 0.2), REPLY, purpose)
    purpose = np.where((purpose == INFO_REQUEST) & (draw < 0.15), REPLY, purpose)
    purpose = np.where(kind[t[rows]] == OUTBOUND, OTHER, purpose)
    age = (h["end"][rows] - world.start) / max(1, world.as_of - world.start)
    add(t[rows], h["end"][rows], BY_AGENT, h["agent"][rows], purpose,
        handle=np.where(rng.random(len(rows)) < 0.03, NULL, h["work"][rows]),
        ai=rng.random(len(rows)) < 0.05 + 0.2 * age)  # fmt: skip
    # notes nobody outside sees
    rows = np.flatnonzero(
        written & (np.isin(h["act"], act("EM")) | ((h["act"] == 1) & (rng.random(len(t)) < 0.6)))
    )
    add(t[rows], h["end"][rows], BY_AGENT, h["agent"][rows], OTHER, public=0,
        handle=h["work"][rows])  # fmt: skip
    rows = np.flatnonzero((h["kind"] == BY_CALL) & (rng.random(len(t)) < 0.45))
    add(t[rows], np.minimum(h["end"][rows] + 30, world.as_of - 1), BY_AGENT, h["agent"][rows],
        OTHER, public=0)  # fmt: skip
    # an answer by machine: the customer is out of office
    rows = np.flatnonzero((h["act"] == 3) & written & (channel[t] == EMAIL)
                          & (rng.random(len(t)) < 0.02))  # fmt: skip
    add(t[rows], np.minimum(h["end"][rows] + 15, world.as_of - 1), BY_CUSTOMER,
        source["customer"][t[rows]], OTHER, automated=1)  # fmt: skip

    columns = [np.concatenate(parts) for parts in zip(*blocks, strict=True)]
    blocks.clear()
    order = np.lexsort((columns[0], columns[1]))
    ticket, at, author, author_id, purpose, public, automated, handle, ai = (
        column[order] for column in columns
    )
    latest = np.zeros(len(created), np.int64)
    np.maximum.at(latest, ticket, at)
    where = channel[ticket]
    where = np.where(np.isin(where, [PHONE, CHAT, IN_PERSON]), EMAIL, where)
    agent_row = author == BY_AGENT
    table = Table(
        "messages",
        {
            "message_id": Ids("M", np.arange(1, len(ticket) + 1), 9),
            "ticket_id": Ids("T", history.number[ticket]),
            "sent_at": at,
            "author_type": Cat(["agent", "customer", "bot", "system"], author),
            "author_id": _person(author, author_id),
            "visibility": Cat(["internal", "public"], public),
            "channel": Cat(CHANNELS, where),
            "is_automated": automated.astype(np.int64),
            "message_purpose": Cat(PURPOSES, purpose),
            "handle_seconds": handle,
            "is_ai_assisted": np.where(agent_row, ai, 0).astype(np.int64),
        },
        at,
    )
    return table, latest


def _ticket_table(
    world, customers, staff, history, outcome, rng, *, changed, queue, priority, merged_into,
    submitter, submitter_id, closed_at, deleted_at,
) -> Table:  # fmt: skip
    source = outcome.ticket
    total = world.tickets
    customer, topic, channel, kind = (
        source[name] for name in ("customer", "topic", "channel", "kind")
    )
    parents = [parent or "" for parent in world.topic_parent]
    type_of_topic = np.array([TYPE_OF_PARENT.get(parent, 0) for parent in parents])
    ticket_type = type_of_topic[topic]
    ticket_type = np.where(topic == world.topic("outage"), 2, ticket_type)
    ticket_type = np.where(topic == world.topic("cancellation"), 5, ticket_type)
    ticket_type = np.where(history.is_complaint, 4, ticket_type)
    solved = history.solved != NULL
    done = np.isin(history.status, [SOLVED, CLOSED]) & solved

    codes = sorted({code for code in world.topic_resolution if code}) + ["goodwill", "other_answer"]
    standard = np.array([codes.index(code) if code else len(codes) - 1
                         for code in world.topic_resolution])  # fmt: skip
    skill = np.zeros(total)
    has = history.last_agent >= 0
    skill[has] = staff.skill[history.last_agent[has]]
    off_script = rng.random(total) < np.clip(0.12 - 0.05 * skill, 0.02, 0.4)
    resolution = np.where(off_script, len(codes) - 1 - rng.integers(0, 2, total), standard[topic])
    resolution = np.where(done, resolution, -1)

    once = (history.steps == 1) & (history.reopens == 0)
    flag = np.where(rng.random(total) < 0.9, once, ~once).astype(np.int64)
    flag = np.where(done & (rng.random(total) < 0.62), flag, NULL)
    eligible = np.where(
        np.isin(topic, [world.topic("product_defect"), world.topic("data_privacy")]), 0, 1
    )
    eligible = np.where(rng.random(total) < 0.05, NULL, eligible)
    region = np.where(customer >= 0, customers.region[customer], 0)
    countries = ["FR", "BE", "CH", "LU", "CA"]
    country = np.array([countries.index(name[:2]) for name in REGIONS])[region]
    language = np.where(customer >= 0, customers.language[customer], 0)
    frozen = np.where(rng.random(total) < 0.9, source["queue"], -1)
    calendars = world.calendar_ids
    calendar_of = np.array([calendars.index(name) for name in world.queue_calendar_ids])

    # a follow-up is opened when the earlier ticket on the same matter is closed for good
    order = np.lexsort((source["created"], customer))
    previous = np.concatenate([[-1], order[:-1]])
    close = np.where(previous >= 0, closed_at[previous], NULL)
    same = (
        (customer[order] >= 0) & (previous >= 0) & (customer[order] == customer[previous])
        & (topic[order] == topic[previous]) & (close != NULL)
        & (close < source["created"][order])
        & (source["created"][order] - close < 40 * DAY)
    )  # fmt: skip
    followup = np.full(total, -1, np.int64)
    followup[order[same]] = previous[same]
    followup[(kind != 0) | (channel < EMAIL) | (rng.random(total) < 0.3)] = -1
    history.followup = followup

    row = np.argsort(history.number)
    number = history.number
    assignee = history.last_agent

    def cat(values, column):
        return Cat(values, column[row])

    return Table(
        "tickets",
        {
            "ticket_id": Ids("T", number[row]),
            "source_system": cat(["zendesk", "salesforce"], (source["queue"] == world.queue(
                "email_canada")).astype(np.int8)),
            "created_at": source["created"][row],
            "updated_at": changed[row],
            "channel": cat(CHANNELS, channel),
            "direction": cat(["inbound", "outbound"], (kind == OUTBOUND).astype(np.int8)),
            "ticket_type": cat(TICKET_TYPES, ticket_type),
            "priority": cat(PRIORITIES, priority),
            "status": cat(STATUSES, history.status),
            "topic_code": cat(world.topic_ids, np.where(rng.random(total) < 0.02, -1, topic)),
            "product_code": cat(PRODUCTS, np.where(
                rng.random(total) < 0.1, -1, (topic * 3 + source["created"] % 3) % 5)),
            "resolution_code": cat(codes, resolution),
            "customer_id": Ids("C", np.where(customer < 0, -1, customer + 1)[row], 7),
            "submitter_type": cat(ACTORS, submitter),
            "submitter_id": _person(submitter[row], submitter_id[row]),
            "assignee_agent_id": Ids("A", np.where(assignee < 0, -1, assignee + 1)[row], 5),
            "queue_id": cat(world.queue_ids, queue),
            "team_id": cat(TEAM_IDS, np.where(queue == world.queue("expert_desk"), EXPERT_TEAM,
                                              world.queue_team[queue])),
            "calendar_id": cat(calendars, np.where(frozen < 0, -1, calendar_of[frozen])),
            "brand": cat(BRANDS, (customer % 7 == 3).astype(np.int8)),
            "language": cat(["fr", "en"], language),
            "country": cat(countries, country),
            "agent_fcr_flag": flag[row],
            "fcr_eligible": eligible[row],
            "is_complaint": history.is_complaint.astype(np.int64)[row],
            "is_spam": (kind == SPAM).astype(np.int64)[row],
            "is_test": (kind == TEST).astype(np.int64)[row],
            "is_internal": (kind == INTERNAL).astype(np.int64)[row],
            "merged_into_ticket_id": Ids("T", np.where(
                merged_into < 0, -1, number[merged_into])[row]),
            "followup_of_ticket_id": Ids("T", np.where(followup < 0, -1, number[followup])[row]),
            "solved_at": history.solved[row],
            "closed_at": closed_at[row],
            "deleted_at": deleted_at[row],
        },
        changed[row],
    )  # fmt: skip
