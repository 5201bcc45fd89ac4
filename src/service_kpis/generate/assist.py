"""Reviews of what machines answered: the bot's own answers and suggestions to agents."""

from __future__ import annotations

import numpy as np

from service_kpis.generate.clock import DAY
from service_kpis.generate.staff import LEAD, QUALITY, TRAINER, Staff
from service_kpis.generate.tables import NULL, Cat, Ids, Mixed, Table
from service_kpis.generate.world import World

VERDICTS = ["correct", "partially_correct", "incorrect", "harmful", "not_assessable"]


def ai_reviews(world: World, staff: Staff, bots: Table, messages: Table) -> Table:
    """Return the raw table ai_answer_reviews.

    Args:
        world: parameters and clock.
        staff: agents, for the reviewers.
        bots: raw table of bot conversations.
        messages: raw table of messages, for suggestions that agents took or left.
    """
    rng = world.rng("ai reviews")
    talk = bots.columns
    answered = np.flatnonzero((talk["substantive_answer_count"] > 0) & (talk["is_test"] == 0))
    sampled = answered[rng.random(len(answered)) < 0.06]
    unhappy = np.flatnonzero((talk["customer_confirmed"] == 0) & (talk["is_test"] == 0))
    unhappy = unhappy[(rng.random(len(unhappy)) < 0.5)]
    unhappy = np.setdiff1d(unhappy, sampled)
    unhappy = unhappy[talk["last_bot_answer_at"][unhappy] != NULL]
    text = messages.columns
    mine = np.flatnonzero(
        (text["author_type"].codes == text["author_type"].values.index("agent"))
        & (text["visibility"].codes == text["visibility"].values.index("public"))
        & (text["is_automated"] == 0) & (text["ticket_id"].numbers >= 0)
    )  # fmt: skip
    taken = text["is_ai_assisted"][mine] == 1
    suggested = mine[rng.random(len(mine)) < np.where(taken, 0.06, 0.006)]
    conversation = np.concatenate([sampled, unhappy, np.full(len(suggested), -1)])
    message = np.concatenate([np.full(len(sampled) + len(unhappy), -1), suggested])
    size = len(conversation)
    auto = conversation >= 0
    place, other = np.maximum(conversation, 0), np.maximum(message, 0)
    at = np.where(auto, talk["last_bot_answer_at"][place], text["sent_at"][other] - 20)
    targeted = np.isin(np.arange(size), len(sampled) + np.arange(len(unhappy)))
    accepted = (text["is_ai_assisted"][other] == 1) & ~auto
    wrong = np.where(auto & (talk["customer_confirmed"][place] == 0), 0.42, 0.085)
    wrong = np.where(~auto & ~accepted, 0.28, wrong)
    luck = rng.random(size)
    verdict = np.select(
        [luck < wrong * 0.5, luck < wrong * 0.52, luck < wrong, luck > 0.97], [2, 3, 1, 4], 0
    )
    reviewed = at + rng.integers(3600, 10 * DAY, size)
    answer = np.where(auto, talk["bot_conversation_id"].numbers[place], text[
        "message_id"].numbers[other])  # fmt: skip
    opened = np.where(auto, talk["ticket_id"].numbers[place], text["ticket_id"].numbers[other])
    columns = [conversation, at, targeted, accepted, auto, verdict, reviewed, answer, opened]
    # a second opinion on a few answers
    twice = np.flatnonzero(rng.random(size) < 0.03)
    columns = [np.append(values, values[twice]) for values in columns]
    columns[6][size:] += rng.integers(3600, 5 * DAY, len(twice))
    columns[5][size:] = np.where(rng.random(len(twice)) < 0.85, columns[5][size:], 1)
    keep = np.flatnonzero(columns[6] < world.as_of - 60)
    order = keep[np.argsort(columns[6][keep], kind="stable")]
    conversation, at, targeted, accepted, auto, verdict, reviewed, answer, opened = (
        values[order] for values in columns
    )
    raters = np.flatnonzero(np.isin(staff.role, [QUALITY, TRAINER, LEAD]))
    raters = raters[: max(3, int(np.sum(staff.role == QUALITY)))]
    rows = len(order)
    return Table(
        "ai_answer_reviews",
        {
            "ai_review_id": Ids("AI", np.arange(1, rows + 1), 7),
            "ai_answer_id": Mixed((("BA", 8), ("SU", 8)), (~auto).astype(np.int8), answer - 1),
            "assist_mode": Cat(["auto_reply", "agent_suggestion"], (~auto).astype(np.int8)),
            "bot_conversation_id": Ids("B", np.where(auto, answer, -1)),
            "ticket_id": Ids("T", opened),
            "answered_at": at,
            "reviewed_at": reviewed,
            "reviewer_id": Ids("A", raters[rng.integers(0, len(raters), rows)] + 1, 5),
            "verdict": Cat(VERDICTS, verdict),
            "was_accepted_by_agent": np.where(auto, NULL, accepted.astype(np.int64)),
            "sampling": Cat(["random", "targeted"], targeted.astype(np.int8)),
        },
        reviewed,
    )
