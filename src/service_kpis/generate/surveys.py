"""Survey invitations and answers: what customers and employees say about what happened."""

from __future__ import annotations

import numpy as np

from service_kpis.generate.clock import DAY
from service_kpis.generate.demand import Customers
from service_kpis.generate.simulate import ANSWERED, WRITTEN, Outcome
from service_kpis.generate.staff import Staff
from service_kpis.generate.tables import NULL, Cat, Ids, Mixed, Table
from service_kpis.generate.tickets import History, act
from service_kpis.generate.world import World

TOUCHPOINTS = ["post_interaction", "post_resolution", "post_purchase", "relationship", "employee"]
SURVEYS = ["voice_v2", "chat_v1", "resolution_v3", "relationship_v1", "esat_{}"]
COLLECTION = ["email", "sms", "ivr", "in_app", "chat"]
QUESTIONS = [
    "csat_overall", "nps_recommend", "ces_effort", "ces_ease", "issue_resolved",
    "resolved_first_contact", "contacts_needed", "agent_rating", "complaint_satisfaction",
    "esat_overall", "comment",
]  # fmt: skip
(
    CSAT, NPS, EFFORT, EASE, RESOLVED, FIRST_CONTACT, CONTACTS, RATING, COMPLAINT, ESAT, COMMENT,
) = range(11)  # fmt: skip
CHOICES = ["yes", "no", "not_yet", "dont_know", "not_applicable", "good", "bad"]
YES, NO, NOT_YET, DONT_KNOW, NOT_APPLICABLE, GOOD, BAD = range(7)
TEXTS = [
    "Très bien, merci", "Réponse rapide et claire", "Conseillère à l'écoute", "Parfait",
    "Quick and helpful", "Problem solved, thank you", "RAS", "Correct, sans plus",
    "Un peu long", "Attente trop longue", "J'ai dû rappeler trois fois",
    "Toujours pas de solution", "Nobody answers my question", "Too slow", "Très déçu",
    "Je vais résilier",
]  # fmt: skip
CALL, CHAT, TICKET, RELATION, EMPLOYEE = range(5)


def survey_tables(
    world: World, customers: Customers, staff: Staff, outcome: Outcome, history: History, legs: dict
) -> list[Table]:
    """Return the tables survey_invitations and survey_responses."""
    rng = world.rng("surveys")
    parts = []

    def invite(kind, at, ticket, item, customer, agent, channel):
        size = len(at)
        parts.append([
            np.broadcast_to(np.asarray(value, np.int64), size)
            for value in (kind, at, ticket, item, customer, agent, channel)
        ])  # fmt: skip

    rows = np.flatnonzero(
        (legs["disposition"] == ANSWERED) & (legs["kind"] <= 1) & (legs["transfer"] == 0)
        & (rng.random(len(legs["start"])) < 0.28)
    )  # fmt: skip
    invite(CALL, legs["end"][rows] + rng.integers(60, 900, len(rows)), legs["ticket"][rows], rows,
           legs["customer"][rows], legs["agent"][rows],
           np.where(rng.random(len(rows)) < 0.7, 1, 2))  # fmt: skip
    chat = outcome.chat
    rows = np.flatnonzero((chat["disposition"] == 0) & (rng.random(len(chat["queued"])) < 0.45))
    invite(CHAT, chat["end"][rows] + 5, chat["ticket"][rows], rows, chat["customer"][rows],
           chat["agent"][rows], 4)  # fmt: skip
    h, source = history.handling, outcome.ticket
    rows = np.flatnonzero(
        np.isin(h["act"], act("SN")) & (rng.random(len(h["act"])) < 0.36)
        & (source["kind"][h["ticket"]] == 0) & (source["customer"][h["ticket"]] >= 0)
    )  # fmt: skip
    ticket = h["ticket"][rows]
    invite(TICKET, h["end"][rows] + rng.integers(1800, 3 * 3600, len(rows)), ticket, -1,
           source["customer"][ticket], h["agent"][rows],
           np.where(rng.random(len(rows)) < 0.9, 0, 3))  # fmt: skip
    answers_by_mail = (h["kind"][rows] == WRITTEN).astype(np.int64)
    per_wave = max(8, len(customers) // 60)
    waves = range(world.first_day + 45, world.last_day - 2, 91)
    for day in waves:
        who = rng.choice(len(customers), min(per_wave, len(customers)), replace=False)
        invite(RELATION, day * DAY + 9 * 3600 + rng.integers(0, 3600, len(who)), -1, -1, who, -1, 0)
        crew = np.flatnonzero((staff.hire <= day) & ((staff.last < 0) | (staff.last >= day)))
        invite(EMPLOYEE, np.full(len(crew), (day + 14) * DAY + 8 * 3600), -1, -1, -1, crew, 0)
    kind, at, ticket, item, customer, agent, channel = (
        np.concatenate(values) for values in zip(*parts, strict=True)
    )
    by_mail = np.zeros(len(kind), np.int64)
    by_mail[np.flatnonzero(kind == TICKET)] = answers_by_mail
    keep = np.flatnonzero(at < world.as_of - 60)
    keep = keep[np.argsort(at[keep], kind="stable")]
    kind, at, ticket, item, customer, agent, channel = (
        values[keep] for values in (kind, at, ticket, item, customer, agent, channel)
    )
    size = len(kind)
    delivery = rng.choice(3, size, p=[0.955, 0.035, 0.01])
    quarter = (at // DAY - world.first_day) // 91
    surveys = SURVEYS[:4] + [f"esat_wave_{n + 1}" for n in range(int(quarter.max(initial=0)) + 1)]
    survey = np.where(kind == EMPLOYEE, 4 + quarter, kind)
    person = np.where(kind == EMPLOYEE, _scramble(agent, quarter), -1)
    about = np.where((kind == EMPLOYEE) | (kind == RELATION), -1, agent)
    touchpoint = np.array([0, 0, 1, 3, 4])[kind]
    shared = {
        "survey_code": Cat(surveys, survey),
        "audience": Cat(["customer", "employee"], (kind == EMPLOYEE).astype(np.int8)),
        "ticket_id": Ids("T", np.where(ticket < 0, -1, history.number[ticket])),
        "interaction_type": Cat(["call", "chat"], np.where(kind <= CHAT, kind, -1)),
        "interaction_id": Mixed((("K", 8), ("H", 8)), np.where(kind <= CHAT, kind, -1), item),
        "customer_id": Ids("C", np.where(customer < 0, -1, customer + 1), 7),
        "employee_id": Ids("X", person, 6),
        "agent_id": Ids("A", np.where(about < 0, -1, about + 1), 5),
        "collection_channel": Cat(COLLECTION, channel),
    }  # fmt: skip
    invitations = Table(
        "survey_invitations",
        {
            "invitation_id": Ids("I", np.arange(1, size + 1)),
            "touchpoint": Cat(TOUCHPOINTS, touchpoint),
            "sent_at": at,
            "delivery_status": Cat(["delivered", "bounced", "blocked"], delivery),
        }
        | shared,
        at,
    )
    responses = _responses(
        world, staff, outcome, history, legs, rng, shared, surveys,
        kind=kind, at=at, ticket=ticket, item=item, agent=agent, delivered=delivery == 0,
    )  # fmt: skip
    return [invitations, responses]


def _scramble(agent: np.ndarray, wave: np.ndarray) -> np.ndarray:
    """Return a key of the employee that differs from wave to wave and leads to nobody."""
    return (agent * 7919 + wave * 104_729 + 12_345) % 999_983


def moods(world, staff, outcome, history, legs, rng, kind, ticket, item, agent) -> np.ndarray:
    """Return how people feel after contacts: the agent's skill, the wait and the outcome count."""
    size = len(kind)
    mood = 0.97 + rng.normal(0, 0.8, size)
    about = (agent >= 0) & (kind != EMPLOYEE)
    mood += np.where(about, 0.5 * staff.skill[agent], 0.0)
    known = ticket >= 0
    t = np.where(known, ticket, 0)
    mood -= np.where(known, 0.25 * outcome.ticket["hard"][t], 0.0)
    mood -= np.where(known & (history.reopens[t] > 0), 0.75, 0.0)
    mood -= np.where(known & (history.steps[t] > 1), 0.22, 0.0)
    mood -= np.where(known & history.is_complaint[t], 0.5, 0.0)
    first = np.where(history.first_end == NULL, world.as_of, history.first_end)
    days = np.clip((first - outcome.ticket["created"])[t] / DAY, 0, 5)
    mood -= np.where(known & (kind == TICKET), 0.18 * days, 0.0)
    call = np.where(kind == CALL, item, 0)
    wait = np.where(kind == CALL, legs["answer"][call] - legs["enqueued"][call], 0)
    chat = np.where(kind == CHAT, item, 0)
    waited = outcome.chat["first"][chat] - outcome.chat["queued"][chat]
    wait = np.where(kind == CHAT, waited, wait)
    mood -= np.clip(wait / 240, 0, 1.5) * 0.5
    mood -= np.where(kind == EMPLOYEE, 0.35, 0.0)
    return mood


def _responses(world, staff, outcome, history, legs, rng, shared, surveys, *, kind, at, ticket,
               item, agent, delivered) -> Table:  # fmt: skip
    rate = np.array([0.21, 0.27, 0.21, 0.14, 0.66])[kind]
    pick = np.flatnonzero(delivered & (rng.random(len(kind)) < rate))
    delay = np.clip(rng.lognormal(8.6, 1.6, len(pick)), 20, 20 * DAY).astype(np.int64)
    delay = np.where(kind[pick] == CHAT, np.minimum(delay, 600), delay)
    answered = at[pick] + delay
    keep = answered < world.as_of - 5
    pick, answered = pick[keep], answered[keep]
    pick = pick[np.argsort(answered, kind="stable")]
    answered = np.sort(answered, kind="stable")
    count = len(pick)
    kind, ticket, item, agent = kind[pick], ticket[pick], item[pick], agent[pick]
    mood = moods(world, staff, outcome, history, legs, rng, kind, ticket, item, agent)
    open_link = (rng.random(count) < 0.025) & (kind <= TICKET)
    known = ticket >= 0
    t = np.where(known, ticket, 0)
    complete = rng.random(count) > 0.02
    test = rng.random(count) < 0.003

    rows_of: list[tuple] = []

    def ask(mask, question, low=NULL, high=NULL, score=None, choice=None, text=None):
        rows = np.flatnonzero(mask)
        size = len(rows)

        def spread(value, empty, dtype):
            if value is None:
                return np.full(size, empty, dtype)
            return np.broadcast_to(np.asarray(value), count)[rows].astype(dtype)

        rows_of.append((
            rows, np.full(size, question, np.int8), spread(low, NULL, np.int64),
            spread(high, NULL, np.int64), spread(score, np.nan, float),
            spread(choice, -1, np.int8), spread(text, -1, np.int8),
        ))  # fmt: skip

    service = kind <= TICKET
    five = 1 + (mood > -1.0) + (mood > -0.6) + (mood > -0.1) + (mood > 0.75)
    thumbs = (kind == CHAT) & (rng.random(count) < 0.3)
    ask(service & ~thumbs, CSAT, 1, 5, five)
    ask(thumbs, CSAT, choice=np.where(mood > -0.1, GOOD, BAD))
    recommend = np.clip(np.round(8.15 + 1.6 * (mood - 0.8) + rng.normal(0, 1.0, count)), 0, 10)
    asked = (kind == RELATION) | ((kind == TICKET) & (rng.random(count) < 0.6))
    old = asked & (rng.random(count) < 0.05)
    ask(asked & ~old, NPS, 0, 10, recommend)
    ask(old, NPS, 1, 10, np.maximum(recommend, 1))
    ease = np.clip(np.round(5.6 + 1.15 * (mood - 0.8) + rng.normal(0, 0.8, count)), 1, 7)
    effort = np.clip(np.round(1.9 - 0.75 * (mood - 0.8) + rng.normal(0, 0.5, count)), 1, 5)
    which = rng.random(count)
    ask((kind == TICKET) & (which < 0.6), EASE, 1, 7, ease)
    ask((kind == CHAT) & (which < 0.4), EASE, 1, 7, ease)
    ask((kind == CALL) & (which < 0.37), EFFORT, 1, 5, effort)
    # an older questionnaire is still in use here and there
    ask((kind == CALL) & (which >= 0.37) & (which < 0.4), EFFORT, 1, 10, 2 * effort)
    issue = service & known
    doubt = rng.random(count)
    solved = np.where(mood > -0.75, YES, np.where(doubt < 0.6, NO, NOT_YET))
    solved = np.where(doubt > 0.97, DONT_KNOW, solved)
    ask(issue, RESOLVED, choice=solved)
    once = (history.steps[t] == 1) & (history.reopens[t] == 0)
    once = np.where(rng.random(count) < 0.05, ~once, once) | (rng.random(count) < 0.18)
    first = np.where(once & (solved == YES), YES, NO)
    first = np.where(doubt < 0.02, DONT_KNOW, first)
    ask(issue & (which < 0.85), FIRST_CONTACT, choice=first)
    needed = np.where(first == YES, 1, 1 + np.maximum(1, history.steps[t] - 1)).clip(max=20)
    ask(issue & (which > 0.6), CONTACTS, 1, 20, needed)
    ask((kind == CALL) & (which > 0.3), RATING, 1, 5,
        np.clip(five + (rng.random(count) < 0.25), 1, 5))  # fmt: skip
    ask((kind == CHAT) & (which > 0.85), RATING, 0, 10, 2 * five)
    ask(issue & history.is_complaint[t], COMPLAINT, 1, 5, np.clip(
        five - (rng.random(count) < 0.15), 1, 5))  # fmt: skip
    ask(kind == EMPLOYEE, ESAT, 1, 5, five)
    happy = np.where(mood > -0.1, rng.integers(0, 9, count), rng.integers(7, len(TEXTS), count))
    ask(rng.random(count) < 0.3, COMMENT, text=happy)

    row, question, low, high, score, choice, text = (
        np.concatenate(values) for values in zip(*rows_of, strict=True)
    )
    order = np.lexsort((question, row))
    row, question, low, high, score, choice, text = (
        values[order] for values in (row, question, low, high, score, choice, text)
    )
    source = pick[row]
    return Table(
        "survey_responses",
        {
            "response_id": Ids("R", row + 1),
            "invitation_id": Ids("I", np.where(open_link[row], -1, source + 1)),
        }
        | {name: column.take(source) for name, column in shared.items()}
        | {
            "question_code": Cat(QUESTIONS, question),
            "scale_min": low,
            "scale_max": high,
            "score": score,
            "answer_choice": Cat(CHOICES, choice),
            "answer_text": Cat(TEXTS, text),
            "answered_at": answered[row],
            "is_complete": complete[row].astype(np.int64),
            "is_test": test[row].astype(np.int64),
        },
        answered[row],
    )
