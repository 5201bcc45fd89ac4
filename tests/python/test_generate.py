"""The synthetic service centre: same bytes, whole schema, and believable work."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from click.testing import CliRunner

from service_kpis.cli import main
from service_kpis.generate.faults import CATALOGUE
from service_kpis.generate.tables import arrow_type
from service_kpis.raw_schema import PROJECT_DIR, raw_tables

TICKETS = 4000
ARGUMENTS = ["--months", "4", "--seed", "7"]


def run(folder: Path, *arguments: str):
    return CliRunner().invoke(main, ["generate", "--out", str(folder), *arguments])


@pytest.fixture(scope="session")
def clean(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("clean") / "data"
    result = run(folder, "--tickets", str(TICKETS), *ARGUMENTS)
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="session")
def dirty(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dirty") / "data"
    result = run(folder, "--tickets", "1000", *ARGUMENTS, "--dirty-rate", "0.01")
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="session")
def data(clean: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    for name in raw_tables():
        connection.execute(f"create view {name} as select * from '{clean / name}.parquet'")
    return connection


def one(data, query: str):
    return data.execute(query).fetchone()[0]


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# --- form --------------------------------------------------------------------------------------


def test_same_arguments_give_the_same_bytes(dirty, tmp_path):
    again = tmp_path / "again"
    run(again, "--tickets", "1000", *ARGUMENTS, "--dirty-rate", "0.01")
    assert digests(again) == digests(dirty)


def test_another_seed_gives_other_bytes(dirty, tmp_path):
    other = tmp_path / "other"
    run(other, "--tickets", "1000", "--months", "4", "--seed", "8", "--dirty-rate", "0.01")
    assert digests(other)["tickets.parquet"] != digests(dirty)["tickets.parquet"]


@pytest.mark.parametrize("name", sorted(raw_tables()))
def test_file_has_the_columns_of_the_source_yaml(clean, dirty, name):
    expected = pa.schema(
        [(column.name, arrow_type(column.data_type)) for column in raw_tables()[name].columns]
    )
    for folder in (clean, dirty):
        assert pq.read_schema(folder / f"{name}.parquet").equals(expected)


def test_large_tables_become_folders_of_parts(monkeypatch, tmp_path):
    monkeypatch.setattr("service_kpis.generate.tables.PART_ROWS", 700)
    assert run(tmp_path / "x", "--tickets", "800", "--months", "2").exit_code == 0
    parts = sorted((tmp_path / "x" / "tickets").iterdir())
    assert [part.name for part in parts] == ["part-000.parquet", "part-001.parquet"]
    assert sum(pq.read_metadata(part).num_rows for part in parts) == 800


def test_ticket_count_is_exact_and_the_manifest_knows_every_table(clean):
    manifest = json.loads((clean / "_manifest.json").read_text())
    assert manifest["rows"]["tickets"] == TICKETS
    assert set(manifest["rows"]) == set(raw_tables())
    for name, rows in manifest["rows"].items():
        assert pq.read_metadata(clean / f"{name}.parquet").num_rows == rows
    assert manifest["as_of"] == "2026-06-30T22:00:00Z"


def test_as_of_follows_winter_time(tmp_path):
    run(tmp_path / "w", "--tickets", "100", "--months", "1", "--end", "2026-01-31")
    manifest = json.loads((tmp_path / "w" / "_manifest.json").read_text())
    assert manifest["as_of"] == "2026-01-31T23:00:00Z"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--tickets", "3"], "--tickets must be"),
        (["--months", "0"], "--months must be"),
        (["--dirty-rate", "0.9"], "--dirty-rate must be"),
        (["--end", "soon"], "is not a date"),
        (["--end", "2050-01-01"], "between 2001 and 2035"),
    ],
)
def test_impossible_arguments_are_told_in_one_line(tmp_path, arguments, words):
    result = run(tmp_path / "x", *arguments)
    assert result.exit_code == 1
    assert words in result.output
    assert result.output.count("\n") == 1


def test_a_full_folder_is_left_alone_without_force(tmp_path):
    folder = tmp_path / "full"
    folder.mkdir()
    (folder / "mine.txt").write_text("keep")
    assert "not empty" in run(folder, "--tickets", "100", "--months", "1").output
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]
    assert run(folder, "--tickets", "100", "--months", "1", "--force").exit_code == 0
    assert (folder / "mine.txt").read_text() == "keep"


# --- clean data --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(raw_tables()))
def test_keys_are_unique_and_not_null(data, name):
    key = ", ".join(raw_tables()[name].key)
    some_null = " or ".join(f"{column} is null" for column in raw_tables()[name].key)
    rows, keys = data.execute(f"select count(*), count(distinct ({key})) from {name}").fetchone()
    assert rows == keys
    assert one(data, f"select count(*) from {name} where {some_null}") == 0


@pytest.mark.parametrize(
    "reference",
    [
        "ticket_events.ticket_id -> tickets.ticket_id",
        "messages.ticket_id -> tickets.ticket_id",
        "calls.ticket_id -> tickets.ticket_id",
        "calls.previous_call_id -> calls.call_id",
        "calls.initial_call_id -> calls.call_id",
        "calls.callback_of_call_id -> calls.call_id",
        "calls.agent_id -> agents.agent_id",
        "calls.customer_id -> customers.customer_id",
        "chat_sessions.ticket_id -> tickets.ticket_id",
        "chat_sessions.agent_id -> agents.agent_id",
        "chat_sessions.bot_conversation_id -> bot_conversations.bot_conversation_id",
        "bot_conversations.ticket_id -> tickets.ticket_id",
        "tickets.assignee_agent_id -> agents.agent_id",
        "tickets.customer_id -> customers.customer_id",
        "tickets.team_id -> teams.team_id",
        "tickets.merged_into_ticket_id -> tickets.ticket_id",
        "tickets.followup_of_ticket_id -> tickets.ticket_id",
        "agent_assignments.team_id -> teams.team_id",
        "agent_assignments.agent_id -> agents.agent_id",
        "agent_states.agent_id -> agents.agent_id",
        "timesheets.agent_id -> agents.agent_id",
        "payroll.agent_id -> agents.agent_id",
        "payroll.adjusts_line_id -> payroll.payroll_line_id",
        "customers.merged_into_customer_id -> customers.customer_id",
        "survey_invitations.ticket_id -> tickets.ticket_id",
        "survey_responses.invitation_id -> survey_invitations.invitation_id",
        "transcripts.ticket_id -> tickets.ticket_id",
        "transcripts.agent_id -> agents.agent_id",
        "transcript_keywords.transcript_id -> transcripts.transcript_id",
        "qa_reviews.ticket_id -> tickets.ticket_id",
        "qa_reviews.agent_id -> agents.agent_id",
        "qa_reviews.reviewer_id -> agents.agent_id",
        "qa_reviews.supersedes_review_id -> qa_reviews.review_id",
        "qa_review_items.review_id -> qa_reviews.review_id",
        "mystery_calls.agent_id -> agents.agent_id",
        "subscriptions.customer_id -> customers.customer_id",
        "orders.customer_id -> customers.customer_id",
        "cancellation_requests.customer_id -> customers.customer_id",
        "cancellation_requests.subscription_id -> subscriptions.subscription_id",
        "cancellation_requests.agent_id -> agents.agent_id",
        "ai_answer_reviews.bot_conversation_id -> bot_conversations.bot_conversation_id",
        "ai_answer_reviews.ticket_id -> tickets.ticket_id",
        "social_mentions.ticket_id -> tickets.ticket_id",
        "social_mentions.customer_id -> customers.customer_id",
        "social_mentions.agent_id -> agents.agent_id",
        "improvement_actions.governance_review_id -> governance_reviews.governance_review_id",
        "improvement_actions.owner_agent_id -> agents.agent_id",
    ],
)
def test_references_lead_somewhere(data, reference):
    child, parent = reference.split(" -> ")
    table, column = child.split(".")
    other, key = parent.split(".")
    lost = f"""
        select count(*) from {table} where {column} is not null
        and {column} not in (select {key} from {other})
    """
    assert one(data, lost) == 0
    assert one(data, f"select count({column}) from {table}") > 0


@pytest.mark.parametrize(
    ("seed", "column", "table"),
    [
        ("cfg_queues", "queue_id", "tickets"),
        ("cfg_queues", "queue_id", "calls"),
        ("cfg_topics", "topic_code", "tickets"),
        ("cfg_business_calendars", "calendar_id", "tickets"),
        ("cfg_keywords", "keyword_code", "transcript_keywords"),
        ("cfg_queues", "queue_id", "forecasts"),
        ("cfg_queues", "queue_id", "staffing_intervals"),
    ],
)
def test_codes_are_in_the_reference_seeds(data, seed, column, table):
    path = PROJECT_DIR / "seeds" / "reference" / f"{seed}.csv"
    lost = f"""
        select count(*) from {table} where {column} is not null
        and {column} not in (select {column} from '{path}')
    """
    assert one(data, lost) == 0


def test_nothing_is_dated_after_the_end_nor_loaded_before_it_happened(data, clean):
    as_of = json.loads((clean / "_manifest.json").read_text())["as_of"]
    for name, table in raw_tables().items():
        if one(data, f"select count(*) from {name}") == 0:
            continue
        for column in table.columns:
            if column.name == "_loaded_at":
                assert one(data, f"select max(_loaded_at) from {name}") <= dt.datetime(
                    2026, 7, 1, 2, tzinfo=dt.UTC
                )
            elif column.data_type == "timestamptz":
                late = f"select count(*) from {name} where {column.name} > timestamptz '{as_of}'"
                assert one(data, late) == 0, (name, column.name)
    assert one(data, "select count(*) from tickets where _loaded_at <= updated_at") == 0


def test_history_ends_where_the_ticket_stands(data):
    states = """
        with changes as (
            select *, lag(new_value) over (partition by ticket_id order by event_at, event_id) as p,
                row_number() over (
                    partition by ticket_id order by event_at desc, event_id desc
                ) as n
            from ticket_events
            where event_type in ({kinds})
        )
        select count(*) from changes inner join tickets using (ticket_id)
        where (p is not null and p != old_value) or (n = 1 and new_value != {column})
    """
    status = "'created', 'status_change', 'deleted', 'restored'"
    assert one(data, states.format(kinds=status, column="status")) == 0
    owner = states.format(kinds="'owner_change'", column="assignee_agent_id")
    assert one(data, owner) == 0
    queue = states.format(kinds="'queue_change'", column="queue_id")
    assert one(data, queue) == 0
    assert (
        one(
            data,
            "select count(*) from tickets where ticket_id not in "
            "(select ticket_id from ticket_events where event_type = 'created')",
        )
        == 0
    )
    assert one(data, "select count(*) from ticket_events inner join tickets using (ticket_id) "
                     "where event_at < created_at") == 0  # fmt: skip


def test_merges_have_no_cycle(data):
    back = """
        select count(*) from tickets inner join tickets as survivor
        on tickets.merged_into_ticket_id = survivor.ticket_id
        where survivor.created_at >= tickets.created_at
    """
    assert one(data, back) == 0


def test_no_agent_is_in_two_calls_or_two_states_at_once(data):
    twice = """
        select count(*) from (
            select {begin} < lag({until}) over (partition by agent_id order by {begin}) as is_twice
            from {table} where agent_id is not null
        ) where is_twice
    """
    begin = "coalesce(answered_at, started_at)"
    assert one(data, twice.format(begin=begin, until="acw_ended_at", table="calls")) == 0
    assert one(data, twice.format(begin="started_at", until="ended_at", table="agent_states")) == 0


def test_states_cover_every_call(data):
    lost = """
        select count(*) from calls
        where disposition = 'answered' and ended_at > answered_at and call_id not in (
            select reference_id from agent_states where reference_type = 'call'
        )
    """
    assert one(data, lost) == 0
    seconds = """
        select abs(1 - (
            select sum(epoch(ended_at - started_at)) from agent_states
            where state = 'on_contact' and reference_type = 'call'
        ) / (select sum(talk_seconds + hold_seconds + coalesce(dial_seconds, 0)) from calls
            where agent_id is not null))
    """
    assert one(data, seconds) < 0.02


def test_assignments_do_not_overlap_and_start_with_the_contract(data):
    overlap = """
        select count(*) from (
            select valid_from < lag(coalesce(valid_to, date '2100-01-01')) over (
                partition by agent_id order by valid_from
            ) as is_overlap from agent_assignments
        ) where is_overlap
    """
    assert one(data, overlap) == 0
    assert one(data, "select count(*) from agents where hire_date != (select min(valid_from) from "
                     "agent_assignments where agent_id = agents.agent_id)") == 0  # fmt: skip


def test_the_vendor_is_paid_by_invoice_only(data):
    paid = "select count(*) from payroll inner join agents using (agent_id)"
    assert one(data, f"{paid} where worker_type = 'vendor'") == 0
    assert one(data, "select sum(amount) from operating_costs where category = 'vendor_fees'") > 0


def test_employee_answers_name_nobody(data):
    named = "select count(*) from survey_responses where audience = 'employee'"
    assert one(data, named) > 0
    assert one(data, f"{named} and (agent_id is not null or customer_id is not null)") == 0


# --- a service centre as one knows it ----------------------------------------------------------


def test_monday_is_busier_than_sunday_and_noon_than_night(data):
    created = "select count(*) from tickets where channel = 'email' and "
    local = "created_at at time zone 'Europe/Paris'"
    assert one(data, f"{created} isodow({local}) = 1") > 2 * one(
        data, f"{created} isodow({local}) = 7"
    )
    assert one(data, f"{created} hour({local}) between 9 and 12") > 4 * one(
        data, f"{created} hour({local}) between 1 and 4"
    )


def test_callers_give_up_more_often_when_calls_crowd(data):
    crowd = """
        with queued as (
            select *, count(*) over (
                order by enqueued_at range between interval 10 minute preceding and current row
            ) as neighbours
            from calls where direction = 'inbound' and enqueued_at is not null
        )
        select avg(case when disposition = 'abandoned_queue' then 1 else 0 end) from queued
        where neighbours {condition}
    """
    assert one(data, crowd.format(condition=">= 4")) > one(data, crowd.format(condition="<= 2"))


def test_figures_are_those_of_a_real_centre(data):
    live = "from calls where direction = 'inbound' and enqueued_at is not null"
    answered = one(data, f"select avg((disposition = 'answered')::int) {live}")
    assert 0.82 < answered < 0.985
    handle = "avg(talk_seconds + hold_seconds + wrap_seconds)"
    assert 280 < one(data, f"select {handle} {live} and disposition = 'answered'") < 450
    csat = "from survey_responses where question_code = 'csat_overall' and score is not null"
    assert 0.76 < one(data, f"select avg((score >= 4)::int) {csat}") < 0.93
    reopened = """
        select count(distinct ticket_id) / (select count(solved_at) from tickets)
        from ticket_events where old_value = 'solved' and actor_type = 'customer'
    """
    assert 0.03 < one(data, reopened) < 0.07


def test_every_table_has_rows(data):
    empty = [name for name in raw_tables() if one(data, f"select count(*) from {name}") == 0]
    assert empty == []


def test_codes_are_those_of_the_source_yaml(data):
    files = (PROJECT_DIR / "models" / "staging").glob("*/_*__sources.yml")
    for file in files:
        for source in yaml.safe_load(file.read_text(encoding="utf-8"))["sources"]:
            for table in source["tables"]:
                for column in table["columns"]:
                    meta = column.get("config", {}).get("meta", {})
                    name, place = column["name"], table["name"]
                    conditions = []
                    if "accepted_values" in meta:
                        codes = "', '".join(meta["accepted_values"])
                        conditions.append(f"{name} not in ('{codes}')")
                    conditions += [f"{name} < {meta['minimum']}"] if "minimum" in meta else []
                    conditions += [f"{name} > {meta['maximum']}"] if "maximum" in meta else []
                    before = meta.get("not_before")
                    if before:
                        other = before if isinstance(before, str) else before["column"]
                        conditions.append(f"{name} < {other}")
                    for condition in conditions:
                        wrong = f"select count(*) from {place} where {condition}"
                        assert one(data, wrong) == 0, (place, condition)


def test_transcripts_and_reviews_hang_on_contacts_of_the_agent(data):
    for table in ("transcripts", "qa_reviews"):
        for kind, other, key, agent in (
            ("call", "calls", "call_id", "agent_id"),
            ("chat", "chat_sessions", "session_id", "agent_id"),
            ("email", "messages", "message_id", "author_id"),
        ):
            lost = f"""
                select count(*) from {table} left join {other} on interaction_id = {other}.{key}
                where interaction_type = '{kind}'
                and {table}.agent_id is distinct from {other}.{agent}
            """
            assert one(data, lost) == 0, (table, kind)


def test_criteria_add_up_to_the_review(data):
    odd = """
        with sums as (
            select review_id,
                coalesce(sum(weight) filter (result = 'pass'), 0) as obtained,
                sum(weight) filter (result != 'na') as applicable,
                bool_or(is_critical and result = 'fail') as has_critical
            from qa_review_items group by review_id
        )
        select count(*) from qa_reviews left join sums using (review_id)
        where obtained is distinct from points_obtained
        or applicable is distinct from points_applicable
        or has_critical is distinct from has_critical_error
        or is_passed != (obtained >= 0.8 * applicable and not has_critical)
    """
    assert one(data, odd) == 0
    alone = """
        select count(*) from qa_reviews as analyst where review_kind = 'calibration'
        and not exists (
            select 1 from qa_reviews as reference where reference.review_kind = 'reference'
            and reference.calibration_session_id = analyst.calibration_session_id
            and reference.interaction_id = analyst.interaction_id
            and reference.reviewer_id != analyst.reviewer_id
        )
    """
    assert one(data, alone) == 0
    assert one(data, "select count(*) from qa_reviews where review_kind = 'calibration'") > 0


def test_root_causes_are_of_defects_that_were_found(data):
    lost = """
        select count(*) from root_causes where not case source_type
            when 'qa_item' then source_id in (
                select review_id || ':' || criterion_code from qa_review_items
                where result = 'fail'
            )
            else source_id in (
                select response_id from survey_responses
                where question_code = 'csat_overall' and score <= 2
            ) end
    """
    assert one(data, lost) == 0
    assert one(data, "select count(distinct source_type) from root_causes") == 2


def test_subscriptions_follow_what_was_said_of_cancelling(data):
    odd = """
        select count(*) from cancellation_requests as asked
        inner join subscriptions using (subscription_id, customer_id)
        where requested_at < started_at or (outcome = 'lost' and ended_at < outcome_at)
    """
    assert one(data, odd) == 0
    orphans = "select count(*) from cancellation_requests anti join subscriptions"
    assert one(data, f"{orphans} using (subscription_id, customer_id)") == 0
    ended = "ended_at is not null"
    assert one(data, f"select count(*) from subscriptions where {ended}") > 0
    assert (
        one(data, f"select count(*) from subscriptions where {ended} and end_reason is null") == 0
    )


def test_a_version_of_the_forecast_is_there_a_day_before(data):
    """The version that counts, published a day before at the latest, is near what came."""
    locked = """
        with forecast as (
            select queue_id, interval_start,
                arg_max(forecast_contacts, published_at) as contacts
            from forecasts where published_at <= interval_start - interval 24 hour
            group by all
        ),
        came as (
            select queue_id, time_bucket(interval 30 minute, enqueued_at) as interval_start,
                count(*) as contacts
            from calls
            where direction = 'inbound' and previous_call_id is null and enqueued_at is not null
            group by all
        )
        select {figure} from forecast left join came using (queue_id, interval_start)
        where queue_id like 'voice%'
    """
    bias = "sum(forecast.contacts) / sum(came.contacts) - 1"
    assert abs(one(data, locked.format(figure=bias))) < 0.06
    late = """
        select count(*) from staffing_intervals
        where (queue_id, interval_start) not in (
            select (queue_id, interval_start) from forecasts
            where published_at <= interval_start - interval 24 hour
        )
    """
    assert one(data, late) == 0
    versions = "select count(distinct forecast_version[:4]) from forecasts"
    assert one(data, versions) == 3


def test_weak_agents_are_weak_in_quality_and_in_surveys(data):
    weak = """
        with scores as (
            select agent_id, sum(points_obtained) / sum(points_applicable) as score
            from qa_reviews where review_kind = 'standard' and status = 'final'
            group by agent_id having count(*) >= 5
        )
        select count(*) filter (score < 0.8) / count(*) from scores
    """
    assert 0 < one(data, weak) < 0.25
    total = "select sum(points_obtained) / sum(points_applicable) from qa_reviews"
    assert 0.85 < one(data, total) < 0.96


def test_the_mood_of_a_text_follows_the_wait(data):
    mood = """
        select avg(score) from text_sentiments
        inner join transcripts on source_id = transcript_id
        inner join calls on interaction_id = call_id
        where source_type = 'transcript' and epoch(answered_at - enqueued_at) {condition}
    """
    assert one(data, mood.format(condition="> 120")) < one(data, mood.format(condition="< 20"))


def test_the_year_of_a_centre(tmp_path):
    """A year of a small centre, as somebody who runs one would expect it."""
    folder = tmp_path / "year"
    assert run(folder, "--tickets", "20000", "--months", "14").exit_code == 0
    year = duckdb.connect()
    year.execute("set TimeZone = 'UTC'")
    for name in raw_tables():
        year.execute(f"create view {name} as select * from '{folder / name}.parquet'")
    offered = """
        from calls where direction = 'inbound' and previous_call_id is null
        and enqueued_at is not null and disposition != 'abandoned_ivr'
    """
    for figure, low, high in [
        (f"select avg((disposition = 'answered' and queue_seconds <= 90)::int) {offered}",
         0.70, 0.86),
        (f"select avg((disposition = 'abandoned_queue')::int) {offered}", 0.03, 0.08),
        ("select sum(epoch(ended_at - started_at)) filter (state in ('on_contact', 'after_work', "
         "'async_work')) / sum(epoch(ended_at - started_at)) filter (state in ('on_contact', "
         "'after_work', 'async_work', 'idle')) from agent_states", 0.70, 0.88),
        ("select avg((score >= 9)::int) - avg((score <= 6)::int) from survey_responses "
         "where question_code = 'nps_recommend' and scale_min = 0", 0.10, 0.50),
        ("select avg((answer_choice = 'yes')::int) from survey_responses "
         "where question_code = 'resolved_first_contact'", 0.62, 0.80),
        ("select count(*) filter (outcome = 'saved') / count(*) from cancellation_requests "
         "where is_retainable and outcome in ('saved', 'lost')", 0.15, 0.45),
        ("select count(*) filter (ended_at >= timestamptz '2026-05-01' and ended_at < timestamptz "
         "'2026-06-01') / count(*) filter (started_at < timestamptz '2026-05-01' and coalesce("
         "ended_at, timestamptz '2100-01-01') >= timestamptz '2026-05-01') from subscriptions",
         0.008, 0.035),
        # so did they before the first day, and ask to leave as often at the end as at the start
        ("select count(*) filter (ended_at >= timestamptz '2024-05-01' and ended_at < timestamptz "
         "'2024-06-01') / count(*) filter (started_at < timestamptz '2024-05-01' and coalesce("
         "ended_at, timestamptz '2100-01-01') >= timestamptz '2024-05-01') from subscriptions",
         0.008, 0.03),
        ("select count(*) filter (requested_at >= timestamptz '2026-04-01') / count(*) filter ("
         "requested_at < timestamptz '2025-08-01') from cancellation_requests", 0.8, 1.2),
        ("select quantile_cont(epoch(solved_at - created_at), 0.999) / 86400 from tickets", 12, 45),
        ("select sum(actual_staff) / sum(scheduled_staff) from staffing_intervals", 0.85, 1.0),
        ("select avg((held_on <= due_on)::int) from governance_reviews "
         "where held_on is not null", 0.80, 0.98),
        ("select count(*) from calls where direction = 'callback'", 150, 1000),
        ("select count(*) from calls where outcome_code = 'sale'", 60, 400),
        ("select count(*) from calls where transfer_target_type = 'third_party'", 50, 500),
    ]:  # fmt: skip
        assert low <= one(year, figure) <= high, (figure, one(year, figure))
    # to the last day, calls and chats lead to tickets as often as ever
    for channel, contacts in {
        "phone": "calls where direction = 'inbound' and disposition = 'answered'",
        "chat": "chat_sessions where disposition = 'handled'",
    }.items():
        weeks_before = "floor(epoch(timestamptz '2026-06-30 22:00+00' - {}) / (4 * 7 * 86400))"
        shares = f"""
            with opened as (
                select {weeks_before.format("created_at")} as stretch, count(*) as tickets
                from tickets where channel = '{channel}' group by all
            ),
            held as (
                select {weeks_before.format("started_at")} as stretch, count(*) as contacts
                from {contacts} group by all having count(*) >= 150
            )
            select {{}}(tickets / contacts) / (sum(tickets) / sum(contacts))
            from held left join opened using (stretch)
        """
        assert one(year, shares.format("min")) > 0.85, channel
        assert one(year, shares.format("max")) < 1.15, channel
    # many call in their lunch hour, when agents eat too
    in_time = (
        "select avg((disposition = 'answered' and queue_seconds <= 90)::int) {offered}"
        " and hour(enqueued_at at time zone 'Europe/Paris') in ({hours})"
    )
    at_lunch = one(year, in_time.format(offered=offered, hours="13"))
    assert at_lunch < one(year, in_time.format(offered=offered, hours="11, 12, 14")) - 0.05
    calls_at = f"select count(*) {offered} and hour(enqueued_at at time zone 'Europe/Paris') = {{}}"
    assert 0.5 < one(year, calls_at.format(13)) / one(year, calls_at.format(10)) < 0.9
    # nothing is forgotten for ever
    assert one(year, "select count(*) from tickets where status in ('new', 'open') and "
               "created_at < timestamptz '2026-04-01'") == 0  # fmt: skip
    # a wave of the employee survey that is over, with answers enough to be shown
    wave = """
        select max(answers) from (
            select count(distinct response_id) as answers from survey_responses
            where question_code = 'esat_overall' group by survey_code
            having max(answered_at) < timestamptz '2026-05-31'
        )
    """
    assert one(year, wave) >= 5
    assert one(year, "select count(termination_date) from agents") >= 2
    assert one(year, "select count(*) from agents where hire_date >= date '2025-05-01'") >= 2


# --- faults ------------------------------------------------------------------------------------


def test_clean_data_has_no_fault(clean):
    assert pq.read_metadata(clean / "_faults.parquet").num_rows == 0


def test_every_fault_code_is_put_in_and_written_down(dirty):
    listed = pq.read_table(dirty / "_faults.parquet").to_pydict()
    assert set(listed["fault_code"]) == set(CATALOGUE)
    assert set(listed["table_name"]) <= set(raw_tables())
    page = (PROJECT_DIR / "docs" / "data-faults.md").read_text(encoding="utf-8")
    for code, (edge, what, then) in CATALOGUE.items():
        assert f"| `{code}` | {edge} | {what} | {then} |" in page


def test_listed_faults_are_in_the_files(dirty):
    data = duckdb.connect()
    data.execute("set TimeZone = 'UTC'")
    data.execute(f"create view faults as select * from '{dirty / '_faults.parquet'}'")
    found = """
        select count(*) from faults inner join '{table}' as rows on rows.{key} = faults.row_key
        where table_name = '{name}' and fault_code = '{code}' and ({condition})
    """
    for name, code, condition in [
        ("tickets", "case_code", "status = upper(status)"),
        ("tickets", "merge_into_self", "ticket_id = merged_into_ticket_id"),
        ("tickets", "unknown_agent", "assignee_agent_id = 'A99999'"),
        ("calls", "end_before_start_small", "epoch(enqueued_at - answered_at) between 1 and 60"),
        ("calls", "end_before_start_large", "answered_at < enqueued_at - interval 60 second"),
        ("calls", "missing_wrap", "wrap_seconds is null and acw_ended_at is null"),
        ("messages", "negative_duration", "handle_seconds < 0"),
        ("agent_states", "open_state", "ended_at is null"),
    ]:
        table = dirty / f"{name}.parquet"
        key = raw_tables()[name].key[0]
        query = found.format(table=table, key=key, name=name, code=code, condition=condition)
        listed = f"select count(*) from faults where table_name='{name}' and fault_code='{code}'"
        assert one(data, query) == one(data, listed) > 0, (name, code)
    tickets = f"'{dirty / 'tickets.parquet'}'"
    assert one(data, f"select count(*) from {tickets} where ticket_id is null") == one(
        data, "select count(*) from faults where table_name='tickets' and fault_code='null_key'"
    )
    assert one(data, f"select count(*) - count(distinct ticket_id) from {tickets}") > 0
