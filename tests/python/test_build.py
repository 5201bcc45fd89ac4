"""The whole warehouse: from landing files to marts, on clean, dirty, foreign and no data."""

import json
import re
import sys
from collections.abc import Callable

import duckdb
from conftest import BIN, PROJECT_DIR, Workspace

sys.path.insert(0, str(PROJECT_DIR / "tests" / "reliability"))

from kills import check  # noqa: E402

# Recruiting is booked in one cost centre, people leave in others: the two meet only when summed.
NEVER_IN_ONE_ROW = {"mart_cost_monthly.turnover_cost_per_departure"}
# What dirty data may break on purpose: a cost line whose currency has no rate (E29, Q130).
MEANT_TO_FAIL = {"assert_every_cost_has_an_exchange_rate"}


def test_every_mart_has_rows_and_every_kpi_a_value(demo: Workspace):
    marts = demo.query(
        "select table_name from information_schema.tables where table_schema = 'marts'"
    )
    assert len(marts) >= 10
    empty = []
    for (mart,) in marts:
        columns = [row[0] for row in demo.query(f"describe marts.{mart}")]
        counts = demo.query(
            f"select {', '.join(f'count({column})' for column in columns)} from marts.{mart}"
        )[0]
        empty += [
            f"{mart}.{column}" for column, count in zip(columns, counts, strict=True) if count == 0
        ]

    assert set(empty) <= NEVER_IN_ONE_ROW


def test_the_warehouse_forbids_null_wherever_the_yaml_does(demo: Workspace):
    """Nothing else tests these columns: however a table is built, its constraints come with it."""
    nodes = json.loads((demo.target / "manifest.json").read_text())["nodes"].values()
    promised = {
        (node["schema"], node["name"], column["name"])
        for node in nodes
        if node["resource_type"] == "model" and node["config"]["materialized"] != "view"
        for column in node["columns"].values()
        if any(constraint["type"] == "not_null" for constraint in column["constraints"])
    }
    kept = demo.query(
        """
        select table_schema, table_name, column_name
        from information_schema.columns
        where is_nullable = 'NO'
        """
    )

    assert len(promised) > 500
    assert promised <= set(kept)


def test_what_is_published_is_what_was_built(demo: Workspace):
    """Every table of the published file has the rows that the warehouse has; some it has not."""
    tables = demo.query(
        "select schema_name, table_name, estimated_size from duckdb_tables()"
        " where schema_name != 'published'",
        demo.published,
    )
    assert {schema for schema, _, _ in tables} >= {"core", "marts", "reference"}
    assert not {"raw", "staging", "intermediate"} & {schema for schema, _, _ in tables}
    # the hashes by which the next copy knows what to write
    assert check(demo.published)
    names = {name for _, name, _ in tables}
    assert "mart_service_level_daily" in names and "fct_payroll_month" not in names
    for schema, table, _ in tables:
        if schema == "data_quality":
            # later runs have written down more
            continue
        where = ""
        if table in ("fct_survey_answers", "fct_survey_invitations"):
            where = "where audience = 'customer'"
        hashed = (
            f"select count(*), sum(hash(t::varchar)::hugeint) from {schema}.{table} as t {where}"
        )
        assert demo.query(hashed, demo.published) == demo.query(hashed), f"{schema}.{table}"
    assert demo.query("select as_of from published.about", demo.published) == demo.query(
        "select as_of from data_quality.run_history order by started_at limit 1"
    )


def test_a_second_load_and_build_change_nothing(demo: Workspace):
    before = demo.fingerprints("core", "marts")

    loaded = demo.cli("load", str(demo.landing))
    built = demo.dbt("--warn-error", "run")

    assert loaded.returncode == 0, loaded.stderr
    assert built.returncode == 0, built.stdout[-4000:]
    assert demo.fingerprints("core", "marts") == before


def test_dirty_data_builds_and_only_what_must_fail_fails(
    make_workspace: Callable[..., Workspace],
):
    dirty = make_workspace("dirty", tickets=2000, months=4, dirty_rate=0.03)

    done = dirty.dbt("build", "--exclude-resource-type", "unit_test")

    results = json.loads((dirty.target / "run_results.json").read_text())["results"]
    status = {result["unique_id"].split(".")[2]: result["status"] for result in results}
    failed = {name for name, said in status.items() if said in ("fail", "error")}
    assert failed == MEANT_TO_FAIL, done.stdout[-6000:]
    # what reads the cost mart, whose test failed, waits until the rate is there
    waiting = {
        result["unique_id"].split(".")[2]
        for result in results
        if result["status"] == "skipped" and not result["unique_id"].startswith("exposure")
    }
    assert "mart_kpi_scorecard" in waiting and all("kpi_" in name for name in waiting)


def test_without_any_raw_table_all_marts_are_there_and_empty(
    make_workspace: Callable[..., Workspace],
):
    nothing = make_workspace("nothing")
    # any one table: a warehouse that dbt has never seen
    with duckdb.connect(str(nothing.warehouse)) as connection:
        connection.execute("create schema raw")

    done = nothing.dbt("build", "--exclude-resource-type", "unit_test", "--vars", "{}")

    assert done.returncode == 0, done.stdout[-4000:]
    # said once, by name
    assert done.stdout.count("raw tables not delivered") == 1
    assert "helpdesk.tickets" in done.stdout
    assert nothing.query("select count(*) from marts.mart_resolution_daily") == [(0,)]


def test_a_loaders_schema_needs_no_loading(make_workspace: Callable[..., Workspace]):
    foreign = make_workspace("foreign")
    with duckdb.connect(str(foreign.warehouse)) as connection:
        connection.execute(
            """
            create schema vendor;
            -- text instead of types, another name, most columns missing, one unknown to us
            create table vendor.cases as
            select 'T1' as "Ticket_ID", '2026-05-04T10:00:00+02:00' as created_at,
                'Email ' as channel, 'something' as vendor_column, 'no' as is_spam;
            """
        )
    vars_ = "{raw_schema: vendor, helpdesk_tickets_identifier: cases, as_of: '2026-05-05 00:00:00'}"

    done = foreign.dbt(
        "build", "--vars", vars_, "--select", "+mart_kpi_scorecard",
        "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test",
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-4000:]
    assert foreign.query(
        "select ticket_id, channel, created_at::varchar, is_spam from core.fct_tickets"
    ) == [("T1", "email", "2026-05-04 08:00:00", False)]
    # what nobody delivers is no data, never missed
    status = foreign.query(
        """
        select kpi_code, kpi_status, kpi_value from marts.mart_kpi_scorecard
        where scope_type = 'global' and period_grain = 'month'
            and kpi_code in ('csat_rate', 'occupancy_rate', 'service_level_rate', 'tickets_created')
        order by all
        """
    )
    assert status == [
        ("csat_rate", "no_data", None),
        ("occupancy_rate", "no_data", None),
        ("service_level_rate", "no_data", None),
        ("tickets_created", "no_target", 1.0),
    ]


def test_a_missing_key_column_stops_with_one_line(make_workspace: Callable[..., Workspace]):
    foreign = make_workspace("keyless")
    with duckdb.connect(str(foreign.warehouse)) as connection:
        connection.execute(
            "create schema raw; create table raw.tickets (id varchar, channel varchar)"
        )

    done = foreign.cli("build", "--select", "stg_helpdesk__tickets")

    assert done.returncode == 3
    assert done.stderr == (
        "Error: not published: raw table raw.tickets: key column 'ticket_id' is missing; found:"
        " id, channel\n"
    )


def test_an_impossible_as_of_is_refused(make_workspace: Callable[..., Workspace]):
    foreign = make_workspace("as_of")
    with duckdb.connect(str(foreign.warehouse)) as connection:
        connection.execute("create schema raw")

    done = foreign.run(
        str(BIN / "dbt"),
        *("run", "--select", "int_ticket_survivors", "--vars", "{as_of: yesterday}"),
    )

    assert done.returncode != 0
    assert "var as_of: 'yesterday' is no instant" in done.stdout


def test_another_as_of_is_no_reason_to_parse_anew(demo: Workspace):
    """Neither for one file nor for all: it is another every night."""
    for day in ("2026-06-01", "2026-06-02"):
        done = demo.run(str(BIN / "dbt"), "--debug", "parse", SERVICE_KPIS_AS_OF=day)

    assert done.returncode == 0, done.stdout[-3000:]
    assert "Nothing changed, skipping partial parsing" in done.stdout


def test_unit_tests_hold_under_any_users_vars(demo: Workspace):
    """A definition does not hang on where its user lives: fixtures pin the vars they need.

    The one run of all unit tests: what passes here passes under the defaults.
    """
    vars_ = (
        "{reporting_timezone: America/Montreal, as_of: '2025-01-15 12:00:00',"
        " reporting_currency: USD, reporting_calendar_id: always_open}"
    )

    done = demo.dbt("test", "--select", "test_type:unit", "--vars", vars_)

    assert done.returncode == 0, "\n".join(re.findall(r".*(?:FAIL|ERROR).*", done.stdout))


def test_show_prints_the_headline_kpis(demo: Workspace):
    done = demo.cli("show")

    assert done.returncode == 0, done.stderr
    assert "csat_rate" in done.stdout
    assert re.search(r"Service level .*\d % [✓!✗].*≥ 80 %.*service_level_rate", done.stdout)
    assert f"Published: {demo.published}" in done.stdout
