"""The raw schema, read from the source YAML: the one place that knows it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

PROJECT_DIR = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class RawColumn:
    """One column of a raw table: its name, SQL type and whether it holds personal data."""

    name: str
    data_type: str
    is_pii: bool


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
                columns = tuple(
                    RawColumn(
                        column["name"],
                        column["data_type"],
                        column.get("config", {}).get("meta", {}).get("pii", False),
                    )
                    for column in table["columns"]
                )
                key = tuple(table["config"]["meta"]["key"])
                tables[table["name"]] = RawTable(source["name"], table["name"], key, columns)
    return tables
