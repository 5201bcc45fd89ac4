"""The rules of the project, read from dbt's manifest: layers, contracts, words, unit tests."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import PROJECT_DIR, Workspace

from service_kpis.build.dbt import published_relations
from service_kpis.raw_schema import raw_tables

LAYERS = ("staging", "intermediate", "core", "marts", "data_quality")
# model -> what it may read besides its layer's own, and why
LAYER_EXCEPTIONS = {
    # the day view of the interval mart: the same sums, no KPI defined twice
    "mart_service_level_daily": {"marts"},
    "mart_workforce_planning_daily": {"marts"},
    "mart_workforce_planning_weekly": {"marts"},
    "mart_workforce_planning_monthly": {"marts"},
    # the scorecard looks at all marts, and adds nothing but targets and sums
    "int_kpi_days": {"marts"},
    "int_kpi_agent_months": {"marts"},
    "int_kpi_mart_periods": {"marts"},
    "int_kpi_governance_days": {"core"},
    "mart_kpi_scorecard": {"intermediate", "seed"},
    # of which days facts have changed; nothing is computed from it
    "int_restated_days": {"core"},
    "int_backlog_scope": {"core"},
    "int_backlog_changes": {"core"},
}
MAY_READ = {
    "staging": {"source"},
    "intermediate": {"staging", "intermediate", "seed"},
    # a dimension that is its raw table, cleaned, needs no model in between
    "core": {"staging", "intermediate", "core", "seed"},
    "marts": {"core"},
    # looks at everything but marts, and nothing else looks at it
    "data_quality": {"source", "staging", "intermediate", "core", "seed", "data_quality"},
}
# Tables of the schema data_quality that hooks write and everybody may see.
WRITTEN_BY_RUNS = {"run_history", "run_results", "source_freshness"}
# Read to know what to restate, not to compute anything from it.
SCOPES = {"int_restated_days"}
# What comes out may be more than what came in.
RATES_ABOVE_1 = {
    "clearance_rate",
    # errors may exceed what came, and have a sign
    "forecast_accuracy_rate",
    "forecast_accuracy_daily_rate",
    "forecast_deviation_rate",
    "forecast_deviation_on_forecast_rate",
    "forecast_bias_rate",
    # more people than needed
    "staffing_rate",
    "scheduled_staffing_rate",
    "headcount_staffing_rate",
    # more leavers than heads on average
    "agent_turnover_rate",
    "agent_turnover_startend_rate",
    "agent_turnover_annualised_rate",
    "agent_turnover_sum_of_months_rate",
    # several reactions per impression
    "social_engagement_rate",
    # more worked than billed or paid
    "utilization_rate",
    "utilization_billed_rate",
    "utilization_paid_rate",
    "utilization_available_rate",
    "shrinkage_rate",
}
# Intermediate models look agents, teams and dates up where the dimension defines them.
DIMENSIONS = re.compile(r"^dim_")


@pytest.fixture(scope="module")
def manifest(make_workspace: Callable[..., Workspace]) -> dict:
    workspace = make_workspace("parse")
    done = workspace.dbt("--warn-error", "parse", "--target", "lint")
    assert done.returncode == 0, done.stdout
    return json.loads((workspace.target / "manifest.json").read_text())


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
            is_scope = parent["name"] in SCOPES
            if layer(parent) not in allowed and not is_dimension and not is_scope:
                wrong.append(f"{name} reads {parent['name']}")

    assert not wrong


def test_names_say_the_layer(models: dict[str, dict]):
    prefixes = {
        "staging": r"stg_\w+__\w+",
        "intermediate": r"int_\w+",
        "core": r"(fct|dim)_\w+",
        "marts": r"mart_\w+",
        "data_quality": r"dq_\w+",
    }
    assert not [n for n, m in models.items() if not re.fullmatch(prefixes[layer(m)], n)]


def test_core_and_marts_have_contracts_and_marts_are_public(models: dict[str, dict]):
    for name, model in models.items():
        if layer(model) in ("core", "marts", "data_quality"):
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


def generic_tests(manifest: dict, name: str) -> dict[str, list[dict]]:
    """Return the arguments of each use of a generic test, by the node it is attached to."""
    found: dict[str, list[dict]] = {}
    for node in manifest["nodes"].values():
        metadata = node.get("test_metadata") or {}
        if node["resource_type"] == "test" and metadata.get("name") == name:
            found.setdefault(node["attached_node"], []).append(metadata["kwargs"])
    return found


def is_never_null(column: dict) -> bool:
    return any(constraint["type"] == "not_null" for constraint in column["constraints"])


def test_every_model_and_seed_has_a_tested_key(manifest: dict, models: dict[str, dict]):
    keys = generic_tests(manifest, "unique_key")
    seeds = {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "seed" and node["package_name"] == "service_kpis"
    }
    for name, node in (models | seeds).items():
        if node["fqn"][1:3] in (["data_quality", "rows"], ["data_quality", "rules"]):
            # dq_findings is all of them, and tested as one
            continue
        if name == "int_row_links":
            # two columns of a row may name the same other; it is followed once
            continue
        assert node["unique_id"] in keys, name
        for arguments in keys[node["unique_id"]]:
            named = arguments["columns"] + arguments.get("never_null", [])
            assert set(named) <= set(node["columns"]), name
            # NULL as a value of a key is for what people write, and for scopes of a run
            assert set(arguments.get("nullable", [])) <= set(arguments["columns"]), name
            assert layer(node) in ("seed", "intermediate") or "nullable" not in arguments, name


def test_core_and_mart_columns_are_never_null_or_say_what_null_means(models: dict[str, dict]):
    """The constraint costs nothing; a test of the same would be a query of its own."""
    says_null = re.compile(r"(?<!never )NULL")
    wrong = [
        f"{name}.{column['name']}"
        for name, model in models.items()
        # the engine enforces nothing on a view
        if layer(model) in ("core", "marts") and model["config"]["materialized"] != "view"
        for column in model["columns"].values()
        if is_never_null(column) == bool(says_null.search(column["description"]))
    ]

    assert not wrong


def test_keys_of_core_and_marts_are_never_null(manifest: dict, models: dict[str, dict]):
    keys = generic_tests(manifest, "unique_key")
    wrong = [
        f"{name}.{column}"
        for name, model in models.items()
        if layer(model) in ("core", "marts") and model["config"]["materialized"] != "view"
        for arguments in keys[model["unique_id"]]
        for column in arguments["columns"]
        if not is_never_null(model["columns"][column])
    ]

    assert not wrong


def test_no_column_is_tested_for_what_its_constraint_forbids(
    manifest: dict, models: dict[str, dict]
):
    tested = generic_tests(manifest, "not_null")
    wrong = [
        f"{name}.{arguments['column_name']}"
        for name, model in models.items()
        for arguments in tested.get(model["unique_id"], [])
        if is_never_null(model["columns"][arguments["column_name"]])
    ]

    assert not wrong


def test_every_kpi_of_a_mart_says_what_it_is_made_of(manifest: dict, models: dict[str, dict]):
    """`config: meta:` of a column holds `ratio:` or, when it is none, `measure:`."""
    tested = generic_tests(manifest, "ratios_match")
    ratio_name = re.compile(r"(_rate|_share|_points|_score|_mean_\w*seconds|_per_\w+|_index)$")
    measures = {
        # a sum: adds up over every row
        "additive",
        # the same, and the value of a KPI
        "count",
        # what the row of the scorecard says of its KPI: adds up over nothing
        "of_kpi",
        # of the rows of the fact: adds up over nothing
        "percentile",
        # the key by which shared costs are allocated, no KPI
        "allocation_key",
        # rates of other rows added up, which no sum of this column is
        "sum_of_rates",
        # the highest of several, and what a model expects: add up over nothing
        "peak",
        "expectation",
    }
    ratio_keys = {
        *("numerator", "denominator", "scale", "is_rate", "min_value", "max_value", "one_sided")
    }
    for name, model in models.items():
        if layer(model) != "marts":
            continue
        ratios = 0
        for column in model["columns"].values():
            where = f"{name}.{column['name']}"
            meta = column["config"].get("meta", {})
            ratio, measure = meta.get("ratio"), meta.get("measure")
            if column["data_type"] == "double" or ratio_name.search(column["name"]):
                assert (ratio is None) != (measure is None), where
            if measure is not None:
                assert measure in measures, where
            if ratio is None:
                continue
            ratios += 1
            assert {"numerator", "denominator"} <= set(ratio) <= ratio_keys, where
            # both sides are sums of columns of the same mart, so that anyone can add them up
            parts = re.findall(r"[a-z]\w*", f"{ratio['numerator']} {ratio['denominator']}")
            assert parts, where
            assert set(parts) - {"abs"} <= set(model["columns"]) - {column["name"]}, where
            # a rate is a part of its whole, and says so
            assert (
                not column["name"].endswith("_rate")
                or ratio.get("is_rate")
                or (column["name"] in RATES_ABOVE_1)
            ), where
        assert (model["unique_id"] in tested) == (ratios > 0), name


def test_somebody_looks_at_every_mart(manifest: dict, models: dict[str, dict]):
    exposed = {
        parent
        for exposure in manifest["exposures"].values()
        for parent in exposure["depends_on"]["nodes"]
    }
    marts = {model["unique_id"] for model in models.values() if layer(model) == "marts"}

    assert marts and not marts - exposed


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


def test_published_are_marts_core_and_reference_but_for_what_is_restricted(
    manifest: dict, models: dict[str, dict]
):
    relations = published_relations(manifest)
    of_layer = {
        name: layer(model) for name, model in models.items() if layer(model) in ("core", "marts")
    }
    summaries = {"dq_load_summary", "dq_table_balance", "dq_excluded_tickets"}
    seeds = {n["name"] for n in manifest["nodes"].values() if n["resource_type"] == "seed"}

    published = {relation.name for relation in relations}
    assert published - summaries - WRITTEN_BY_RUNS <= set(of_layer) | seeds
    assert published >= WRITTEN_BY_RUNS
    assert set(of_layer) - published == {
        "fct_payroll_month", "fct_agent_departures", "fct_headcount_spells", "fct_esat_waves",
    }  # fmt: skip
    assert {relation.schema for relation in relations} <= {
        "core", "marts", "reference", "data_quality"
    }  # fmt: skip
    for relation in relations:
        assert relation.grain or relation.name in seeds, f"{relation.name} has no order"
    # single answers of employees would undo esat_min_answers
    assert {one.name for one in relations if one.where == "audience = 'customer'"} == {
        "fct_survey_answers",
        "fct_survey_invitations",
    }


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
