"""Each generic test finds what it is there to find, and lets pass what is right."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import PROJECT_DIR, Workspace

RATIO = {
    "reply_rate": {"numerator": "replies", "denominator": "(open_count + done_count)"},
    "points": {"numerator": "replies", "denominator": "done_count", "scale": 100},
}
RATIO["reply_rate"]["is_rate"] = True
RATIO["points"] |= {"min_value": -100, "max_value": 100}
ROW = "select 1 as row_id, 1.0 as replies, 1 as open_count, 1 as done_count"
MEMBERS = "select 'a' as member_id union all select 'a' as member_id union all select 'b'"

# case: (test with its arguments, query of the model, does it fail?)
CASES: dict[str, tuple[str | dict, str, bool]] = {
    "unique_key__distinct": (
        {"unique_key": {"columns": ["a", "b"]}},
        "select 1 as a, 1 as b union all select 1, 2",
        False,
    ),
    "unique_key__twice": (
        {"unique_key": {"columns": ["a", "b"]}},
        "select 1 as a, 1 as b union all select 1, 1",
        True,
    ),
    "unique_key__null_in_key": (
        {"unique_key": {"columns": ["a", "b"]}},
        "select 1 as a, cast(null as integer) as b",
        True,
    ),
    "unique_key__no_row": (
        {"unique_key": {"columns": ["a"]}},
        "select 1 as a where false",
        False,
    ),
    "unique_key__null_that_means_something": (
        {"unique_key": {"columns": ["a", "b"], "nullable": ["b"]}},
        "select 1 as a, cast(null as integer) as b union all select 1, 1",
        False,
    ),
    "unique_key__that_null_twice": (
        {"unique_key": {"columns": ["a", "b"], "nullable": ["b"]}},
        "select 1 as a, cast(null as integer) as b union all select 1, null",
        True,
    ),
    "unique_key__null_beside_the_key": (
        {"unique_key": {"columns": ["a"], "never_null": ["b", "c"]}},
        "select 1 as a, 1 as b, 1 as c union all select 2, 2, null",
        True,
    ),
    "unique_key__no_null_beside_the_key": (
        {"unique_key": {"columns": ["a"], "never_null": ["b", "c"]}},
        "select 1 as a, 1 as b, 1 as c",
        False,
    ),
    "not_negative__zero_and_null": (
        {"not_negative": {"columns": ["a", "b"]}},
        "select 0 as a, cast(null as integer) as b",
        False,
    ),
    "not_negative__second_column": (
        {"not_negative": {"columns": ["a", "b"]}},
        "select cast(null as integer) as a, -1 as b",
        True,
    ),
    "adds_up__whole": (
        {"adds_up": {"parts": ["a", "b"], "total": "c"}},
        "select 1 as a, 2 as b, 3 as c union all select null, null, null",
        False,
    ),
    "adds_up__lost": (
        {"adds_up": {"parts": ["a", "b"], "total": "c"}},
        "select 1 as a, 2 as b, 4 as c",
        True,
    ),
    "adds_up__null_part": (
        {"adds_up": {"parts": ["a", "b"], "total": "c"}},
        "select 1 as a, cast(null as integer) as b, 1 as c",
        True,
    ),
    "known_members__known_and_null": (
        {
            "known_members": {
                "columns": ["first_id", "last_id"],
                "to": "ref('members')",
                "field": "member_id",
            }
        },
        "select 'a' as first_id, 'b' as last_id union all select 'b', null",
        False,
    ),
    "known_members__stranger": (
        {
            "known_members": {
                "columns": ["first_id", "last_id"],
                "to": "ref('members')",
                "field": "member_id",
            }
        },
        "select 'a' as first_id, 'c' as last_id union all select 'b', 'a'",
        True,
    ),
    "rate_between_0_and_1__both_ends": (
        {"rate_between_0_and_1": {"column_name": "a"}},
        "select 0.0 as a union all select 1.0 union all select null",
        False,
    ),
    "rate_between_0_and_1__above": (
        {"rate_between_0_and_1": {"column_name": "a"}},
        "select 1.01 as a",
        True,
    ),
    "ratios_match__right": (
        "ratios_match",
        f"select *, 0.5 as reply_rate, 100.0 as points from ({ROW})",
        False,
    ),
    "ratios_match__within_rounding": (
        "ratios_match",
        f"select *, 0.5 + 1e-12 as reply_rate, 100.0 as points from ({ROW})",
        False,
    ),
    "ratios_match__null_of_nothing": (
        "ratios_match",
        "select 0 as replies, 0 as open_count, null as done_count,"
        " cast(null as double) as reply_rate, cast(null as double) as points",
        False,
    ),
    "ratios_match__wrong_rate": (
        "ratios_match",
        f"select *, 0.51 as reply_rate, 100.0 as points from ({ROW})",
        True,
    ),
    "ratios_match__wrong_scale": (
        "ratios_match",
        f"select *, 0.5 as reply_rate, 1.0 as points from ({ROW})",
        True,
    ),
    "ratios_match__null_of_something": (
        "ratios_match",
        f"select *, cast(null as double) as reply_rate, 100.0 as points from ({ROW})",
        True,
    ),
    "ratios_match__zero_of_nothing": (
        "ratios_match",
        "select 0 as replies, 0 as open_count, 0 as done_count, 0.0 as reply_rate,"
        " cast(null as double) as points",
        True,
    ),
    "ratios_match__rate_above_1": (
        "ratios_match",
        "select 3.0 as replies, 2 as open_count, 0 as done_count, 1.5 as reply_rate,"
        " cast(null as double) as points",
        True,
    ),
    "ratios_match__rate_below_0": (
        "ratios_match",
        "select -1.0 as replies, 2 as open_count, 0 as done_count, -0.5 as reply_rate,"
        " cast(null as double) as points",
        True,
    ),
    "ratios_match__score_out_of_range": (
        "ratios_match",
        "select 2.0 as replies, 1 as open_count, 1 as done_count, 1.0 as reply_rate,"
        " 200.0 as points",
        True,
    ),
    "ratios_match__one_sided": (
        "ratios_match",
        "select cast(null as double) as replies, 1 as open_count, 1 as done_count,"
        " cast(null as double) as reply_rate, cast(null as double) as points",
        True,
    ),
    "ratios_match__other_sided": (
        "ratios_match",
        "select 1.0 as replies, 1 as open_count, cast(null as integer) as done_count,"
        " cast(null as double) as reply_rate, cast(null as double) as points",
        True,
    ),
    "ratios_match__one_sided_by_design": (
        "ratios_match",
        "select cast(null as double) as replies, 1 as open_count, 1 as done_count,"
        " cast(null as double) as reply_rate, cast(null as double) as points",
        False,
    ),
    # infinite on both sides: nothing differs
    "ratios_match__infinite": (
        "ratios_match",
        "select cast('inf' as double) as replies, 1 as open_count, -1 as done_count,"
        " cast(null as double) as reply_rate, cast('-inf' as double) as points",
        True,
    ),
    "ratios_match__not_a_number": (
        "ratios_match",
        "select cast('nan' as double) as replies, 1 as open_count, -1 as done_count,"
        " cast(null as double) as reply_rate, cast('nan' as double) as points",
        True,
    ),
}


def write_project(folder: Path) -> None:
    """Write a dbt project with one view per case, and of ours the generic tests alone."""
    shutil.copytree(PROJECT_DIR / "tests" / "generic", folder / "tests" / "generic")
    (folder / "macros").mkdir()
    # the one macro that the generic tests call
    shutil.copy(PROJECT_DIR / "macros" / "type_double.sql", folder / "macros")
    (folder / "models").mkdir()
    (folder / "models" / "members.sql").write_text(MEMBERS)
    models: list[dict] = [{"name": "members"}]
    for case, (test, query, _) in CASES.items():
        (folder / "models" / f"{case}.sql").write_text(query)
        if isinstance(test, dict):
            ((name, arguments),) = test.items()
            test = {name: {"arguments": arguments}}
        columns = [
            {
                "name": column,
                "config": {"meta": {"ratio": ratio | {"one_sided": case.endswith("by_design")}}},
            }
            for column, ratio in RATIO.items()
            if case.startswith("ratios_match")
        ]
        models.append({"name": case, "data_tests": [test], "columns": columns})
    # JSON is YAML
    (folder / "models" / "models.yml").write_text(json.dumps({"models": models}))
    (folder / "dbt_project.yml").write_text(
        json.dumps(
            {
                "name": "service_kpis",
                "profile": "service_kpis",
                "flags": {"require_generic_test_arguments_property": True},
            }
        )
    )


@pytest.fixture(scope="module")
def tested(make_workspace: Callable[..., Workspace]) -> Workspace:
    workspace = make_workspace("generic_tests")
    write_project(workspace.path / "project")
    done = workspace.dbt(
        "build", "--project-dir", str(workspace.path / "project"), "--store-failures"
    )
    assert "Done." in done.stdout, done.stdout
    return workspace


@pytest.fixture(scope="module")
def results(tested: Workspace) -> dict[str, dict]:
    manifest = json.loads((tested.target / "manifest.json").read_text())
    run_results = json.loads((tested.target / "run_results.json").read_text())
    return {
        manifest["nodes"][result["unique_id"]]["attached_node"].split(".")[-1]: result
        for result in run_results["results"]
        if result["unique_id"].startswith("test.")
    }


@pytest.mark.parametrize("case", CASES)
def test_finds_what_is_wrong_and_nothing_else(results: dict[str, dict], case: str):
    must_fail = CASES[case][2]

    assert results[case]["status"] == ("fail" if must_fail else "pass"), results[case]["message"]


def test_every_generic_test_is_seen_to_pass_and_to_fail():
    names = {file.stem for file in (PROJECT_DIR / "tests" / "generic").glob("*.sql")}
    for name in names:
        cases = [case for case in CASES if case.startswith(f"{name}__")]
        assert {CASES[case][2] for case in cases} == {True, False}, name


def failures(tested: Workspace, results: dict[str, dict], case: str, columns: str) -> list[tuple]:
    return tested.query(f"select {columns} from {results[case]['relation_name']}")


def test_says_which_ratio_is_wrong(tested: Workspace, results: dict[str, dict]):
    found = failures(
        tested,
        results,
        "ratios_match__wrong_scale",
        "column_name, actual_ratio::double, expected_ratio::double",
    )

    assert found == [("points", 1, 100)]


def test_says_which_column_names_a_stranger(tested: Workspace, results: dict[str, dict]):
    found = failures(tested, results, "known_members__stranger", "last_id, unknown_columns")

    assert found == [("c", "last_id")]
