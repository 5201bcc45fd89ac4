"""What the warehouse has of the catalogue, read from dbt's manifest."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from service_kpis.catalogue.definitions import Kpi

_COLUMN = re.compile(r"[a-z]\w*")


@dataclass(frozen=True)
class Mart:
    """One mart: its columns in order, and the formulas that its YAML states.

    `ratios` holds numerator, denominator and scale by column; `rolls_up` names the mart whose
    KPIs it repeats at a coarser grain.
    """

    name: str
    columns: Mapping[str, Mapping[str, Any]]
    rolls_up: str | None

    @cached_property
    def ratios(self) -> dict[str, tuple[str, str, int]]:
        """Return the stated formula of each ratio."""
        found = {}
        for name, meta in self._metas():
            if ratio := meta.get("ratio"):
                formula = ratio["numerator"], ratio["denominator"], ratio.get("scale", 1)
                found[name] = formula
        return found

    @cached_property
    def percentiles(self) -> list[str]:
        """Return the columns that are medians and other percentiles of facts."""
        return [
            name
            for name, meta in self._metas()
            if meta.get("measure") == "percentile" and re.match(r"(median|p90)_", name)
        ]

    @cached_property
    def parts(self) -> set[str]:
        """Return the columns that a ratio of this mart is made of."""
        return {
            part
            for numerator, denominator, _ in self.ratios.values()
            for part in _COLUMN.findall(f"{numerator} {denominator}")
        }

    def _metas(self) -> Iterable[tuple[str, Mapping[str, Any]]]:
        for name, column in self.columns.items():
            yield name, column["config"].get("meta", {})


@dataclass(frozen=True)
class UnitTest:
    """A unit test: its name, what its name says beyond the model, and the columns it expects."""

    name: str
    model: str
    behaviour: str
    expected: frozenset[str]


class Warehouse:
    """The marts, staging models, seeds and unit tests of a manifest."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        """Sort the nodes of a manifest."""
        nodes = [
            node for node in manifest["nodes"].values() if node["package_name"] == "service_kpis"
        ]
        models = [node for node in nodes if node["resource_type"] == "model"]
        self.marts = {
            node["name"]: Mart(
                node["name"], node["columns"], node["config"].get("meta", {}).get("rolls_up")
            )
            for node in models
            if node["fqn"][1] == "marts"
        }
        # by raw table; the code as written names the columns that it takes
        self.staging = {
            node["name"].partition("__")[2]: node["raw_code"]
            for node in models
            if node["fqn"][1] == "staging"
        }
        self.seeds = {
            node["name"]: set(node["columns"]) for node in nodes if node["resource_type"] == "seed"
        }
        self.unit_tests = [
            UnitTest(
                node["name"],
                node["model"],
                node["name"].removeprefix(f"{node['model']}__"),
                _expected(node["expect"].get("rows")),
            )
            for node in manifest["unit_tests"].values()
        ]

    def grains(self, mart: str) -> set[str]:
        """Return a mart and those that roll it up."""
        grains = {mart}
        while more := {m.name for m in self.marts.values() if m.rolls_up in grains} - grains:
            grains |= more
        return grains

    def tests_named_after(self, code: str, codes: Iterable[str]) -> list[UnitTest]:
        """Return the unit tests whose name bears the code, and not a longer code around it."""
        longer = [other for other in codes if other != code and _bears(other, code)]
        found = []
        for test in self.unit_tests:
            behaviour = test.behaviour
            for other in sorted(longer, key=len, reverse=True):
                behaviour = re.sub(rf"(?<![a-z0-9]){other}(?![a-z0-9])", "", behaviour)
            if _bears(behaviour, code):
                found.append(test)
        return found

    def tests_of(self, kpi: Kpi, codes: Iterable[str]) -> list[UnitTest]:
        """Return the unit tests that bear the code, else those of its mart that expect a value."""
        named = self.tests_named_after(kpi.kpi_code, codes)
        return named or [
            test
            for test in self.unit_tests
            if test.model in self.grains(kpi.mart) and kpi.kpi_code in test.expected
        ]

    @staticmethod
    def read_seed(file: Path) -> list[dict[str, str]]:
        """Return the lines of a seed as they stand."""
        with file.open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))


def _bears(name: str, code: str) -> bool:
    return re.search(rf"(?:^|_){code}(?:_|$)", name) is not None


def _expected(rows: object) -> frozenset[str]:
    """Return the columns that a unit test expects; dbt keeps CSV as text, fixtures as rows."""
    if isinstance(rows, str):
        return frozenset(rows.strip().splitlines()[0].replace(" ", "").split(","))
    if isinstance(rows, list):
        return frozenset(column for row in rows for column in row)
    return frozenset()
