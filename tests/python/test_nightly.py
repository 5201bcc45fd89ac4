"""`service-kpis build`, the nightly run, on a dbt project of three models: quick, but real dbt."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import yaml
from conftest import PROJECT_DIR

from service_kpis.build import dbt
from service_kpis.build.command import inputs_hash
from service_kpis.errors import BrokenProject

USAGE, BAD_INPUT, UNUSABLE, ANOTHER_RUN, FAILED_TESTS, BROKEN, NOTHING = 2, 3, 4, 5, 6, 7, 8

PROJECT = {
    "dbt_project.yml": """
name: tiny
version: 0.1.0
profile: service_kpis
flags: {send_anonymous_usage_stats: false}
vars: {as_of: '2026-01-01 00:00:00', reporting_timezone: Europe/Paris}
models:
  tiny:
    core: {+schema: core, +materialized: table, +meta: {published: true}}
    marts: {+schema: marts, +materialized: table, +meta: {published: true}}
    private: {+schema: core, +materialized: table}
seeds:
  tiny: {+schema: reference, +meta: {published: true}}
""",
    "models/tiny.yml": """
sources: [{name: workforce, schema: raw, tables: [{name: teams}]}]
models:
  - name: dim_team
    description: Teams. One row per team.
    columns:
      - name: site
        description: Site.
        data_tests: [{accepted_values: {arguments: {values: [S1, S2]}}}]
""",
    "models/core/dim_team.sql": """
select team_id, max(site) as site from {{ source('workforce', 'teams') }} group by team_id
""",
    "models/marts/mart_site.sql": """
select site, count(*) as n from {{ ref('dim_team') }} group by site
""",
    "models/private/fct_pay.sql": "select team_id, 1000 as pay from {{ ref('dim_team') }}",
    "seeds/cfg_sites.csv": "site,country\nS1,FR\nS2,CA\n",
    "landing/teams.csv": "team_id,site\nA,S1\nB,S1\nC,S2\n",
}


class Tiny:
    """The tiny project, its landing files and its warehouse."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, content in PROJECT.items():
            self.put(name, content)
        (folder / "macros").mkdir()
        shutil.copy(PROJECT_DIR / "macros" / "generate_schema_name.sql", folder / "macros")
        shutil.copy(PROJECT_DIR / "profiles.example.yml", folder / "profiles.yml")
        self.warehouse = folder / "work" / "kpis.duckdb"
        self.published = folder / "work" / "published" / "kpis.duckdb"

    def put(self, name: str, content: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    def start(self, *arguments: str, **popen: object) -> subprocess.Popen:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DBT_")}
        return subprocess.Popen(
            [sys.executable, "-m", "service_kpis.cli", *arguments],
            env=kept
            | {
                "PYTHONPATH": str(PROJECT_DIR / "src"),
                "SERVICE_KPIS_WAREHOUSE": str(self.warehouse),
                "DBT_PROJECT_DIR": str(self.folder),
                "NO_COLOR": "1",
            },
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **popen,
        )

    def run(self, *arguments: str, **popen: object) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments, **popen)
        out, err = process.communicate()
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def seen(self) -> list[tuple]:
        """Return what readers see."""
        with duckdb.connect(self.published, read_only=True) as connection:
            return connection.execute(
                "select team_id, (select sum(n) from marts.mart_site)"
                " from core.dim_team order by all"
            ).fetchall()


def refused(done: subprocess.CompletedProcess[str], exit_code: int) -> str:
    """Insist on an exit code and one line of cause; return the line."""
    assert done.returncode == exit_code, done.stdout[-3000:] + done.stderr[-3000:]
    lines = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(lines) == 1 and done.stderr.splitlines()[-1] == lines[0]
    return lines[0].removeprefix("Error: ")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    """Return the tiny project, built and published."""
    tiny = Tiny(tmp_path_factory.mktemp("tiny"))
    done = tiny.run("build", "--data", "landing")
    assert done.returncode == 0, done.stdout + done.stderr
    return tiny


@pytest.fixture
def changed(tiny: Tiny) -> Iterator[Tiny]:
    """Return the tiny project, to be changed: afterwards it is as before, and nothing published."""
    before = tiny.published.stat()
    yield tiny
    for name, content in PROJECT.items():
        tiny.put(name, content)
    assert os.path.samestat(tiny.published.stat(), before)
    assert tiny.seen() == [("A", 3), ("B", 3), ("C", 3)]


def test_build_loads_builds_and_publishes(tiny: Tiny):
    assert tiny.seen() == [("A", 3), ("B", 3), ("C", 3)]
    with duckdb.connect(tiny.published, read_only=True) as connection:
        assert connection.execute(
            "select schema_name, table_name from duckdb_tables() order by all"
        ).fetchall() == [
            ("core", "dim_team"),
            ("marts", "mart_site"),
            ("published", "about"),
            ("published", "parts"),
            ("reference", "cfg_sites"),
        ]
        assert connection.execute(
            "select project_version, as_of::varchar from published.about"
        ).fetchall() == [("0.1.0", "2026-01-01 00:00:00")]


@pytest.mark.parametrize("options", [[], ["--data", "landing"]])
def test_nothing_new_is_said_in_one_line_without_dbt(tiny: Tiny, options: list[str]):
    before = tiny.published.stat()
    done = tiny.run("build", *options)
    assert done.returncode == 0
    assert re.fullmatch(
        rf"nothing new since version \w+ of {tiny.published}; --force builds anyway\n", done.stdout
    )
    assert done.stderr == ""
    assert os.path.samestat(tiny.published.stat(), before)


def test_every_input_of_a_build_counts_as_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    tiny = Tiny(tmp_path)
    # whatever the caller has set, the profile among it
    for name in [name for name in os.environ if name.startswith("DBT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DBT_PROJECT_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def hashed(*options: str) -> str:
        return inputs_hash(options, dbt.project_vars(options))

    hashes = [hashed()]
    assert hashed() == hashes[0]
    for name in PROJECT:
        if not name.startswith("landing"):
            tiny.put(name, PROJECT[name] + "\n")
            hashes.append(hashed())
    tiny.put("macros/new.sql", "{% macro new() %}{% endmacro %}")
    hashes.append(hashed())
    tiny.put("profiles.yml", "{}")
    hashes.append(hashed())
    hashes += [hashed("--vars", "{as_of: '2026-01-02'}"), hashed("--target", "other")]
    monkeypatch.setenv("DBT_TARGET", "other")
    hashes.append(hashed())
    monkeypatch.setenv("SERVICE_KPIS_AS_OF", "2026-01-03")
    hashes.append(hashed("--vars", "{as_of: null}"))
    monkeypatch.delenv("SERVICE_KPIS_AS_OF")
    # without as_of a build is one of its local day
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        hashes.append(hashed("--vars", f"{{as_of: null, reporting_timezone: {zone}}}"))
    assert len(set(hashes)) == len(hashes)


def test_options_of_dbt_are_found_however_they_are_written():
    words = ["--vars", "{a: 1}", "--target=x", "--vars={a: 2}"]
    assert dbt.option(words, "--vars") == "{a: 2}"
    assert dbt.option(words, "--target") == "x"
    assert dbt.option(words, "--profile") is None


def test_as_of_goes_to_dbt_beside_the_vars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """So that dbt need not parse all anew each night; but never over a var of the project."""
    project = tmp_path / "dbt_project.yml"
    project.write_text("{name: some_project, vars: {as_of: null, shrinkage: 0.3}}")
    monkeypatch.setenv("DBT_PROJECT_DIR", str(tmp_path))
    vars_ = "{as_of: 2026-01-02 03:04:05, calendar_start_date: 2024-01-01}"
    for written in (["--vars", vars_, "-f"], ["--vars={a: 1}", f"--vars={vars_}", "-f"]):
        assert dbt.without_as_of(written) == (
            ["-f", '--vars={"calendar_start_date": "2024-01-01"}'],
            {"SERVICE_KPIS_AS_OF": "2026-01-02 03:04:05"},
        )
    alone = ["--vars", "{as_of: '2026-01-02'}"]
    assert dbt.without_as_of(alone) == ([], {"SERVICE_KPIS_AS_OF": "2026-01-02"})
    assert dbt.without_as_of(["--vars", "{shrinkage: 0.2}"]) == (["--vars", "{shrinkage: 0.2}"], {})

    # what dbt reads first is left to it
    project.write_text("{name: some_project, vars: {as_of: '2026-01-01'}}")
    assert dbt.without_as_of(alone) == (alone, {})
    project.write_text("{name: some_project}")
    monkeypatch.setenv("SERVICE_KPIS_AS_OF", "2026-01-01")
    assert dbt.without_as_of(alone) == (alone, {})


# --- each failure has its exit code and one line of cause, and publishes nothing -----------------


def test_failed_data_test(changed: Tiny):
    changed.put("landing/teams.csv", PROJECT["landing/teams.csv"] + "D,S9\n")
    said = refused(changed.run("build", "--data", "landing"), FAILED_TESTS)
    assert said == "not published: 1 data test failed: accepted_values_dim_team_site__S1__S2"
    assert "has changed since" in refused(changed.run("publish"), NOTHING)
    # mended
    changed.put("landing/teams.csv", PROJECT["landing/teams.csv"])
    with duckdb.connect(changed.warehouse) as connection:
        connection.execute("delete from raw.teams where site = 'S9'")


def test_broken_model(changed: Tiny):
    changed.put("models/marts/mart_site.sql", "select nobody from {{ ref('dim_team') }}")
    said = refused(changed.run("build"), BROKEN)
    assert said.startswith("not published: model mart_site failed: Referenced column")


def test_too_little_memory(changed: Tiny):
    changed.put(
        "models/marts/mart_site.sql",
        "select list(repeat(a.i::varchar, 99) order by a.i desc) as site, 1 as n"
        " from range(2000) a(i), range(2000) b(i), {{ ref('dim_team') }}",
    )
    said = refused(changed.run("build", "--memory-limit", "60MB"), UNUSABLE)
    assert said.startswith(
        "not published: model mart_site needs more memory than SERVICE_KPIS_MEMORY_LIMIT allows: "
    )


def test_full_disk(changed: Tiny):
    changed.put(
        "models/marts/mart_site.sql",
        "select repeat(md5(i::varchar), 9) as site, 1 as n"
        " from range(1000000) t(i), {{ ref('dim_team') }}",
    )
    limit = 60_000_000
    done = changed.run(
        "build", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    )
    said = refused(done, UNUSABLE)
    assert "the disk is full or cannot be written" in said and "File too large" in said


def test_wrong_target(changed: Tiny):
    said = refused(changed.run("build", "--target", "nowhere"), BROKEN)
    assert said == (
        "not published: The profile 'service_kpis' does not have a target named 'nowhere'. The"
        " valid target names for this profile are: local, lint"
    )


def test_wrong_profile(changed: Tiny):
    changed.put("elsewhere/profiles.yml", "other: {}")
    said = refused(changed.run("build", "--profiles-dir", "elsewhere"), BROKEN)
    (changed.folder / "elsewhere/profiles.yml").unlink()
    assert said == "not published: Could not find profile named 'service_kpis'"


def test_missing_profile(changed: Tiny):
    changed.put("elsewhere/notes.txt", "no profiles.yml here")
    said = refused(changed.run("build", "--profiles-dir", "elsewhere"), BROKEN)
    missing = changed.folder / "elsewhere" / "profiles.yml"
    assert said.startswith(f"not published: no profile: {missing} does not exist")


def test_target_that_writes_elsewhere(changed: Tiny):
    profile = (changed.folder / "profiles.yml").read_text()
    changed.put(
        "elsewhere/profiles.yml", re.sub(r"path: .*\n", "path: elsewhere.duckdb\n", profile)
    )
    with duckdb.connect(changed.folder / "elsewhere.duckdb") as connection:
        connection.execute("create schema raw; create table raw.teams (team_id int, site int)")
    said = refused(changed.run("build", "--profiles-dir", "elsewhere"), BROKEN)
    assert said.startswith(f"dbt wrote elsewhere than to {changed.warehouse}")


def test_wrong_options(changed: Tiny):
    done = changed.run("build", "--nonsense")
    assert done.returncode == USAGE
    assert done.stderr.endswith("Error: No such option '--nonsense'.\n")


@pytest.mark.parametrize(
    ("vars_", "said"),
    [
        ("{reporting_timezone: Mars/Base, as_of: null}", "reporting_timezone: 'Mars/Base' is no"),
        ("{as_of: [}", "dbt_project.yml or --vars cannot be read"),
    ],
)
def test_vars_that_cannot_be_read(changed: Tiny, vars_: str, said: str):
    assert said in refused(changed.run("build", "--vars", vars_), BROKEN)


@pytest.fixture(scope="module")
def with_vars(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    """Return a tiny project with the vars of the real one, checked as there."""
    tiny = Tiny(tmp_path_factory.mktemp("vars"))
    project = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text())
    tiny.put(
        "dbt_project.yml",
        yaml.dump(
            yaml.safe_load(PROJECT["dbt_project.yml"])
            | {
                "vars": project["vars"][project["name"]],
                "on-run-start": "{{ validate_vars() }}",
            }
        ),
    )
    for macro in ("validate_vars.sql", "as_of.sql", "raw_sources.sql"):
        shutil.copy(PROJECT_DIR / "macros" / macro, tiny.folder / "macros")
    return tiny


@pytest.mark.parametrize(
    "wrong",
    [
        {
            "restatement_days: -3": "'-3' is no whole number of 0 or more",
            "reopen_window_days: 0": "'0' is no whole number of 1 or more",
            "small_sample_n: many": "'many' is no whole number of 0 or more",
            "shrinkage: 30": "'30' is no share between 0 and 1",
            "understaffing_tolerance: -1": "'-1' is no number of 0 or more",
            "calendar_start_date: soon": "'soon' is no date; write for example 2026-07-01",
            "as_of: tomorrow": "'tomorrow' is no instant; write for example '2026-07-01 00:00:00'",
            "reporting_timezone: Mars/Base": "'Mars/Base' is no time zone; write for example"
            " Europe/Paris",
            "reporting_currency: EURO": "'EURO' is no currency (ISO 4217); write for example EUR",
            "reporting_calendar_id: ''": "'' is no name",
            "freshness_warn_hours: 0": "'0' is no whole number of 1 or more",
            "volume_warn_ratio_low: -1": "'-1' is no number of 0 or more",
        },
        {
            "restatement_days: 1.5": "'1.5' is no whole number of 0 or more",
            "max_occupancy: true": "'True' is no share between 0 and 1",
            "calendar_end_date: '1990-01-01'": "'1990-01-01' is not after calendar_start_date",
            "as_of: '2999-01-01 00:00:00'": "'2999-01-01 00:00:00' is in the future",
            # dbt would take the default without a word
            "restatment_days: 3": "no var has this name; see dbt_project.yml",
        },
    ],
)
def test_impossible_vars_are_named_one_by_one(with_vars: Tiny, wrong: dict[str, str]):
    said = refused(with_vars.run("build", "--vars", f"{{{', '.join(wrong)}}}"), BROKEN)
    lines = said.removeprefix("not published: ").split("; var ")
    wanted = [f"{var.partition(':')[0]}: {text}" for var, text in wrong.items()]
    assert sorted(line.removeprefix("var ") for line in lines) == sorted(wanted)
    assert not with_vars.published.exists()


def test_every_var_is_checked():
    project = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text())
    checks = (PROJECT_DIR / "macros" / "validate_vars.sql").read_text()
    assert not [var for var in project["vars"][project["name"]] if f"'{var}'" not in checks]


def test_bad_landing_file(changed: Tiny):
    changed.put("landing/tickets.csv", "ticket_id,created_at\nT1,yesterday\n")
    said = refused(changed.run("build", "--data", "landing"), BAD_INPUT)
    (changed.folder / "landing/tickets.csv").unlink()
    assert said == "tickets.csv, line 2, column created_at: 'yesterday' is not a valid timestamptz"


def test_warehouse_open_elsewhere(changed: Tiny):
    with duckdb.connect(changed.warehouse):
        said = refused(changed.run("build", "--force"), UNUSABLE)
    assert f"is in use by another program (process {os.getpid()}); close that" in said


@pytest.mark.parametrize("option", ["--select=mart_site", "--empty"])
def test_part_of_a_build_is_not_published(changed: Tiny, option: str):
    done = changed.run("build", option)
    assert done.returncode == 0, done.stdout
    assert "not published: " in done.stdout.splitlines()[-1]


# --- a run that ends before it is over ----------------------------------------------------------


@pytest.fixture
def slow(changed: Tiny) -> Tiny:
    """Return the tiny project with a model that takes long."""
    changed.put(
        "models/marts/mart_site.sql",
        "select max(hash(a.i, b.i)) as site, 1 as n from range(60000) a(i), range(60000) b(i)"
        ", {{ ref('dim_team') }}",
    )
    return changed


def started(process: subprocess.Popen) -> None:
    """Wait until dbt works on the slow model."""
    for line in process.stdout:
        if "START sql table model marts.mart_site" in line:
            return
    raise AssertionError(process.stderr.read())


def test_stopped_run_stops_dbt(slow: Tiny):
    process = slow.start("build", "--full-refresh")
    started(process)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.endswith("Aborted!\n") and "Traceback" not in said
    assert not slow.warehouse.with_name("kpis.duckdb.lock").exists()
    with duckdb.connect(slow.warehouse):
        pass


def test_dbt_of_a_killed_run_keeps_the_lock_and_the_next_run_succeeds(slow: Tiny):
    process = slow.start("build", "--full-refresh")
    started(process)
    held = json.loads(slow.warehouse.with_name("kpis.duckdb.lock").read_text())["processes"]
    process.kill()
    # not communicate(): dbt still has the pipes
    process.wait()
    try:
        said = refused(slow.run("build"), ANOTHER_RUN)
        assert f"process {held[1]}, since" in said
    finally:
        os.kill(held[1], signal.SIGKILL)
        process.communicate()
    slow.put("models/marts/mart_site.sql", PROJECT["models/marts/mart_site.sql"])
    deadline = time.monotonic() + 10
    while (done := slow.run("rollback")).returncode == ANOTHER_RUN:
        assert time.monotonic() < deadline
    refused(done, NOTHING)


def test_after_all_that_the_next_good_build_is_published(tiny: Tiny):
    tiny.put("landing/teams.csv", PROJECT["landing/teams.csv"] + "D,S2\n")
    done = tiny.run("build", "--data", "landing")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert tiny.seen() == [("A", 4), ("B", 4), ("C", 4), ("D", 4)]
    # back, and no build without new data undoes that
    assert tiny.run("rollback").returncode == 0
    assert tiny.run("build", "--data", "landing").stdout.startswith("nothing new since version")
    assert tiny.seen() == [("A", 3), ("B", 3), ("C", 3)]


# --- what is published is read from the manifest ------------------------------------------------


def node(name: str, meta: dict, **columns: dict) -> dict:
    return {
        "name": name,
        "alias": name,
        "resource_type": "model",
        "schema": "dev_core",
        "description": "",
        "config": {"schema": "core", "meta": meta},
        "columns": {
            column: {"name": column, "description": ""} | more for column, more in columns.items()
        },
    }


def test_published_are_marked_models_under_their_plain_schema():
    nodes = {
        "model.a": node("a", {"published": True}, x={}),
        "model.b": node("b", {}, x={}),
        "model.c": node("c", {"published": True, "restricted": True}, x={}),
        "model.d": node("d", {"published": True, "published_where": "x > 0"}, x={}),
    }
    tests = {
        f"test.{number}": {
            "config": {},
            "attached_node": "model.a",
            "test_metadata": {"name": name, "kwargs": kwargs},
        }
        for number, (name, kwargs) in enumerate(
            [
                ("unique", {"column_name": "x"}),
                ("unique_combination_of_columns", {"combination_of_columns": ["x", "y"]}),
                ("not_null", {"column_name": "z"}),
            ]
        )
    }
    relations = dbt.published_relations({"nodes": nodes | tests})
    assert [(one.schema, one.name, one.source_schema, one.where) for one in relations] == [
        ("core", "a", "dev_core", None),
        ("core", "d", "dev_core", "x > 0"),
    ]
    assert relations[0].grain == ["x"]


@pytest.mark.parametrize(
    "columns",
    [
        {"x": {"config": {"meta": {"pii": True}}}},
        {"x": {"meta": {"pii": True}}},
        # the name of a raw column that is personal data
        {"answer_text": {}},
    ],
)
def test_personal_data_is_not_published(columns: dict):
    with pytest.raises(BrokenProject, match="is personal data and cannot be published"):
        dbt.published_relations({"nodes": {"model.a": node("a", {"published": True}, **columns)}})
