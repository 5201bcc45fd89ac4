"""`service-kpis load`: landing files into the raw tables, all or nothing."""

import gzip
import hashlib
import io
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from service_kpis.cli import main
from service_kpis.load.loader import load_directory
from service_kpis.load.progress import Bars
from service_kpis.load.sql import conversion
from service_kpis.load.warehouse import Warehouse
from service_kpis.raw_schema import raw_tables

PROJECT_DIR = Path(__file__).parents[2]
BAD_INPUT = 3
UNUSABLE_WAREHOUSE = 4


class Site:
    """A landing folder and a warehouse, both in a throw-away place."""

    def __init__(self, folder: Path) -> None:
        self.landing = folder / "landing"
        self.landing.mkdir()
        self.warehouse = folder / "warehouse" / "kpis.duckdb"

    def put(self, name: str, content: str | bytes) -> Path:
        path = self.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def put_parquet(self, name: str, query: str) -> Path:
        path = self.put(name, b"")
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(f"copy ({query}) to '{path}' (format parquet)")
        return path

    def load(self, *options: str) -> Result:
        return CliRunner().invoke(
            main, ["load", str(self.landing), "--warehouse", str(self.warehouse), *options]
        )

    def rows(self, query: str) -> list[tuple]:
        with duckdb.connect(self.warehouse, read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(query).fetchall()

    def content(self) -> dict[str, list[tuple]]:
        """Every table of the warehouse with all its rows."""
        tables = self.rows("select schema_name || '.' || table_name from duckdb_tables()")
        return {name: self.rows(f"from {name}") for (name,) in tables}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    for name in ("SERVICE_KPIS_WAREHOUSE", "SERVICE_KPIS_MEMORY_LIMIT", "SERVICE_KPIS_TEMP"):
        monkeypatch.delenv(name, raising=False)
    return Site(tmp_path)


def loaded(site: Site, *options: str) -> Result:
    """Load and insist that it works."""
    result = site.load(*options)
    assert result.exit_code == 0, result.output
    return result


def refused(site: Site, exit_code: int = BAD_INPUT) -> str:
    """Load, insist that it is refused in one line and leaves no trace; return the line."""
    is_new = not site.warehouse.exists()
    before = None if is_new else site.content()
    result = site.load()
    assert result.exit_code == exit_code, result.output
    assert result.stdout == ""
    lines = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert len(lines) == 1
    assert result.stderr.splitlines()[-1] == lines[0]
    if is_new:
        assert not site.warehouse.parent.exists()
    else:
        assert site.content() == before
    return lines[0].removeprefix("Error: ")


# --- what a load leaves behind ------------------------------------------------------------------


def test_all_raw_tables_exist_with_the_columns_of_the_source_yaml(site):
    site.put("teams.csv", "team_id\nA\n")
    result = loaded(site)
    described = site.rows(
        "select table_name, column_name, lower(data_type) from duckdb_columns()"
        " where schema_name = 'raw' and not starts_with(table_name, '_')"
        " order by table_name, column_index"
    )
    # beside them when the row arrived, which is for the load to say
    assert described == [
        (table.name, name, data_type.replace("timestamptz", "timestamp with time zone"))
        for table in sorted(raw_tables().values(), key=lambda one: one.name)
        for name, data_type in [
            *((column.name, column.data_type) for column in table.columns),
            ("_arrived_at", "timestamptz"),
        ]
    ]
    assert len(raw_tables()) == 36
    line = next(line for line in result.stdout.splitlines() if line.startswith("not delivered"))
    assert set(line.partition(": ")[2].split(", ")) == set(raw_tables()) - {"teams"}


def test_new_warehouse_can_be_read_by_older_clients(site):
    site.put("teams.csv", "team_id\nA\n")
    loaded(site)
    tags = site.rows("select tags from duckdb_databases() where database_name = 'kpis'")
    assert tags[0][0]["storage_version"].startswith("v1.3.0")


@pytest.mark.parametrize(
    "name", ["teams.csv", "TEAMS.CSV", "teams.csv.gz", "teams/part-1.csv", "teams/2026/a.csv"]
)
def test_csv_comes_as_file_compressed_or_in_parts(site, name):
    content = b"team_id,site\nA,S1\n"
    site.put(name, gzip.compress(content) if name.endswith("gz") else content)
    loaded(site)
    assert site.rows("select team_id, site, _source_file from raw.teams") == [("A", "S1", name)]


def test_parts_of_both_kinds_and_different_columns_go_into_one_table(site):
    site.put("teams/1.csv", "team_id,site\nA,S1\n")
    site.put_parquet("teams/2.parquet", "select 'S2' as site, 'B' as team_id")
    site.put("teams/3.csv", "team_id\nC\n")
    loaded(site)
    assert site.rows("select team_id, site from raw.teams order by team_id") == [
        ("A", "S1"),
        ("B", "S2"),
        ("C", None),
    ]


def test_names_that_start_with_underscore_or_dot_are_left_alone(site):
    site.put("teams/1.csv", "team_id\nA\n")
    for name in ("_manifest.json", ".DS_Store", "teams/_SUCCESS", "teams/.1.csv.crc", "_old/x.md"):
        site.put(name, "not for us")
    loaded(site)
    assert site.rows("select count(*) from raw.teams") == [(1,)]


def test_paths_with_pattern_characters_are_read_as_they_are(tmp_path):
    folder = tmp_path / "a [b]*?"
    folder.mkdir()
    site = Site(folder)
    # DuckDB takes a ? in the path of a database for the start of options.
    site.warehouse = tmp_path / "kpis.duckdb"
    site.put("teams/[1]*?'.csv", "team_id\nA\n")
    site.put_parquet("calls.parquet", "select 'C1' as call_id")
    loaded(site)
    assert site.rows("select team_id, _source_file from raw.teams") == [("A", "teams/[1]*?'.csv")]
    assert site.rows("select call_id from raw.calls") == [("C1",)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_csv_dialects(site, delimiter, line_end, mark):
    records = [
        ['"TICKET_ID "', '"Status"', " TOPIC_CODE", "brand"],
        ["T1", '"a, ""b""; c\td"', "", '"two\nlines"'],
        ["T2", "é", "x", ""],
    ]
    lines = [delimiter.join(record) + line_end for record in records]
    site.put("tickets.csv", mark + "".join(lines))
    loaded(site)
    assert site.rows(
        "select ticket_id, status, topic_code, brand from raw.tickets order by ticket_id"
    ) == [("T1", 'a, "b"; c\td', None, "two\nlines"), ("T2", "é", "x", None)]


def test_csv_values_become_the_types_of_the_raw_schema(site):
    site.put(
        "tickets.csv",
        "ticket_id,created_at,updated_at,solved_at,closed_at,deleted_at,is_spam,is_test,"
        "is_internal,is_complaint,fcr_eligible,agent_fcr_flag\n"
        "T1,2026-03-29T02:30:00+01:00,2026-03-29T02:30:00Z,2026-03-29 02:30:00,2026-03-29,,"
        "true,FALSE,1,0,Yes,no\n",
    )
    site.put(
        "payroll.csv",
        "payroll_line_id,pay_period_start,pay_period_end,hours_paid,gross_amount\n"
        "P1,2026-01-01,2026-01-31T00:00:00+01:00, 151.67 ,-1.5e3\n",
    )
    site.put("messages.csv", 'message_id,handle_seconds\n001,60\n002, 7.0\n003,""\n')
    loaded(site)

    def at(hour: int, minute: int = 0) -> datetime:
        return datetime(2026, 3, 29, hour, minute, tzinfo=UTC)

    assert site.rows(
        "select created_at, updated_at, solved_at, closed_at, deleted_at, is_spam, is_test,"
        " is_internal, is_complaint, fcr_eligible, agent_fcr_flag from raw.tickets"
    ) == [(at(1, 30), at(2, 30), at(2, 30), at(0), None, True, False, True, False, True, False)]
    assert site.rows(
        "select pay_period_start::varchar, pay_period_end::varchar, hours_paid, gross_amount"
        " from raw.payroll"
    ) == [("2026-01-01", "2026-01-31", Decimal("151.67"), Decimal("-1500.00"))]
    assert site.rows("select message_id, handle_seconds from raw.messages order by 1") == [
        ("001", 60),
        ("002", 7),
        ("003", None),
    ]


def test_parquet_types_near_the_raw_ones_are_converted(site):
    site.put_parquet(
        "tickets.parquet",
        """select 7 as ticket_id, timestamp '2026-01-05 10:00:00' as created_at,
            timestamptz '2026-01-05 10:00:00+02' as updated_at, date '2026-01-05' as solved_at,
            timestamp_ns '2026-01-05 10:00:00' as closed_at, '2026-01-05T10:00:00Z' as deleted_at,
            1 as is_spam, 0.0::double as is_test, 'yes' as is_internal, 'x'::blob as brand""",
    )
    site.put_parquet(
        "payroll.parquet",
        """select 'P1' as payroll_line_id, timestamp '2026-01-01' as pay_period_start,
            151.67::double as hours_paid, 1500 as gross_amount""",
    )
    site.put_parquet("messages.parquet", "select 'M1' as message_id, 60.0::double handle_seconds")
    loaded(site)
    ten = datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert site.rows(
        "select ticket_id, created_at, updated_at, solved_at, closed_at, deleted_at, is_spam,"
        " is_test, is_internal, brand from raw.tickets"
    ) == [("7", ten, ten.replace(hour=8), ten.replace(hour=0), ten, ten, True, False, True, "x")]
    assert site.rows(
        "select pay_period_start::varchar, hours_paid, gross_amount from raw.payroll"
    ) == [("2026-01-01", Decimal("151.67"), Decimal("1500.00"))]
    assert site.rows("select handle_seconds from raw.messages") == [(60,)]


def test_load_stamps_the_rows_with_one_instant_and_their_file(site):
    before = datetime.now(UTC)
    site.put("teams/1.csv", "team_id\nA\n")
    site.put("calls.csv", "call_id\nC\n")
    loaded(site)
    stamps = site.rows("select _loaded_at, _source_file from raw.teams") + site.rows(
        "select _loaded_at, _source_file from raw.calls"
    )
    assert [file for _, file in stamps] == ["teams/1.csv", "calls.csv"]
    assert len({at for at, _ in stamps}) == 1
    assert before <= stamps[0][0] <= datetime.now(UTC)


def test_stamps_of_the_file_are_kept_and_only_gaps_filled(site):
    site.put(
        "teams.csv",
        "team_id,_loaded_at,_source_file\nA,2026-01-05T10:00:00Z,export.xml\nB,,\n",
    )
    loaded(site)
    rows = site.rows("select _loaded_at, _source_file from raw.teams order by team_id")
    assert rows[0] == (datetime(2026, 1, 5, 10, tzinfo=UTC), "export.xml")
    assert rows[1][0] > rows[0][0]
    assert rows[1][1] == "teams.csv"


def test_null_keys_are_loaded_as_delivered(site):
    site.put("teams.csv", "team_id,site\n,S1\nA,S1\nA,S1\n")
    loaded(site)
    assert site.rows("select count(*), count(team_id) from raw.teams") == [(3, 2)]


# --- again --------------------------------------------------------------------------------------


def test_unchanged_files_are_skipped_and_changed_ones_appended(site):
    site.put("teams.csv", "team_id,site\nA,S1\n")
    path = site.put("calls.csv", "call_id\nC1\n")
    loaded(site)
    assert "already loaded, skipped: 1" in loaded(site).stdout
    assert site.rows("select count(*) from raw.teams") == [(1,)]

    site.put("teams.csv", "team_id,site\nA,S2\n")
    loaded(site)
    rows = site.rows("select site, _loaded_at from raw.teams order by _loaded_at")
    assert [row[0] for row in rows] == ["S1", "S2"]
    assert rows[0][1] < rows[1][1]
    assert site.rows("select count(*) from raw.calls") == [(1,)]

    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert site.rows(
        "select file_name, file_sha256, rows, loaded_at = (select min(_loaded_at) from raw.teams)"
        " from raw._loaded_files where table_name = 'calls'"
    ) == [("calls.csv", sha256, 1, True)]


def test_same_content_is_loaded_for_each_table_it_is_delivered_for(site):
    content = "call_id,session_id\nX,X\n"
    site.put("calls.csv", content)
    site.put("chat_sessions.csv", content)
    loaded(site)
    assert site.rows("select count(*) from raw.calls") == [(1,)]
    assert site.rows("select count(*) from raw.chat_sessions") == [(1,)]


def test_replace_empties_every_raw_table_first(site):
    teams = site.put("teams.csv", "team_id\nA\n")
    calls = site.put("calls.csv", "call_id\nC1\n")
    loaded(site)
    calls.unlink()
    loaded(site, "--replace")
    assert teams.exists()
    assert site.rows("select count(*) from raw.teams") == [(1,)]
    assert site.rows("select count(*) from raw.calls") == [(0,)]
    assert site.rows("select count(*) from raw._loaded_files") == [(1,)]


def test_other_schema_and_other_tables_of_the_warehouse_stay(site):
    site.put("teams.csv", "team_id\nA\n")
    site.warehouse.parent.mkdir()
    with duckdb.connect(site.warehouse) as connection:
        connection.execute("create schema marts; create table marts.kept as select 1 as x")
    loaded(site, "--schema", "landing zone", "--replace")
    assert site.rows('select team_id from "landing zone".teams') == [("A",)]
    assert site.rows("select x from marts.kept") == [(1,)]


def test_options_come_from_the_environment(site, monkeypatch, tmp_path):
    site.put("teams.csv", "team_id\nA\n")
    site.warehouse = tmp_path / "elsewhere" / "kpis.duckdb"
    monkeypatch.setenv("SERVICE_KPIS_WAREHOUSE", str(site.warehouse))
    monkeypatch.setenv("SERVICE_KPIS_MEMORY_LIMIT", "300MB")
    assert CliRunner().invoke(main, ["load", str(site.landing)]).exit_code == 0
    assert site.rows("select team_id from raw.teams") == [("A",)]


# --- what the command says ----------------------------------------------------------------------


def test_summary_lists_missing_and_unknown_columns_once(site):
    known = [column.name for column in raw_tables()["teams"].columns]
    site.put("teams/1.csv", "team_id,Nom\nA,x\n")
    site.put("teams/2.csv", "team_id,Nom\nB,x\n")
    result = loaded(site)
    missing = ", ".join(name for name in known[1:] if not name.startswith("_"))
    said = " ".join(result.stdout.replace("│", " ").split())
    assert said.count(f"missing, so NULL: {missing} unknown, left out: Nom") == 1
    assert result.stderr.startswith("teams: 2 rows from 2 files in ")
    assert len(result.stderr.splitlines()) == 1


def test_bars_are_drawn_on_a_terminal(site):
    site.put("teams/1.csv", "team_id\nA\n")
    site.put("calls.csv", "call_id\nC\n")
    drawn = io.StringIO()
    with Bars(Console(file=drawn, force_terminal=True, width=100)) as bars:
        load_directory(site.landing, site.warehouse, "raw", bars)
    assert all(task.finished for task in bars.progress.tasks)
    assert "teams" in drawn.getvalue() and "calls" in drawn.getvalue()


# --- refused: the delivery ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ticket.csv", "ticket.csv: there is no raw table ticket; the nearest is tickets"),
        ("raw_calls/1.csv", "raw_calls: there is no raw table raw_calls; the nearest is calls"),
        ("notes.txt", "notes.txt: not a landing file (.parquet, .csv, .csv.gz)"),
        ("teams/readme.md", "teams/readme.md: not a landing file"),
        ("calls.csv", "calls is delivered twice, as calls.csv and calls.parquet; keep one"),
    ],
)
def test_files_that_are_no_delivery_are_refused(site, name, said):
    site.put("agents.csv", "agent_id\nA\n")
    site.put_parquet("calls.parquet", "select 'C' as call_id")
    site.put(name, "call_id\nA\n")
    assert refused(site).startswith(said)


def test_folder_without_landing_files_is_refused(site):
    site.put("_manifest.json", "{}")
    assert "no landing files, such as tickets.parquet" in refused(site)


@pytest.mark.parametrize("name", ["survey_responses.csv", "survey_responses.parquet"])
def test_missing_key_column_is_refused(site, name):
    if name.endswith("csv"):
        site.put(name, "id,Score\nA,1\n")
    else:
        site.put_parquet(name, "select 'A' as id, 1 as Score")
    assert refused(site) == (
        f"{name}: table survey_responses needs its key column response_id; the file has id, Score"
    )


def test_missing_part_of_a_key_is_refused(site):
    site.put("fx_rates.csv", "rate_month;from_currency;rate\n2026-01-01;USD;0.9\n")
    assert refused(site) == (
        "fx_rates.csv: table fx_rates needs its key column to_currency;"
        " the file has rate_month, from_currency, rate"
    )


def test_column_that_is_there_twice_is_refused(site):
    site.put("teams.csv", "team_id,site, TEAM_ID\nA,S,B\n")
    assert refused(site) == "teams.csv: the column team_id is there 2 times"


# --- refused: damaged files ---------------------------------------------------------------------


def parquet_bytes(site: Site) -> bytes:
    path = site.put_parquet(
        "calls.parquet", "select 'C' || i as call_id, i as talk_seconds from range(200000) t(i)"
    )
    content = path.read_bytes()
    path.unlink()
    return content


def test_damaged_parquet_is_refused(site):
    good = parquet_bytes(site)
    cases = {
        b"": "calls.parquet: the file is empty (0 bytes)",
        b"call_id,x\n1,2\n": "calls.parquet: not a Parquet file",
        good[: len(good) // 2]: "calls.parquet: the Parquet file is cut off",
        good[:4] + good[-300:]: "calls.parquet: damaged, cannot be read as Parquet (",
        good[:9000] + bytes(50000) + good[59000:]: "calls.parquet: damaged, cannot be read as",
    }
    for content, said in cases.items():
        site.put("calls.parquet", content)
        line = refused(site)
        assert line.startswith(said)
        assert str(site.landing) not in line


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "calls.csv: the file is empty (0 bytes)"),
        (b"\n\n", "calls.csv, line 1: no header with columns of calls"),
        (b"C1,5\nC2,6\n", "calls.csv, line 1: no header with columns of calls, but 'C1,5'"),
        (b"call_id|queue_id\nC1|Q\n", "no header with columns of calls, but 'call_id|queue_id'"),
        (b"PAR1\x00\x01", "calls.csv: not a CSV file but binary"),
        (b"PK\x03\x04 spreadsheet", "calls.csv: not a CSV file but binary"),
        ("call_id,x\nC1,2\n".encode("utf-16"), "calls.csv: UTF-16; save it as UTF-8"),
        (b"call_id,queue_id\nC1,Q\nC2,caf\xe9\n", "calls.csv, line 3: not UTF-8 (byte 0xe9)"),
        (b"call_id,queue_id\nC1,Q\n\nC2\n", "line 4: 1 fields where the header has 2"),
        (b'call_id,queue_id\n"C\n1",Q\nC2,Q,x\n', "line 4: 3 fields where the header has 2"),
        (b'call_id,queue_id\nC1,Q\nC2,"Q\nC3,Q\n', "after line 2: a quote is not closed"),
        (b'call_id,queue_id\nC1,Q\nC2,"Q" x\n', "after line 2: a quote is not closed, or text"),
        (b"call_id,queue_id\nC1,Q\r\nC2,Q\n", "Windows and Unix line ends are mixed"),
    ],
)
def test_damaged_csv_is_refused(site, content, said):
    site.put("calls.csv", content)
    assert said in refused(site)


def test_damaged_gzip_is_refused(site):
    packed = gzip.compress(b"call_id\n" + b"".join(b"C%d\n" % (i * 7919) for i in range(99999)))
    cases = {
        b"call_id\nC1\n": "calls.csv.gz: not a gzip file",
        packed[:20]: "calls.csv.gz: the compressed file is cut off",
        packed[: len(packed) // 2]: "calls.csv.gz: the compressed file is cut off after line ",
        packed[: len(packed) // 2] + bytes(99) + packed[len(packed) // 2 + 99 :]: "calls.csv.gz",
    }
    for content, said in cases.items():
        site.put("calls.csv.gz", content)
        assert refused(site).startswith(said)


# --- refused: values ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "column", "value", "data_type"),
    [
        ("tickets", "created_at", "05/01/2026 10:00", "timestamptz"),
        ("tickets", "created_at", "2026-02-30T10:00:00Z", "timestamptz"),
        ("tickets", "created_at", "1700000000", "timestamptz"),
        ("tickets", "created_at", "infinity", "timestamptz"),
        ("tickets", "_loaded_at", "yesterday", "timestamptz"),
        ("tickets", "is_spam", "maybe", "boolean"),
        ("tickets", "is_spam", "2", "boolean"),
        ("messages", "handle_seconds", "3.7", "integer"),
        ("messages", "handle_seconds", "1 200", "integer"),
        ("messages", "handle_seconds", "99999999999", "integer"),
        ("payroll", "gross_amount", "1500,00", "decimal(18,2)"),
        ("payroll", "hours_paid", "1234567.00", "decimal(8,2)"),
        ("payroll", "pay_period_start", "31/01/2026", "date"),
        ("payroll", "pay_period_start", "2026-01-01 08:30:00", "date"),
        ("improvement_actions", "expected_gain", "NaN", "double"),
    ],
)
def test_value_that_does_not_fit_is_named_with_line_and_column(
    site, table, column, value, data_type
):
    key = raw_tables()[table].key[0]
    said = f"column {column}: '{value}' is not a valid {data_type}"
    path = site.put(f"{table}.csv", f'{key};{column}\n"a\nb";\n\nc;{value}\nd;{value}\n')
    assert refused(site) == f"{table}.csv, line 5, {said}"

    path.unlink()
    site.put_parquet(
        f"{table}.parquet",
        f"select i::varchar as {key}, case when i > 250000 then '{value}' end as {column}"
        " from range(250100) t(i)",
    )
    assert refused(site) == f"{table}.parquet, row 250002, {said}"


def test_bad_value_in_typed_parquet_is_named(site):
    site.put_parquet("messages.parquet", "select 'M' as message_id, 3.5::double handle_seconds")
    assert refused(site) == (
        "messages.parquet, row 1, column handle_seconds: '3.5' is not a valid integer"
    )
    site.put_parquet("messages.parquet", "select 'M' as message_id, 2 as is_automated")
    assert "column is_automated: '2' is not a valid boolean" in refused(site)
    (site.landing / "messages.parquet").unlink()
    site.put_parquet(
        "payroll.parquet",
        "select 'P' as payroll_line_id, timestamptz '2025-12-31 23:00:00Z' as pay_period_start",
    )
    assert refused(site) == (
        "payroll.parquet, row 1, column pay_period_start:"
        " '2025-12-31 23:00:00+00' is not a valid date"
    )


def test_long_bad_value_is_cut(site):
    site.put("messages.csv", f"message_id,handle_seconds\nM,{'9' * 500}\n")
    assert refused(site).endswith(f"'{'9' * 60}…' is not a valid integer")


def test_one_bad_file_leaves_a_full_warehouse_as_it_was(site):
    site.put("agents.csv", "agent_id\nA\n")
    loaded(site)
    site.put("agents.csv", "agent_id\nA\nB\n")
    site.put("teams/1.csv", "team_id\nA\n")
    site.put("payroll.csv", "payroll_line_id,gross_amount\nP,ten\n")
    refused(site)
    assert site.load("--replace").exit_code == BAD_INPUT
    assert site.rows("select count(*) from raw.agents") == [(1,)]


# --- refused: the warehouse ---------------------------------------------------------------------


def test_warehouse_in_use_is_named_with_its_process(site):
    site.put("teams.csv", "team_id\nA\n")
    loaded(site)
    before = site.warehouse.read_bytes()
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print(flush=True); input()",
            str(site.warehouse),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        holder.stdout.readline()
        result = site.load("--replace")
    finally:
        holder.communicate(b"\n")
    assert result.exit_code == UNUSABLE_WAREHOUSE
    assert result.stderr == (
        f"Error: the warehouse {site.warehouse} is in use by another program (process"
        f" {holder.pid}); close that, then run it again\n"
    )
    assert site.warehouse.read_bytes() == before


def test_warehouse_that_is_no_duckdb_file_is_left_alone(site):
    site.put("teams.csv", "team_id\nA\n")
    site.warehouse.parent.mkdir()
    site.warehouse.write_text("precious notes" * 1000)
    result = site.load()
    assert result.exit_code == UNUSABLE_WAREHOUSE
    assert f"the warehouse {site.warehouse} cannot be written: " in result.stderr
    assert site.warehouse.read_text() == "precious notes" * 1000


def test_warehouse_below_a_file_is_refused(site, tmp_path):
    site.put("teams.csv", "team_id\nA\n")
    (tmp_path / "warehouse").write_text("")
    result = site.load()
    assert result.exit_code == UNUSABLE_WAREHOUSE
    assert "cannot be written" in result.stderr


def test_raw_table_of_another_shape_asks_for_replace(site):
    site.put("teams.csv", "team_id\nA\n")
    loaded(site)
    with duckdb.connect(site.warehouse) as connection:
        connection.execute("alter table raw.teams drop column site")
    assert refused(site, UNUSABLE_WAREHOUSE) == (
        "table raw.teams in the warehouse has other columns than the raw schema (site);"
        " load everything again with --replace"
    )
    loaded(site, "--replace")


@pytest.mark.parametrize("options", [["--memory-limit", "much"], ["--unknown"]])
def test_wrong_usage_has_exit_code_2(site, options):
    site.put("teams.csv", "team_id\nA\n")
    assert site.load(*options).exit_code == 2
    assert not site.warehouse.exists()


def test_too_little_memory_says_so(site):
    site.put_parquet("teams.parquet", "select 'T' || i as team_id from range(2000000) t(i)")
    result = site.load("--memory-limit", "4MB")
    assert result.exit_code == UNUSABLE_WAREHOUSE
    assert "--memory-limit" in result.stderr
    assert not site.warehouse.exists()


def test_full_disk_is_no_fault_of_the_file(site, monkeypatch):
    def full(*_: object) -> int:
        raise duckdb.IOException("IO Error: Could not write file: No space left on device")

    monkeypatch.setattr(Warehouse, "append", full)
    site.put("teams.csv", "team_id\nA\n")
    said = refused(site, UNUSABLE_WAREHOUSE)
    assert said.endswith("the disk allows: Could not write file: No space left on device")


def test_interrupted_load_leaves_no_trace(site):
    rows = b"".join(b"C%d,Q%d\n" % (i, i) for i in range(3_000_000))
    site.put("calls.csv", b"call_id,queue_id\n" + rows)
    running = subprocess.Popen(
        [
            *[sys.executable, "-m", "service_kpis.cli", "load", str(site.landing)],
            *["--warehouse", str(site.warehouse)],
        ],
        env={**os.environ, "PYTHONPATH": str(PROJECT_DIR / "src")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # a suite started in the background passes on that Ctrl-C is ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while running.poll() is None and not site.warehouse.exists():
        time.sleep(0.01)
    time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 1, said
    assert "Aborted!" in said and "Traceback" not in said
    assert not site.warehouse.exists()


# --- conversions never change a value silently --------------------------------------------------


@pytest.mark.parametrize(
    "data_type", sorted({c.data_type for t in raw_tables().values() for c in t.columns})
)
@pytest.mark.parametrize(
    "source_type",
    [
        "varchar",
        "integer",
        "double",
        "decimal(9,3)",
        "boolean",
        "date",
        "timestamp",
        "timestamptz",
        "time",
        "integer[]",
    ],
)
def test_every_conversion_compiles_and_passes_null(data_type, source_type):
    one = conversion("x", source_type, data_type)
    with duckdb.connect() as connection:
        query = f"select {one.strict} from (select cast(null as {source_type}) as x) as t"
        assert connection.execute(query).fetchone() == (None,)
