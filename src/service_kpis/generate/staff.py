"""Who works here and when: employment spells, teams, shifts and the staff each half-hour needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from service_kpis.generate.clock import DAY, HALF_HOUR, date_of, is_holiday
from service_kpis.generate.demand import Demand
from service_kpis.generate.world import (
    MONTREAL_TEAM,
    SUPPORT,
    TEAMS,
    VENDOR_TEAM,
    World,
)

ROLES = ["agent", "team_lead", "quality", "trainer", "ops_manager", "executive", "wfm"]
AGENT, LEAD, QUALITY, TRAINER, OPS, EXECUTIVE, WFM = range(7)
REASONS = ["hire", "internal_transfer", "promotion", "leave", "exit"]
#: What an agent does in a half-hour of the shift.
WORK, MEAL, BREAK, TRAINING, COACHING, MEETING, SYSTEM_ISSUE = range(7)

CALL_SECONDS = 405
CHAT_SECONDS = 640
WRITTEN_SECONDS = 650
#: Pieces of written work that one ticket leads to, all channels taken together.
WRITTEN_ITEMS = 0.90
CHAT_SLOTS = 2.0
TARGET_OCCUPANCY = 0.86
#: Of the positions that calls ask for, how many must be hired for even where work is thin.
FLOOR_SHARE = 0.80
#: Share of a contract hour that is spent on the queues: leave, breaks, training taken off.
ON_QUEUE_SHARE = 0.80
FULL_TIME_WEEK = 35.0


@dataclass
class Staff:
    """Employment spells as arrays, the assignments, the shifts and the half-hours of work."""

    person: np.ndarray
    role: np.ndarray
    hire: np.ndarray
    last: np.ndarray
    ending: np.ndarray
    worker: np.ndarray
    fte: np.ndarray
    team: np.ndarray
    skill: np.ndarray
    speed: np.ndarray
    lead: np.ndarray
    assignments: list[tuple]
    shift_agent: np.ndarray
    shift_day: np.ndarray
    shift_start: np.ndarray
    shift_end: np.ndarray
    shift_hours: np.ndarray
    is_absent: np.ndarray
    block_interval: np.ndarray
    block_agent: np.ndarray
    block_activity: np.ndarray
    first_interval: int
    voice_need: np.ndarray
    chat_need: np.ndarray
    takes_live: np.ndarray

    def __len__(self) -> int:
        """Number of employment spells."""
        return len(self.person)

    def team_on(self, agent: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Return the team of each agent on each local day; -1 where there is no agent."""
        team = np.where(agent >= 0, self.team[agent], -1)
        for row in self.assignments:
            rows = (agent == row[0]) & (day >= row[5])
            team[rows] = row[1]
        return team


def staff_needed(load: np.ndarray, answer_within: float, seconds: float) -> np.ndarray:
    """Return the positions for a service level of about 80 % (Erlang C), 0 without load.

    Args:
        load: offered load in erlangs.
        answer_within: threshold in seconds.
        seconds: mean handle time in seconds.
    """
    highest = float(load.max()) if load.size else 0.0
    limits = []
    size, blocking_load = 1, np.linspace(0.01, max(highest, 1.0) * 1.05, 3000)
    blocking = np.ones_like(blocking_load)
    while True:
        blocking = blocking_load * blocking / (size + blocking_load * blocking)
        wait = np.where(
            blocking_load < size,
            blocking / (1 - blocking_load / size * (1 - blocking)),
            1.0,
        )
        level = 1 - wait * np.exp(-np.clip(size - blocking_load, 0, None) * answer_within / seconds)
        # callers who give up make it better than Erlang says, the more so the larger the crew
        good = blocking_load[level >= (0.79 if size <= 3 else 0.64)]
        limits.append(good.max() if len(good) else 0.0)
        if limits[-1] >= blocking_load[-1]:
            break
        size += 1
    need = np.searchsorted(np.array(limits), load) + 1
    return np.where(load > 0, need, 0)


def make_staff(world: World, demand: Demand) -> Staff:
    """Hire for the expected work, month by month, and give everybody shifts."""
    rng = world.rng("staff")
    noise = np.exp(world.rng("forecast error").normal(0, 0.05, (len(world.days), 1)))
    lunch = np.ones(48)
    lunch[24:28] = 0.90
    voice_load = demand.call_rate * 0.93 * CALL_SECONDS / HALF_HOUR * noise
    chat_load = demand.chat_rate * CHAT_SECONDS / HALF_HOUR / CHAT_SLOTS * noise
    weekday = np.array([date_of(day).weekday() for day in world.days])
    # the plan gives Monday less than Monday asks for, as plans do
    monday = np.where(weekday == 0, 0.95, 1.0)[:, None]
    opening = world.open_share("saturday_half_day") > 0
    voice = np.where(opening, staff_needed(voice_load * monday * lunch, 90, CALL_SECONDS), 0)
    # where chats are few, whoever is on the phones takes them
    chat = np.where(opening & (chat_load >= 0.5), np.ceil(chat_load * 1.3), 0).astype(int)

    written = demand.written_rate.sum(axis=1) / demand.written_rate.sum()
    written_hours = written * world.tickets * WRITTEN_ITEMS * WRITTEN_SECONDS / 3600
    live_hours = (voice_load.sum(axis=1) + chat_load.sum(axis=1)) / 2
    floor_hours = (voice + chat).sum(axis=1) / 2
    # who waits for calls writes in between
    floor_hours = floor_hours * FLOOR_SHARE
    hours = np.maximum(floor_hours, (live_hours + written_hours) / TARGET_OCCUPANCY)
    fte = _monthly_fte(world, hours)
    hr = _hire(world, rng, fte)
    small = fte[-1] < 15
    team = hr["team"]
    takes_live = ((team <= 3) | (small & (team != MONTREAL_TEAM))) & (team != SUPPORT)

    shifts, first_half_hour = _shifts(world, rng, hr, small)
    blocks = _blocks(world, rng, hr, shifts, first_half_hour)
    first_interval = world.start // HALF_HOUR
    need = []
    for matrix in (voice, chat):
        local = (world.first_day * DAY) + np.arange(matrix.size, dtype=np.int64) * HALF_HOUR
        interval = world.paris.to_utc(local) // HALF_HOUR - first_interval
        line = np.zeros(int(interval.max()) + 4, np.int64)
        line[interval] = matrix.ravel()
        need.append(line)
    return Staff(
        **{key: value for key, value in hr.items() if key != "months"},
        **shifts,
        block_interval=blocks[0],
        block_agent=blocks[1],
        block_activity=blocks[2],
        first_interval=int(first_interval),
        voice_need=need[0],
        chat_need=need[1],
        takes_live=takes_live,
    )


def _monthly_fte(world: World, hours: np.ndarray) -> np.ndarray:
    """Return the contracts needed per 30 days, smoothed over a quarter."""
    bins = (world.days - world.first_day) // 30
    weeks = np.bincount(bins) / 7
    fte = np.bincount(bins, hours) / weeks / FULL_TIME_WEEK / ON_QUEUE_SHARE
    if weeks[-1] < 2 and len(fte) > 1:
        fte[-1] = fte[-2]
    wide = np.convolve(np.pad(fte, 1, mode="edge"), [0.25, 0.5, 0.25], mode="valid")
    return np.maximum(wide, 2.5)


def _hire(world: World, rng, fte: np.ndarray) -> dict:
    rows: list[dict] = []
    assignments: list[tuple] = []
    share = np.array([team[7] for team in TEAMS])

    def add(team: int, role: int, hire: int, contract: float, person: int | None = None) -> int:
        vendor = team == VENDOR_TEAM
        worker = 3 if vendor else int(rng.choice([0, 1, 2], p=[0.88, 0.04, 0.08]))
        weak = len(rows) % 14 == 3
        rows.append(
            {
                "person": len(rows) if person is None else person,
                "role": role,
                "hire": hire,
                "last": -1,
                "ending": -1,
                "worker": worker if role == AGENT else (3 if vendor else 0),
                "fte": contract,
                "team": team,
                "skill": -2.0 if weak else float(np.clip(rng.normal(0.15, 0.7), -1.2, 2.0)),
                "speed": float(np.exp(rng.normal(0.12 if weak else 0.0, 0.11))),
            }
        )
        return len(rows) - 1

    def contract(tiny: bool) -> float:
        shares = [0.0, 0.0, 0.0, 1.0] if tiny else [0.72, 0.15, 0.08, 0.05]
        return float(rng.choice([1.0, 0.8, 0.6, 0.5], p=shares))

    active: list[list[int]] = [[] for _ in TEAMS]
    # every team has somebody; what the small ones get too much, the big ones get less
    rest, shares = fte[0], 1.0
    for team in np.argsort(share[:SUPPORT], kind="stable").tolist():
        wanted = share[team] * rest / shares
        shares -= share[team]
        while wanted > 0.45 or not active[team]:
            hire = world.first_day - int(rng.integers(20, 365 * 8))
            agent = add(team, AGENT, hire, contract(wanted < 0.85))
            active[team].append(agent)
            wanted -= rows[agent]["fte"]
            rest -= rows[agent]["fte"]
    start_fte = [sum(rows[agent]["fte"] for agent in crew) for crew in active]
    for month in range(1, len(fte)):
        day = world.first_day + month * 30
        for team in range(SUPPORT):
            leavers = [a for a in active[team] if rng.random() < 0.022]
            for agent in leavers:
                rows[agent]["last"] = min(day + int(rng.integers(0, 29)), world.last_day)
                rows[agent]["ending"] = int(rng.choice(4, p=[0.6, 0.15, 0.2, 0.05]))
                active[team].remove(agent)
            have = sum(rows[agent]["fte"] for agent in active[team])
            wanted = start_fte[team] * fte[month] / fte[0]
            while have < wanted - 0.45 or not active[team]:
                hire = min(day + int(rng.integers(0, 10)), world.last_day)
                agent = add(team, AGENT, hire, contract(wanted - have < 0.75))
                active[team].append(agent)
                have += rows[agent]["fte"]
    gone = [a for a, row in enumerate(rows) if 0 <= row["last"] < world.last_day - 45]
    # one comes back within a week, others later
    for number, agent in enumerate(gone[:: max(1, len(gone) // 3)][: 1 + len(gone) // 12]):
        gap = [4, 25, 40, 12][number % 4]
        add(rows[agent]["team"], AGENT, rows[agent]["last"] + gap, rows[agent]["fte"], agent)
    agents = len(rows)

    # leads, quality, trainers, planning, managers: in a small centre part of a job each
    def some(role: int, team: int, count: float, least: float) -> list[int]:
        whole = max(1, int(round(count)))
        part = 1.0 if count >= 1 else max(least, round(count * 20) / 20)
        return [
            add(team, role, world.first_day - int(rng.integers(200, 3000)), part)
            for _ in range(whole)
        ]

    size = float(fte.mean())
    lead_of = {}
    leads: list[int] = []
    for team in range(SUPPORT):
        crew = share[team] * size
        if crew >= 6:
            own = some(LEAD, team, crew / 12, 1.0)
            lead_of[team] = own
            leads += own
    if not leads:
        leads = some(LEAD, 0, max(1.0, size / 12), 1.0)
    some(QUALITY, SUPPORT, size / 30, 0.2)
    some(TRAINER, SUPPORT, size / 45, 0.2)
    some(WFM, SUPPORT, size / 60, 0.1)
    some(OPS, SUPPORT, size / 50, 0.3)
    some(EXECUTIVE, SUPPORT, size / 150, 0.1)

    lead = np.full(len(rows), -1, np.int64)
    for agent, row in enumerate(rows):
        if row["role"] == AGENT:
            crew = lead_of.get(row["team"], leads)
            lead[agent] = crew[agent % len(crew)]
    # a few move to another team or get a lead's job: in-house, with us for a while
    steady = [
        agent
        for agent, row in enumerate(rows[:agents])
        if row["last"] < 0
        and row["team"] not in (VENDOR_TEAM, MONTREAL_TEAM)
        and row["hire"] < world.last_day - 60
    ]
    movers = steady[1::9] if len(world.days) > 60 else []
    for agent, row in enumerate(rows):
        leave = -1 if row["last"] < 0 else row["last"] + 1
        start = row["hire"]
        team, role, contracts = row["team"], row["role"], row["fte"]
        reason = 0
        if agent in movers:
            first = max(world.first_day, start) + 20
            move = int(rng.integers(first, max(first + 1, world.last_day - 5)))
            assignments.append((agent, team, role, contracts, lead[agent], start, move, 0))
            if movers.index(agent) % 3 == 1:
                row["role"] = role = LEAD
                reason = 2
            else:
                team, reason = (3 if team != 3 else 0), 1
            start = move
        assignments.append((agent, team, role, contracts, lead[agent], start, leave, reason))

    result = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    # the crew as a whole is neither better nor worse than another run's
    result["skill"] = np.clip(result["skill"] - result["skill"].mean(), -2.2, 2.2)
    result["lead"] = lead
    result["assignments"] = assignments
    return result


def _shifts(world: World, rng, hr: dict, small: bool) -> tuple[dict, np.ndarray]:
    """Return the shifts, and the half-hour of the local day in which each begins."""
    agents, days = len(hr["hire"]), len(world.days)
    weekday = np.array([date_of(day).weekday() for day in world.days])
    week = (world.days + 3) // 7
    number = np.arange(agents)[:, None]
    holiday = {
        zone: np.array([is_holiday(zone, date_of(day)) for day in world.days])
        for zone in ("default", "montreal", "alsace_moselle")
    }
    team = hr["team"][:, None]
    closed = np.where(team == MONTREAL_TEAM, holiday["montreal"], holiday["default"])
    closed = np.where(hr["team"][:, None] == 4, holiday["alsace_moselle"], closed)
    employed = (world.days >= hr["hire"][:, None]) & (
        (hr["last"][:, None] < 0) | (world.days <= hr["last"][:, None])
    )
    fte = hr["fte"][:, None]
    half = fte <= 0.5
    off = (fte < 1) & (fte > 0.5) & (weekday == 1 + number % 4)
    off |= (fte == 0.6) & (weekday == 1 + (number + 2) % 4)
    live = (team <= 3) & (hr["role"][:, None] == AGENT)
    saturday = (weekday == 5) & live & ((number + week) % (2 if small else 4) == 0)
    on = employed & ~closed & (((weekday < 5) & ~off) | saturday)
    absent = on & (rng.random((agents, days)) < np.where(np.isin(weekday, [5]), 0.02, 0.085))
    pattern = (number + week) % 3
    start = np.select([pattern == 0, pattern == 1], [18, 19], 20)
    start = np.where(half, np.where((number + week) % 2 == 0, 18, 28), start)
    start = np.where(np.isin(team, [4, 6, SUPPORT]), 18, start)
    if small:
        # the few who are there share the day out, early and late first
        there = on & ~absent & (team != MONTREAL_TEAM) & (team != SUPPORT)
        place = np.cumsum(there, axis=0) % 3
        spread = np.where(half, np.array([22, 18, 28])[place], np.array([19, 18, 20])[place])
        start = np.where(there, spread, start)
    start = np.where(team == MONTREAL_TEAM, 16 + 2 * (number % 2), start)
    start = np.where(saturday, 18, start)
    length = np.where(half | saturday, 8, 16)
    # fewer hours a day for the support staff's part contracts
    length = np.where(half & (fte < 0.5), np.maximum(2, np.round(fte * 14)), length).astype(int)

    agent, day = np.nonzero(on)
    local = (world.days[day] * DAY) + start[agent, day] * HALF_HOUR
    utc = np.empty(len(agent), np.int64)
    for name, zone in world.zones.items():
        rows = np.array([TEAMS[t][5] for t in hr["team"]])[agent] == name
        # shifts of Lisbon follow the opening hours in Paris
        use = world.paris if name == "Europe/Lisbon" else zone
        utc[rows] = use.to_utc(local[rows])
    size = length[agent, day]
    shifts = {
        "shift_agent": agent,
        "shift_day": world.days[day],
        "shift_start": utc,
        "shift_end": utc + size * HALF_HOUR,
        "shift_hours": np.where(size == 16, 7.0, size / 2.0),
        "is_absent": absent[agent, day],
    }
    return shifts, start[agent, day]


def _blocks(world: World, rng, hr: dict, shifts: dict, first_half_hour: np.ndarray) -> tuple:
    keep = ~shifts["is_absent"]
    agent, start = shifts["shift_agent"][keep], shifts["shift_start"][keep]
    day = shifts["shift_day"][keep]
    size = ((shifts["shift_end"][keep] - start) // HALF_HOUR).astype(int)
    shift = np.repeat(np.arange(len(agent)), size)
    place = np.arange(len(shift)) - np.repeat(np.cumsum(size) - size, size)
    activity = np.zeros(len(shift), np.int8)
    full = size[shift] == 16
    # an hour for lunch, which begins between noon and half past one
    meal = (24 - first_half_hour[keep] + (agent * 7 + day) % 4)[shift]
    activity[full & ((place == meal) | (place == meal + 1))] = MEAL
    # breaks lie beside the peaks of the day
    first = np.where(agent % 2 == 0, 1, 4)[shift]
    activity[(place == first) & (size[shift] >= 8) & (activity == WORK)] = BREAK
    activity[full & (place == np.array([11, 14, 15])[agent % 3][shift])] = BREAK
    weekday = ((day + 3) % 7)[shift]
    activity[full & (weekday == 3) & (place == (10 + agent % 2)[shift])] = MEETING
    draw = rng.random(len(agent))[shift]
    activity[full & (draw < 0.02) & (place >= 10) & (activity == WORK)] = TRAINING
    activity[full & (draw > 0.94) & (place == 11)] = COACHING
    activity[full & (draw > 0.50) & (draw < 0.503) & (place == 3)] = SYSTEM_ISSUE
    fresh = ((day - hr["hire"][agent]) < 7)[shift]
    activity[fresh & (activity == WORK)] = TRAINING
    role = hr["role"][agent][shift]
    # a lead takes contacts for a part of the day, support staff takes none
    activity[(role == LEAD) & (activity == WORK) & (place % 4 != 0)] = MEETING
    activity[(role > LEAD) & (activity == WORK)] = MEETING
    interval = start[shift] // HALF_HOUR + place
    inside = interval * HALF_HOUR < world.as_of
    interval, who, what = interval[inside], agent[shift][inside], activity[inside]
    team = hr["team"][who]
    # voice first, digital last, so that each is asked for its own work first
    prefer = np.select([team == 3, team >= 4], [2, 1], 0)
    order = np.lexsort((who, prefer, interval))
    return interval[order], who[order], what[order]
