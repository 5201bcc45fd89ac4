"""The rules of the project, read from dbt's manifest: layers, contracts, words, unit tests."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import PROJECT_DIR, Workspace

from service_kpis.raw_schema import raw_tables

LAYERS = ("staging", "intermediate", "core", "marts")
# model -> what it may read besides its layer's own, and why
LAYER_EXCEPTIONS = {
    # the day view of the interval mart: the same sums, no KPI defined twice
    "mart_service_level_daily": {"marts"},
}
MAY_READ = {
    "staging": {"source"},
    "intermediate": {"staging", "intermediate", "seed"},
    # a dimension that is its raw table, cleaned, needs no model in between
    "core": {"staging", "intermediate", "core", "seed"},
    "marts": {"core"},
}
# Intermediate models look agents, teams and dates up where the dimension defines them.
DIMENSIONS = re.compile(r"^dim_")


@pytest.fixture(scope="module")
def manifest(make_workspace: Callable[..., Workspace]) -> dict:
    workspace = make_workspace("parse")
    done = workspace.dbt("--warn-error", "parse", "--target", "lint")
    assert done.returncode == 0, done.stdout
    return json.loads((workspace.path / "target" / "manifest.json").read_text())


@pytest.fixture(scope="module")
def models(manifest: dict) -> dict[str, dict]:
    return {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["package_name"] == "service_kpis"
    }


def layer(node: dict) -> str:
    if node["resource_type"] != "model":
        return node["resource_type"]
    return node["fqn"][1]


def test_data_flows_one_way(manifest: dict, models: dict[str, dict]):
    nodes = manifest["nodes"] | manifest["sources"]
    wrong = []
    for name, model in models.items():
        allowed = MAY_READ[layer(model)] | LAYER_EXCEPTIONS.get(name, set())
        for parent_id in model["depends_on"]["nodes"]:
            parent = nodes[parent_id]
            is_dimension = layer(model) == "intermediate" and DIMENSIONS.match(parent["name"])
            if layer(parent) not in allowed and not is_dimension:
                wrong.append(f"{name} reads {parent['name']}")

    assert not wrong


def test_names_say_the_layer(models: dict[str, dict]):
    prefixes = {
        "staging": r"stg_\w+__\w+",
        "intermediate": r"int_\w+",
        "core": r"(fct|dim)_\w+",
        "marts": r"mart_\w+",
    }
    assert not [n for n, m in models.items() if not re.fullmatch(prefixes[layer(m)], n)]


def test_core_and_marts_have_contracts_and_marts_are_public(models: dict[str, dict]):
    for name, model in models.items():
        if layer(model) in ("core", "marts"):
            assert model["config"]["contract"]["enforced"], name
        assert model["config"]["access"] == (
            "public" if layer(model) == "marts" else "protected"
        ), name


def test_every_model_and_column_is_described(manifest: dict, models: dict[str, dict]):
    seeds = [n for n in manifest["nodes"].values() if n["resource_type"] == "seed"]
    for node in [*models.values(), *manifest["sources"].values(), *seeds]:
        assert node["description"].strip(), node["name"]
        assert node["columns"], node["name"]
        for column in node["columns"].values():
            assert column["description"].strip(), f"{node['name']}.{column['name']}"


def test_descriptions_and_first_lines_say_the_grain(models: dict[str, dict]):
    for name, model in models.items():
        assert "one row per" in model["description"].lower(), name
        if layer(model) != "staging":
            assert model["raw_code"].startswith("-- Grain: one row per "), name


def test_every_model_has_a_tested_key(manifest: dict, models: dict[str, dict]):
    tested = {
        node["attached_node"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and (node.get("test_metadata") or {}).get("name")
        in ("unique", "unique_combination_of_columns")
    }
    assert not [name for name, model in models.items() if model["unique_id"] not in tested]


def test_every_mart_ratio_is_tested_against_its_sums(manifest: dict, models: dict[str, dict]):
    tested = {
        (node["attached_node"], node["column_name"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and (node.get("test_metadata") or {}).get("name") == "ratio_matches"
    }
    ratio = re.compile(r"(_rate|_share|_points|_score|_mean_\w*seconds|_per_\w+|_index)$")
    untested = [
        f"{name}.{column}"
        for name, model in models.items()
        if layer(model) == "marts" and name not in LAYER_EXCEPTIONS
        for column in model["columns"]
        if ratio.search(column)
        and (model["unique_id"], column) not in tested
        # the key by which shared costs are allocated, no KPI
        and column != "allocation_rate"
    ]

    assert not untested


def test_every_mart_has_unit_tests(manifest: dict, models: dict[str, dict]):
    tested = {unit["model"] for unit in manifest["unit_tests"].values()}
    marts = {name for name, model in models.items() if layer(model) == "marts"}

    assert not marts - tested - set(LAYER_EXCEPTIONS)


def test_no_clock_and_no_chance_in_sql():
    forbidden = re.compile(
        r"\b(current_date|current_timestamp|localtimestamp|now\(\)|random\(\)|get_current_)", re.I
    )
    for folder in ("models", "macros", "tests", "analyses"):
        for file in (PROJECT_DIR / folder).rglob("*.sql"):
            text = re.sub(r"\{#.*?#\}", "", file.read_text(encoding="utf-8"), flags=re.S)
            assert not forbidden.search(text), file.relative_to(PROJECT_DIR)


def test_models_keep_to_portable_sql():
    forbidden = re.compile(
        r"\b(qualify|asof join|group by all|order by all|ignore nulls|filter\s*\(|list_\w+\(|"
        r"struct_pack|unnest\(|epoch\(|exclude\s*\()|::",
        re.I,
    )
    for file in (PROJECT_DIR / "models").rglob("*.sql"):
        code = re.sub(r"\{#.*?#\}|--[^\n]*|'[^']*'", "", file.read_text("utf-8"), flags=re.S)
        found = forbidden.search(code)
        assert not found, f"{file.relative_to(PROJECT_DIR)}: {found.group(0)}"


def test_no_personal_data_leaves_staging(manifest: dict, models: dict[str, dict]):
    marked = {
        column["name"]
        for source in manifest["sources"].values()
        for column in source["columns"].values()
        if column["config"].get("meta", {}).get("pii")
    }
    assert "answer_text" in marked
    leaks = [
        f"{name}.{column}"
        for name, model in models.items()
        if layer(model) != "staging"
        for column in model["columns"]
        if column in marked
    ]

    assert not leaks


def test_the_source_yaml_holds_all_36_raw_tables():
    tables = raw_tables()
    assert len(tables) == 36
    for table in tables.values():
        names = [column.name for column in table.columns]
        assert len(names) == len(set(names))
        assert set(table.key) <= set(names)
        assert names[-2:] == ["_loaded_at", "_source_file"]


def test_raw_lines_are_short():
    for folder, pattern in (("models", "*.sql"), ("macros", "*.sql"), ("tests", "*.sql")):
        for file in (PROJECT_DIR / folder).rglob(pattern):
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                assert len(line) <= 100, f"{Path(file).relative_to(PROJECT_DIR)}:{number}"
