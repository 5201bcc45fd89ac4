"""The catalogue (seed kpi_definitions) and the warehouse are one thing, read from the manifest."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import duckdb
import pytest
from conftest import PROJECT_DIR, Workspace

from service_kpis.catalogue.coverage import coverage, render, values_of
from service_kpis.catalogue.definitions import FAMILIES, Kpi, read_catalogue
from service_kpis.catalogue.pages import page, page_file
from service_kpis.catalogue.queries import example_query
from service_kpis.catalogue.warehouse import Warehouse
from service_kpis.raw_schema import raw_tables

REFERENCE = PROJECT_DIR / "seeds" / "reference"
DOCS = PROJECT_DIR / "docs"


@pytest.fixture(scope="module")
def catalogue() -> dict[str, Kpi]:
    return read_catalogue(PROJECT_DIR)


@pytest.fixture(scope="module")
def warehouse(make_workspace: Callable[..., Workspace]) -> Warehouse:
    workspace = make_workspace("catalogue")
    done = workspace.dbt("parse", "--target", "lint")
    assert done.returncode == 0, done.stdout
    manifest = json.loads((workspace.target / "manifest.json").read_text("utf-8"))
    return Warehouse(manifest)


def test_the_catalogue_has_168_kpis_of_15_families(catalogue: dict[str, Kpi]):
    headlines = [kpi for kpi in catalogue.values() if not kpi.variant_of]
    assert len(headlines) == 168
    assert len({kpi.family for kpi in headlines}) == 15
    # a variant belongs to a KPI, never to another variant
    nested = [
        kpi.kpi_code
        for kpi in catalogue.values()
        if kpi.variant_of and catalogue[kpi.variant_of].variant_of
    ]
    assert not nested


def test_both_languages_are_complete_and_differ(catalogue: dict[str, Kpi]):
    wrong = []
    for code, kpi in catalogue.items():
        for text in (kpi.name_en, kpi.name_fr, kpi.description_en, kpi.description_fr):
            if not text or text != text.strip():
                wrong.append(code)
        if kpi.description_en == kpi.description_fr:
            wrong.append(code)
        if not (kpi.description_en.endswith(".") and kpi.description_fr.endswith(".")):
            wrong.append(code)
    for language in ("name_en", "name_fr"):
        names = [getattr(kpi, language) for kpi in catalogue.values()]
        wrong += [name for name in set(names) if names.count(name) > 1]

    assert not wrong


def test_every_kpi_stands_in_its_mart(catalogue: dict[str, Kpi], warehouse: Warehouse):
    """As a column named as the code; as rows and as variants, with what the seed names."""
    missing = []
    for code, kpi in catalogue.items():
        mart = warehouse.marts.get(kpi.mart)
        if mart is None:
            missing.append(f"{code}: no model {kpi.mart}")
            continue
        # of a KPI whose rows are named by it, the value is the mart's
        is_named_by_rows = kpi.category_columns == ["kpi_code"]
        wanted = [] if kpi.presented_as == "variants" or is_named_by_rows else [code]
        missing += [
            f"{code}: no column {kpi.mart}.{column}"
            for column in (*wanted, *kpi.category_columns)
            if column not in mart.columns
        ]
        if kpi.presented_as == "variants" and not any(
            other.variant_of == code for other in catalogue.values()
        ):
            missing.append(f"{code}: no variants")

    assert not missing, "\n".join(missing)


def test_every_kpi_stands_in_one_mart_only(catalogue: dict[str, Kpi], warehouse: Warehouse):
    """But for roll-ups (`meta: rolls_up`), and columns that others are divided by."""
    twice = [
        f"{code} in {name}, its mart is {kpi.mart}"
        for code, kpi in catalogue.items()
        for name, mart in warehouse.marts.items()
        if code in mart.columns
        and name not in warehouse.grains(kpi.mart)
        and code not in mart.parts
    ]

    assert not twice, "\n".join(twice)


def test_roll_ups_compute_what_their_mart_does(warehouse: Warehouse):
    wrong = []
    for name, mart in warehouse.marts.items():
        if mart.rolls_up is None:
            continue
        original = warehouse.marts[mart.rolls_up]
        for column, ratio in mart.ratios.items():
            if column in original.ratios and original.ratios[column] != ratio:
                wrong.append(
                    f"{name}.{column}: {ratio}, in {original.name} {original.ratios[column]}"
                )

    assert not wrong, "\n".join(wrong)


def test_every_ratio_of_a_mart_is_in_the_catalogue(catalogue: dict[str, Kpi], warehouse: Warehouse):
    unknown = [
        f"{name}.{column}"
        for name, mart in warehouse.marts.items()
        for column in (*mart.ratios, *mart.percentiles)
        if column not in catalogue
    ]

    assert not unknown, "\n".join(unknown)


def test_formulas_of_the_catalogue_are_those_of_the_marts(
    catalogue: dict[str, Kpi], warehouse: Warehouse
):
    wrong = []
    for code, kpi in catalogue.items():
        mart = warehouse.marts.get(kpi.mart)
        if mart is None:
            continue
        if code in mart.ratios:
            expected = (kpi.numerator_columns, kpi.denominator_columns, kpi.scale)
            if expected != mart.ratios[code]:
                wrong.append(f"{code}: catalogue {expected}, {kpi.mart} {mart.ratios[code]}")
        formula = f"{kpi.numerator_columns} {kpi.denominator_columns}"
        wrong += [
            f"{code}: no column {kpi.mart}.{column}"
            for column in re.findall(r"[a-z]\w*", formula)
            if column not in mart.columns and column != "abs"
        ]

    assert not wrong, "\n".join(wrong)


def test_every_raw_column_of_the_catalogue_is_used(catalogue: dict[str, Kpi], warehouse: Warehouse):
    """It is in the source YAML, and the staging model of its table takes it."""
    known = {
        table.name: {column.name for column in table.columns} for table in raw_tables().values()
    }
    missing = set()
    for kpi in catalogue.values():
        for cited in kpi.raw_columns:
            table, column = cited.split(".")
            if table in warehouse.seeds:
                if column not in warehouse.seeds[table]:
                    missing.add(f"{cited}: no such column in the seed")
            elif column not in known.get(table, set()):
                missing.add(f"{cited}: not in the source YAML")
            elif table not in warehouse.staging:
                missing.add(f"{cited}: no staging model")
            elif not re.search(rf"\b{column}\b", warehouse.staging[table]):
                missing.add(f"{cited}: not used by its staging model")

    assert not missing, "\n".join(sorted(missing))


def test_every_kpi_has_a_unit_test_that_bears_its_code(
    catalogue: dict[str, Kpi], warehouse: Warehouse
):
    missing = [
        f"{kpi.family} {code} ({kpi.mart})"
        for code, kpi in catalogue.items()
        if not kpi.variant_of and not warehouse.tests_named_after(code, catalogue)
    ]

    assert not missing, f"{len(missing)} missing:\n" + "\n".join(missing)


def test_every_variant_is_expected_by_a_unit_test(catalogue: dict[str, Kpi], warehouse: Warehouse):
    missing = [
        f"{kpi.family} {code} ({kpi.mart})"
        for code, kpi in catalogue.items()
        if kpi.variant_of and not warehouse.tests_of(kpi, catalogue)
    ]

    assert not missing, f"{len(missing)} missing:\n" + "\n".join(missing)


def test_default_targets_are_in_force(catalogue: dict[str, Kpi], warehouse: Warehouse):
    """Whoever changes a target changes it in kpi_targets; none of the proposals is forgotten."""
    in_force = {
        target["kpi_code"]
        for target in warehouse.read_seed(REFERENCE / "kpi_targets.csv")
        if target["scope_type"] == "global"
    }
    proposed = {code for code, kpi in catalogue.items() if kpi.default_target_source}

    assert not proposed - in_force


def test_agents_are_not_scored_on_handle_time_or_on_their_own_word(warehouse: Warehouse):
    assigned = {
        row["kpi_code"]
        for row in warehouse.read_seed(REFERENCE / "kpi_role_assignments.csv")
        if row["role"] == "agent"
    }
    assert not assigned & {"aht_interaction_mean_seconds", "aht_ticket_mean_seconds"}
    assert "fcr_agent_rate" not in assigned


@pytest.mark.parametrize("family", FAMILIES)
def test_the_page_of_a_family_is_up_to_date(catalogue: dict[str, Kpi], family: str):
    file = page_file(DOCS, family)
    current = file.read_text(encoding="utf-8")
    assert page(catalogue, family, current) == current, "service-kpis docs pages makes it anew"
    prose = current.partition("<!--")[0]
    assert len(prose.split()) > 50, "the prose says what to use when"


def test_the_coverage_page_is_up_to_date(catalogue: dict[str, Kpi], warehouse: Warehouse):
    """But for the values, which only the demo data of `make build` has."""
    current = (DOCS / "coverage.md").read_text(encoding="utf-8")
    values, source = values_of(current)
    rows = coverage(catalogue, warehouse, values)
    assert render(rows, source) == current, "service-kpis docs coverage makes it anew"


def test_no_row_of_the_coverage_page_is_empty(catalogue: dict[str, Kpi], warehouse: Warehouse):
    values, _ = values_of((DOCS / "coverage.md").read_text(encoding="utf-8"))
    gaps = [
        f"{row.kpi.family} {row.kpi.kpi_code}: no {', no '.join(row.gaps)}"
        for row in coverage(catalogue, warehouse, values)
        if row.gaps
    ]

    assert not gaps, f"{len(gaps)} with a gap:\n" + "\n".join(gaps)


def queries_of_the_pages() -> list[tuple[str, str]]:
    return [
        (f"{file.name}, query {number}", query)
        for file in sorted((DOCS / "kpis").glob("*.md"))
        for number, query in enumerate(
            re.findall(r"```sql\n(.*?)```", file.read_text("utf-8"), re.S), 1
        )
    ]


def test_every_query_of_the_pages_runs(catalogue: dict[str, Kpi], demo: Workspace):
    """On the published file, as readers have it; those of the variants too, which have no page."""
    queries = queries_of_the_pages()
    assert len(queries) >= 168
    queries += [(code, example_query(kpi)) for code, kpi in catalogue.items() if kpi.variant_of]
    failed = []
    with duckdb.connect(str(demo.published), read_only=True) as connection:
        for where, query in queries:
            try:
                connection.execute(query).fetchall()
            except duckdb.Error as error:
                failed.append(f"{where}: {str(error).splitlines()[0]}")

    assert not failed, "\n".join(failed)


def test_example_queries_give_the_value_of_the_mart(demo: Workspace):
    """Of one month: summed from days here, and by an aggregate written out for each."""
    expected = {
        "csat_rate": """
            select date_trunc('month', answered_date), avg(cast(is_satisfied as integer))
            from core.fct_survey_answers
            where is_counted and kpi_code = 'csat_rate' and audience = 'customer'
            group by all order by all
        """,
        "trt_mean_calendar_seconds": """
            select date_trunc('month', resolved_date), avg(trt_calendar_seconds)
            from core.fct_tickets
            where is_valid and is_inbound and resolved_at is not null
            group by all order by all
        """,
        "abandonment_rate": """
            select date_trunc('month', enqueued_date), avg(cast(is_abandoned as integer))
            from core.fct_contacts
            where is_offered and media = 'voice' and direction = 'inbound'
            group by all order by all
        """,
    }
    catalogue = read_catalogue(PROJECT_DIR)
    for code, query in expected.items():
        by_month = demo.query(example_query(catalogue[code]), demo.published)
        from_facts = demo.query(query, demo.published)
        of_months = {month: value for month, value in by_month if value is not None}
        assert of_months.keys() == dict(from_facts).keys(), code
        for month, value in from_facts:
            assert of_months[month] == pytest.approx(value), f"{code} {month}"
