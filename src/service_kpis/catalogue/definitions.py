"""The catalogue, read from the seed kpi_definitions: the one place that defines a KPI."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from service_kpis.raw_schema import PROJECT_DIR

#: family code -> page in docs/kpis, English and French name
FAMILIES = {
    "RSP": ("responsiveness", "Responsiveness", "Réactivité et accessibilité"),
    "RES": ("resolution", "Resolution", "Résolution"),
    "PRD": ("productivity", "Handling and productivity", "Traitement et productivité"),
    "CSX": ("customer_experience", "Customer experience", "Expérience client"),
    "VOC": ("voice_of_customer", "Voice of the customer", "Voix du client"),
    "QLT": ("quality", "Quality", "Qualité"),
    "DMD": ("demand_backlog", "Demand, channels, backlog", "Demande, canaux et stock"),
    "CAS": ("case_lifecycle", "Case lifecycle", "Cycle de vie des dossiers"),
    "SSA": ("self_service_automation", "Self-service and automation", "Selfcare et automatisation"),
    "CST": ("cost", "Cost", "Coûts"),
    "WFM": ("workforce_planning", "Workforce planning", "Planification des effectifs"),
    "PPL": ("people", "People", "Collaborateurs"),
    "CUS": ("customer_base", "Customer base", "Portefeuille clients"),
    "COM": ("commercial", "Commercial and retention desk", "Vente et rétention"),
    "GOV": ("governance", "Targets and governance", "Objectifs et gouvernance"),
}
_LISTS = ("category_columns", "raw_columns")


@dataclass(frozen=True)
class Kpi:
    """One line of the catalogue; an empty string is what the seed leaves empty.

    The lists are split; every other column is a string as it stands, but for the scale.
    """

    kpi_code: str
    variant_of: str
    family: str
    name_en: str
    name_fr: str
    acronyms: str
    description_en: str
    description_fr: str
    scope: str
    nature: str
    unit: str
    direction: str
    kpi_kind: str
    additivity: str
    is_macro: str
    cadence: str
    numerator: str
    denominator: str
    inclusion_filter: str
    dated_at: str
    clock: str
    dimension_set: str
    left_out: str
    use_when: str
    mart: str
    presented_as: str
    category_columns: list[str]
    numerator_columns: str
    denominator_columns: str
    scale: int
    raw_columns: list[str]
    conflicts: str
    source_seeds: str
    sources: str
    default_target_value: str
    default_lower_bound: str
    default_upper_bound: str
    default_target_source: str


def read_catalogue(project_dir: Path = PROJECT_DIR) -> dict[str, Kpi]:
    """Return every KPI and variant by code, in the order of the seed."""
    file = project_dir / "seeds" / "reference" / "kpi_definitions.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        kpis = [_kpi(row) for row in csv.DictReader(lines)]
    return {kpi.kpi_code: kpi for kpi in kpis}


def shares_of(kpi: Kpi, catalogue: Mapping[str, Kpi]) -> list[Kpi]:
    """Return the variants that a KPI stands as: parts of one whole, so of one denominator."""
    variants = [other for other in catalogue.values() if other.variant_of == kpi.kpi_code]
    return [one for one in variants if one.denominator_columns == variants[0].denominator_columns]


def _kpi(row: dict[str, str]) -> Kpi:
    split = {name: [part for part in row[name].split("; ") if part] for name in _LISTS}
    return Kpi(**(row | split | {"scale": int(row["scale"])}))
