"""Master data: agents, assignments, teams, training records and customers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from service_kpis.generate.clock import DAY
from service_kpis.generate.demand import REGIONS, SEGMENTS, Customers
from service_kpis.generate.simulate import Outcome
from service_kpis.generate.staff import REASONS, ROLES, Staff
from service_kpis.generate.tables import NULL, Cat, Ids, Table
from service_kpis.generate.world import TEAM_IDS, TEAMS, World

#: How long customers are known before the data begin.
YEARS_BEFORE = 6 * 365 * DAY
#: How long a customer stays, on average.
LIFETIME = 1_800 * DAY


def people_tables(world: World, staff: Staff) -> list[Table]:
    """Return the tables agents, agent_assignments, teams and training_records."""
    count = len(staff)
    home = staff.team.copy()
    sites = sorted({team[2] for team in TEAMS})
    vendors = sorted({team[3] for team in TEAMS if team[3]})
    site = np.array([sites.index(team[2]) for team in TEAMS])
    vendor = np.array([vendors.index(team[3]) if team[3] else -1 for team in TEAMS])
    countries = ["FR", "PT", "CA"]
    country = np.array([countries.index(team[6]) for team in TEAMS])
    ended = staff.last >= 0
    start = np.maximum(staff.hire * DAY, world.start - 30 * DAY)
    changed = np.where(ended, staff.last * DAY + 20 * 3600, start)
    agents = Table(
        "agents",
        {
            "agent_id": Ids("A", np.arange(1, count + 1), 5),
            "person_id": Ids("P", staff.person + 1, 5),
            "role": Cat(ROLES, staff.role),
            "hire_date": staff.hire,
            "termination_date": np.where(ended, staff.last, NULL),
            "termination_type": Cat(
                ["voluntary", "involuntary", "end_of_contract", "retirement"], staff.ending
            ),
            "worker_type": Cat(["employee", "contractor", "agency", "vendor"], staff.worker),
            "fte": np.round(staff.fte * 100).astype(np.int64),
            "site": Cat(sites, site[home]),
            "vendor_id": Cat(vendors, vendor[home]),
            "country": Cat(countries, country[home]),
        },
        np.minimum(changed, world.as_of),
    )
    rows = sorted(staff.assignments, key=lambda row: (row[0], row[5]))
    agent, team, role, fte, lead, begin, until, reason = (
        np.array(values) for values in zip(*rows, strict=True)
    )
    stamp = np.maximum(begin * DAY, world.start - 30 * DAY)
    stamp = np.where(until >= 0, np.maximum(stamp, (until - 1) * DAY + 20 * 3600), stamp)
    assignments = Table(
        "agent_assignments",
        {
            "agent_id": Ids("A", agent + 1, 5),
            "team_id": Cat(TEAM_IDS, team),
            "role": Cat(ROLES, role),
            "fte": np.round(fte * 100).astype(np.int64),
            "team_lead_id": Ids("A", np.where(lead < 0, -1, lead + 1), 5),
            "valid_from": begin,
            "valid_to": np.where(until >= 0, until, NULL),
            "change_reason": Cat(REASONS, reason),
        },
        np.minimum(stamp, world.as_of),
    )
    zones = [team[5] for team in TEAMS]
    index = np.arange(len(TEAMS))
    teams = Table(
        "teams",
        {
            "team_id": Cat(TEAM_IDS, index),
            "team_name": Cat([team[1] for team in TEAMS], index),
            "site": Cat(sites, site),
            "vendor_id": Cat(vendors, vendor),
            "cost_center_id": Cat([team[4] for team in TEAMS], index),
            "time_zone": Cat(zones, index),
        },
        np.full(len(TEAMS), world.start - 30 * DAY),
    )
    return [agents, assignments, teams, _training(world, staff)]


def _training(world: World, staff: Staff) -> Table:
    rng = world.rng("training")
    courses = [
        ("ticket_tool", 0, -1), ("product_basics", 0, -1), ("voice_handling", 0, 0),
        ("written_french", 1, 2), ("chat_handling", 0, 1), ("active_listening", 1, -1),
        ("difficult_customers", 1, -1),
    ]  # fmt: skip
    agent = np.repeat(np.arange(len(staff)), len(courses))
    course = np.tile(np.arange(len(courses)), len(staff))
    begin = np.maximum(staff.hire[agent], world.first_day - 200)
    day = begin + rng.integers(1, 60, len(agent))
    until = np.where(staff.last[agent] >= 0, staff.last[agent], world.last_day)
    keep = (day < until) & (rng.random(len(agent)) < 0.75)
    agent, course, day = agent[keep], course[keep], day[keep]
    # no record from before the export began
    at = day * DAY + 15 * 3600
    valid = np.where(course % 3 == 2, day + 365, NULL)
    return Table(
        "training_records",
        {
            "training_record_id": Ids("L", np.arange(1, len(agent) + 1), 6),
            "agent_id": Ids("A", agent + 1, 5),
            "skill_code": Cat([row[0] for row in courses], course),
            "skill_type": Cat(["technical", "soft"], np.array([r[1] for r in courses])[course]),
            "channel": Cat(["phone", "chat", "email"], np.array([r[2] for r in courses])[course]),
            "completed_at": at,
            "is_passed": (rng.random(len(agent)) < 0.93).astype(np.int64),
            "valid_until": valid,
        },
        at,
    )


@dataclass(frozen=True)
class FormerCustomers:
    """Who had left before the data begin: like whom of the others, since when and until when."""

    like: np.ndarray
    acquired: np.ndarray
    left: np.ndarray


def _acquired_before(world: World, rng: np.random.Generator, size: int) -> np.ndarray:
    """Return since when those are customers who are still there when the data begin."""
    # the later, the more: others of their time have left
    share = rng.random(size) * (1 - np.exp(-YEARS_BEFORE / LIFETIME))
    return world.start - 1 + (LIFETIME * np.log1p(-share)).astype(np.int64)


def former_customers(world: World, customers: Customers) -> FormerCustomers:
    """Draw who had left before the data begin, so that customers did not begin to leave then."""
    rng = world.rng("former customers")
    # as many came each month, whether they stayed or not; most of all customers came before
    still_there = LIFETIME / YEARS_BEFORE * (1 - np.exp(-YEARS_BEFORE / LIFETIME))
    count = int(0.55 * len(customers) / still_there)
    acquired = world.start - rng.integers(1, YEARS_BEFORE, count)
    left = acquired + DAY + rng.exponential(LIFETIME, count).astype(np.int64)
    gone = left < world.start
    like = rng.integers(0, len(customers), count)
    return FormerCustomers(like[gone], acquired[gone], left[gone])


def customers_table(
    world: World,
    customers: Customers,
    former: FormerCustomers,
    outcome: Outcome,
    demand,
    legs: dict,
) -> Table:
    """Return the raw table of customers; everybody was one before the first contact.

    The former ones come last.
    """
    rng = world.rng("customers table")
    size = len(customers)
    span = world.as_of - world.start
    old = _acquired_before(world, rng, size)
    # as many draws more to the end as have been in touch by then, and so are older customers
    late = (np.sqrt(0.3025 + 1.8 * rng.random(size)) - 0.55) / 0.9
    acquired = np.where(rng.random(size) < 0.42, world.start + (late * span).astype(np.int64), old)
    first = np.full(size + 1, world.as_of)
    for who, at in (
        (outcome.ticket["customer"], outcome.ticket["created"]),
        (legs["customer"], legs["start"]),
        (outcome.chat["customer"], outcome.chat["queued"]),
    ):
        np.minimum.at(first, who, at)
    acquired = np.where(acquired < first[:size] - 3600, acquired, old)
    merged = customers.merged_into
    changed = np.maximum(acquired, world.start - 30 * DAY)
    late = world.start + rng.integers(0, max(1, span), size)
    changed = np.where(merged >= 0, np.maximum(changed, late), changed)

    like = np.concatenate([np.arange(size), former.like])
    nobody = np.full(len(former.like), -1)
    countries = ["FR", "BE", "CH", "LU", "CA"]
    country = np.array([countries.index(name[:2]) for name in REGIONS])[customers.region]
    return Table(
        "customers",
        {
            "customer_id": Ids("C", np.arange(1, len(like) + 1), 7),
            "acquired_at": np.concatenate([acquired, former.acquired]),
            "segment": Cat(SEGMENTS, customers.segment[like]),
            "country": Cat(countries, country[like]),
            "language": Cat(["fr", "en"], customers.language[like]),
            "acquisition_source": Cat(
                ["referral", "advertising", "organic", "partner", "shop"],
                rng.choice(5, len(like), p=[0.16, 0.34, 0.28, 0.12, 0.10]),
            ),
            "merged_into_customer_id": Ids(
                "C", np.concatenate([np.where(merged < 0, -1, merged + 1), nobody]), 7
            ),
            "is_test": np.concatenate([customers.is_test.astype(np.int64), np.zeros_like(nobody)]),
        },
        np.concatenate(
            [np.minimum(changed, world.as_of), np.full(len(nobody), world.start - 30 * DAY)]
        ),
    )
