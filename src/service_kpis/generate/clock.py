"""Local time, opening hours and holidays, from the zone database and the reference seeds."""

from __future__ import annotations

import csv
import datetime as dt
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from service_kpis.raw_schema import PROJECT_DIR

HALF_HOUR = 1800
DAY = 86_400
EPOCH = dt.date(1970, 1, 1)


def day_number(date: dt.date) -> int:
    """Return the days from 1970-01-01 to a date."""
    return (date - EPOCH).days


def date_of(day: int) -> dt.date:
    """Return the date of a day number."""
    return EPOCH + dt.timedelta(days=int(day))


class Zone:
    """Offsets of one IANA zone between two day numbers, to turn whole arrays to and from UTC."""

    def __init__(self, name: str, first_day: int, last_day: int) -> None:
        """Read the offsets hour by hour; changes fall on whole hours in the zones used here."""
        hours = np.arange((first_day - 2) * 24, (last_day + 3) * 24, dtype=np.int64) * 3600
        zone = ZoneInfo(name)
        offsets = np.array(
            [
                int(dt.datetime.fromtimestamp(int(h), zone).utcoffset().total_seconds())
                for h in hours
            ]
        )
        keep = np.concatenate([[True], offsets[1:] != offsets[:-1]])
        self._from, self._offset = hours[keep], offsets[keep]

    def offset(self, utc: np.ndarray) -> np.ndarray:
        """Return the seconds that local time is ahead of UTC at instants."""
        return self._offset[np.searchsorted(self._from, utc, side="right") - 1]

    def to_local(self, utc: np.ndarray) -> np.ndarray:
        """Return local wall-clock seconds of instants."""
        return utc + self.offset(utc)

    def to_utc(self, local: np.ndarray) -> np.ndarray:
        """Return instants of local wall-clock seconds; a time in the spring gap moves on."""
        guess = local - self.offset(local - 3600)
        return local - self.offset(guess)


def read_seed(name: str) -> list[dict[str, str | None]]:
    """Return the rows of a reference seed; empty cells are None."""
    path: Path = PROJECT_DIR / "seeds" / "reference" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [{key: value or None for key, value in row.items()} for row in csv.DictReader(file)]


@cache
def _calendar_rows() -> dict[str, list[dict]]:
    rows: dict[str, list[dict]] = {}
    for row in read_seed("cfg_business_calendars"):
        rows.setdefault(row["calendar_id"], []).append(row)
    return rows


@cache
def _holidays() -> dict[tuple[str, str], dict]:
    return {(row["calendar_id"], row["holiday_date"]): row for row in read_seed("cfg_holidays")}


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def is_holiday(calendar_id: str, date: dt.date) -> bool:
    """Return whether a calendar is closed all day for a holiday."""
    row = _holidays().get((calendar_id, date.isoformat()))
    return row is not None and row["open_time"] is None


def open_minutes(calendar_id: str, date: dt.date) -> list[tuple[int, int]]:
    """Return the opening slots of a local date as minutes since midnight, end exclusive."""
    iso = date.isoformat()
    holiday = _holidays().get((calendar_id, iso))
    if holiday is not None:
        if holiday["open_time"] is None:
            return []
        return [(_minutes(holiday["open_time"]), _minutes(holiday["close_time"]))]
    return sorted(
        (_minutes(row["open_time"]), _minutes(row["close_time"]))
        for row in _calendar_rows()[calendar_id]
        if int(row["weekday"]) == date.isoweekday()
        and (row["valid_from"] is None or row["valid_from"] <= iso)
        and (row["valid_to"] is None or iso < row["valid_to"])
    )


def open_shares(calendar_id: str, days: np.ndarray) -> np.ndarray:
    """Return days × 48 half-hours: the share of each local half-hour that the calendar is open."""
    shares = np.zeros((len(days), 48))
    edges = np.arange(48) * 30
    for row, day in enumerate(days):
        for start, end in open_minutes(calendar_id, date_of(day)):
            overlap = np.minimum(edges + 30, end) - np.maximum(edges, start)
            shares[row] += np.clip(overlap, 0, 30) / 30
    return shares
