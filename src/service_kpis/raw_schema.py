"""The raw schema, read from the source YAML: the one place that knows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

PROJECT_DIR = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class RawColumn:
    """One column of a raw table, with what its meta says of persons.

    `is_pii`: it holds personal data, but for rows where the SQL condition `pii_unless` is true;
    `is_person_key`: its values tell persons apart; `references`: the raw tables and seeds
    whose key its values are, each with the SQL condition under which they are, None: in every row.
    """

    name: str
    data_type: str
    is_pii: bool
    pii_unless: str | None = None
    is_person_key: bool = False
    references: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class RawTable:
    """One raw table: the source it belongs to, its key columns and all columns in order."""

    source: str
    name: str
    key: tuple[str, ...]
    columns: tuple[RawColumn, ...]


@cache
def raw_tables(project_dir: Path = PROJECT_DIR) -> dict[str, RawTable]:
    """Return every raw table by name, in the order of the source YAML files.

    Raises:
        FileNotFoundError: no source YAML lies below `project_dir`/models/staging.
    """
    files = sorted((project_dir / "models" / "staging").glob("*/_*__sources.yml"))
    if not files:
        raise FileNotFoundError(f"no source YAML below {project_dir / 'models' / 'staging'}")
    tables = {}
    for file in files:
        for source in yaml.safe_load(file.read_text(encoding="utf-8"))["sources"]:
            for table in source["tables"]:
                columns = tuple(_column(column) for column in table["columns"])
                key = tuple(table["config"]["meta"]["key"])
                tables[table["name"]] = RawTable(source["name"], table["name"], key, columns)
    return tables


def _column(column: Mapping[str, Any]) -> RawColumn:
    """Return what the YAML says of a column."""
    meta = column.get("config", {}).get("meta", {})
    references = dict(meta.get("references_where", {}))
    always = meta.get("references")
    if isinstance(always, str):
        references[always] = None
    elif always:
        # `where` as the data-quality models read it: a column and its value
        conditions = [
            f"lower(trim({name})) = '{value}'" for name, value in always.get("where", {}).items()
        ]
        references[always["to"]] = " and ".join(conditions) or None
    return RawColumn(
        column["name"],
        column["data_type"],
        meta.get("pii", False),
        meta.get("pii_unless"),
        meta.get("person_key", False),
        references,
    )
