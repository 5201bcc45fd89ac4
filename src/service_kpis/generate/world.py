"""What one run is about: its parameters, its clock and the fixed facts of the service centre."""

from __future__ import annotations

import datetime as dt
import zlib
from dataclasses import dataclass

import numpy as np

from service_kpis.generate.clock import DAY, Zone, day_number, open_shares, read_seed

PARIS = "Europe/Paris"
MONTREAL = "America/Montreal"

#: team_id, name, site, vendor, cost centre, zone, country, share of the agents
TEAMS = [
    ("paris_voice", "Téléphone Paris", "Paris", None, "CC10", PARIS, "FR", 0.37),
    ("lisbon_voice", "Voz Lisboa", "Lisboa", "atlantico", "CC20", "Europe/Lisbon", "PT", 0.21),
    ("paris_retention", "Fidélisation et ventes", "Paris", None, "CC11", PARIS, "FR", 0.06),
    ("lille_digital", "Digital Lille", "Lille", None, "CC30", PARIS, "FR", 0.20),
    ("strasbourg_email", "Courriel Strasbourg", "Strasbourg", None, "CC40", PARIS, "FR", 0.05),
    ("montreal_email", "Courriel Montréal", "Montréal", None, "CC50", MONTREAL, "CA", 0.06),
    ("paris_experts", "Experts", "Paris", None, "CC12", PARIS, "FR", 0.05),
    ("paris_support", "Qualité, formation, pilotage", "Paris", None, "CC90", PARIS, "FR", 0.0),
]
TEAM_IDS = [team[0] for team in TEAMS]
SUPPORT = TEAM_IDS.index("paris_support")
MONTREAL_TEAM = TEAM_IDS.index("montreal_email")
VENDOR_TEAM = TEAM_IDS.index("lisbon_voice")
EXPERT_TEAM = TEAM_IDS.index("paris_experts")
RETENTION_TEAM = TEAM_IDS.index("paris_retention")

CHANNELS = [
    "phone", "chat", "email", "web_form", "messaging", "whatsapp", "sms", "social", "post",
    "in_person", "app", "api",
]  # fmt: skip
PHONE, CHAT, EMAIL, WEB_FORM, MESSAGING, WHATSAPP, SMS, SOCIAL, POST, IN_PERSON, APP, API = range(
    12
)
#: Share of the tickets that come by each channel.
CHANNEL_SHARE = np.array(
    [0.42, 0.13, 0.21, 0.09, 0.04, 0.035, 0.01, 0.02, 0.01, 0.008, 0.017, 0.01]
)
STATUSES = ["new", "open", "pending", "hold", "solved", "closed", "deleted"]
NEW, OPEN, PENDING, HOLD, SOLVED, CLOSED, DELETED = range(7)
PRIORITIES = ["low", "normal", "high", "urgent"]
TICKET_TYPES = ["question", "incident", "problem", "task", "complaint", "cancellation"]
#: Leaf topics a contact can have, and their share.
TOPIC_SHARE = {
    "login_problem": 0.09, "account_change": 0.05, "data_privacy": 0.01, "invoice_question": 0.11,
    "payment_failed": 0.06, "refund_request": 0.07, "order_status": 0.15, "delivery_late": 0.09,
    "delivery_damaged": 0.04, "product_return": 0.06, "device_setup": 0.06, "outage": 0.05,
    "product_defect": 0.05, "plan_change": 0.04, "cancellation": 0.03, "new_offer": 0.02,
    "other": 0.02,
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """Parameters and clock of one run; every stage draws from its own random stream."""

    tickets: int
    months: int
    seed: int
    dirty_rate: float
    end: dt.date

    def __post_init__(self) -> None:
        """Derive days, instants, zones and the configuration read from the seeds."""
        first = self.end.replace(day=1)
        for _ in range(self.months - 1):
            first = (first - dt.timedelta(days=1)).replace(day=1)
        put = object.__setattr__
        put(self, "first_day", day_number(first))
        put(self, "last_day", day_number(self.end))
        put(self, "days", np.arange(self.first_day, self.last_day + 1, dtype=np.int64))
        names = sorted({team[5] for team in TEAMS})
        put(self, "zones", {n: Zone(n, self.first_day - 1, self.last_day + 1) for n in names})
        put(self, "paris", self.zones[PARIS])
        midnight = np.array([(self.last_day + 1) * DAY])
        put(self, "as_of", int(self.paris.to_utc(midnight)[0]))
        put(self, "start", int(self.paris.to_utc(np.array([self.first_day * DAY]))[0]))
        queues = read_seed("cfg_queues")
        put(self, "queue_ids", [row["queue_id"] for row in queues])
        put(self, "queue_calendar_ids", [row["calendar_id"] for row in queues])
        put(self, "queue_team", np.array([TEAM_IDS.index(row["team_id"]) for row in queues]))
        put(
            self,
            "queue_level",
            np.array([int(row["service_level_seconds"] or 90) for row in queues]),
        )
        put(self, "calendar_ids", sorted(set(self.queue_calendar_ids)))
        topics = read_seed("cfg_topics")
        put(self, "topic_ids", [row["topic_code"] for row in topics])
        put(self, "topic_parent", [row["parent_topic_code"] for row in topics])
        put(
            self,
            "topic_selfcare",
            np.array([row["is_selfcare_eligible"] == "true" for row in topics]),
        )
        put(self, "topic_resolution", [row["standard_resolution_code"] for row in topics])
        put(self, "topic_share", np.array([TOPIC_SHARE.get(t, 0.0) for t in self.topic_ids]))
        put(self, "_open", {c: open_shares(c, self.days) for c in self.calendar_ids})

    def rng(self, stage: str) -> np.random.Generator:
        """Return the random stream of a stage; the same for the same seed and name."""
        entropy = [self.seed, zlib.crc32(stage.encode())]
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))

    def queue(self, queue_id: str) -> int:
        """Return the number of a queue."""
        return self.queue_ids.index(queue_id)

    def topic(self, topic_code: str) -> int:
        """Return the number of a topic."""
        return self.topic_ids.index(topic_code)

    def open_share(self, calendar_id: str) -> np.ndarray:
        """Return days × 48 local half-hours: the share of each that a calendar is open."""
        return self._open[calendar_id]

    def is_open(self, queue: np.ndarray, utc: np.ndarray) -> np.ndarray:
        """Return whether each queue is open at each instant (to the half-hour)."""
        local = self.paris.to_local(utc)
        day = np.clip(local // DAY - self.first_day, 0, len(self.days) - 1)
        slot = local % DAY // 1800
        result = np.zeros(len(utc), bool)
        for number, calendar_id in enumerate(self.queue_calendar_ids):
            rows = queue == number
            if rows.any():
                result[rows] = self._open[calendar_id][day[rows], slot[rows]] >= 0.99
        return result
