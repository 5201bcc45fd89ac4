"""Known faults, put into clean tables."""

from __future__ import annotations

import pyarrow as pa

from service_kpis.generate.tables import Table
from service_kpis.generate.world import World

FAULT_SCHEMA = pa.schema(
    [
        (name, pa.string())
        for name in ("table_name", "row_key", "column_name", "fault_code", "edge_case", "detail")
    ]
)


def inject(world: World, tables: dict[str, Table]) -> list[tuple]:
    """Put faults into tables and return one tuple per fault, in the order of `FAULT_SCHEMA`."""
    return []
