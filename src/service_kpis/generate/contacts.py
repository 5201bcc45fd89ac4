"""Calls, chat sessions, bot conversations and self-service sessions."""

from __future__ import annotations

import numpy as np

from service_kpis.generate.demand import OUTBOUND, Customers
from service_kpis.generate.simulate import (
    ANSWERED,
    CALLBACK,
    CAMPAIGN,
    DISPOSITIONS,
    IVR,
    WRITTEN,
    Outcome,
)
from service_kpis.generate.tables import NULL, Cat, Ids, Table, constant
from service_kpis.generate.tickets import History, act
from service_kpis.generate.world import CHANNELS, CHAT, EMAIL, MESSAGING, WHATSAPP, World

DIRECTIONS = ["inbound", "outbound", "callback", "internal"]
ABOUT_TICKET, INTERNAL_CALL = 10, 11


def call_legs(world: World, outcome: Outcome, history: History) -> dict[str, np.ndarray]:
    """Return all call legs in order of their start: the simulated ones and those on tickets."""
    rng = world.rng("call legs")
    legs = {name: values for name, values in outcome.call.items()}
    keep = legs["disposition"] >= 0
    place = np.cumsum(keep) - 1
    for name in ("initial", "previous", "callback_of"):
        legs[name] = np.where(legs[name] >= 0, place[legs[name]], -1)
    legs = {name: values[keep] for name, values in legs.items()}
    about = history.outbound_call
    spans = about["span"]
    dial = np.minimum(rng.integers(8, 26, len(spans)), spans // 4)
    talk = np.minimum(rng.integers(60, 420, len(spans)), spans - dial - 10)
    talk = np.where(about["reached"], talk, 0)
    wrap = np.where(about["reached"], np.minimum(30, spans - dial - talk - 5), 0)
    more = [_legs_of(world, outcome, about["ticket"], about["agent"], about["end"], dial, talk,
                     wrap, ABOUT_TICKET, about["reached"])]  # fmt: skip
    h = history.handling
    rows = np.flatnonzero((h["kind"] == WRITTEN) & np.isin(h["act"], act("E")))
    span = outcome.piece["end"][h["ref"][rows]] - outcome.piece["start"][h["ref"][rows]]
    rows = rows[(span > 100) & (rng.random(len(rows)) < 0.15)]
    few = np.full(len(rows), 5)
    more.append(_legs_of(world, outcome, h["ticket"][rows], h["agent"][rows], h["end"][rows], few,
                         rng.integers(30, 85, len(rows)), few, INTERNAL_CALL,
                         np.ones(len(rows), bool)))  # fmt: skip
    first = len(legs["start"])
    for part in more:
        part["initial"] = np.arange(first, first + len(part["start"]))
        first += len(part["start"])
        legs = {name: np.concatenate([values, part[name]]) for name, values in legs.items()}
    order = np.argsort(legs["start"], kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    for name in ("initial", "previous", "callback_of"):
        legs[name] = np.where(legs[name] >= 0, place[legs[name]], -1)
    return {name: values[order] for name, values in legs.items()}


def _legs_of(world, outcome, ticket, agent, end, dial, talk, wrap, kind, reached) -> dict:
    size = len(ticket)
    answer = end - wrap - talk
    none = np.full(size, -1)
    zero = np.zeros(size, np.int64)
    return {
        "start": answer - dial, "enqueued": none, "queue": none,
        "customer": outcome.ticket["customer"][ticket] if kind == ABOUT_TICKET else none,
        "topic": outcome.ticket["topic"][ticket],
        "disposition": np.where(reached, ANSWERED, 6),
        "kind": np.full(size, kind), "initial": none, "previous": none, "callback_of": none,
        "agent": agent, "answer": np.where(reached, answer, -1),
        "end": np.where(reached, end - wrap, answer), "talk": talk, "hold": zero, "holds": zero,
        "wrap": wrap, "dial": dial, "ticket": ticket, "transfer": zero,
    }  # fmt: skip


def calls_table(world: World, legs: dict, history: History) -> Table:
    """Return the raw table of call legs."""
    rng = world.rng("calls")
    size = len(legs["start"])
    kind, disposition = legs["kind"], legs["disposition"]
    answered = disposition == ANSWERED
    inbound = kind <= 1
    campaign = kind == CAMPAIGN
    outbound = campaign | (kind == ABOUT_TICKET)
    direction = np.select([inbound, kind == CALLBACK, kind == INTERNAL_CALL], [0, 2, 3], 1)
    queued = (legs["enqueued"] >= 0) & (disposition != IVR)
    end = legs["end"]
    leave = np.where(legs["answer"] >= 0, legs["answer"], end)

    def when(mask, values):
        return np.where(mask, values, NULL)

    draw = rng.random(size)
    gone = answered & inbound & (legs["transfer"] == 0) & (draw < 0.012)
    transfer = np.where(gone, 1, legs["transfer"])
    target = np.select([gone & (draw < 0.005), gone, transfer == 3, transfer > 0], [3, 2, 1, 0], -1)
    by = np.select([disposition == 4, transfer > 0, answered & (draw > 0.75)], [2, 1, 1], 0)

    reached = outbound & answered
    luck = rng.random(size)
    result = np.select([luck < 0.15, luck < 0.72, luck < 0.93], [0, 1, 2], 3)
    result = np.where(campaign, np.where(answered, result, 4), -1)
    argued = campaign & answered & (luck < 0.80)
    sale = result == 0
    offers = ["acquisition", "upsell", "cross_sell", "retention", "none"]
    retention = world.queue("voice_retention")
    offer = np.where(campaign, 1 + legs["topic"] * 0 + (legs["customer"] % 2), 4)
    offer = np.where(answered & (legs["queue"] == retention), 3, offer)
    quarter = (world.paris.to_local(legs["start"]) // 86_400 - world.first_day) // 91
    campaigns = [f"campaign_{number + 1:02d}" for number in range(int(quarter.max(initial=0)) + 1)]

    # what was for something else may end with an offer: calls in, and calls out about a ticket
    other_purpose = answered & (inbound | (kind == ABOUT_TICKET))
    eligible = other_purpose & (rng.random(size) < 0.3)
    offered = eligible & (rng.random(size) < 0.45)
    accepted = offered & (rng.random(size) < 0.18)
    service = answered & (inbound | (kind == CALLBACK))
    selfcare = world.topic_selfcare[legs["topic"]]
    known = service & (rng.random(size) < 0.92)
    promoted = known & selfcare & (rng.random(size) < 0.32)
    promised = promoted & (rng.random(size) < 0.5)
    ticket = legs["ticket"]
    wrapped = end + legs["wrap"]
    test = (rng.random(size) < 0.0008) & (ticket < 0) & inbound

    return Table(
        "calls",
        {
            "call_id": Ids("K", np.arange(1, size + 1)),
            "initial_call_id": Ids("K", legs["initial"] + 1),
            "previous_call_id": Ids("K", _next(legs["previous"])),
            "ticket_id": Ids("T", np.where(ticket < 0, -1, history.number[ticket])),
            "customer_id": Ids("C", _next(legs["customer"]), 7),
            "direction": Cat(DIRECTIONS, direction),
            "queue_id": Cat(world.queue_ids, np.where(queued | (kind == CALLBACK),
                                                      legs["queue"], -1)),
            "agent_id": Ids("A", _next(legs["agent"]), 5),
            "topic_code": Cat(world.topic_ids, np.where(answered | campaign, legs["topic"], -1)),
            "started_at": legs["start"],
            "enqueued_at": when(queued, legs["enqueued"]),
            "answered_at": when(answered, legs["answer"]),
            "ended_at": end,
            "acw_ended_at": when(answered, wrapped),
            "disposition": Cat(DISPOSITIONS, disposition),
            "disconnected_by": Cat(["customer", "agent", "system"], by),
            "queue_seconds": when(queued, leave - legs["enqueued"]),
            "dial_seconds": when(outbound | (kind == CALLBACK), legs["dial"]),
            "talk_seconds": when(answered, legs["talk"]),
            "hold_seconds": when(answered, legs["hold"]),
            "hold_count": when(answered, legs["holds"]),
            "wrap_seconds": when(answered, legs["wrap"]),
            "transfer_type": Cat(["none", "blind", "consult", "queue"],
                                 np.where(answered, transfer, -1)),
            "transfer_target_type": Cat(["agent", "queue", "third_party", "selfcare"], target),
            "callback_of_call_id": Ids("K", _next(legs["callback_of"])),
            "campaign_id": Cat(campaigns, np.where(campaign, quarter, -1)),
            "outcome_code": Cat(
                ["sale", "refusal", "callback_later", "wrong_number", "not_reached"], result),
            "is_reached": when(outbound | (kind == CALLBACK),
                               (reached | ((kind == CALLBACK) & answered)).astype(np.int64)),
            "is_argued": when(campaign, argued.astype(np.int64)),
            "offer_kind": Cat(offers, np.where(answered, offer, -1)),
            "sale_amount": when(sale, 1990 + (luck * 90_000).astype(np.int64) % 8000),
            "currency": Cat(["EUR"], np.where(sale, 0, -1)),
            "rebound_eligible": when(service | other_purpose, eligible.astype(np.int64)),
            "rebound_offered": when(eligible, offered.astype(np.int64)),
            "rebound_accepted": when(offered, accepted.astype(np.int64)),
            "selfcare_eligible": when(known, selfcare.astype(np.int64)),
            "selfcare_promoted": when(known & selfcare, promoted.astype(np.int64)),
            "selfcare_promised": when(promoted, promised.astype(np.int64)),
            "is_test": test.astype(np.int64),
        },
        np.where(answered, wrapped, end).clip(max=world.as_of),
    )  # fmt: skip


def _next(values: np.ndarray) -> np.ndarray:
    """Return numbers from 1 where there is one, else -1."""
    return np.where(values < 0, -1, values + 1)


def chats_table(world: World, outcome: Outcome, history: History) -> Table:
    """Return the raw table of chat sessions; those a bot handed over know its conversation."""
    rng = world.rng("chats")
    chat = outcome.chat
    size = len(chat["queued"])
    handled = chat["disposition"] == 0
    from_bot = rng.random(size) < 0.55
    lead_time = np.where(from_bot, rng.integers(50, 260, size), rng.integers(5, 40, size))
    chat["bot"] = np.where(from_bot, np.cumsum(from_bot), -1)
    chat["started"] = np.maximum(chat["queued"] - lead_time, world.start)
    ticket = chat["ticket"]
    selfcare = world.topic_selfcare[chat["topic"]]
    known = handled & (rng.random(size) < 0.9)
    promoted = known & selfcare & (rng.random(size) < 0.4)
    promised = promoted & (rng.random(size) < 0.5)
    transfer = np.where(handled & (rng.random(size) < 0.03), 1, 0)
    turns = 2 + (chat["end"] - np.maximum(chat["first"], 0)) // 75
    turns = np.where(handled, np.minimum(turns, 40), 0)

    def when(mask, values):
        return np.where(mask, values, NULL)

    return Table(
        "chat_sessions",
        {
            "session_id": Ids("H", np.arange(1, size + 1)),
            "ticket_id": Ids("T", np.where(ticket < 0, -1, history.number[ticket])),
            "bot_conversation_id": Ids("B", chat["bot"]),
            "customer_id": Ids("C", _next(chat["customer"]), 7),
            "channel": constant("chat", size),
            "queue_id": Cat(world.queue_ids, chat["queue"]),
            "agent_id": Ids("A", _next(chat["agent"]), 5),
            "topic_code": Cat(world.topic_ids, chat["topic"]),
            "started_at": chat["started"],
            "queued_at": chat["queued"],
            "first_agent_message_at": when(handled, chat["first"]),
            "ended_at": chat["end"],
            "disposition": Cat(["handled", "abandoned_queue", "flow_out", "missed"],
                               chat["disposition"]),
            "active_seconds": when(handled, chat["active"]),
            "wrap_seconds": when(handled, chat["wrap"]),
            "agent_message_count": turns,
            "customer_message_count": np.where(handled, turns + 1, 1),
            "transfer_type": Cat(["none", "queue"], np.where(handled, transfer, -1)),
            "transfer_target_type": Cat(["queue"], np.where(transfer == 1, 0, -1)),
            "selfcare_eligible": when(known, selfcare.astype(np.int64)),
            "selfcare_promoted": when(known & selfcare, promoted.astype(np.int64)),
            "selfcare_promised": when(promoted, promised.astype(np.int64)),
            "is_test": ((ticket < 0) & (rng.random(size) < 0.01)).astype(np.int64),
        },
        (chat["end"] + chat["wrap"]).clip(max=world.as_of),
    )  # fmt: skip


def bots_table(
    world: World, customers: Customers, outcome: Outcome, history: History, demand
) -> Table:
    """Return bot conversations: those handed to a chat or a ticket, and those that stay alone."""
    rng = world.rng("bots")
    chat, ticket = outcome.chat, outcome.ticket
    parts = []
    rows = np.flatnonzero(chat["bot"] > 0)
    parts.append((chat["customer"][rows], np.full(len(rows), CHAT), chat["topic"][rows],
                  chat["started"][rows], chat["queued"][rows], chat["ticket"][rows]))  # fmt: skip
    talk = np.isin(ticket["channel"], [MESSAGING, WHATSAPP]) & (ticket["kind"] == 0)
    rows = np.flatnonzero(talk & (rng.random(len(talk)) < 0.35))
    start = np.maximum(ticket["created"][rows] - rng.integers(40, 300, len(rows)), world.start)
    parts.append((ticket["customer"][rows], ticket["channel"][rows], ticket["topic"][rows], start,
                  ticket["created"][rows], rows))  # fmt: skip
    alone = max(20, len(chat["queued"]) // 2 + len(rows))
    pick = rng.integers(0, len(demand.written_at), alone)
    start = np.minimum(demand.written_at[pick] + rng.integers(0, 3600, alone), world.as_of - 1200)
    start = np.maximum(start, world.start)
    topics = rng.choice(len(world.topic_ids), alone, p=_easy_topics(world))
    parts.append((np.where(rng.random(alone) < 0.6, rng.integers(0, len(customers), alone), -1),
                  rng.choice([CHAT, MESSAGING, WHATSAPP], alone, p=[0.7, 0.2, 0.1]), topics, start,
                  np.full(alone, -1), np.full(alone, -1)))  # fmt: skip
    who, channel, topic, start, handed, opened = (
        np.concatenate(columns) for columns in zip(*parts, strict=True)
    )
    size = len(who)
    handoff = handed >= 0
    span = np.where(handoff, handed - start, rng.integers(40, 900, size))
    answers = np.where(rng.random(size) < 0.12, 0, 1 + rng.geometric(0.5, size).clip(max=6))
    answers = np.where(handoff & (rng.random(size) < 0.3), 0, answers)
    first = start + np.minimum(span // 3, 25) + 1
    last = np.where(answers > 1, start + span * 3 // 4, first)
    last = np.maximum(last, first)
    draw = rng.random(size)
    confirmed = np.where(~handoff & (answers > 0) & (draw < 0.34), 1, NULL)
    confirmed = np.where(~handoff & (answers > 0) & (draw > 0.92), 0, confirmed)
    confirmed = np.where(handoff & (answers > 0) & (draw < 0.1), 0, confirmed)
    asked = np.where(handoff, np.maximum(handed - 8, start), NULL)
    asked = np.where(~handoff & (rng.random(size) < 0.05), start + span * 4 // 5, asked)
    number = np.empty(size, np.int64)
    # the chats already name their conversations by place; the others follow
    number[:] = np.arange(1, size + 1)
    end = start + span
    return Table(
        "bot_conversations",
        {
            "bot_conversation_id": Ids("B", number),
            "customer_id": Ids("C", _next(who), 7),
            "visitor_id": Ids("V", np.where(who < 0, number, who * 3 + 1)),
            "channel": Cat(CHANNELS, channel),
            "topic_code": Cat(world.topic_ids, topic),
            "started_at": start,
            "ended_at": end,
            "substantive_answer_count": answers,
            "first_bot_answer_at": np.where(answers > 0, np.minimum(first, end), NULL),
            "last_bot_answer_at": np.where(answers > 0, np.minimum(last, end), NULL),
            "customer_confirmed": confirmed,
            "handoff_requested_at": asked,
            "handed_off_at": np.where(handoff, handed, NULL),
            "ticket_id": Ids("T", np.where(opened < 0, -1, history.number[opened])),
            "is_test": (rng.random(size) < 0.002).astype(np.int64),
        },
        end,
    )


def _easy_topics(world: World) -> np.ndarray:
    share = world.topic_share * np.where(world.topic_selfcare, 1.0, 0.25)
    return share / share.sum()


def self_service_table(world: World, customers: Customers, outcome: Outcome, demand) -> Table:
    """Return self-service sessions: some before a ticket on the same matter, most without one."""
    rng = world.rng("self-service")
    ticket = outcome.ticket
    total = max(50, int(world.tickets * 0.7))
    ready = np.flatnonzero((ticket["customer"] >= 0) & (ticket["kind"] != OUTBOUND)
                           & (ticket["channel"] >= EMAIL))  # fmt: skip
    before = rng.choice(ready, min(len(ready), total // 6), replace=False)
    alone = total - len(before)
    start = np.concatenate([
        ticket["created"][before] - rng.integers(300, 3 * 3600, len(before)),
        demand.written_at[rng.integers(0, len(demand.written_at), alone)]
        + rng.integers(-1800, 1800, alone),
    ])  # fmt: skip
    length = np.clip(rng.lognormal(4.9, 0.8, total), 10, 2400).astype(np.int64)
    start = np.clip(start, world.start, world.as_of - 2500)
    who = np.concatenate([
        ticket["customer"][before],
        np.where(rng.random(alone) < 0.45, rng.integers(0, len(customers), alone), -1),
    ])  # fmt: skip
    topic = np.concatenate([
        ticket["topic"][before], rng.choice(len(world.topic_ids), alone, p=_easy_topics(world))
    ])  # fmt: skip
    tried = np.arange(total) < len(before)
    tools = ["faq", "knowledge_base", "portal", "ivr", "community", "chatbot"]
    tool = rng.choice(6, total, p=[0.34, 0.24, 0.24, 0.06, 0.07, 0.05])
    said = rng.random(total) < 0.22
    found = np.where(said, (rng.random(total) < np.where(tried, 0.1, 0.78)).astype(np.int64), NULL)
    words = ["suivi colis", "mot de passe", "facture", "remboursement", "retour", "résilier",
             "track order", "reset password", "changer d'offre", "panne"]  # fmt: skip
    searched = np.where((tool <= 1) & (rng.random(total) < 0.6), rng.integers(0, 10, total), -1)
    order = np.argsort(start, kind="stable")
    columns = {
        "visitor_id": Ids("V", np.where(who < 0, np.arange(total) + 50_000_000, who * 3 + 1)),
        "customer_id": Ids("C", _next(who), 7),
        "tool": Cat(tools, tool),
        "topic_code": Cat(world.topic_ids, np.where(rng.random(total) < 0.1, -1, topic)),
        "started_at": start,
        "ended_at": start + length,
        "page_views": 1 + length // 45,
        "search_query": Cat(words, searched),
        "found_answer": found,
        "is_bot_traffic": ((who < 0) & (rng.random(total) < 0.05)).astype(np.int64),
    }
    taken = {
        name: column[order] if isinstance(column, np.ndarray) else column.take(order)
        for name, column in columns.items()
    }
    return Table(
        "self_service_sessions",
        {"session_id": Ids("N", np.arange(1, total + 1))} | taken,
        (start + length)[order],
    )
