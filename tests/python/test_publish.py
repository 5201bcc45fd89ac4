"""`service-kpis publish`, `rollback`, `versions`: the published file, without any dbt."""

from __future__ import annotations

import fcntl
import os
import random
import re
import resource
import signal
import stat
import subprocess
import sys
import time
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result
from conftest import PROJECT_DIR
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service_kpis.build.record import BuildRecord, read_record, warehouse_stamp
from service_kpis.cli import main
from service_kpis.lock import lock_file, run_lock
from service_kpis.publish.copy import Relation, TellingKeys, copy_relations, hashable

UNUSABLE, ANOTHER_RUN, NOTHING = 4, 5, 8
SECRET = "jeanne.secret@example.org"
RELATIONS = [
    Relation("core", "fct_things", "core", ["thing_id"], columns={"thing_id": "Its key."}),
    Relation("core", "dim_source", "core", ["source_name"], "source_name != 'hidden'"),
    Relation("marts", "mart_daily", "marts", ["date_day"], description="Things. One row per day."),
    Relation("marts", "mart_total", "marts", []),
]

NUMBERS = ["0", "-1", "1", "-2", "2", "0.1", "-0.1", "0.0000000001", "-0.0000000001"]
INSTANTS = ["1969-12-31 23:59:59.999999", "1970-01-01", "1970-01-01 00:00:00.000001"]


class Site:
    """A warehouse as a build leaves it: things of some days, and marts that agree with them."""

    def __init__(self, folder: Path) -> None:
        self.warehouse = folder / "work" / "kpis.duckdb"
        self.published = folder / "work" / "published" / "kpis.duckdb"
        self.builds = 0

    def build(self, things: int = 1000, *statements: str, catalog: str = "kpis") -> str:
        """Write the warehouse anew, with another number in all tables; return the build's id."""
        self.builds += 1
        self.warehouse.parent.mkdir(parents=True, exist_ok=True)
        self.warehouse.unlink(missing_ok=True)
        with duckdb.connect(self.warehouse) as connection:
            connection.execute(
                f"""
                create schema raw; create schema core; create schema marts;
                create table raw.customers as
                    select '{SECRET}' as email from range(3);
                create table core.fct_things as
                    select i as thing_id, hash(i + {self.builds}) as thing_value,
                        case when i % 7 > 0 then date '2026-01-01' + cast(i // 100 as integer) end
                            as thing_date
                    from range({things}) t(i) order by hash(i);
                create table core.fct_pay as select '{SECRET}' as agent_id;
                create table core.dim_source as
                    select * from (values ('helpdesk', timestamp '2026-01-09 10:00:00'),
                        ('hidden', timestamp '2026-02-01')) t(source_name, data_through_at);
                create table marts.mart_daily as
                    select thing_date as date_day, count(*) as things, {self.builds} as build
                    from core.fct_things group by all;
                create view marts.mart_total as
                    select sum(things)::bigint as things, max(build) as build
                    from {catalog}.marts.mart_daily;
                """
            )
            for statement in statements:
                connection.execute(statement)
        return self.succeed()

    def change(self, *statements: str) -> str:
        """Change the warehouse as an incremental build would."""
        self.builds += 1
        with duckdb.connect(self.warehouse) as connection:
            for statement in statements:
                connection.execute(statement)
        return self.succeed()

    def succeed(self) -> str:
        """Record what is there as a complete successful build."""
        build_id = f"build-{self.builds}"
        BuildRecord(
            build_id=build_id,
            project_version="0.1.0",
            built_at="2026-01-10 02:00:00",
            as_of="2026-01-10 00:00:00",
            inputs="",
            code="",
            landing="",
            warehouse=warehouse_stamp(self.warehouse),
            relations=RELATIONS,
        ).write(self.warehouse)
        return build_id

    def command(self, name: str, *options: str) -> Result:
        return CliRunner().invoke(main, [name, "--warehouse", str(self.warehouse), *options])

    def process(self, name: str, *options: str, **popen: object) -> subprocess.Popen:
        """Start a command as a process of its own, in a group of its own."""
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "service_kpis.cli", name),
                *("--warehouse", str(self.warehouse), *options),
            ],
            env=os.environ | {"PYTHONPATH": str(PROJECT_DIR / "src")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **popen,
        )

    def publish(self, *options: str) -> str:
        """Publish, insist that it works, return the version."""
        result = self.command("publish", *options)
        assert result.exit_code == 0, result.output
        return result.stdout.split()[2].rstrip(":")

    def rows(self, query: str, file: Path | None = None) -> list[tuple]:
        with duckdb.connect(file or self.published, read_only=True) as connection:
            return connection.execute(query).fetchall()

    def build_seen(self) -> int:
        """Return the build that readers see, once all parts of the file agree on it."""
        (seen,) = self.rows(
            """
            select about.build_id, daily.builds, daily.build, total.build, total.things = (
                select count(*) from core.fct_things
            )
            from published.about,
                (select count(distinct build) as builds, max(build) as build
                from marts.mart_daily) as daily,
                marts.mart_total as total
            """
        )
        build_id, builds, daily, total, agree = seen
        assert builds == 1 and agree and build_id == f"build-{daily}" == f"build-{total}"
        return daily

    def files(self) -> set[str]:
        folder = self.warehouse.parent
        return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    for name in os.environ:
        if name.startswith("SERVICE_KPIS_"):
            monkeypatch.delenv(name)
    return Site(tmp_path)


def refused(result: Result, exit_code: int) -> str:
    """Insist on an exit code and one line on stderr; return the line."""
    assert result.exit_code == exit_code, result.output
    lines = result.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("Error: ")
    return lines[0].removeprefix("Error: ")


# --- what is in the file ------------------------------------------------------------------------


def test_published_file_holds_what_may_be_seen_and_nothing_else(site):
    site.build()
    version = site.publish()

    assert site.rows("select schema_name || '.' || table_name from duckdb_tables() order by 1") == [
        ("core.dim_source",),
        ("core.fct_things",),
        ("marts.mart_daily",),
        ("marts.mart_total",),
        ("published.about",),
        ("published.parts",),
    ]
    assert site.rows("select count(*), count(distinct thing_id) from core.fct_things") == [
        (1000, 1000)
    ]
    assert site.rows("select source_name from core.dim_source") == [("helpdesk",)]
    # no trace of raw data, restricted models or rows left out in any block of it
    assert SECRET.encode() in site.warehouse.read_bytes()
    assert SECRET.encode() not in site.published.read_bytes()
    assert site.rows("select version, build_id, as_of, data_through_at from published.about") == [
        (version, "build-1", datetime(2026, 1, 10), datetime(2026, 1, 9, 10))
    ]
    assert site.rows(
        "select comment from duckdb_tables() where comment is not null"
        " union all select comment from duckdb_columns() where comment is not null"
    ) == [("Things. One row per day.",), ("Its key.",)]
    assert site.files() == {"kpis.duckdb", "kpis.duckdb.build.json", "published/kpis.duckdb"}


def test_published_file_is_read_only_and_older_clients_read_it(site):
    site.build()
    site.publish()
    assert stat.S_IMODE(site.published.stat().st_mode) == 0o444
    tags = site.rows("select tags from duckdb_databases() where database_name = 'kpis'")
    assert tags[0][0]["storage_version"].startswith("v1.3.0")


def test_published_file_works_under_any_name(site):
    site.build()
    site.publish()
    with duckdb.connect() as connection:
        connection.execute(f"attach '{site.published}' as anything (read_only)")
        assert connection.execute("select things from anything.marts.mart_total").fetchall() == [
            (1000,)
        ]


def test_rows_lie_in_the_order_of_day_and_key(site):
    site.build()
    site.publish()
    rows = site.rows("select thing_date, thing_id from core.fct_things")
    assert rows == sorted(rows, key=lambda row: (row[0] is None, row))


def test_versions_hold_the_same_rows_whatever_was_published_before(site):
    """A copy that starts from the one before must be the copy that starts from nothing."""
    site.build(50_000)
    site.publish()
    site.change(
        "update core.fct_things set thing_value = 7 where thing_id % 1000 = 3",
        "delete from core.fct_things where thing_date = '2026-01-05'",
        "insert into core.fct_things select 60000 + i, i, '2030-01-01' from range(30) t(i)",
        "insert into core.fct_things values (99999, 1, null)",
        "update marts.mart_daily set build = 2",
    )
    site.publish()

    anew = site.warehouse.with_name("anew.duckdb")
    about = dict.fromkeys(("version", "build_id", "project_version"), "x") | dict.fromkeys(
        ("published_at", "built_at", "as_of"), datetime(2026, 1, 1)
    )
    copy_relations(
        site.warehouse, anew, RELATIONS, about, memory_limit="1GB", temp_directory=anew.parent
    )
    for relation in RELATIONS:
        query = f"from {relation.schema}.{relation.name} order by all"
        assert site.rows(query) == site.rows(query, anew)
    parts = "select * from published.parts order by all"
    assert site.rows(parts) == site.rows(parts, anew)


def test_only_days_that_differ_are_written(site):
    site.build(50_000)
    site.publish()
    site.change("update core.fct_things set thing_value = 7 where thing_id = 4243")
    site.publish()
    # one day of 85 rows left its place and was put at the end
    days = [row[0] for row in site.rows("select thing_date from core.fct_things")]
    assert set(days[-85:]) == {date(2026, 2, 12)}
    assert days[:-85] == sorted(days[:-85], key=lambda day: (day is None, day or date.max))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.lists(
            st.tuples(
                st.none() | st.dates(date(2026, 1, 1), date(2026, 1, 4)),
                st.integers(0, 5) | st.none(),
            ),
            max_size=200,
        ),
        min_size=2,
        max_size=4,
    )
)
def test_any_change_of_any_rows_arrives(tmp_path_factory, states):
    """Duplicates, NULLs, days that come and go, an empty table: always what the warehouse has."""
    folder = tmp_path_factory.mktemp("states")
    work, file, following = folder / "a.duckdb", folder / "b.duckdb", folder / "c.duckdb"
    at = datetime(2026, 1, 1)
    about = dict.fromkeys(("version", "build_id", "project_version"), "x") | dict.fromkeys(
        ("published_at", "built_at", "as_of"), at
    )
    for number, rows in enumerate(states):
        with duckdb.connect(work) as connection:
            connection.execute("create or replace table t (d date, x integer)")
            if rows:
                connection.executemany("insert into t values (?, ?)", rows)
            wanted = connection.execute("from t order by all").fetchall()
        copy_relations(
            work,
            following,
            [Relation("s", "t", "main", ["x"])],
            about,
            previous=file if number else None,
            memory_limit="1GB",
            temp_directory=folder,
        )
        os.replace(following, file)
        with duckdb.connect(file, read_only=True) as connection:
            assert connection.execute("from s.t order by all").fetchall() == wanted


@pytest.mark.parametrize(
    ("data_type", "values"),
    [
        *((name, NUMBERS) for name in ("tinyint", "integer", "bigint", "hugeint", "double")),
        *((f"decimal({digits})", NUMBERS) for digits in ("4, 1", "18, 6", "28, 10", "38, 0")),
        ("varchar", ["", " ", "0", "0 ", "-1", "a", "A"]),
        ("boolean", ["true", "false"]),
        ("date", ["1969-12-31", "1970-01-01", "1970-01-02"]),
        *((name, INSTANTS) for name in ("timestamp", "timestamptz")),
        ("interval", ["0 days", "-1 days", "1 day", "1 microsecond", "1 month"]),
        ("uuid", [f"{digit * 8}-{'-'.join([digit * 4] * 3)}-{digit * 12}" for digit in "01f"]),
    ],
)
def test_no_two_values_share_a_hash(data_type, values):
    """Else a change from one to the other would not be published."""
    rows = ", ".join(f"('{value}'::{data_type})" for value in values)
    value = hashable("x", data_type.upper().replace(" ", ""))
    with duckdb.connect() as connection:
        given, hashes = connection.execute(
            f"select count(distinct x), count(distinct hash({value})) from (values {rows}) as t (x)"
        ).fetchone()
    assert given > 1 and hashes == given


def test_a_key_that_tells_who_it_is_stops_a_later_publication(tmp_path):
    """Only what is written is looked at: what is there was looked at when it was."""
    work, file = tmp_path / "a.duckdb", tmp_path / "b.duckdb"
    about = dict.fromkeys(("version", "build_id", "project_version"), "x") | dict.fromkeys(
        ("published_at", "built_at", "as_of"), datetime(2026, 1, 1)
    )

    def copy(target: Path, previous: Path | None) -> None:
        relation = Relation("s", "t", "main", ["customer_id"], person_keys=["customer_id"])
        copy_relations(
            work,
            target,
            [relation],
            about,
            previous=previous,
            memory_limit="1GB",
            temp_directory=tmp_path,
        )

    with duckdb.connect(work) as connection:
        connection.execute(
            "create table t as select date '2026-01-01' + cast(i // 100 as integer) as d,"
            " 'C' || i as customer_id from range(1000) as ids (i)"
        )
    copy(file, None)
    with duckdb.connect(work) as connection:
        connection.execute("update t set customer_id = '+33 6 12 34 56 78' where d = '2026-01-03'")
    with pytest.raises(TellingKeys, match="s.t.customer_id"):
        copy(tmp_path / "c.duckdb", file)


def test_what_is_no_longer_published_leaves_the_file(site):
    site.build()
    site.publish()
    site.change(
        "alter table core.dim_source add column note varchar",
        f"update core.dim_source set note = '{SECRET}'",
    )
    site.publish()
    assert SECRET.encode() in site.published.read_bytes()

    # the column goes, and every block that it was in
    site.change("alter table core.dim_source drop column note")
    site.publish()
    assert SECRET.encode() not in site.published.read_bytes()


# --- when it may be published -------------------------------------------------------------------


def test_nothing_is_published_without_a_complete_build(site):
    site.build()
    site.warehouse.with_name("kpis.duckdb.build.json").unlink()
    assert "no complete successful build" in refused(site.command("publish"), NOTHING)
    assert site.files() == {"kpis.duckdb"}


def test_a_warehouse_changed_since_is_not_published(site):
    site.build()
    with duckdb.connect(site.warehouse) as connection:
        connection.execute("update marts.mart_daily set things = 0")
    assert "has changed since" in refused(site.command("publish"), NOTHING)
    assert not site.published.exists()


def test_a_log_of_a_killed_run_is_a_change(site):
    site.build()
    killed = f"""
import duckdb, os, signal
connection = duckdb.connect({str(site.warehouse)!r})
connection.execute("insert into raw.customers values ('x')")
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", killed], check=False)
    assert "has changed since" in refused(site.command("publish"), NOTHING)


def test_a_build_is_published_once(site):
    site.build()
    version = site.publish()
    again = site.command("publish")
    assert again.exit_code == 0
    assert again.stdout == f"already published as version {version}: {site.published}\n"


def test_a_record_of_another_release_is_none(site):
    site.build()
    site.warehouse.with_name("kpis.duckdb.build.json").write_text('{"build_id": "x"}')
    assert read_record(site.warehouse) is None


def test_a_missing_relation_is_named(site):
    site.build()
    site.change("drop view marts.mart_total")
    said = refused(site.command("publish"), UNUSABLE)
    assert said == "not published: the warehouse has no marts.mart_total"
    assert not site.published.exists()


def test_warehouse_that_is_open_elsewhere_is_named(site):
    site.build()
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
        said = refused(site.command("publish"), UNUSABLE)
    finally:
        holder.communicate(b"\n")
    assert f"PID {holder.pid}" in said


def test_other_files_are_not_overwritten(site):
    site.build()
    other = site.warehouse.with_name("notes.duckdb")
    other.write_text("precious notes" * 1000)
    refused(site.command("publish", "--published", str(other)), UNUSABLE)
    assert other.read_text() == "precious notes" * 1000
    result = site.command("publish", "--published", str(site.warehouse))
    assert result.exit_code == 2
    assert "is the warehouse itself" in result.stderr


# --- readers, versions, rollback ----------------------------------------------------------------


def test_open_readers_keep_their_state_and_new_ones_see_the_new(site):
    site.build()
    site.publish()
    reader = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb, sys; held = duckdb.connect(sys.argv[1], read_only=True)\n"
            "while input() == 'go':\n"
            "    print(held.execute('select max(build) from marts.mart_daily').fetchone()[0],"
            " flush=True)",
            str(site.published),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def reads() -> str:
        reader.stdin.write("go\n")
        reader.stdin.flush()
        return reader.stdout.readline().strip()

    try:
        assert reads() == "1"
        for build in (2, 3, 4, 5, 6):
            site.build()
            site.publish("--keep", "1")
            assert (reads(), site.build_seen()) == ("1", build)
        assert site.command("rollback").exit_code == 0
        assert (reads(), site.build_seen()) == ("1", 5)
    finally:
        reader.communicate("end\n")


def test_versions_are_kept_and_listed_newest_first(site):
    names = []
    for _ in range(5):
        site.build()
        names.append(site.publish("--keep", "2"))
    listed = site.command("versions").stdout.splitlines()
    assert [line.split()[0] for line in listed[:-1]] == names[:1:-1]
    assert listed[0].endswith("current") and listed[-1] == f"current: {site.published}"
    for number, name in ((3, names[2]), (4, names[3])):
        kept = site.published.parent / "versions" / name / "kpis.duckdb"
        assert site.rows("select max(build) from marts.mart_daily", kept) == [(number,)]


def test_versions_of_one_second_stay_in_order(site, monkeypatch):
    class Stopped(datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2026, 1, 1, tzinfo=tz)

    monkeypatch.setattr("service_kpis.publish.command.datetime", Stopped)
    names = []
    for _ in range(11):
        site.build()
        names.append(site.publish("--keep", "2"))
    assert names[::5] == ["20260101T000000Z", "20260101T000000Z-6", "20260101T000000Z-11"]
    listed = site.command("versions").stdout.splitlines()
    assert [line.split()[0] for line in listed[:-1]] == names[:7:-1]
    assert site.command("rollback").exit_code == 0
    assert site.build_seen() == 10


def test_rollback_goes_back_step_by_step_and_forward_by_name(site):
    names = []
    for _ in range(3):
        site.build()
        names.append(site.publish())
    seen = []
    for options in ([], [], ["--to", names[2]], ["--to", names[0]], ["--to", names[0]]):
        result = site.command("rollback", *options)
        assert result.exit_code == 0, result.output
        seen.append(site.build_seen())
    assert seen == [2, 1, 3, 1, 1]
    assert "no earlier version" in refused(site.command("rollback"), NOTHING)
    assert "no version nope" in refused(site.command("rollback", "--to", "nope"), NOTHING)
    # what was left is still there to go forward to
    assert site.command("versions").stdout.count("as of") == 3
    # the last build is published again on request
    assert site.command("publish").exit_code == 0
    assert site.build_seen() == 3


def test_rollback_helps_when_the_published_file_is_damaged(site):
    site.build()
    site.publish()
    site.build()
    site.publish()
    site.published.chmod(0o644)
    site.published.write_bytes(b"damaged" * 1000)
    assert site.command("versions").exit_code == UNUSABLE
    assert site.command("rollback").exit_code == 0
    assert site.build_seen() == 1


def test_keeping_a_version_costs_no_copy(site):
    site.build()
    version = site.publish()
    inode = site.published.stat().st_ino
    site.build()
    site.publish()
    assert (site.published.parent / "versions" / version / "kpis.duckdb").stat().st_ino == inode


def test_without_hard_links_versions_are_copies(site, monkeypatch):
    def no_links(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    for _ in range(3):
        site.build()
        site.publish("--keep", "1")
    assert site.command("rollback").exit_code == 0
    assert site.build_seen() == 2
    assert not [file for file in site.files() if file.endswith(".part")]


# --- one run at a time --------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["publish"], ["rollback"], ["load", "."], ["build"]])
def test_second_run_is_refused_and_harms_nothing(site, command):
    site.build()
    site.publish()
    site.build()
    files = site.files() | {"kpis.duckdb.lock"}
    with run_lock(site.warehouse, "build"):
        said = refused(site.command(*command), ANOTHER_RUN)
        assert re.fullmatch(
            rf"another run is on: `service-kpis build` of \S+, process {os.getpid()}, since"
            r" \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC; nothing was done, try again when it is over",
            said,
        )
        assert site.files() == files
        assert site.build_seen() == 1
    # a run that is over leaves no lock
    assert site.files() == files - {"kpis.duckdb.lock"}


def test_lock_of_a_killed_run_blocks_nobody(site):
    site.build()
    killed = f"""
import os, pathlib, signal
from service_kpis.lock import lock_file, run_lock
with run_lock(pathlib.Path({str(site.warehouse)!r}), "build"):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    env = os.environ | {"PYTHONPATH": str(PROJECT_DIR / "src")}
    subprocess.run([sys.executable, "-c", killed], env=env, check=False)
    assert "kpis.duckdb.lock" in site.files()
    site.publish()
    assert "kpis.duckdb.lock" not in site.files()


def test_lock_of_a_killed_run_stays_while_its_dbt_lives(site):
    """The child that still writes the warehouse has inherited the lock, and is named."""
    site.build()
    killed = f"""
import os, pathlib, signal, subprocess, sys
from service_kpis.lock import lock_file, run_lock
with run_lock(pathlib.Path({str(site.warehouse)!r}), "build") as lock:
    child = subprocess.Popen([sys.executable, "-c", "input()"], pass_fds=[lock.descriptor])
    lock.shared_with(child.pid)
    print(child.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", killed],
        env=os.environ | {"PYTHONPATH": str(PROJECT_DIR / "src")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    child = int(parent.stdout.readline())
    parent.wait()
    try:
        assert f"process {child}," in refused(site.command("publish"), ANOTHER_RUN)
    finally:
        parent.communicate("\n")
    deadline = time.monotonic() + 10
    while site.command("publish").exit_code == ANOTHER_RUN and time.monotonic() < deadline:
        time.sleep(0.05)
    assert site.build_seen() == 1


def test_lock_is_of_the_file_that_others_find(site, monkeypatch):
    """Between opening the lock file and locking it, the run before may have removed it."""
    site.build()
    lock, locks = fcntl.flock, []

    def removed_meanwhile(descriptor: int, operation: int) -> None:
        if not locks:
            lock_file(site.warehouse).unlink()
        locks.append(descriptor)
        lock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", removed_meanwhile)
    with run_lock(site.warehouse, "build"):
        refused(site.command("publish"), ANOTHER_RUN)


def test_of_many_at_once_one_holds_the_lock(site):
    """Also while others come and go: nobody locks a file that has just been removed."""
    site.build()
    worker = f"""
import os, pathlib, sys
from service_kpis.errors import AnotherRun
from service_kpis.lock import lock_file, run_lock
mark = {str(site.warehouse)!r} + ".mark"
held = 0
for _ in range(400):
    try:
        with run_lock(pathlib.Path({str(site.warehouse)!r}), "build"):
            os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
            held += 1
            os.unlink(mark)
    except AnotherRun:
        pass
sys.exit(0 if held else 1)
"""
    env = os.environ | {"PYTHONPATH": str(PROJECT_DIR / "src")}
    workers = [subprocess.Popen([sys.executable, "-c", worker], env=env) for _ in range(4)]
    assert [worker.wait() for worker in workers] == [0] * 4


def test_folder_that_cannot_be_written_is_named(site, tmp_path):
    (tmp_path / "work").write_text("")
    assert "cannot be written" in refused(site.command("publish"), UNUSABLE)


# --- disk full, kill -9 -------------------------------------------------------------------------


def test_full_disk_leaves_readers_what_they_had(site):
    site.build()
    site.publish()
    site.build(300_000)

    # what the limit of a file's size says is what a full disk says
    limit = site.published.stat().st_size + 100_000
    process = site.process(
        "publish",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    _, said = process.communicate()
    assert process.returncode == UNUSABLE, said
    assert said.startswith("Error: not published: IO Error: Could not write file")
    assert said.count("\n") == 1
    assert site.build_seen() == 1
    assert not [file for file in site.files() if "next" in file]

    site.publish()
    assert site.build_seen() == 2


def test_killed_at_any_moment_a_whole_file_is_in_place(site):
    """The small brother of `make reliability`, which kills whole builds for as long as you like."""
    chance = random.Random(1)
    site.build(60_000)
    site.publish()
    started = time.monotonic()
    assert site.process("publish").wait() == 0
    start_up = time.monotonic() - started

    reader = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; sys.path[:0] = sys.argv[3:]\n"
            "import pathlib, test_publish as test\n"
            "site = test.Site(pathlib.Path(sys.argv[1])); reads = 0\n"
            "while not pathlib.Path(sys.argv[2]).exists():\n"
            "    site.build_seen(); reads += 1\n"
            "print(reads)",
            str(site.warehouse.parents[1]),
            str(site.warehouse.with_name("stop")),
            *(str(PROJECT_DIR / "src"), str(PROJECT_DIR / "tests" / "python")),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    ends = []
    try:
        for _ in range(12):
            site.build(60_000)
            process = site.process("publish")
            with suppress(subprocess.TimeoutExpired):
                process.wait(chance.uniform(0.5, 1.8) * start_up)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            ends.append(process.wait())
            assert site.build_seen() in (site.builds - 1, site.builds)
            site.publish()
            assert site.build_seen() == site.builds
            assert not [file for file in site.files() if "next" in file or "lock" in file]
    finally:
        site.warehouse.with_name("stop").touch()
        reads, _ = reader.communicate()
    assert reader.returncode == 0 and int(reads) > 0
    assert -signal.SIGKILL in ends
