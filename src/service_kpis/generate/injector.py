"""The list of known faults, and the hand that puts them into clean tables."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from service_kpis.generate.tables import NULL, Cat, Ids, Table
from service_kpis.generate.world import World
from service_kpis.raw_schema import raw_tables

FAULT_SCHEMA = pa.schema(
    [
        (name, pa.string())
        for name in ("table_name", "row_key", "column_name", "fault_code", "edge_case", "detail")
    ]
)

#: Every fault: edge case, what is put in, what the warehouse is to do with it.
CATALOGUE: dict[str, tuple[str, str, str]] = {
    "duplicate_exact": ("Q09", "the row a second time, word for word", "one is superseded"),
    "redelivered_older": (
        "Q09", "an older version of the row, loaded a day earlier", "the older one is superseded"),
    "null_key": ("Q09", "the key is null", "rejected"),
    "after_as_of": ("Q09", "a row of its own, dated after as_of", "left out, a finding"),
    "untrimmed_code": ("E36", "spaces around a code", "trimmed, the code counts"),
    "case_code": ("E36", "a code in capitals", "lower case, the code counts"),
    "invalid_code": ("E36", "a code that the schema does not know", "unknown member, a finding"),
    "unknown_agent": ("E36", "an agent that is not in agents", "unknown member, a finding"),
    "unknown_team": ("E36", "a team that is not in teams", "unknown member, a finding"),
    "unknown_topic": ("E36", "a topic that is not in cfg_topics", "unknown member, a finding"),
    "unknown_queue": ("E36", "a queue that is not in cfg_queues", "unknown member, a finding"),
    "unknown_channel": ("E36", "a channel that is not in cfg_channels", "asynchronous, unknown"),
    "unknown_customer": ("E36", "a customer that is not in customers", "unknown member, a finding"),
    "orphan_ticket": ("E35", "a ticket that is not in tickets", "kept in its own KPI, a finding"),
    "orphan_call": ("E35", "a previous leg that is not in calls", "kept as a leg, a finding"),
    "orphan_reference": ("E35", "an id that is not in its table", "kept, a finding"),
    "orphan_invitation": ("E17", "an invitation that does not exist", "counts without invitation"),
    "survey_unlinked": ("E17", "an answer without ticket and agent", "counts globally"),
    "end_before_start_small": ("E12", "an end up to 60 s before its start", "duration 0"),
    "end_before_start_large": ("E12", "an end over 60 s before its start", "NULL, a finding"),
    "reply_before_contact_small": (
        "Q01", "a reply up to 60 s before the ticket", "first reply, duration 0"),
    "reply_before_contact_large": (
        "Q01", "a reply over 60 s before the ticket", "skipped, a finding"),
    "event_before_created": ("E12", "a history event before the ticket", "a finding"),
    "value_out_of_range": ("Q12", "a number outside its bounds", "a finding"),
    "negative_duration": ("E12", "a duration below zero", "NULL, a finding"),
    "export_mismatch": ("Q20", "an export's own total that does not fit", "ours counts, a finding"),
    "merge_cycle": ("E05", "two tickets merged into each other", "both count, a finding"),
    "merge_into_self": ("E05", "a ticket merged into itself", "counts, a finding"),
    "merge_missing": ("E05", "merged into one that does not exist", "excluded, a finding"),
    "customer_merge_cycle": (
        "E39", "two customers merged into each other", "each stays, a finding"
    ),
    "customer_merge_missing": ("E39", "a customer merged into nobody", "stays, a finding"),
    "missing_wrap": ("E23", "an answered call without wrap", "wrap 0, a finding"),
    "open_wrap": ("E23", "wrap left open for hours", "cut at acw_cap_seconds"),
    "queued_no_answer": ("Q13", "a queued call ends as no_answer", "not offered, a finding"),
    "sale_without_currency": ("E29", "a sale without currency", "amount NULL, a finding"),
    "active_over_session": ("E25", "a chat more active than it was long", "a finding"),
    "score_out_of_scale": ("E15", "score 11 on 0 to 10", "invalid, never clipped"),
    "score_not_integer": ("E15", "score 3.5", "invalid"),
    "score_null": ("E15", "no score", "invalid"),
    "scale_unknown": ("E15", "scale 0 to 100", "invalid"),
    "question_unknown": ("E15", "a question nobody configured", "invalid"),
    "choice_unknown": ("Q152", "a choice that is none of ours", "invalid"),
    "duplicate_answer": ("E14", "a second answer to the invitation", "the latest counts"),
    "late_answer": ("E16", "an answer 40 days after the invitation", "kept, out of the marts"),
    "overlapping_state": (
        "Q64", "a state begins before the last one ends", "each second counts once"),
    "open_state": ("Q64", "a state without end", "ends where the next begins"),
    "overlapping_assignment": (
        "G9", "two assignments at a time", "the later start wins, a finding"),
    "termination_before_hire": ("E12", "last day before the first", "a finding"),
    "impossible_hours": ("Q12", "more hours than the day has", "a finding"),
    "missing_fx_rate": ("E29", "a cost in a currency without rate", "total NULL, a failing test"),
    "adjustment_unknown": ("E28", "a pay adjustment of an unknown line", "its own pay period"),
    "period_end_before_start": ("E12", "a pay period that ends first", "a finding"),
    "late_row": ("E40", "a row loaded 20 days after it happened", "its day is restated"),
}  # fmt: skip

#: The instants of a row, first the one that dates it.
TIMES = {
    "tickets": ["created_at", "updated_at", "solved_at", "closed_at"],
    "ticket_events": ["event_at"],
    "messages": ["sent_at"],
    "calls": ["started_at", "enqueued_at", "answered_at", "ended_at", "acw_ended_at"],
    "chat_sessions": ["started_at", "queued_at", "first_agent_message_at", "ended_at"],
    "survey_responses": ["answered_at"],
    "agent_states": ["started_at", "ended_at"],
    "bot_conversations": [
        "started_at",
        "first_bot_answer_at",
        "last_bot_answer_at",
        "handoff_requested_at",
        "handed_off_at",
        "ended_at",
    ],
    "self_service_sessions": ["started_at", "ended_at"],
    "ai_answer_reviews": ["reviewed_at", "answered_at"],
    "transcripts": ["occurred_at"],
    "qa_reviews": ["reviewed_at", "interaction_at"],
    "root_causes": ["analysed_at"],
    "mystery_calls": ["call_at"],
    "orders": ["ordered_at"],
    "cancellation_requests": ["requested_at", "outcome_at"],
    "social_mentions": ["posted_at", "replied_at"],
    "brand_posts": ["posted_at"],
}
UNKNOWN_NUMBER = 99_900_000


class Injector:
    """Chooses rows, changes them and keeps the list; no row gets two faults."""

    def __init__(self, world: World, tables: dict[str, Table]) -> None:
        """Start with clean tables."""
        self.world, self.tables = world, tables
        self.rng = world.rng("faults")
        self.faults: list[tuple] = []
        self.used = {name: np.zeros(len(table), bool) for name, table in tables.items()}
        self.fresh = UNKNOWN_NUMBER

    def pick(self, name: str, mask: np.ndarray | None = None, most: int = 10**9) -> np.ndarray:
        """Return untouched rows to put one fault in: about the dirty rate's share, at least one."""
        table = self.tables[name]
        free = ~self.used[name]
        if mask is not None:
            free[: len(mask)] &= mask
        rows = np.flatnonzero(free)
        wanted = max(1, min(most, int(self.world.dirty_rate * len(table) / 12)))
        if len(rows) > wanted:
            rows = np.sort(self.rng.choice(rows, wanted, replace=False))
        self.used[name][rows] = True
        return rows

    def note(self, name: str, rows, column: str, code: str, details=None) -> None:
        """List a fault of rows that still have their key."""
        table = self.tables[name]
        keys = [table.columns[key] for key in raw_tables()[name].key]
        texts = [
            (key[rows] if isinstance(key, np.ndarray) else key.take(rows).arrow().to_pylist())
            for key in keys
        ]
        types = {column.name: column.data_type for column in raw_tables()[name].columns}
        instant = [types[key] == "timestamptz" for key in raw_tables()[name].key]
        epoch = np.datetime64("1970-01-01")

        def written(part, is_instant: bool) -> str:
            if not isinstance(part, np.integer):
                return part or ""
            if is_instant:
                return str(np.datetime64(int(part), "s")).replace("T", " ")
            return str(epoch + int(part))

        for number, parts in enumerate(zip(*texts, strict=True)):
            text = "|".join(map(written, parts, instant))
            detail = CATALOGUE[code][1] if details is None else str(details[number])
            self.faults.append((name, text, column, code, CATALOGUE[code][0], detail))

    def has(self, name: str, column: str) -> np.ndarray:
        """Return which rows have a value in a column."""
        values = self.tables[name].columns[column]
        if isinstance(values, Cat):
            return values.codes >= 0
        if isinstance(values, Ids):
            return values.numbers >= 0
        if isinstance(values, np.ndarray):
            return ~np.isnan(values) if values.dtype.kind == "f" else values != NULL
        return values.number >= 0

    def equals(self, name: str, column: str, value: str) -> np.ndarray:
        """Return which rows have this value in a column of codes."""
        values = self.tables[name].columns[column]
        return values.codes == (values.values.index(value) if value in values.values else -2)

    def text(self, name, column, code, value: str | Callable[[str], str], mask=None) -> None:
        """Put a text in place of another."""
        there = self.has(name, column)
        rows = self.pick(name, there if mask is None else there & mask)
        self.note(name, rows, column, code)
        table = self.tables[name]
        old = table.columns[column].take(rows).arrow().to_pylist()
        new = [value(was) if callable(value) else value for was in old]
        for row, text in zip(rows.tolist(), new, strict=True):
            table.override(column, row, text)
        if column in raw_tables()[name].key and len(rows):
            # a row is listed under the key it has
            place = raw_tables()[name].key.index(column)
            for number, text in enumerate(new, len(self.faults) - len(rows)):
                _, key, *others = self.faults[number]
                parts = key.split("|")
                parts[place] = text
                self.faults[number] = (name, "|".join(parts), *others)

    def number(self, name, column, code, change, mask=None, most=10**9) -> np.ndarray:
        """Put numbers in place of others and return the rows; `change` gets columns and rows."""
        there = self.has(name, column)
        rows = self.pick(name, there if mask is None else there & mask, most)
        self.note(name, rows, column, code)
        columns = self.tables[name].columns
        columns[column][rows] = change(columns, rows)
        return rows

    def copies(self, name: str, code: str, mask=None) -> tuple[np.ndarray, np.ndarray]:
        """Append copies of rows, list them, and return the rows and the copies."""
        rows = self.pick(name, mask)
        self.note(name, rows, raw_tables()[name].key[0], code)
        made = self.tables[name].append_copies(rows)
        self.used[name] = np.append(self.used[name], np.ones(len(made), bool))
        return rows, made

    def new_keys(self, name: str, rows: np.ndarray) -> None:
        """Give rows keys that no other row has."""
        key = self.tables[name].columns[raw_tables()[name].key[0]]
        key.numbers[rows] = np.arange(self.fresh, self.fresh + len(rows))
        self.fresh += len(rows)
