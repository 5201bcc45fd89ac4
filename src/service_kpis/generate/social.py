"""What is said about the brand in public, and what the brand posts."""

from __future__ import annotations

import numpy as np

from service_kpis.generate.clock import DAY
from service_kpis.generate.demand import Customers
from service_kpis.generate.simulate import Outcome
from service_kpis.generate.staff import AGENT, Staff
from service_kpis.generate.tables import NULL, Cat, Ids, Table
from service_kpis.generate.tickets import History
from service_kpis.generate.world import SOCIAL, TEAM_IDS, World

PLATFORMS = ["x", "facebook", "instagram", "amazon", "yelp", "trustpilot", "google"]
#: Share of the mentions by platform; reviews are written on the last four.
PLATFORM_SHARE = [0.26, 0.24, 0.16, 0.04, 0.02, 0.14, 0.14]
MENTION_TYPES = ["mention", "comment", "review", "dm"]
MENTION, COMMENT, REVIEW, DM = range(4)
DIGITAL_TEAM = TEAM_IDS.index("lille_digital")
#: Mentions without a ticket, per ticket.
MENTIONS_PER_TICKET = 0.03


def social_tables(
    world: World, customers: Customers, staff: Staff, outcome: Outcome, history: History
) -> tuple[list[Table], np.ndarray]:
    """Return social_mentions and brand_posts, and the mood of each mention."""
    mentions, mood = _mentions(world, customers, staff, outcome, history)
    return [mentions, _posts(world)], mood


def _mentions(world, customers, staff, outcome, history) -> tuple[Table, np.ndarray]:
    rng = world.rng("social")
    ticket = outcome.ticket
    turned = np.flatnonzero((ticket["channel"] == SOCIAL) & (ticket["kind"] == 0))
    alone = max(60, int(world.tickets * MENTIONS_PER_TICKET))
    day = rng.integers(world.first_day, world.last_day + 1, alone)
    hour = np.clip(rng.normal(15.0, 4.5, alone), 0.2, 23.8) * 3600
    free = world.paris.to_utc(day * DAY + hour.astype(np.int64))
    posted = np.concatenate([ticket["created"][turned] - rng.integers(60, 1500, len(turned)), free])
    posted = np.clip(posted, world.start, world.as_of - 120)
    size = len(posted)
    has_ticket = np.arange(size) < len(turned)
    number = np.concatenate([turned, np.full(alone, -1)])
    t = np.where(has_ticket, number, 0)

    platform = rng.choice(7, size, p=PLATFORM_SHARE)
    platform = np.where(has_ticket, rng.integers(0, 3, size), platform)
    kind = np.where(platform >= 3, REVIEW, rng.choice([MENTION, COMMENT, DM], size,
                                                      p=[0.4, 0.4, 0.2]))  # fmt: skip
    mood = rng.normal(0.25, 0.9, size) - np.where(has_ticket, 0.7, 0.0)
    mood -= np.where(has_ticket & history.is_complaint[t], 0.5, 0.0)
    stars = 1 + (mood > -0.75) + (mood > -0.4) + (mood > 0.0) + (mood > 0.45)
    spam = ~has_ticket & (rng.random(size) < 0.05)
    asks = has_ticket | (kind == DM) | ((kind == REVIEW) & (stars <= 3))
    asks |= (kind != REVIEW) & (rng.random(size) < 0.25)
    asks &= ~spam

    # who answers: an agent of the digital team who is employed on the day
    crew = np.flatnonzero((staff.team == DIGITAL_TEAM) & (staff.role == AGENT))
    pick = crew[rng.integers(0, len(crew), size)]
    there = (staff.hire[pick] <= posted // DAY) & (
        (staff.last[pick] < 0) | (staff.last[pick] > posted // DAY + 2)
    )
    agent = np.where(there, pick, crew[0])
    delay = np.clip(rng.lognormal(7.7, 1.0, size), 120, 2 * DAY).astype(np.int64)
    local = world.paris.to_local(posted) % DAY
    # at night nobody answers before eight
    delay += np.where(local > 20 * 3600, DAY + 8 * 3600 - local, 0)
    delay += np.where(local < 8 * 3600, 8 * 3600 - local, 0)
    answers = np.where(asks, rng.random(size) < 0.88, (rng.random(size) < 0.12) & ~spam)
    first = history.first_end[t]
    # who is told that a ticket is open gets that said in public before the ticket is answered
    handled = has_ticket & (first != NULL) & (rng.random(size) < 0.95)
    answers = np.where(has_ticket, handled, answers)
    replied = posted + delay
    answers &= (replied < world.as_of - 10) & (replied < posted + 5 * DAY)
    known = rng.random(size) < 0.35
    who = np.where(has_ticket, ticket["customer"][t],
                   np.where(known, rng.integers(0, len(customers), size), -1))  # fmt: skip
    who = np.where(spam, -1, who)

    order = np.argsort(posted, kind="stable")
    (posted, number, platform, kind, mood, stars, spam, asks, agent, answers, replied, who) = (
        values[order]
        for values in (posted, number, platform, kind, mood, stars, spam, asks, agent, answers,
                       replied, who)
    )  # fmt: skip
    author = np.where(who >= 0, who, len(customers) + np.arange(size))
    opened = np.where(number < 0, -1, history.number[np.maximum(number, 0)])
    asked = np.where(rng.random(size) < 0.03, NULL, asks.astype(np.int64))
    table = Table(
        "social_mentions",
        {
            "mention_id": Ids("SM", np.arange(1, size + 1)),
            "platform": Cat(PLATFORMS, platform),
            "mention_type": Cat(MENTION_TYPES, kind),
            "posted_at": posted,
            "author_hash": Ids("u", (author * 2_654_435_761 + 97) % 2_147_483_647, 10),
            "customer_id": Ids("C", np.where(who < 0, -1, who + 1), 7),
            "requires_reply": asked,
            "replied_at": np.where(answers, replied, NULL),
            "agent_id": Ids("A", np.where(answers & (agent >= 0), agent + 1, -1), 5),
            "ticket_id": Ids("T", opened),
            "rating_stars": np.where(kind == REVIEW, stars, NULL),
            "is_own_or_spam": spam.astype(np.int64),
        },
        np.where(answers, replied, posted),
    )
    return table, mood


def _posts(world: World) -> Table:
    rng = world.rng("brand posts")
    day = np.repeat(world.days, 3)
    platform = np.tile([0, 1, 2], len(world.days))
    weekday = (day + 3) % 7
    keep = (weekday < 5) & (rng.random(len(day)) < np.array([0.6, 0.4, 0.5])[platform])
    day, platform = day[keep], platform[keep]
    size = len(day)
    at = day * DAY + rng.integers(7 * 3600, 17 * 3600, size)
    reach = np.array([3000, 6500, 9000])[platform] * max(1.0, world.tickets / world.months / 3000)
    seen = np.maximum(50, reach * rng.lognormal(0, 0.6, size)).astype(np.int64)
    rate = np.array([0.012, 0.02, 0.034])[platform] * rng.lognormal(0, 0.35, size)
    liked = rng.binomial(seen, np.minimum(rate, 0.5))
    order = np.argsort(at, kind="stable")
    columns = {
        "platform": Cat(PLATFORMS, platform[order]),
        "posted_at": at[order],
        "impressions": seen[order],
        "reactions": liked[order],
        "comments": rng.binomial(seen, 0.0018)[order],
        "shares": rng.binomial(seen, 0.0025)[order],
    }
    return Table(
        "brand_posts",
        {"post_id": Ids("BP", np.arange(1, size + 1), 6)} | columns,
        np.minimum(at[order] + 3 * DAY, world.as_of),
    )
