"""What was said and written: transcripts, the keywords in them, and how it sounded."""

from __future__ import annotations

import numpy as np

from service_kpis.generate import surveys
from service_kpis.generate.clock import DAY, read_seed
from service_kpis.generate.demand import Customers
from service_kpis.generate.simulate import ANSWERED, Outcome
from service_kpis.generate.staff import Staff
from service_kpis.generate.tables import NULL, Cat, Ids, Mixed, Table
from service_kpis.generate.tickets import History
from service_kpis.generate.world import World

#: Share of the calls and chats that are transcribed, and of these, how many are analysed.
TRANSCRIBED, ANALYSED = {"call": 0.32, "chat": 0.5}, 0.88
VERSIONS = ["speech_2", "speech_3"]
MODELS = ["sentiment_1", "sentiment_2"]
LABELS = ["positive", "neutral", "negative"]
POSITIVE, NEUTRAL, NEGATIVE = range(3)
#: Chance that a customer says a keyword of a category: at average mood, and how it grows as
#: the mood falls.
CATEGORY_RATE = {
    "churn_intent": (0.010, 1.0), "competitor": (0.008, 0.8), "weakness": (0.035, 1.1),
    "compliment": (0.055, -1.1), "process": (0.012, 0.1), "product": (0.012, 0.0),
}  # fmt: skip
#: Keywords that go with topics: much likelier when the contact is about it.
TOPIC_WORDS = {
    "cancel": (["cancellation"], 0.6), "switch_provider": (["cancellation"], 0.12),
    "too_expensive": (["cancellation", "plan_change", "invoice_question"], 0.10),
    "competitor_offer": (["cancellation", "plan_change"], 0.14),
    "not_working": (["device_setup", "outage", "product_defect", "login_problem"], 0.42),
    "refund": (["refund_request", "product_return", "delivery_damaged"], 0.55),
    "invoice": (["invoice_question", "payment_failed"], 0.65),
    "delivery": (["order_status", "delivery_late", "delivery_damaged"], 0.66),
    "warranty": (["product_defect", "device_setup"], 0.25),
    "premium_plan": (["plan_change", "new_offer"], 0.35),
}  # fmt: skip
#: What agents say as well, and how often.
AGENT_WORDS = {"thanks": 0.30, "refund": 0.05, "invoice": 0.10, "delivery": 0.12,
               "premium_plan": 0.05, "warranty": 0.03}  # fmt: skip


def speech_tables(
    world: World,
    customers: Customers,
    staff: Staff,
    outcome: Outcome,
    history: History,
    legs: dict,
    written: dict[str, Table],
    mention_mood: np.ndarray,
) -> list[Table]:
    """Return the tables transcripts, transcript_keywords and text_sentiments.

    Args:
        world: parameters and clock.
        customers: for their language.
        staff: agents, whose skill is heard.
        outcome: result of the simulation.
        history: of the tickets.
        legs: call legs.
        written: the tables messages, survey_responses and social_mentions.
        mention_mood: mood of each social mention.
    """
    rng = world.rng("speech")
    heard = _heard(world, rng, staff, outcome, history, legs)
    transcripts = _transcripts(world, rng, customers, staff, history, heard)
    keywords = _keywords(world, rng, heard)
    return [transcripts, keywords, _sentiments(world, rng, heard, written, mention_mood)]


def _heard(world: World, rng, staff, outcome, history, legs) -> dict:
    """Return the transcribed interactions in order of time, with the mood of each."""
    chat = outcome.chat
    calls = np.flatnonzero(
        (legs["disposition"] == ANSWERED) & (legs["kind"] <= 1) & (legs["talk"] > 20)
        & (rng.random(len(legs["start"])) < TRANSCRIBED["call"])
    )  # fmt: skip
    chats = np.flatnonzero(
        (chat["disposition"] == 0) & (rng.random(len(chat["first"])) < TRANSCRIBED["chat"])
    )
    kind = np.repeat([surveys.CALL, surveys.CHAT], [len(calls), len(chats)])
    item = np.concatenate([calls, chats])
    ticket = np.concatenate([legs["ticket"][calls], chat["ticket"][chats]])
    agent = np.concatenate([legs["agent"][calls], chat["agent"][chats]])
    heard = {
        "kind": kind, "item": item, "ticket": ticket, "agent": agent,
        "at": np.concatenate([legs["answer"][calls], chat["first"][chats]]),
        "end": np.concatenate([legs["end"][calls], chat["end"][chats]]),
        "topic": np.concatenate([legs["topic"][calls], chat["topic"][chats]]),
        "customer": np.concatenate([legs["customer"][calls], chat["customer"][chats]]),
        "mood": surveys.moods(
            world, staff, outcome, history, legs, rng, kind, ticket, item, agent
        ),
    }  # fmt: skip
    heard["analysed"] = rng.random(len(kind)) < ANALYSED
    keep = np.flatnonzero(heard["end"] < world.as_of - 120)
    order = keep[np.argsort(heard["at"][keep], kind="stable")]
    return {name: values[order] for name, values in heard.items()}


def _transcripts(world: World, rng, customers, staff, history, heard) -> Table:
    size = len(heard["kind"])
    length = heard["end"] - heard["at"]
    pace = np.where(heard["kind"] == surveys.CALL, 2.1, 0.7)
    words = np.maximum(12, length * pace * rng.normal(1, 0.12, size)).astype(np.int64)
    analysed = heard["analysed"]
    # short talks leave steps out
    expected = np.where(rng.random(size) < 0.04, 0, rng.integers(5, 9, size))
    chance = 1 / (1 + np.exp(-(2.75 + 0.85 * staff.skill[heard["agent"]])))
    met = rng.binomial(expected, chance)
    who = heard["customer"]
    english = np.where(who >= 0, customers.language[who], 0)
    ticket = heard["ticket"]
    middle = world.start + (world.as_of - world.start) * 6 // 10
    return Table(
        "transcripts",
        {
            "transcript_id": Ids("TR", np.arange(1, size + 1)),
            "interaction_type": Cat(["call", "chat"], heard["kind"]),
            "interaction_id": Mixed((("K", 8), ("H", 8)), heard["kind"], heard["item"]),
            "ticket_id": Ids("T", np.where(ticket < 0, -1, history.number[ticket])),
            "agent_id": Ids("A", heard["agent"] + 1, 5),
            "occurred_at": heard["at"],
            "language": Cat(["fr", "en"], english),
            "word_count": words,
            "is_analysed": analysed.astype(np.int64),
            "script_items_expected": np.where(analysed, expected, NULL),
            "script_items_met": np.where(analysed, met, NULL),
            "analysis_version": Cat(
                VERSIONS, np.where(analysed, (heard["at"] > middle).astype(np.int8), -1)
            ),
        },
        np.minimum(heard["end"] + 3600, world.as_of),
    )


def _keywords(world: World, rng, heard) -> Table:
    codes = read_seed("cfg_keywords")
    rows_of = []
    size = len(heard["kind"])
    gloom = np.clip(0.8 - heard["mood"], -2.5, 2.5)
    length = heard["end"] - heard["at"]
    for number, word in enumerate(codes):
        rate, slope = CATEGORY_RATE[word["category"]]
        chance = rate * np.exp(slope * gloom)
        topics, much = TOPIC_WORDS.get(word["keyword_code"], ([], 0.0))
        if topics:
            about = np.isin(heard["topic"], [world.topic(topic) for topic in topics])
            chance = np.where(about, np.maximum(chance, much), chance)
        said = rng.random(size) < np.minimum(chance, 0.9)
        told = rng.random(size) < AGENT_WORDS.get(word["keyword_code"], 0.0)
        for speaker, rows in ((1, said), (0, told)):
            found = np.flatnonzero(rows & heard["analysed"])
            rows_of.append((found, np.full(len(found), number), np.full(len(found), speaker)))
    row, keyword, speaker = (np.concatenate(values) for values in zip(*rows_of, strict=True))
    order = np.lexsort((speaker, keyword, row))
    row, keyword, speaker = row[order], keyword[order], speaker[order]
    count = len(row)
    return Table(
        "transcript_keywords",
        {
            "transcript_id": Ids("TR", row + 1),
            "keyword_code": Cat([word["keyword_code"] for word in codes], keyword),
            "speaker": Cat(["agent", "customer"], speaker),
            "occurrences": rng.geometric(0.7, count),
            "first_offset_seconds": (rng.random(count) * length[row]).astype(np.int64),
        },
        np.minimum(heard["end"][row] + 3600, world.as_of),
    )


def _sentiments(world: World, rng, heard, written: dict, mention_mood: np.ndarray) -> Table:
    """Return scores of transcripts, messages, comments of surveys and social mentions."""
    parts = []
    rows = np.flatnonzero(heard["analysed"])
    parts.append((0, rows, heard["end"][rows] + 3600, heard["mood"][rows] - 0.35))
    columns = written["messages"].columns
    rows = np.flatnonzero(
        (columns["author_type"].codes == columns["author_type"].values.index("customer"))
        & (columns["message_id"].numbers >= 0)
    )
    rows = rows[rng.random(len(rows)) < 0.08]
    parts.append((1, columns["message_id"].numbers[rows] - 1, columns["sent_at"][rows] + 900,
                  rng.normal(0.1, 0.7, len(rows))))  # fmt: skip
    columns = written["survey_responses"].columns
    rows = np.flatnonzero(
        columns["question_code"].codes == columns["question_code"].values.index("comment")
    )
    text = columns["answer_text"].codes[rows]
    tone = np.where(text <= 5, 1.0, np.where(text <= 7, 0.2, -1.0))
    parts.append((2, columns["response_id"].numbers[rows] - 1, columns["answered_at"][rows] + 1800,
                  tone + rng.normal(0, 0.35, len(rows))))  # fmt: skip
    columns = written["social_mentions"].columns
    rows = np.flatnonzero(columns["is_own_or_spam"] == 0)
    parts.append((3, rows, columns["posted_at"][rows] + 1200, mention_mood[rows]))
    kind = np.repeat([part[0] for part in parts], [len(part[1]) for part in parts])
    item, at, mood = (np.concatenate([part[place] for part in parts]) for place in (1, 2, 3))
    model = np.zeros(len(kind), np.int8)
    # the newer model scores what comes now, and some of what came before once more
    switch = world.start + (world.as_of - world.start) * 6 // 10
    model[at > switch] = 1
    again = np.flatnonzero((model == 0) & (at > switch - 30 * DAY))
    kind, item = np.append(kind, kind[again]), np.append(item, item[again])
    mood = np.append(mood, mood[again] + rng.normal(0, 0.12, len(again)))
    model = np.append(model, np.ones(len(again), np.int8))
    at = np.append(at, switch + rng.integers(3600, 3 * DAY, len(again)))
    keep = np.flatnonzero(at < world.as_of - 10)
    order = keep[np.lexsort((item[keep], kind[keep], at[keep]))]
    kind, item, mood, model, at = (values[order] for values in (kind, item, mood, model, at))
    score = np.round(np.clip(np.tanh(0.75 * mood), -1, 1), 3)
    label = np.where(score > 0.25, POSITIVE, np.where(score < -0.25, NEGATIVE, NEUTRAL))
    return Table(
        "text_sentiments",
        {
            "source_type": Cat(["transcript", "message", "survey_comment", "social_mention"], kind),
            "source_id": Mixed((("TR", 8), ("M", 9), ("R", 8), ("SM", 8)), kind, item),
            "scored_at": at,
            "model_version": Cat(MODELS, model),
            "label": Cat(LABELS, label),
            "score": score,
        },
        at,
    )
