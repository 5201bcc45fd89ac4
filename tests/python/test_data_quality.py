"""The accounting of raw rows: every fault is found with its reason, and none is invented."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
import yaml
from conftest import PROJECT_DIR, Workspace

from service_kpis.build.dbt import published_relations
from service_kpis.generate.faults import CATALOGUE
from service_kpis.raw_schema import raw_tables

FOUND = "select raw_table, row_key, column_name, reason_code from data_quality.dq_findings"
UNBALANCED = """
    select * from data_quality.dq_table_balance
    where delivered_row_count != accepted_row_count + superseded_row_count + rejected_row_count
"""
# Where a key that was lost leaves the rows that name it, with the reason that they are listed for.
NAMED_BY = {
    "tickets": {
        "ticket_events.ticket_id": "orphan_ticket",
        "messages.ticket_id": "orphan_ticket",
        "calls.ticket_id": "orphan_ticket",
        "chat_sessions.ticket_id": "orphan_ticket",
        "bot_conversations.ticket_id": "orphan_ticket",
        "survey_invitations.ticket_id": "orphan_ticket",
        "survey_responses.ticket_id": "orphan_ticket",
        "transcripts.ticket_id": "orphan_ticket",
        "qa_reviews.ticket_id": "orphan_ticket",
        "social_mentions.ticket_id": "orphan_ticket",
        "ai_answer_reviews.ticket_id": "orphan_ticket",
        "tickets.followup_of_ticket_id": "orphan_ticket",
        "tickets.merged_into_ticket_id": "merge_missing",
    },
    "calls": {
        "calls.initial_call_id": "orphan_call",
        "calls.previous_call_id": "orphan_call",
        "calls.callback_of_call_id": "orphan_call",
    },
    "customers": {
        "tickets.customer_id": "unknown_customer",
        "calls.customer_id": "unknown_customer",
        "chat_sessions.customer_id": "unknown_customer",
        "bot_conversations.customer_id": "unknown_customer",
        "self_service_sessions.customer_id": "unknown_customer",
        "survey_invitations.customer_id": "unknown_customer",
        "survey_responses.customer_id": "unknown_customer",
        "subscriptions.customer_id": "unknown_customer",
        "orders.customer_id": "unknown_customer",
        "cancellation_requests.customer_id": "unknown_customer",
        "social_mentions.customer_id": "unknown_customer",
        "customers.merged_into_customer_id": "customer_merge_missing",
    },
    "survey_invitations": {"survey_responses.invitation_id": "orphan_invitation"},
    "bot_conversations": {
        "chat_sessions.bot_conversation_id": "orphan_reference",
        "ai_answer_reviews.bot_conversation_id": "orphan_reference",
    },
    "transcripts": {"transcript_keywords.transcript_id": "orphan_reference"},
    "qa_reviews": {
        "qa_review_items.review_id": "orphan_reference",
        "qa_reviews.supersedes_review_id": "orphan_reference",
    },
    "subscriptions": {"cancellation_requests.subscription_id": "orphan_reference"},
    "governance_reviews": {"improvement_actions.governance_review_id": "orphan_reference"},
    "payroll": {"payroll.adjusts_line_id": "adjustment_unknown"},
}


def built(workspace: Workspace, *options: str) -> None:
    done = workspace.dbt(
        "build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test",
        *options,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:]


def text_key(table: str, alias: str = "t") -> str:
    parts = (f"coalesce(trim({alias}.{c}::varchar), '')" for c in raw_tables()[table].key)
    return " || '|' || ".join(parts)


def expected(workspace: Workspace) -> set[tuple[str, str, str, str]]:
    """Return what the manifest says, and what follows from it: who names a lost key.

    Rows that lost their key cannot be listed under it; `rejected` compares them.
    """
    faults = workspace.query(
        "select table_name, row_key, column_name, fault_code from"
        f" '{workspace.landing}/_faults.parquet'"
    )
    wanted = {fault for fault in faults if fault[3] != "null_key"}
    assert len(wanted) == sum(fault[3] != "null_key" for fault in faults)
    for table, lost, _, code in faults:
        if code != "null_key":
            continue
        for place, reason in NAMED_BY.get(table, {}).items():
            naming, column = place.split(".")
            rows = workspace.query(
                f"select distinct {text_key(naming)} from raw.{naming} t"
                f" where {column} = '{lost}' and {raw_tables()[naming].key[0]} is not null"
            )
            wanted |= {(naming, key, column, reason) for (key,) in rows}
    # who was merged into a ticket of a circle is in it too
    circles = {key for _, key, _, code in wanted if code in ("merge_cycle", "merge_into_self")}
    while True:
        names = ", ".join(f"'{key}'" for key in circles) or "''"
        more = workspace.query(
            f"select ticket_id from raw.tickets where merged_into_ticket_id in ({names})"
            f" and ticket_id not in ({names})"
        )
        if not more:
            break
        circles |= {key for (key,) in more}
        wanted |= {("tickets", key, "merged_into_ticket_id", "merge_cycle") for (key,) in more}
    return wanted


def rejected(workspace: Workspace) -> tuple[Counter, Counter]:
    """Return how many rows of each table lost their key, by manifest and as found."""
    lost = workspace.query(
        f"select table_name from '{workspace.landing}/_faults.parquet'"
        " where fault_code = 'null_key'"
    )
    found = workspace.query(f"{FOUND} where reason_code = 'null_key'")
    return Counter(row[0] for row in lost), Counter(row[0] for row in found)


@pytest.mark.parametrize(
    ("seed", "tickets", "months", "rate"), [(3, 2000, 4, 0.03), (11, 1000, 3, 0.01)]
)
def test_every_fault_is_found_and_none_is_invented(
    make_workspace: Callable[..., Workspace], seed: int, tickets: int, months: int, rate: float
):
    dirty = make_workspace(
        f"faults_{seed}", seed=seed, tickets=tickets, months=months, dirty_rate=rate
    )

    built(dirty)

    found = dirty.query(f"{FOUND} where reason_code != 'null_key'")
    assert len(found) == len(set(found))
    wanted = expected(dirty)
    assert set(found) - wanted == set()
    assert wanted - set(found) == set()
    by_manifest, as_found = rejected(dirty)
    assert as_found == by_manifest
    assert {code for *_, code in wanted} | {"null_key"} == set(CATALOGUE)
    assert dirty.query(UNBALANCED) == []
    # a rejected row is there with all that it says
    assert dirty.query(
        "select count(*) from data_quality.dq_findings f, raw.tickets t"
        " where f.reason_code = 'null_key' and f.raw_table = 'tickets' and t.ticket_id is null"
        " and contains(f.raw_value, 'queue_id=' || t.queue_id)"
    ) > [(0,)]


def test_a_clean_run_has_no_finding(demo: Workspace):
    assert demo.query(FOUND) == []
    assert demo.query(UNBALANCED) == []
    assert demo.query("select count(*) from data_quality.dq_table_balance") == [(36,)]
    delivered = (
        "select sum(delivered_row_count), sum(accepted_row_count) from data_quality.dq_load_summary"
    )
    ((rows, accepted),) = demo.query(delivered)
    assert rows == accepted > 0


def test_excluded_tickets_stay_visible(demo: Workspace):
    assert demo.query("select sum(ticket_count) from data_quality.dq_excluded_tickets") == (
        demo.query("select count(*) from core.fct_tickets where not is_valid")
    )


def test_tables_nobody_generates_are_judged_by_their_yaml(make_workspace: Callable[..., Workspace]):
    """A loader's schema, all text: reviews and orders need no code of their own."""
    foreign = make_workspace("foreign_quality")
    with duckdb.connect(str(foreign.warehouse)) as connection:
        connection.execute(
            """
            create schema vendor;
            create table vendor.agents as select 'A1' as agent_id, '2026-01-01' as _loaded_at;
            create table vendor.qa_reviews as
            select * from (values
                ('fine', 'A1', '2026-05-01 10:00:00', 'standard', '5', '2026-05-01 09:00:00'),
                ('', 'A1', '2026-05-01 10:00:00', 'standard', '5', '2026-05-01 09:00:00'),
                ('twice', 'A1', '2026-05-01 10:00:00', 'standard', '5', '2026-05-01 09:00:00'),
                ('twice', 'A1', '2026-05-01 10:00:00', 'standard', '5', '2026-05-01 09:00:00'),
                ('nobody', 'A2', '2026-05-01 10:00:00', 'standard', '5', '2026-05-01 09:00:00'),
                ('spaces', 'A1', '2026-05-01 10:00:00', ' standard', '5', '2026-05-01 09:00:00'),
                ('capitals', 'A1', '2026-05-01 10:00:00', 'Standard', '5', '2026-05-01 09:00:00'),
                ('made_up', 'A1', '2026-05-01 10:00:00', 'guess', '5', '2026-05-01 09:00:00'),
                ('skew', 'A1', '2026-05-01 10:00:00', 'standard', '5', '2026-05-01 10:00:20'),
                ('reversed', 'A1', '2026-05-01 10:00:00', 'standard', '5', '2026-05-01 10:20:00'),
                ('text', 'A1', '2026-05-01 10:00:00', 'standard', 'many', '2026-05-01 09:00:00'),
                ('below', 'A1', '2026-05-01 10:00:00', 'standard', '-1', '2026-05-01 09:00:00'),
                ('future', 'A1', '2026-07-01 10:00:00', 'standard', '5', '2026-05-01 09:00:00')
            ) as t (review_id, agent_id, reviewed_at, review_kind, points_obtained, interaction_at);
            alter table vendor.qa_reviews add column _loaded_at varchar default '2026-05-02';
            insert into vendor.qa_reviews values
                ('twice', 'A1', '2026-05-01 10:00:00', 'standard', '4', '2026-05-01 09:00:00',
                 '2026-05-01');
            insert into vendor.qa_reviews values
                ('late', 'A1', '2026-05-03 10:00:00', 'standard', '4', '2026-05-01 09:00:00',
                 '2026-05-20');
            """
        )
    vars_ = "{raw_schema: vendor, as_of: '2026-06-01 00:00:00'}"

    built(foreign, "--vars", vars_)

    assert sorted(foreign.query(f"{FOUND} order by all")) == sorted(
        ("qa_reviews", key, column, code)
        for key, column, code in (
            ("", "review_id", "null_key"),
            ("twice", "review_id", "duplicate_exact"),
            ("twice", "review_id", "redelivered_older"),
            ("nobody", "agent_id", "unknown_agent"),
            ("spaces", "review_kind", "untrimmed_code"),
            ("capitals", "review_kind", "case_code"),
            ("made_up", "review_kind", "invalid_code"),
            ("skew", "reviewed_at", "end_before_start_small"),
            ("reversed", "reviewed_at", "end_before_start_large"),
            ("text", "points_obtained", "unreadable_value"),
            ("below", "points_obtained", "value_out_of_range"),
            ("future", "reviewed_at", "after_as_of"),
            ("late", "review_id", "late_row"),
        )
    )
    assert foreign.query(UNBALANCED) == []
    assert foreign.query(
        "select delivered_row_count, accepted_row_count, superseded_row_count, rejected_row_count"
        " from data_quality.dq_table_balance where raw_table = 'qa_reviews'"
    ) == [(15, 12, 2, 1)]


def test_what_happens_in_the_second_of_creation_is_in_order(
    make_workspace: Callable[..., Workspace],
):
    """On the limit, one past it: E12 and Q01 count in seconds."""
    edges = make_workspace("edges")
    with duckdb.connect(str(edges.warehouse)) as connection:
        connection.execute(
            """
            create schema raw;
            create table raw.tickets as
            select 'T1' as ticket_id, timestamp '2026-05-01 10:00:00' as created_at,
                timestamp '2026-05-02' as _loaded_at;
            create table raw.messages as
            select 'T1' as ticket_id, 'agent' as author_type, message_id, sent_at,
                timestamp '2026-05-02' as _loaded_at
            from (values
                ('on_the_second', timestamp '2026-05-01 10:00:00'),
                ('one_early', timestamp '2026-05-01 09:59:59'),
                ('sixty_early', timestamp '2026-05-01 09:59:00'),
                ('sixty_one_early', timestamp '2026-05-01 09:58:59')
            ) as t (message_id, sent_at);
            create table raw.ticket_events as
            select 'T1' as ticket_id, 'open' as new_value, 'status_change' as event_type, event_id,
                event_at, timestamp '2026-05-02' as _loaded_at
            from (values
                ('event_on_the_second', timestamp '2026-05-01 10:00:00'),
                ('event_one_early', timestamp '2026-05-01 09:59:59')
            ) as t (event_id, event_at);
            """
        )

    built(edges, "--vars", "{as_of: '2026-06-01 00:00:00'}")

    assert sorted(edges.query(FOUND)) == [
        ("messages", "one_early", "sent_at", "reply_before_contact_small"),
        ("messages", "sixty_early", "sent_at", "reply_before_contact_small"),
        ("messages", "sixty_one_early", "sent_at", "reply_before_contact_large"),
        ("ticket_events", "event_one_early", "event_at", "event_before_created"),
    ]


@pytest.fixture
def loaded_twice(make_workspace: Callable[..., Workspace]) -> Workspace:
    """Return a workspace built after a first load, and again after some rows came once more."""
    twice = make_workspace("loaded_twice", tickets=1000, months=3, dirty_rate=0.02)
    built(twice)
    again = twice.path / "again"
    again.mkdir()
    with duckdb.connect() as connection:
        for table in ("tickets", "calls", "agents"):
            connection.execute(
                f"copy (select * replace (_loaded_at + interval 1 hour as _loaded_at)"
                f" from '{twice.landing}/{table}.parquet' limit 200)"
                f" to '{again / table}.parquet' (format parquet)"
            )
    done = twice.cli("load", str(again))
    assert done.returncode == 0, done.stderr
    built(twice)
    return twice


def test_what_comes_again_supersedes_and_balances(loaded_twice: Workspace):
    assert loaded_twice.query(
        "select is_partial from data_quality.run_history order by started_at"
    ) == [(False,), (True,)]
    assert loaded_twice.query(UNBALANCED) == []
    loads = loaded_twice.query(
        "select delivered_row_count, accepted_row_count + superseded_row_count"
        " + rejected_row_count, superseded_row_count"
        " from data_quality.dq_load_summary where raw_table = 'tickets' order by loaded_at"
    )
    assert len(loads) == 2
    assert all(delivered == accounted for delivered, accounted, _ in loads)
    # rows of the first load count no more
    assert loads[0][2] > 100
    summaries = loaded_twice.fingerprints("data_quality")

    built(loaded_twice, "--full-refresh")

    after = loaded_twice.fingerprints("data_quality")
    differing = {
        name
        for name in summaries
        if name.startswith("data_quality.dq_") and summaries[name] != after[name]
    }
    assert differing == set()


def test_bad_data_warns_and_then_stops_the_run(make_workspace: Callable[..., Workspace]):
    bad = make_workspace("thresholds", tickets=1000, months=3)
    as_of = json.loads((bad.landing / "_manifest.json").read_text("utf-8"))["as_of"]
    spoilt = bad.path / "spoilt"
    spoilt.mkdir()

    def deliver(name: str, share: float) -> None:
        with duckdb.connect() as connection:
            connection.execute(
                f"""
                copy (
                    select * exclude (position) replace (
                        case when position > {share} * 200 then message_id end as message_id,
                        '{name}' as _source_file
                    )
                    from (
                        select *, row_number() over () as position
                        from '{bad.landing}/messages.parquet'
                    )
                    where position <= 200
                ) to '{spoilt}/messages.parquet' (format parquet)
                """
            )
        done = bad.cli("load", str(spoilt))
        assert done.returncode == 0, done.stderr

    def build() -> tuple[int, str]:
        done = bad.cli("build", "--vars", json.dumps({"as_of": as_of}))
        return done.returncode, done.stdout + done.stderr

    deliver("some", 0.05)
    code, said = build()
    assert code == 0, said
    assert re.search(r"WARN.*assert_loads_are_good_enough|assert_loads_are_good_enough.*warn", said)
    warned = bad.published.stat().st_mtime_ns

    deliver("many", 0.5)
    code, said = build()
    assert code == 6, said
    assert "assert_loads_are_good_enough" in said
    assert bad.published.stat().st_mtime_ns == warned


def test_personal_data_is_never_copied(make_workspace: Callable[..., Workspace]):
    foreign = make_workspace("pii_quality")
    with duckdb.connect(str(foreign.warehouse)) as connection:
        connection.execute(
            """
            create schema raw;
            create table raw.survey_responses as
            select
                null::varchar as response_id, 'comment' as question_code,
                'my secret ' as answer_text
            union all
            select 'R1', 'comment', ' my secret ';
            """
        )

    built(foreign, "--vars", "{as_of: '2026-06-01 00:00:00'}")

    assert foreign.query(
        "select count(*), count(*) filter (where raw_value like '%secret%')"
        " from data_quality.dq_findings"
    ) == [(1, 0)]


def test_reason_codes_are_the_generators_and_are_documented():
    with (PROJECT_DIR / "seeds" / "reference" / "dq_reason_codes.csv").open(encoding="utf-8") as f:
        codes = {row["reason_code"]: row["edge_case"] for row in csv.DictReader(f)}
    page = (PROJECT_DIR / "docs" / "data-quality.md").read_text(encoding="utf-8")
    table = page.split("## Reason codes")[1].split("## ")[0]
    documented = set(re.findall(r"^\| `(\w+)` \|", table, flags=re.M))

    assert {code: case for code, (case, *_) in CATALOGUE.items()}.items() <= codes.items()
    assert set(codes) == documented
    sql = "".join(file.read_text("utf-8") for file in Path(PROJECT_DIR, "macros").rglob("*.sql"))
    sql += "".join(
        file.read_text("utf-8") for file in Path(PROJECT_DIR, "models").rglob("dq_*.sql")
    )
    sql += "".join(
        file.read_text("utf-8") for file in Path(PROJECT_DIR, "models").rglob("_*__sources.yml")
    )
    assert [code for code in codes if code not in sql] == []


def test_every_raw_table_and_staging_model_is_in_the_accounting():
    models = PROJECT_DIR / "models"
    listed = set()
    for file in (models / "data_quality" / "rows").glob("dq_*.sql"):
        source = file.stem.removeprefix("dq_")
        named = set(re.findall(r"'(\w+)'", file.read_text("utf-8"))) - {source}
        assert named == {t.name for t in raw_tables().values() if t.source == source}, file.name
        listed |= named
    assert listed == set(raw_tables())
    staged = set(
        re.findall(
            r"'(\w+)': 'stg_",
            (PROJECT_DIR / "macros" / "data_quality" / "raw_accounting.sql").read_text("utf-8"),
        )
    )
    assert staged == {file.stem.split("__")[1] for file in models.rglob("stg_*.sql")}


def test_what_the_source_yaml_says_of_columns_can_be_meant():
    known = {"cfg_channels", "cfg_keywords", "cfg_queues", "cfg_topics", *raw_tables()}
    for file in (PROJECT_DIR / "models" / "staging").glob("*/_*__sources.yml"):
        for source in yaml.safe_load(file.read_text("utf-8"))["sources"]:
            for table in source["tables"]:
                columns = {column["name"] for column in table["columns"]}
                meta = table["config"]["meta"]
                assert {meta.get("dated_by"), meta.get("changed_by")} - {None} <= columns
                for column in table["columns"]:
                    facts = column.get("config", {}).get("meta", {})
                    rule = facts.get("references")
                    target = rule["to"] if isinstance(rule, dict) else rule
                    assert target is None or target in known, column["name"]
                    start = facts.get("not_before")
                    start = start["column"] if isinstance(start, dict) else start
                    assert start is None or start in columns, column["name"]
                    assert facts.get("letter_case", "lower") in ("lower", "upper")


def test_only_summaries_are_published(demo: Workspace):
    manifest = json.loads((demo.target / "manifest.json").read_text("utf-8"))
    published = {
        one.name
        for one in published_relations(manifest)
        if one.schema == "data_quality" and one.name.startswith("dq_")
    }
    assert published == {"dq_load_summary", "dq_table_balance", "dq_excluded_tickets"}
