"""Known faults in the tables beside the contacts: quality, speech, customers, planning and more."""

from __future__ import annotations

import numpy as np

from service_kpis.generate.injector import Injector

#: Codes of reversed instants, and by how many seconds the end comes first.
REVERSED = (("end_before_start_small", 25), ("end_before_start_large", 700))


def _reverse(put: Injector, name: str, end: str, start: str, dates_row: bool = False) -> None:
    """Put ends before starts; where the end dates the row, it is loaded as early as that says."""
    for code, seconds in REVERSED:
        there = put.has(name, end) & put.has(name, start)
        rows = put.pick(name, there)
        put.note(name, rows, end, code)
        table = put.tables[name]
        table.columns[end][rows] = table.columns[start][rows] - seconds
        if dates_row:
            # it may be the very column
            table.changed = table.changed.copy()
            table.changed[rows] = table.columns[start][rows]


def _set(put: Injector, name: str, column: str, code: str, value: float) -> None:
    """Put one number in place of others."""
    put.number(name, column, code, lambda c, r: np.full(len(r), value))


def quality(put: Injector) -> None:
    """Put faults into reviews, their criteria, root causes and mystery calls."""
    name = "qa_reviews"
    put.text(name, "agent_id", "unknown_agent", "A99999")
    put.text(name, "reviewer_id", "unknown_agent", "A99999")
    put.text(name, "ticket_id", "orphan_ticket", "T99999999")
    put.text(name, "supersedes_review_id", "orphan_reference", "QA9999999")
    put.text(name, "review_kind", "untrimmed_code", lambda was: f" {was}")
    put.text(name, "status", "case_code", str.upper)
    put.text(name, "status", "invalid_code", "shredded")
    _set(put, name, "points_obtained", "value_out_of_range", -500)
    _reverse(put, name, "reviewed_at", "interaction_at", dates_row=True)
    name = "qa_review_items"
    # each row another unknown review: two of one criterion would be one row delivered twice
    put.text(name, "review_id", "orphan_reference", lambda was: f"X{was}")
    put.text(name, "result", "invalid_code", "maybe")
    put.text(name, "category", "case_code", str.upper)
    _set(put, name, "weight", "value_out_of_range", -100)
    put.text("root_causes", "root_cause", "invalid_code", "gremlins")
    put.text("root_causes", "source_type", "untrimmed_code", lambda was: f"{was} ")
    put.text("root_causes", "error_domain", "case_code", str.capitalize)
    put.text("mystery_calls", "agent_id", "unknown_agent", "A99999")
    _set(put, "mystery_calls", "overall_score", "value_out_of_range", 1.4)
    _set(put, "mystery_calls", "channels_promoted_count", "value_out_of_range", -1)


def speech(put: Injector) -> None:
    """Put faults into transcripts, their keywords and the scores of texts."""
    name = "transcripts"
    put.text(name, "ticket_id", "orphan_ticket", "T99999999")
    put.text(name, "agent_id", "unknown_agent", "A99999")
    put.text(name, "interaction_type", "case_code", str.upper)
    put.text(name, "language", "case_code", str.upper)
    _set(put, name, "word_count", "value_out_of_range", -12)
    name = "transcript_keywords"
    put.text(name, "transcript_id", "orphan_reference", lambda was: f"X{was}")
    put.text(name, "keyword_code", "orphan_reference", lambda was: f"{was}_old")
    customer = put.equals(name, "speaker", "customer")
    put.text(name, "speaker", "invalid_code", "robot", customer)
    _set(put, name, "occurrences", "value_out_of_range", -3)
    _set(put, name, "first_offset_seconds", "negative_duration", -20)
    put.text("text_sentiments", "label", "invalid_code", "mixed")
    put.text("text_sentiments", "label", "case_code", str.capitalize)
    _set(put, "text_sentiments", "score", "value_out_of_range", 1.7)


def customers(put: Injector) -> None:
    """Put faults into subscriptions, orders and requests to cancel."""
    for name in ("subscriptions", "orders", "cancellation_requests"):
        put.text(name, "customer_id", "unknown_customer", "C9999999")
    _reverse(put, "subscriptions", "ended_at", "started_at")
    put.text("orders", "status", "invalid_code", "lost")
    put.text("orders", "currency", "case_code", str.lower)
    name = "cancellation_requests"
    put.text(name, "subscription_id", "orphan_reference", "SB99999999")
    put.text(name, "agent_id", "unknown_agent", "A99999")
    put.text(name, "channel", "unknown_channel", "pigeon")
    put.text(name, "outcome", "invalid_code", "thinking")
    _reverse(put, name, "outcome_at", "requested_at")


def planning(put: Injector) -> None:
    """Put faults into forecasts and staffing."""
    for name in ("forecasts", "staffing_intervals"):
        put.text(name, "queue_id", "unknown_queue", lambda was: f"{was}_gone")
        _set(put, name, "interval_minutes", "value_out_of_range", 0)
    _set(put, "forecasts", "forecast_contacts", "value_out_of_range", -4000)
    _set(put, "forecasts", "forecast_aht_seconds", "negative_duration", -9000)
    _set(put, "staffing_intervals", "actual_staff", "value_out_of_range", -200)


def social(put: Injector) -> None:
    """Put faults into mentions, brand posts and reviews of machine answers."""
    name = "social_mentions"
    put.text(name, "customer_id", "unknown_customer", "C9999999")
    put.text(name, "agent_id", "unknown_agent", "A99999")
    put.text(name, "ticket_id", "orphan_ticket", "T99999999")
    put.text(name, "platform", "invalid_code", "pigeon_post")
    put.text(name, "mention_type", "case_code", str.upper)
    _set(put, name, "rating_stars", "value_out_of_range", 7)
    _reverse(put, name, "replied_at", "posted_at")
    put.text("brand_posts", "platform", "invalid_code", "billboard")
    _set(put, "brand_posts", "impressions", "value_out_of_range", -1)
    name = "ai_answer_reviews"
    put.text(name, "bot_conversation_id", "orphan_reference", "B99999999")
    put.text(name, "ticket_id", "orphan_ticket", "T99999999")
    put.text(name, "verdict", "invalid_code", "charming")
    put.text(name, "assist_mode", "untrimmed_code", lambda was: f" {was}")
    _reverse(put, name, "reviewed_at", "answered_at", dates_row=True)


def governance(put: Injector) -> None:
    """Put faults into improvement actions."""
    name = "improvement_actions"
    put.text(name, "governance_review_id", "orphan_reference", "GR999999")
    put.text(name, "owner_agent_id", "unknown_agent", "A99999")
    put.text(name, "action_kind", "invalid_code", "wishful")
    put.number(name, "closed_on", "period_end_before_start",
               lambda c, r: c["opened_on"][r] - 4)  # fmt: skip
