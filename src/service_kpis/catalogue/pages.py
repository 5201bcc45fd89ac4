"""docs/kpis: a page for each family. The prose is written by hand, what follows is made here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from service_kpis.catalogue.definitions import FAMILIES, Kpi
from service_kpis.catalogue.queries import example_query

MARKER = "<!-- From here on: made by `service-kpis docs pages` from kpi_definitions.csv. -->"
_UNITS = {
    "ratio": "fraction, 0.5 is 50 %",
    "currency": "reporting currency",
    "fte": "full-time equivalents",
}


def page_file(docs_dir: Path, family: str) -> Path:
    """Return the file of a family."""
    return docs_dir / "kpis" / f"{FAMILIES[family][0]}.md"


def page(catalogue: Mapping[str, Kpi], family: str, current: str) -> str:
    """Return the page of a family: the prose that `current` has, and its KPIs."""
    _, name_en, name_fr = FAMILIES[family]
    prose = current.partition(MARKER)[0].rstrip() or f"# {name_en} · {name_fr}"
    kpis = [kpi for kpi in catalogue.values() if kpi.family == family and not kpi.variant_of]
    lines = [prose, "", MARKER, "", "| KPI | name | nom français | mart |", "|---|---|---|---|"]
    lines += [
        f"| [`{kpi.kpi_code}`](#{kpi.kpi_code}) | {kpi.name_en} | {kpi.name_fr} | `{kpi.mart}` |"
        for kpi in kpis
    ]
    for kpi in kpis:
        variants = [one for one in catalogue.values() if one.variant_of == kpi.kpi_code]
        lines += ["", *_section(kpi, variants)]
    return "\n".join(lines) + "\n"


def _section(kpi: Kpi, variants: list[Kpi]) -> list[str]:
    acronyms = f" ({kpi.acronyms.replace('; ', ', ')})" if kpi.acronyms else ""
    lines = [
        f"## {kpi.kpi_code}",
        "",
        f"**{kpi.name_en} · {kpi.name_fr}**{acronyms}. {kpi.description_en}",
        "",
        "| | |",
        "|---|---|",
        f"| formula | {_formula(kpi)} |",
        f"| what counts, when | {_counted(kpi)} |",
        f"| left out | {_cell(kpi.left_out) or 'nothing'} |",
    ]
    if kpi.use_when:
        lines.append(f"| use | {_cell(kpi.use_when)} |")
    lines += [f"| where | {_where(kpi)} |", f"| unit, better, target | {_judged(kpi)} |"]
    if variants:
        lines += ["", "| variant | name · nom | formula | use |", "|---|---|---|---|"]
        lines += [
            f"| `{one.kpi_code}`{_elsewhere(one, kpi)} | {one.name_en} · {one.name_fr} | "
            f"{_formula(one)} | {_cell(one.use_when)} |"
            for one in variants
        ]
    return [*lines, "", "```sql", example_query(kpi), "```"]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _formula(kpi: Kpi) -> str:
    words = kpi.numerator + (f" ÷ {kpi.denominator}" if kpi.denominator else "")
    if not kpi.denominator_columns:
        return _cell(words)
    scale = f"{kpi.scale} × " if kpi.scale != 1 else ""
    columns = f"{scale}{_code(kpi.numerator_columns)} ÷ {_code(kpi.denominator_columns)}"
    return f"{_cell(words)} = {columns}"


def _code(columns: str) -> str:
    """Return a formula of columns; a sum or difference in brackets, as it is divided."""
    if columns.startswith(("(", "abs(")) or not any(sign in columns for sign in "+-*"):
        return f"`{columns}`"
    return f"`({columns})`"


def _counted(kpi: Kpi) -> str:
    parts = [kpi.inclusion_filter, f"by {kpi.dated_at}" if kpi.dated_at else ""]
    if kpi.clock:
        parts.append(f"clock: {kpi.clock}")
    if kpi.dimension_set:
        parts.append(f"cut by {kpi.dimension_set}")
    return _cell("; ".join(part for part in parts if part))


def _where(kpi: Kpi) -> str:
    if kpi.presented_as == "variants":
        return f"`{kpi.mart}`, a column for each variant"
    if kpi.category_columns == ["kpi_code"]:
        return f"`{kpi.mart}`, rows of kpi_code `{kpi.kpi_code}`"
    column = f"`{kpi.mart}.{kpi.kpi_code}`"
    if kpi.presented_as == "rows":
        return f"{column}, a row for each {' and '.join(kpi.category_columns)}"
    added = {
        "full": "add up numerator and denominator, then divide",
        "not_over_time": "a stock: add over scopes, never over days",
        "none": "does not add up: take the row of your grain",
    }
    return f"{column}; {added[kpi.additivity]}"


def _elsewhere(variant: Kpi, kpi: Kpi) -> str:
    return f" (in `{variant.mart}`)" if variant.mart != kpi.mart else ""


def _judged(kpi: Kpi) -> str:
    unit = _UNITS.get(kpi.unit, kpi.unit.replace("_", " "))
    better = {"zero": "close to 0", "band": "inside the band", "neutral": "neither"}
    parts = [unit, better.get(kpi.direction, kpi.direction)]
    if kpi.default_target_value:
        parts.append(f"{float(kpi.default_target_value):g} ({kpi.default_target_source})")
    elif kpi.default_lower_bound:
        band = f"{float(kpi.default_lower_bound):g} to {float(kpi.default_upper_bound):g}"
        parts.append(f"{band} ({kpi.default_target_source})")
    else:
        parts.append("no default target")
    return "; ".join(parts)
