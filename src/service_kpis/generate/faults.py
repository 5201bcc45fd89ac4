"""Known faults in the tables of contacts, people and money, and on the way of every table."""

from __future__ import annotations

import numpy as np

from service_kpis.generate.faults_beside import (
    customers,
    governance,
    planning,
    quality,
    social,
    speech,
)
from service_kpis.generate.injector import (
    CATALOGUE,
    FAULT_SCHEMA,
    TIMES,
    UNKNOWN_NUMBER,
    Injector,
)
from service_kpis.generate.tables import DAY, NULL, Ids, Table, load_instants
from service_kpis.generate.world import World
from service_kpis.raw_schema import raw_tables

__all__ = ["CATALOGUE", "FAULT_SCHEMA", "inject"]


def inject(world: World, tables: dict[str, Table]) -> list[tuple]:
    """Put faults of every kind into the tables.

    Args:
        world: parameters; about `dirty_rate` of each table's rows get a fault.
        tables: clean tables by name; changed in place.

    Returns:
        One tuple per fault, in the order of `FAULT_SCHEMA`, sorted.
    """
    put = Injector(world, tables)
    _helpdesk(put)
    _live(put)
    _surveys(put)
    _workforce(put)
    _money(put)
    _digital(put)
    for subject in (quality, speech, customers, planning, social, governance):
        subject(put)
    for name in tables:
        _deliveries(put, name)
    return sorted(put.faults)


def _helpdesk(put: Injector) -> None:
    plain = put.equals("tickets", "status", "closed") & ~put.has("tickets", "merged_into_ticket_id")
    plain &= ~put.has("tickets", "followup_of_ticket_id")
    tickets = put.tables["tickets"]
    rows = put.pick("tickets", plain)
    rows = rows[: len(rows) // 2 * 2] if len(rows) > 1 else np.append(rows, put.pick(
        "tickets", plain, 1))  # fmt: skip
    put.note("tickets", rows, "merged_into_ticket_id", "merge_cycle")
    numbers = tickets.columns["ticket_id"].numbers
    merged = tickets.columns["merged_into_ticket_id"].numbers
    merged[rows[0::2]], merged[rows[1::2]] = numbers[rows[1::2]], numbers[rows[0::2]]
    rows = put.pick("tickets", plain)
    put.note("tickets", rows, "merged_into_ticket_id", "merge_into_self")
    merged[rows] = numbers[rows]
    rows = put.pick("tickets", plain)
    put.note("tickets", rows, "merged_into_ticket_id", "merge_missing")
    merged[rows] = UNKNOWN_NUMBER - 1
    put.text("tickets", "channel", "untrimmed_code", lambda was: f" {was} ")
    put.text("tickets", "status", "case_code", str.upper)
    put.text("tickets", "priority", "invalid_code", "asap")
    put.text("tickets", "channel", "unknown_channel", "fax")
    put.text("tickets", "assignee_agent_id", "unknown_agent", "A99999")
    put.text("tickets", "team_id", "unknown_team", "team_gone")
    put.text("tickets", "topic_code", "unknown_topic", "topic_gone")
    put.text("tickets", "queue_id", "unknown_queue", "queue_gone")
    put.text("tickets", "customer_id", "unknown_customer", "C9999999")
    put.number("tickets", "solved_at", "export_mismatch", lambda c, r: c["solved_at"][r] + 3600)

    # without its status changes a ticket would be solved otherwise than its export says
    kept = put.equals("ticket_events", "event_type", "status_change")
    put.text("ticket_events", "ticket_id", "orphan_ticket", "T99999999", ~kept)
    put.text("ticket_events", "event_type", "invalid_code", "assigned", ~kept)
    put.text("ticket_events", "event_type", "untrimmed_code", lambda was: f"{was} ")
    put.text("ticket_events", "new_value", "unknown_agent", "A99999",
             put.equals("ticket_events", "event_type", "owner_change"))  # fmt: skip
    put.number("ticket_events", "event_at", "event_before_created",
               lambda c, r: c["event_at"][r] - 400 * DAY,
               put.equals("ticket_events", "event_type", "priority_change"))  # fmt: skip
    events = put.tables["ticket_events"].columns["event_at"]
    np.maximum(events, put.world.start - 500 * DAY, out=events)

    put.text("messages", "ticket_id", "orphan_ticket", "T99999999")
    put.text("messages", "author_type", "case_code", str.capitalize)
    put.text("messages", "channel", "unknown_channel", "telepathy")
    put.text("messages", "message_purpose", "invalid_code", "chitchat")
    agent = put.equals("messages", "author_type", "agent")
    put.text("messages", "author_id", "unknown_agent", "A99999", agent)
    put.number("messages", "handle_seconds", "negative_duration", lambda c, r: np.full(len(r), -30))
    # first answers: the ticket's own instant tells how early they are
    created = np.zeros(int(numbers.max()) + 1, np.int64)
    created[np.clip(numbers, 0, None)] = tickets.columns["created_at"]
    message = put.tables["messages"].columns
    ticket = message["ticket_id"].numbers
    mine = np.flatnonzero(
        agent & put.equals("messages", "visibility", "public")
        & (message["is_automated"] == 0) & (ticket >= 0)
    )  # fmt: skip
    _, first = np.unique(ticket[mine], return_index=True)
    early = np.zeros(len(ticket), bool)
    early[mine[first]] = True
    for code, seconds in (("reply_before_contact_small", 30), ("reply_before_contact_large", 600)):
        rows = put.number("messages", "sent_at", code,
                          lambda c, r, s=seconds: created[ticket[r]] - s, early)  # fmt: skip
        # without its ticket nobody could tell
        put.used["tickets"] |= np.isin(numbers, ticket[rows])


def _live(put: Injector) -> None:
    queued = put.has("calls", "enqueued_at") & put.has("calls", "answered_at")
    for code, seconds in (("end_before_start_small", 20), ("end_before_start_large", 400)):
        put.number("calls", "answered_at", code,
                   lambda c, r, s=seconds: c["enqueued_at"][r] - s, queued)  # fmt: skip
        put.number("chat_sessions", "first_agent_message_at", code,
                   lambda c, r, s=seconds: c["queued_at"][r] - s)  # fmt: skip
    calls = put.tables["calls"].columns
    rows = put.pick("calls", queued)
    put.note("calls", rows, "wrap_seconds", "missing_wrap")
    calls["wrap_seconds"][rows] = calls["acw_ended_at"][rows] = NULL
    rows = put.pick("calls", queued & (calls["ended_at"] < put.world.as_of - 2 * DAY))
    put.note("calls", rows, "wrap_seconds", "open_wrap")
    calls["wrap_seconds"][rows] = 30_000
    calls["acw_ended_at"][rows] = calls["ended_at"][rows] + 30_000
    put.number("calls", "talk_seconds", "negative_duration", lambda c, r: np.full(len(r), -50))
    put.number("calls", "queue_seconds", "export_mismatch", lambda c, r: c["queue_seconds"][r] + 90)
    put.text("calls", "ticket_id", "orphan_ticket", "T99999999")
    put.text("calls", "previous_call_id", "orphan_call", "K99999999")
    put.text("calls", "agent_id", "unknown_agent", "A99999")
    put.text("calls", "queue_id", "unknown_queue", "queue_gone")
    put.text("calls", "customer_id", "unknown_customer", "C9999999")
    put.text("calls", "disposition", "untrimmed_code", lambda was: f"{was}  ")
    put.text("calls", "disposition", "case_code", str.title)
    put.text("calls", "transfer_type", "invalid_code", "warp")
    put.text("calls", "disposition", "queued_no_answer", "no_answer",
             put.equals("calls", "disposition", "abandoned_queue"))  # fmt: skip
    put.text("calls", "currency", "sale_without_currency", lambda was: None)
    put.number("chat_sessions", "active_seconds", "active_over_session",
               lambda c, r: c["ended_at"][r] - c["queued_at"][r] + 5000)  # fmt: skip
    put.text("chat_sessions", "ticket_id", "orphan_ticket", "T99999999")
    put.text("chat_sessions", "agent_id", "unknown_agent", "A99999")
    put.text("chat_sessions", "disposition", "invalid_code", "ghosted")


def _surveys(put: Injector) -> None:
    name = "survey_responses"
    table = put.tables[name]
    columns = table.columns
    # nobody looks at the score of a test or of half an answer
    counts = (columns["is_test"] != 1) & (columns["is_complete"] != 0)
    nps = counts & put.equals(name, "question_code", "nps_recommend") & (columns["scale_max"] == 10)
    csat = counts & put.equals(name, "question_code", "csat_overall") & put.has(name, "score")
    customer = put.equals(name, "audience", "customer")
    put.number(name, "score", "score_out_of_scale", lambda c, r: np.full(len(r), 11.0), nps)
    put.number(name, "score", "score_not_integer", lambda c, r: np.full(len(r), 3.5), csat)
    put.number(name, "score", "score_null", lambda c, r: np.full(len(r), np.nan), csat)
    put.number(name, "scale_max", "scale_unknown", lambda c, r: np.full(len(r), 100), csat)
    put.text(name, "question_code", "question_unknown", "favourite_colour", csat)
    put.text(name, "answer_choice", "choice_unknown", "perhaps", counts)
    put.text(name, "invitation_id", "orphan_invitation", "I99999999", customer)
    put.text(name, "ticket_id", "orphan_ticket", "T99999999")
    put.text(name, "agent_id", "unknown_agent", "A99999")
    linked = csat & put.has(name, "ticket_id")
    rows = put.pick(name, linked)
    put.note(name, rows, "ticket_id", "survey_unlinked")
    for row in rows.tolist():
        for column in ("ticket_id", "agent_id", "interaction_id", "invitation_id"):
            table.override(column, row, None)
    early = csat & (columns["answered_at"] < put.world.as_of - 70 * DAY)
    early &= put.has(name, "invitation_id")
    rows = put.pick(name, early if early.any() else csat)
    put.note(name, rows, "answered_at", "late_answer")
    columns["answered_at"][rows] += 40 * DAY
    columns["answered_at"][rows] = np.minimum(columns["answered_at"][rows], put.world.as_of - 60)
    table.changed[rows] = columns["answered_at"][rows]
    early = csat & put.has(name, "invitation_id")
    early &= columns["answered_at"] < put.world.as_of - 2 * DAY
    rows, made = put.copies(name, "duplicate_answer", early)
    put.new_keys(name, made)
    columns["answered_at"][made] += 600
    columns["score"][made] = 6 - columns["score"][made]
    table.changed[made] = columns["answered_at"][made]
    put.text("survey_invitations", "ticket_id", "orphan_ticket", "T99999999")
    put.text("survey_invitations", "delivery_status", "invalid_code", "lost")
    put.text("survey_invitations", "collection_channel", "untrimmed_code", lambda was: f" {was}")


def _workforce(put: Injector) -> None:
    states = put.tables["agent_states"].columns
    busy = put.equals("agent_states", "state", "async_work")
    busy &= states["ended_at"] - states["started_at"] > 200
    # the states before and after are there and stay as they are, so that there is no other fault
    agent = states["agent_id"]
    agent = agent.numbers if isinstance(agent, Ids) else agent.codes
    follows = np.zeros(len(agent), bool)
    follows[1:] = (agent[1:] == agent[:-1]) & (states["started_at"][1:] == states["ended_at"][:-1])
    long_before = np.zeros(len(agent), bool)
    long_before[1:] = states["ended_at"][:-1] - states["started_at"][:-1] > 240
    put.number("agent_states", "started_at", "overlapping_state",
               lambda c, r: c["started_at"][r] - 120, busy & follows & long_before)  # fmt: skip
    used = put.used["agent_states"]
    used[:-1] |= used[1:]
    followed = np.append(follows[1:], False)
    put.number("agent_states", "ended_at", "open_state", lambda c, r: np.full(len(r), NULL),
               busy & followed)  # fmt: skip
    used[1:] |= used[:-1]
    idle = put.equals("agent_states", "state", "idle")
    for code, seconds in (("end_before_start_small", 15), ("end_before_start_large", 900)):
        put.number("agent_states", "ended_at", code,
                   lambda c, r, s=seconds: c["started_at"][r] - s, idle)  # fmt: skip
    put.text("agent_states", "agent_id", "unknown_agent", "A99999", idle)
    put.text("agent_states", "state", "invalid_code", "daydreaming", idle)
    rows = put.pick("agents", put.has("agents", "termination_date"), 1)
    if not len(rows):
        rows = put.pick("agents", None, 1)
    put.note("agents", rows, "termination_date", "termination_before_hire")
    agents = put.tables["agents"].columns
    agents["termination_date"][rows] = agents["hire_date"][rows] - 10
    put.text("agents", "site", "untrimmed_code", lambda was: f" {was}")
    rows = put.pick("agent_assignments", None, 1)
    put.note("agent_assignments", rows, "valid_from", "overlapping_assignment")
    table = put.tables["agent_assignments"]
    made = table.append_copies(rows)
    put.used["agent_assignments"] = np.append(put.used["agent_assignments"], True)
    table.columns["valid_from"][made] += 5
    put.text("agent_assignments", "team_id", "unknown_team", "team_gone")
    worked = put.tables["timesheets"].columns["worked_hours"] > 0
    put.number("timesheets", "worked_hours", "impossible_hours",
               lambda c, r: np.full(len(r), 2650), worked)  # fmt: skip
    put.number("timesheets", "absence_hours", "negative_duration",
               lambda c, r: np.full(len(r), -300))  # fmt: skip
    # one unknown agent each: two would be one row delivered twice
    put.text("timesheets", "agent_id", "unknown_agent", lambda was: f"X{was}")
    put.text("training_records", "agent_id", "unknown_agent", "A99999")


def _money(put: Injector) -> None:
    rows = put.pick("payroll", put.has("payroll", "adjusts_line_id"), 2)
    if not len(rows):
        rows = put.pick("payroll", put.equals("payroll", "component", "bonus"), 1)
    if not len(rows):
        rows = put.pick("payroll", None, 1)
    put.note("payroll", rows, "adjusts_line_id", "adjustment_unknown")
    for row in rows.tolist():
        put.tables["payroll"].override("component", row, "adjustment")
        put.tables["payroll"].override("adjusts_line_id", row, "Y9999999")
    put.text("payroll", "agent_id", "unknown_agent", "A99999")
    put.text("payroll", "component", "case_code", str.upper)
    put.number("payroll", "pay_period_end", "period_end_before_start",
               lambda c, r: c["pay_period_start"][r] - 3, None, 1)  # fmt: skip
    # one line only: the total of its month is NULL until the rate is there
    table = put.tables["operating_costs"]
    rows = put.pick("operating_costs", put.equals("operating_costs", "category", "telecom"), 1)
    put.note("operating_costs", rows, "currency", "missing_fx_rate")
    for row in rows.tolist():
        table.override("currency", row, "GBP")
    put.text("operating_costs", "category", "invalid_code", "sundries",
             put.equals("operating_costs", "category", "overhead"))  # fmt: skip
    rows = put.pick("customers", ~put.has("customers", "merged_into_customer_id"), 2)
    if len(rows) < 2:
        rows = np.append(rows, put.pick("customers", None, 1))
    put.note("customers", rows, "merged_into_customer_id", "customer_merge_cycle")
    customers = put.tables["customers"].columns
    merged, number = customers["merged_into_customer_id"].numbers, customers["customer_id"].numbers
    merged[rows] = number[rows[::-1]]
    put.text("customers", "merged_into_customer_id", "customer_merge_missing", "C9999999")
    put.text("customers", "segment", "case_code", str.upper)
    put.text("customers", "country", "untrimmed_code", lambda was: f"{was} ")


def _digital(put: Injector) -> None:
    for name in ("bot_conversations", "self_service_sessions"):
        for code, seconds in (("end_before_start_small", 25), ("end_before_start_large", 700)):
            put.number(name, "ended_at", code, lambda c, r, s=seconds: c["started_at"][r] - s)
        put.text(name, "topic_code", "unknown_topic", "topic_gone")
    put.text("bot_conversations", "ticket_id", "orphan_ticket", "T99999999")
    put.text("self_service_sessions", "tool", "invalid_code", "crystal_ball")


def _deliveries(put: Injector, name: str) -> None:
    """Put in what goes wrong on the way: twice, late, without key, from the future."""
    if name in ("teams", "fx_rates"):
        put.copies(name, "duplicate_exact")
        return
    table = put.tables[name]
    key = raw_tables()[name].key[0]
    if name in TIMES:
        old = table.changed < put.world.as_of - 30 * DAY
        rows = put.pick(name, old if old.any() else None)
        put.note(name, rows, key, "late_row")
        late = load_instants(table.changed[rows]) + 20 * DAY
        latest = load_instants(np.array([put.world.as_of]))[0]
        for row, instant in zip(rows.tolist(), np.minimum(late, latest).tolist(), strict=True):
            table.loaded[row] = instant
        rows, made = put.copies(name, "after_as_of")
        del put.faults[-len(rows) :]
        put.new_keys(name, made)
        first = TIMES[name][0]
        move = put.world.as_of + 2 * 3600 - table.columns[first][made]
        for column in TIMES[name]:
            values = table.columns[column]
            there = values[made] != NULL
            values[made[there]] += move[there]
        table.changed[made] = put.world.as_of
        put.note(name, made, first, "after_as_of")
    rows, made = put.copies(name, "redelivered_older")
    older = load_instants(table.changed[rows]) - DAY
    for row, instant in zip(made.tolist(), older.tolist(), strict=True):
        table.loaded[row] = instant
    if name == "tickets":
        table.columns["updated_at"][made] -= 3600
        for row in made.tolist():
            table.override("priority", row, "low")
    put.copies(name, "duplicate_exact")
    kept = None
    if name == "ticket_events":
        kept = ~put.equals(name, "event_type", "status_change")
    if name == "tickets":
        # that an event lies before its ticket is seen while the ticket is known
        events, number = put.tables["ticket_events"].columns, table.columns[key].numbers
        created = np.full(number.max() + 1, NULL)
        created[number] = table.columns["created_at"]
        ticket = events[key].numbers
        kept = ~np.isin(number, ticket[events["event_at"] < created[ticket]])
    rows = put.pick(name, kept)
    put.note(name, rows, key, "null_key")
    for row in rows.tolist():
        table.override(key, row, None)
