"""Business seconds and business days against plain Python, through the real models.

A copy of the project gets other calendars and a probe model; the expected values are sums of
overlaps with zoneinfo, day by day, which is what the definition says and no clock of pieces.
"""

import os
import random
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

PROJECT_DIR = Path(__file__).parents[2]
FIRST_DATE, LAST_DATE = date(2023, 1, 1), date(2025, 12, 31)
INSTANT_PAIRS = 4000

# calendar -> (zone, [(weekday, open, close, valid_from, valid_to)])
OFFICE = [(day, "09:00", "18:00", None, None) for day in range(1, 6)]
CALENDARS = {
    "office": ("Europe/Paris", OFFICE),
    "no_holiday": ("Europe/Paris", OFFICE),
    "always": ("Europe/Paris", [(day, "00:00", "24:00", None, None) for day in range(1, 8)]),
    "lunch": (
        "Europe/Paris",
        [(day, "08:30", "12:30", None, date(2024, 7, 1)) for day in range(1, 6)]
        + [(day, "08:00", "12:15", date(2024, 7, 1), None) for day in range(1, 6)]
        + [(day, "13:30", "17:45", None, None) for day in range(1, 5)],
    ),
    "montreal": ("America/Montreal", [(day, "09:00", "17:00", None, None) for day in range(1, 6)]),
    "night": (
        "America/New_York",
        [(day, "00:00", "07:00", None, None) for day in range(1, 8)]
        + [(day, "21:30", "24:00", None, None) for day in range(1, 7)],
    ),
    "sydney": ("Australia/Sydney", [(day, "10:00", "22:00", None, None) for day in (3, 6, 7)]),
    "adelaide": (
        "Australia/Adelaide",
        [(day, "07:00", "24:00", None, None) for day in range(1, 8)],
    ),
}
# (calendar, date) -> None for closed, or the reduced hours
HOLIDAYS = {
    ("office", date(2024, 4, 1)): None,
    ("office", date(2023, 12, 25)): None,
    ("office", date(2024, 12, 24)): ("10:00", "15:30"),
    ("lunch", date(2024, 12, 24)): ("09:00", "16:00"),
    ("lunch", date(2024, 12, 28)): ("09:00", "24:00"),
    ("montreal", date(2024, 7, 1)): None,
    ("night", date(2024, 3, 10)): None,
    ("always", date(2024, 1, 1)): None,
}
PROBE = """
select
    probes.probe_id,
    {{ business_seconds('start_clock', 'probes.start_at', 'end_clock', 'probes.end_at') }}
        as business_seconds,
    start_clock.business_date,
    start_clock.business_day_ends_at,
    start_clock.local_date

from raw.probes
{{ business_clock_join('start_clock', 'probes.calendar_id', 'probes.start_at') }}
{{ business_clock_join('end_clock', 'probes.calendar_id', 'probes.end_at') }}
"""


def _instant(zone: str, day: date, clock: str) -> datetime:
    """Return the UTC instant of a wall clock; 24:00 is the next midnight."""
    hours, minutes = map(int, clock.split(":"))
    wall = datetime.combine(day, time()) + timedelta(hours=hours, minutes=minutes)
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _slots(calendar_id: str, day: date) -> list[tuple[datetime, datetime]]:
    zone, lines = CALENDARS[calendar_id]
    if (calendar_id, day) in HOLIDAYS:
        hours = HOLIDAYS[calendar_id, day]
        spans = [hours] if hours else []
    else:
        spans = [
            (opens, closes)
            for weekday, opens, closes, valid_from, valid_to in lines
            if weekday == day.isoweekday()
            and (valid_from is None or valid_from <= day)
            and (valid_to is None or day < valid_to)
        ]
    return [(_instant(zone, day, opens), _instant(zone, day, closes)) for opens, closes in spans]


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def expected_seconds(calendar_id: str, start_at: datetime, end_at: datetime) -> float | None:
    if end_at < start_at:
        return 0.0 if start_at - end_at <= timedelta(seconds=60) else None
    around = _days(start_at.date() - timedelta(days=2), end_at.date() + timedelta(days=2))
    overlap = timedelta()
    for day in around:
        for opens_at, closes_at in _slots(calendar_id, day):
            overlap += max(timedelta(), min(end_at, closes_at) - max(start_at, opens_at))
    return overlap.total_seconds()


def expected_business_day(calendar_id: str, request_at: datetime) -> date | None:
    first = request_at.date() - timedelta(days=2)
    for day in _days(first, min(first + timedelta(days=40), LAST_DATE)):
        if any(closes_at > request_at for _, closes_at in _slots(calendar_id, day)):
            return day
    return None


def _random_pairs(generator: random.Random) -> list[tuple[str, datetime, datetime]]:
    first = datetime.combine(FIRST_DATE + timedelta(days=3), time(), UTC)
    span_us = int((datetime.combine(LAST_DATE, time(), UTC) - first).total_seconds() - 86400 * 60)
    # instants on slot bounds, local midnights and clock changes, besides arbitrary ones
    edges = [
        edge
        for calendar_id in CALENDARS
        for day in _days(date(2024, 3, 8), date(2024, 4, 8))
        + _days(date(2024, 10, 1), date(2024, 11, 5))
        for slot in _slots(calendar_id, day)
        for edge in slot
    ]
    pairs = []
    for _ in range(INSTANT_PAIRS):
        start_at = generator.choice(
            [
                first
                + timedelta(
                    seconds=generator.randrange(span_us), microseconds=generator.randrange(10**6)
                ),
                generator.choice(edges),
                generator.choice(edges) + timedelta(seconds=generator.choice([-1, 1])),
            ]
        )
        length = generator.choice([70, 3600, 86400, 86400 * 10, 86400 * 55])
        end_at = generator.choice(
            [
                start_at + timedelta(seconds=generator.randrange(-90, length)),
                start_at + timedelta(microseconds=generator.randrange(length * 10**6)),
                max(start_at, generator.choice(edges)),
            ]
        )
        pairs.append((generator.choice(list(CALENDARS)), start_at, end_at))
    return pairs


def _paris(*wall: int) -> datetime:
    return datetime(*wall, tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)


WORKED = {
    "weekend, holiday and clock change": (
        "office",
        _paris(2024, 3, 29, 17, 15),
        _paris(2024, 4, 2, 10, 30),
        8100.0,
    ),
    "without the holiday": (
        "no_holiday",
        _paris(2024, 3, 29, 17, 15),
        _paris(2024, 4, 2, 10, 30),
        40500.0,
    ),
    "spring night": ("always", _paris(2024, 3, 30, 22), _paris(2024, 3, 31, 6), 25200.0),
    "autumn night": ("always", _paris(2024, 10, 26, 22), _paris(2024, 10, 27, 6), 32400.0),
    "closed": ("office", _paris(2024, 3, 30, 10), _paris(2024, 3, 30, 10, 45), 0.0),
    "no reply": ("office", _paris(2024, 3, 29, 17, 15), None, None),
    "no calendar": (None, _paris(2024, 3, 29, 17, 15), _paris(2024, 4, 2, 10, 30), None),
    "unknown calendar": ("nobody", _paris(2024, 3, 29, 17, 15), _paris(2024, 4, 2, 10, 30), None),
    "reduced hours": ("office", _paris(2024, 12, 24, 8), _paris(2024, 12, 24, 20), 19800.0),
    "over lunch": ("lunch", _paris(2024, 6, 25, 12), _paris(2024, 6, 25, 14), 3600.0),
    "change of hours": ("lunch", _paris(2024, 6, 28, 8), _paris(2024, 7, 1, 13), 29700.0),
    "Montreal": ("montreal", _paris(2024, 7, 2, 14), _paris(2024, 7, 2, 16), 3600.0),
    "before the calendars begin": ("office", _paris(2020, 1, 6, 9), _paris(2024, 1, 9, 9), None),
}
# request -> business day; None where the calendars end before the next opening
REQUESTS = {
    "open": ("office", _paris(2024, 3, 28, 9, 30), date(2024, 3, 28)),
    "a minute before closing": ("office", _paris(2024, 3, 28, 17, 59), date(2024, 3, 28)),
    "at closing": ("office", _paris(2024, 3, 28, 18), date(2024, 3, 29)),
    "after closing": ("office", _paris(2024, 3, 29, 19), date(2024, 4, 2)),
    "at the weekend": ("office", _paris(2024, 3, 30, 10), date(2024, 4, 2)),
    "on a holiday": ("office", _paris(2024, 4, 1, 11), date(2024, 4, 2)),
    "before opening": ("office", _paris(2024, 4, 2, 8, 15), date(2024, 4, 2)),
    "at lunch": ("lunch", _paris(2024, 6, 25, 13), date(2024, 6, 25)),
    "the calendars end": ("office", _paris(2025, 12, 31, 18, 30), None),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Answers of the models to the worked, the business-day and the random probes, by probe id."""
    project = tmp_path_factory.mktemp("business_time")
    for name in ("macros", "seeds", "dbt_packages", "models/intermediate/time", "tests/fixtures"):
        shutil.copytree(PROJECT_DIR / name, project / name)
    for name in ("dbt_project.yml", "packages.yml"):
        shutil.copy(PROJECT_DIR / name, project / name)
    shutil.copy(PROJECT_DIR / "profiles.example.yml", project / "profiles.yml")

    reference = project / "seeds" / "reference"
    lines = ["calendar_id,time_zone,weekday,open_time,close_time,valid_from,valid_to"]
    lines += [
        ",".join([calendar_id, zone, *(str(value or "") for value in slot)])
        for calendar_id, (zone, slots) in CALENDARS.items()
        for slot in slots
    ]
    (reference / "cfg_business_calendars.csv").write_text("\n".join(lines) + "\n")
    lines = ["calendar_id,holiday_date,name,open_time,close_time"]
    lines += [
        f"{calendar_id},{day},special,{','.join(hours or ('', ''))}"
        for (calendar_id, day), hours in HOLIDAYS.items()
    ]
    (reference / "cfg_holidays.csv").write_text("\n".join(lines) + "\n")
    (project / "models" / "intermediate" / "int_probes_timed.sql").write_text(PROBE)

    probes = {name: case[:3] for name, case in WORKED.items()}
    probes |= {f"request {name}": (case[0], case[1], None) for name, case in REQUESTS.items()}
    pairs = _random_pairs(random.Random(20260701))
    probes |= {f"random {number}": pair for number, pair in enumerate(pairs)}

    warehouse = project / "warehouse" / "business_time.duckdb"
    warehouse.parent.mkdir()
    connection = duckdb.connect(str(warehouse))
    connection.execute("create schema raw")
    connection.execute(
        "create table raw.probes "
        "(probe_id varchar, calendar_id varchar, start_at timestamp, end_at timestamp)"
    )
    connection.executemany(
        "insert into raw.probes values (?, ?, ?, ?)",
        [
            [
                probe_id,
                calendar_id,
                start_at.replace(tzinfo=None),
                end_at.replace(tzinfo=None) if end_at else None,
            ]
            for probe_id, (calendar_id, start_at, end_at) in probes.items()
        ],
    )
    connection.close()

    dbt = Path(sys.executable).with_name("dbt")
    types = ["--resource-type", "seed", "--resource-type", "model"]
    coverage = f"{{calendar_start_date: '{FIRST_DATE}', calendar_end_date: '{LAST_DATE}'}}"
    run = subprocess.run(
        [dbt, "build", "--quiet", *types, "--select", "+int_probes_timed", "--vars", coverage],
        cwd=project,
        env={**os.environ, "SERVICE_KPIS_WAREHOUSE": str(warehouse)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    connection = duckdb.connect(str(warehouse), read_only=True)
    rows = connection.execute(
        "select probe_id, business_seconds, business_date, business_day_ends_at "
        "from intermediate.int_probes_timed"
    ).fetchall()
    connection.close()
    assert len(rows) == len(probes)  # the join repeats and loses nothing
    return pairs, {row[0]: row[1:] for row in rows}


@pytest.mark.parametrize("name", WORKED)
def test_worked_examples(answers, name):
    assert answers[1][name][0] == WORKED[name][3]


@pytest.mark.parametrize("name", REQUESTS)
def test_business_day_of_a_request(answers, name):
    assert answers[1][f"request {name}"][1] == REQUESTS[name][2]


def test_random_instants_match_the_sum_of_overlaps(answers):
    pairs, rows = answers
    wrong = []
    for number, (calendar_id, start_at, end_at) in enumerate(pairs):
        expected = expected_seconds(calendar_id, start_at, end_at)
        actual = rows[f"random {number}"][0]
        if actual != expected:
            wrong.append((calendar_id, start_at, end_at, expected, actual))
    assert not wrong, wrong[:5]


def test_random_requests_match_their_business_day(answers):
    pairs, rows = answers
    wrong = []
    for number, (calendar_id, start_at, _) in enumerate(pairs):
        _, business_date, ends_at = rows[f"random {number}"]
        expected = expected_business_day(calendar_id, start_at)
        expected_end = (
            _instant(CALENDARS[calendar_id][0], expected, "24:00").replace(tzinfo=None)
            if expected
            else None
        )
        if (business_date, ends_at) != (expected, expected_end):
            wrong.append((calendar_id, start_at, expected, business_date, ends_at))
    assert not wrong, wrong[:5]
