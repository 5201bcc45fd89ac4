"""`service-kpis map`: any export into landing files, by one SQL file."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

import click
import duckdb
from rich.console import Console
from rich.table import Table

from service_kpis.errors import BadInput
from service_kpis.load.sql import identifier, literal
from service_kpis.raw_schema import RawTable, raw_tables

MAPPING_FILE = "mapping.sql"


def _one_line(error: duckdb.Error) -> str:
    """Return what DuckDB said, without the kind of error and the hints."""
    return re.sub(r"^[\w ]+ Error: ", "", str(error).splitlines()[0])


def map_export(mapping: Path, source: Path, out: Path) -> dict[str, int]:
    """Run `mapping` over `source` and write one Parquet file per raw table to `out`.

    Returns:
        The number of rows of each raw table written, in the order of the raw schema.

    Raises:
        BadInput: the mapping fails, or leaves something that is no raw table.
    """
    tables = raw_tables()
    with duckdb.connect() as connection:
        # A time without a zone is then UTC, as in the load.
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"set variable input = {literal(str(source))}")
        try:
            connection.execute(mapping.read_text(encoding="utf-8"))
        except duckdb.Error as error:
            raise BadInput(f"{mapping}: {_one_line(error)}") from error
        made = _made(connection, mapping, tables)
        out.mkdir(parents=True, exist_ok=True)
        return {name: _write(connection, mapping, tables[name], out) for name in made}


def _made(
    connection: duckdb.DuckDBPyConnection, mapping: Path, tables: dict[str, RawTable]
) -> list[str]:
    """Return the raw tables that the mapping has made, in the order of the raw schema."""
    found = connection.execute(
        "select table_name from information_schema.tables order by table_name"
    ).fetchall()
    names = [name for (name,) in found if not name.startswith("_")]
    for name in names:
        if name not in tables:
            near = difflib.get_close_matches(name, tables, n=1, cutoff=0)[0]
            raise BadInput(
                f"{mapping}: there is no raw table {name}; the nearest is {near}, and the names"
                " of your own steps start with _"
            )
    if not names:
        raise BadInput(f"{mapping}: makes no raw table, such as tickets or calls")
    return [name for name in tables if name in names]


def _write(connection: duckdb.DuckDBPyConnection, mapping: Path, table: RawTable, out: Path) -> int:
    """Write one raw table, ordered by its key: the same export gives the same bytes."""
    file = out / f"{table.name}.parquet"
    order = ", ".join(map(identifier, table.key))
    try:
        written = connection.execute(
            f"copy (select * from {identifier(table.name)} order by {order})"
            f" to {literal(str(file))} (format parquet)"
        ).fetchone()
    except duckdb.Error as error:
        raise BadInput(f"{mapping}, table {table.name}: {_one_line(error)}") from error
    return written[0]


@click.command("map")
@click.argument("mapping", metavar="MAPPING", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--input",
    "source",
    type=click.Path(exists=True, path_type=Path),
    required=True,
    help="The export: a file, or a folder of files; getvariable('input') in the SQL.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder for the landing files; made where there is none.",
)
def map_(mapping: Path, source: Path, out: Path) -> None:
    """Turn an export into landing files with the SQL of MAPPING.

    MAPPING is a file of DuckDB SQL, or a folder with a mapping.sql. It reads the export through
    getvariable('input') and makes one table (or view) per raw table, named like it. Names of
    intermediate steps start with _. `service-kpis load` then checks every column.

    Exit codes: 0 done, 2 wrong usage, 3 the mapping does not work.
    """
    if mapping.is_dir():
        mapping = mapping / MAPPING_FILE
        if not mapping.is_file():
            raise click.BadParameter(f"{mapping} does not exist", param_hint="MAPPING")
    written = map_export(mapping, source, out)
    table = Table("landing file", header_style="bold")
    table.add_column("rows", justify="right")
    for name, rows in written.items():
        table.add_row(f"{name}.parquet", f"{rows:,}".replace(",", " "))
    Console().print(table)
