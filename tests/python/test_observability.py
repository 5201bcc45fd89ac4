"""What runs write down, and what stops them before they begin, on one foreign raw table."""

from __future__ import annotations

import json
from collections.abc import Callable

import duckdb
import pytest
from conftest import Workspace

BAD_INPUT, BROKEN = 3, 7
ONLY_TICKETS = ("--select", "stg_helpdesk__tickets")
AS_OF = "2026-05-05 08:00:00"
# run_history as the first release made it
OLD_HISTORY = """
create schema data_quality;
create table data_quality.run_history (
    run_id varchar not null, started_at timestamp not null, finished_at timestamp,
    as_of timestamp not null, previous_as_of timestamp, definition_hash varchar not null,
    arrived_after timestamp, arrived_through timestamp, raw_row_count bigint not null,
    is_partial boolean not null, is_complete boolean not null
);
insert into data_quality.run_history
select 'old', '2020-01-01', null, '2020-01-01', null, 'x', null, null, 0, false, false
"""


@pytest.fixture(scope="module")
def site(make_workspace: Callable[..., Workspace]) -> Workspace:
    """Return a warehouse of an earlier release, with a loader's own table of tickets."""
    site = make_workspace("observed")
    with duckdb.connect(str(site.warehouse)) as connection:
        connection.execute(OLD_HISTORY)
        connection.execute(
            """
            create schema raw;
            create table raw.tickets as
            select * from (values
                ('T1', '2026-05-04 08:00:00+00', 'email', 'true', timestamptz '2026-05-04 08:05Z'),
                ('T2', 'yesterday', 'email', 'perhaps', timestamptz '2026-05-04 08:00Z')
            ) as tickets (ticket_id, created_at, channel, agent_fcr_flag, _loaded_at)
            """
        )
    return site


def as_of(instant: str = AS_OF, **more: object) -> tuple[str, str]:
    return "--vars", json.dumps({"as_of": instant} | more)


def last_run(site: Workspace, columns: str) -> tuple:
    return site.query(
        f"select {columns} from data_quality.run_history order by started_at desc limit 1"
    )[0]


def test_a_part_is_written_down_too_and_bad_values_are_null(site: Workspace):
    done = site.dbt("build", *ONLY_TICKETS, *as_of(), "--exclude-resource-type", "unit_test")

    assert done.returncode == 0, done.stdout[-3000:]
    assert site.query(
        "select ticket_id, created_at::varchar, agent_fcr_flag"
        " from staging.stg_helpdesk__tickets order by all"
    ) == [("T1", "2026-05-04 08:00:00", True), ("T2", None, None)]
    # the table of the earlier release has its row still, and the new columns
    assert site.query("select count(*) from data_quality.run_history") == [(2,)]
    assert last_run(
        site,
        "run_command, finished_at > started_at, run_seconds > 0, delivered_row_count,"
        " new_row_count, built_node_count, failed_node_count, failed_test_count,"
        " rejected_row_count, is_complete",
    ) == ("build", True, True, 2, 2, 1, 0, 0, None, False)
    assert site.query(
        "select node_name, node_status, row_count, failure_count from data_quality.run_results"
        " where resource_type = 'model'"
    ) == [("stg_helpdesk__tickets", "success", 2, None)]
    assert site.query(
        "select distinct node_status, row_count, failure_count from data_quality.run_results"
        " where resource_type = 'test'"
    ) == [("pass", None, 0)]
    assert site.query(
        "select source_name, table_name, row_count, new_row_count, loaded_through_at::varchar,"
        " arrived_through_at from data_quality.source_freshness"
    ) == [("helpdesk", "tickets", 2, 2, "2026-05-04 08:05:00", None)]


@pytest.mark.parametrize(
    ("instant", "more", "exit_code"),
    [
        ("2026-05-05 20:05:00", {}, 0),
        ("2026-05-05 20:05:01", {}, 1),
        ("2026-05-05 20:05:01", {"freshness_warn_hours": 37}, 0),
        ("2026-06-05 20:05:01", {"freshness_warn_hours": None}, 0),
        ("2026-05-05 20:05:01", {"freshness_warn_hours": None, "freshness_error_hours": 36}, 1),
    ],
)
def test_raw_tables_are_as_old_as_they_may_be(
    site: Workspace, instant: str, more: dict, exit_code: int
):
    """Missing tables are silent."""
    tests = ("assert_raw_tables_are_fresh", "assert_no_raw_table_is_too_old")
    done = site.dbt("--warn-error", "test", "--select", *tests, *as_of(instant, **more))

    assert done.returncode == exit_code, done.stdout[-3000:]


def test_a_failed_run_is_written_down(site: Workspace):
    with duckdb.connect(str(site.warehouse)) as connection:
        # reads fine by name and by type, fails when read
        connection.execute("create view raw.teams as select error('gone')::varchar as team_id")
    done = site.dbt(
        *("build", "--select", "assert_no_raw_table_is_too_old", "stg_workforce__teams"),
        *as_of(freshness_error_hours=1),
    )
    with duckdb.connect(str(site.warehouse)) as connection:
        connection.execute("drop view raw.teams")

    assert done.returncode == 1
    counts = "failed_test_count, failed_node_count, skipped_test_count > 0, is_complete"
    assert last_run(site, f"{counts}, finished_at is not null") == (1, 1, True, False, True)
    assert site.query(
        "select node_name, failure_count from data_quality.run_results where node_status = 'fail'"
    ) == [("assert_no_raw_table_is_too_old", 1)]


def test_a_complete_run_forgets_old_ones(site: Workspace):
    without = [f"--exclude-resource-type={kind}" for kind in ("test", "unit_test")]
    done = site.dbt("build", *without, *as_of())

    assert done.returncode == 0, done.stdout[-3000:]
    assert last_run(site, "run_command, is_complete, built_node_count > 100") == (
        "build",
        True,
        True,
    )
    assert site.query("select count(*) from data_quality.run_history where run_id = 'old'") == [
        (0,)
    ]


@pytest.mark.parametrize(
    ("vars_", "exit_code", "said"),
    [
        (
            "{raw_schema: raww}",
            BAD_INPUT,
            "raw schema 'raww' does not exist in service_kpis: load first, or correct the var"
            " raw_schema or ",
        ),
        (
            "{telephony_schema: phones}",
            BAD_INPUT,
            "raw schema 'phones' does not exist in service_kpis: load first, or correct the var"
            " raw_schema or telephony_schema",
        ),
        ("{helpdesk_tickets_identifer: x}", BROKEN, "var helpdesk_tickets_identifer: no var has"),
    ],
)
def test_a_run_that_cannot_be_meant_does_not_start(
    site: Workspace, vars_: str, exit_code: int, said: str
):
    runs = site.query("select count(*) from data_quality.run_history")

    done = site.cli("build", *ONLY_TICKETS, "--vars", vars_)

    assert done.returncode == exit_code, done.stdout[-3000:] + done.stderr
    assert done.stderr.startswith(f"Error: not published: {said}")
    assert len(done.stderr.splitlines()) == 1
    # plain dbt says the same
    plain = site.dbt("run", *ONLY_TICKETS, "--vars", vars_)
    assert plain.returncode != 0 and said in plain.stdout
    assert site.query("select count(*) from data_quality.run_history") == runs


def test_without_a_raw_schema_nothing_is_built(make_workspace: Callable[..., Workspace]):
    fresh = make_workspace("fresh")

    done = fresh.cli("build")

    assert done.returncode == BAD_INPUT, done.stdout[-3000:]
    assert done.stderr.startswith("Error: not published: raw schema 'raw' does not exist")
    assert not fresh.published.exists()
