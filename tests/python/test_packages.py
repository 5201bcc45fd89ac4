"""The dbt packages: set-up without a network, and the project's own copy of dbt_utils."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import duckdb
import pytest
from click.testing import CliRunner

from service_kpis import packages
from service_kpis.cli import main

PROJECT_DIR = Path(__file__).parents[2]
LOCAL = PROJECT_DIR / "local_packages" / "dbt_utils"
# Port 9 is `discard`: nothing listens, the connection is refused at once.
NO_HUB = {"DBT_PACKAGE_HUB_URL": "http://127.0.0.1:9/"}

PACKAGES_YML = """
packages:
  - package: dbt-labs/dbt_utils
    version: [">=1.3.0", "<2.0.0"]
"""


# --- what the project uses, and what its own copy of dbt_utils has ----------------------------


def used_by_project() -> dict[str, list[str]]:
    """Every `dbt_utils.<name>` in the project's SQL and YAML, with the files that use it."""
    uses = {}
    for folder in ("models", "macros", "tests", "seeds", "analyses", "snapshots"):
        for file in sorted((PROJECT_DIR / folder).rglob("*")):
            if file.suffix in {".sql", ".yml", ".yaml"}:
                for name in re.findall(r"\bdbt_utils\.(\w+)", file.read_text(encoding="utf-8")):
                    uses.setdefault(name, []).append(str(file.relative_to(PROJECT_DIR)))
    return uses


def implemented(folder: Path = LOCAL) -> set[str]:
    """The public macros and generic tests of the local copy."""
    names = set()
    for file in folder.rglob("*.sql"):
        for name in re.findall(r"{%-?\s*(?:macro|test)\s+(\w+)", file.read_text(encoding="utf-8")):
            if "__" not in name:
                names.add(name)
    return names


def test_project_uses_nothing_the_local_copy_lacks():
    missing = {
        name: files for name, files in used_by_project().items() if name not in implemented()
    }
    assert not missing


# THE OTHER DIRECTION. While models are still being written this may fail without harm; once they
# are complete, take the mark away and delete whatever it lists.
def test_local_copy_has_nothing_the_project_does_not_use():
    used_inside = {
        name
        for file in LOCAL.rglob("*.sql")
        for name in re.findall(r"\bdbt_utils\.(\w+)", file.read_text(encoding="utf-8"))
    }
    assert implemented() - set(used_by_project()) - used_inside == set()


# --- service-kpis deps --------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A dbt project that names dbt_utils and keeps a copy of it, with nothing installed."""
    (tmp_path / "packages.yml").write_text(PACKAGES_YML)
    (tmp_path / "dbt_project.yml").write_text(
        "name: throw_away\nversion: 1.0.0\nprofile: throw_away\n"
    )
    shutil.copytree(LOCAL, tmp_path / "local_packages" / "dbt_utils")
    return tmp_path


@pytest.fixture
def no_hub(monkeypatch):
    monkeypatch.setattr(packages, "hub_answers", lambda: False)


def real_package(project: Path, version: str) -> Path:
    """Something that looks like the hub's package, as far as deps can see."""
    folder = project / "dbt_packages" / "dbt_utils"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dbt_project.yml").write_text(f"name: dbt_utils\nversion: {version}\n")
    return folder


def test_deps_without_network_installs_the_local_copy_in_seconds_and_one_line(project):
    done = subprocess.run(
        [sys.executable, "-m", "service_kpis.cli", "deps", "--project-dir", str(project)],
        env={**os.environ, **NO_HUB, "PYTHONPATH": str(PROJECT_DIR / "src")},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert done.stdout == "packages: no package hub, so dbt_utils comes from local_packages\n"
    assert done.stderr == ""
    assert implemented(project / "dbt_packages" / "dbt_utils") == implemented()


def test_deps_is_done_at_once_when_the_copy_is_there(project, no_hub, monkeypatch):
    packages.install(project)
    monkeypatch.setattr(packages, "hub_answers", lambda: pytest.fail("asked the hub"))
    assert packages.install(project) == "packages: dbt_utils 0.1.0 (local) already there"


def test_deps_refreshes_a_stale_copy(project, no_hub):
    packages.install(project)
    changed = project / "local_packages" / "dbt_utils" / "macros" / "generate_series.sql"
    changed.write_text(changed.read_text() + "{# changed #}\n")
    (project / "dbt_packages" / "dbt_utils" / "macros" / "gone.sql").write_text("")
    packages.install(project)
    installed = project / "dbt_packages" / "dbt_utils" / "macros"
    assert (installed / "generate_series.sql").read_text() == changed.read_text()
    assert not (installed / "gone.sql").exists()


def test_deps_takes_the_hub_where_it_answers(project, monkeypatch):
    monkeypatch.setattr(packages, "hub_answers", lambda: True)
    monkeypatch.setattr(packages, "run_dbt_deps", lambda path: bool(real_package(path, "1.3.1")))
    line = packages.install(project)
    assert line == "packages: dbt_utils 1.3.1 installed from the package hub"


def test_deps_falls_back_when_the_hub_answers_but_the_download_fails(project, monkeypatch):
    monkeypatch.setattr(packages, "hub_answers", lambda: True)
    monkeypatch.setattr(packages, "run_dbt_deps", lambda path: False)
    assert "local_packages" in packages.install(project)


@pytest.mark.parametrize(
    ("version", "stays"), [("1.3.0", True), ("1.2.9", False), ("2.0.0", False)]
)
def test_deps_keeps_the_real_package_only_inside_the_range(project, no_hub, version, stays):
    real_package(project, version)
    line = packages.install(project)
    assert line.endswith("already there") == stays
    assert ("comes from local_packages" in line) != stays


def test_deps_refresh_without_hub_keeps_what_fits(project, no_hub):
    real_package(project, "1.3.3")
    line = packages.install(project, refresh=True)
    assert line == "packages: dbt_utils 1.3.3 kept, no package hub"


def test_deps_names_a_package_it_cannot_get(project, no_hub):
    (project / "packages.yml").write_text(
        "packages:\n  - {package: dbt-labs/codegen, version: 0.13.1}\n"
    )
    with pytest.raises(click.ClickException, match="gave no codegen .* local_packages/codegen"):
        packages.install(project)


def test_deps_is_a_command_of_the_cli(project, no_hub):
    result = CliRunner().invoke(main, ["deps", "--project-dir", str(project)])
    assert result.exit_code == 0
    assert result.output.count("\n") == 1


@pytest.mark.parametrize("seconds", [0.3])
def test_hub_probe_gives_up_in_time_when_nobody_answers(monkeypatch, seconds):
    import time

    import requests

    def stay_silent(*args, **kwargs):
        time.sleep(30)
        raise requests.ConnectionError

    monkeypatch.setattr(requests, "head", stay_silent)
    started = time.monotonic()
    assert packages.hub_answers(seconds) is False
    # Importing dbt the first time is not waiting for the hub.
    assert time.monotonic() - started < 10


# --- the local copy does what dbt_utils does ----------------------------------------------------

GOOD_AND_BAD = """
models:
  - name: sheet
    data_tests:
      - dbt_utils.expression_is_true:
          name: expression__good
          arguments: {expression: low < high}
      - dbt_utils.expression_is_true:
          name: expression__good_null_passes
          arguments: {expression: gap > 100 and gap < 0}
          config: {where: gap is null}
      - dbt_utils.expression_is_true:
          name: expression__bad
          arguments: {expression: low > 1 or high > 100}
      - dbt_utils.mutually_exclusive_ranges:
          name: ranges__good
          arguments: {lower_bound_column: low, upper_bound_column: high, partition_by: team}
      - dbt_utils.mutually_exclusive_ranges:
          name: ranges__good_touching
          arguments:
            {lower_bound_column: low, upper_bound_column: high, partition_by: team,
             gaps: not_allowed}
          config: {where: "team = 'touching'"}
      - dbt_utils.mutually_exclusive_ranges:
          name: ranges__good_apart
          arguments:
            {lower_bound_column: low, upper_bound_column: high, partition_by: team, gaps: required}
          config: {where: "team = 'apart'"}
      - dbt_utils.mutually_exclusive_ranges:
          name: ranges__good_zero_length
          arguments:
            {lower_bound_column: low, upper_bound_column: low, partition_by: team,
             zero_length_range_allowed: true}
      - dbt_utils.mutually_exclusive_ranges:
          name: ranges__good_open_end
          arguments:
            {lower_bound_column: low, upper_bound_column: "coalesce(gap, 99)", partition_by: team}
          config: {where: "day = 2"}
      - dbt_utils.mutually_exclusive_ranges:
          name: ranges__bad_zero_length
          arguments: {lower_bound_column: low, upper_bound_column: low, partition_by: team}
      - dbt_utils.mutually_exclusive_ranges:
          name: ranges__bad_across_teams
          arguments: {lower_bound_column: low, upper_bound_column: high}
      - dbt_utils.mutually_exclusive_ranges:
          name: ranges__bad_gap
          arguments:
            {lower_bound_column: low, upper_bound_column: high, partition_by: team,
             gaps: not_allowed}
      - dbt_utils.mutually_exclusive_ranges:
          name: ranges__bad_no_gap
          arguments:
            {lower_bound_column: low, upper_bound_column: high, partition_by: team, gaps: required}
      - dbt_utils.mutually_exclusive_ranges:
          name: ranges__bad_null_end
          arguments: {lower_bound_column: low, upper_bound_column: gap, partition_by: team}
    columns:
      - name: low
        data_tests:
          - dbt_utils.expression_is_true:
              name: expression__good_on_column
              arguments: {expression: ">= 1"}
          - dbt_utils.expression_is_true:
              name: expression__bad_on_column
              arguments: {expression: "> 1"}
          - dbt_utils.accepted_range:
              name: range__good_at_the_limits
              arguments: {min_value: 1, max_value: 7}
          - dbt_utils.accepted_range:
              name: range__good_open
              arguments: {min_value: 0, max_value: 8, inclusive: false}
          - dbt_utils.accepted_range:
              name: range__good_column_as_limit
              arguments: {max_value: high}
          - dbt_utils.accepted_range:
              name: range__bad_min
              arguments: {min_value: 2}
          - dbt_utils.accepted_range:
              name: range__bad_max
              arguments: {max_value: 6}
          - dbt_utils.accepted_range:
              name: range__bad_open_min
              arguments: {min_value: 1, inclusive: false}
          - dbt_utils.accepted_range:
              name: range__bad_open_max
              arguments: {max_value: 7, inclusive: false}
      - name: gap
        data_tests:
          - dbt_utils.accepted_range:
              name: range__good_null_passes
              arguments: {min_value: 5}
"""

MODELS = {
    "sheet": """
        select 'touching' as team, 1 as day, 1 as low, 3 as high, 5 as gap union all
        select 'touching', 2, 3, 5, null union all
        select 'apart', 1, 1, 3, null union all
        select 'apart', 2, 7, 9, 9 union all
        select 'again', 1, 2, 3, null union all
        select 'again', 3, 3, 4, null union all
        select 'again', 4, 4, 5, 6
    """,
    "series_1": "{{ dbt_utils.generate_series(1) }}",
    "series_10": "{{ dbt_utils.generate_series(10) }}",
    "series_11": "{{ dbt_utils.generate_series(11) }}",
    "series_1234": "{{ dbt_utils.generate_series(1234) }}",
    "days": """
        with spine as (
            {{ dbt_utils.date_spine('day', "cast('2024-02-27' as date)",
                                    "cast('2024-03-02' as date)") }}
        )
        select cast(date_day as date) as date_day from spine
    """,
    "months": """
        {{ dbt_utils.date_spine('month', "cast('2023-11-15' as date)",
                                "cast('2024-02-01' as date)") }}
    """,
}


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> tuple[dict[str, str], Path]:
    """A tiny project built with the local copy: the status of each node, and the warehouse."""
    folder = tmp_path_factory.mktemp("dbt")
    (folder / "packages.yml").write_text(PACKAGES_YML)
    (folder / "dbt_project.yml").write_text(
        "name: throw_away\nversion: 1.0.0\nprofile: throw_away\nflags:\n"
        "  require_generic_test_arguments_property: true\n  validate_macro_args: true\n"
        "  send_anonymous_usage_stats: false\n"
    )
    (folder / "profiles.yml").write_text(
        "throw_away:\n  target: local\n  outputs:\n    local:\n"
        "      {type: duckdb, path: tiny.duckdb, schema: main, threads: 1}\n"
    )
    models = folder / "models"
    models.mkdir()
    for name, sql in MODELS.items():
        (models / f"{name}.sql").write_text(sql)
    (models / "sheet.yml").write_text(GOOD_AND_BAD)
    shutil.copytree(LOCAL, folder / "local_packages" / "dbt_utils")
    shutil.copytree(LOCAL, folder / "dbt_packages" / "dbt_utils")
    dbt = [sys.executable, "-m", "dbt.cli.main", "--quiet", "--warn-error"]
    done = subprocess.run(
        [*dbt, "build", "--profiles-dir", str(folder), "--project-dir", str(folder)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    results_file = folder / "target" / "run_results.json"
    assert results_file.exists(), done.stdout
    results = json.loads(results_file.read_text())["results"]
    return {row["unique_id"].split(".")[2]: row["status"] for row in results}, folder


def test_each_generic_test_passes_on_good_and_fails_on_bad_data(built):
    statuses, _ = built
    tests = {name: status for name, status in statuses.items() if "__" in name}
    assert len(tests) == len(re.findall(r"name: \w+__", GOOD_AND_BAD))
    good = {name: status for name, status in tests.items() if "__good" in name}
    bad = {name: status for name, status in tests.items() if "__bad" in name}
    assert set(good.values()) == {"pass"}, good
    assert set(bad.values()) == {"fail"}, bad


def rows(built, query: str) -> list[tuple]:
    _, folder = built
    with duckdb.connect(folder / "tiny.duckdb", read_only=True) as warehouse:
        return warehouse.execute(query).fetchall()


@pytest.mark.parametrize("upper_bound", [1, 10, 11, 1234])
def test_generate_series_counts_from_one_to_the_bound(built, upper_bound):
    numbers = rows(built, f"select generated_number from series_{upper_bound} order by 1")
    assert numbers == [(number,) for number in range(1, upper_bound + 1)]


def test_date_spine_leaves_the_end_out(built):
    days = [str(row[0]) for row in rows(built, "select date_day from days order by 1")]
    assert days == ["2024-02-27", "2024-02-28", "2024-02-29", "2024-03-01"]
    months = [str(row[0])[:10] for row in rows(built, "select date_month from months order by 1")]
    assert months == ["2023-11-15", "2023-12-15", "2024-01-15"]
