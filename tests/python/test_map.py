"""`service-kpis map`: an export becomes landing files, or one line says why not."""

from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from service_kpis.cli import main

EXPORT = """Case Number;Opened (UTC);Via
B-2;02/03/2026 10:00;Phone call
A-1;01/03/2026 09:00;E-Mail
"""

MAPPING = """
create table _cases as
select
    "Case Number" as number,
    strptime("Opened (UTC)", '%d/%m/%Y %H:%M') as opened_at,
    "Via" as via
from read_csv(getvariable('input'), all_varchar = true, delim = ';');

create view tickets as
select
    number as ticket_id,
    opened_at as created_at,
    case via when 'Phone call' then 'phone' when 'E-Mail' then 'email' end as channel
from _cases;
"""


@pytest.fixture
def export(tmp_path: Path) -> Path:
    file = tmp_path / "cases.csv"
    file.write_text(EXPORT, encoding="utf-8")
    return file


def run(tmp_path: Path, export: Path, sql: str) -> tuple[int, str]:
    """Map `export` with `sql` to tmp_path/landing; return the exit code and what was printed."""
    mapping = tmp_path / "my_desk"
    mapping.mkdir(exist_ok=True)
    (mapping / "mapping.sql").write_text(sql, encoding="utf-8")
    args = ["map", str(mapping), "--input", str(export), "--out", str(tmp_path / "landing")]
    result = CliRunner().invoke(main, args)
    return result.exit_code, result.output


def test_raw_tables_become_landing_files_and_steps_do_not(tmp_path, export):
    code, output = run(tmp_path, export, MAPPING)

    assert code == 0, output
    assert [file.name for file in (tmp_path / "landing").iterdir()] == ["tickets.parquet"]
    rows = duckdb.read_parquet(str(tmp_path / "landing" / "tickets.parquet")).fetchall()
    assert [(row[0], str(row[1]), row[2]) for row in rows] == [
        ("A-1", "2026-03-01 09:00:00", "email"),
        ("B-2", "2026-03-02 10:00:00", "phone"),
    ]


def test_what_map_writes_can_be_loaded_and_is_loaded_once(tmp_path, export):
    warehouse = tmp_path / "warehouse.duckdb"
    load = ["load", str(tmp_path / "landing"), "--warehouse", str(warehouse)]
    for _ in range(2):
        assert run(tmp_path, export, MAPPING)[0] == 0
        result = CliRunner().invoke(main, load)
        assert result.exit_code == 0, result.output

    with duckdb.connect(warehouse, read_only=True) as connection:
        found = connection.execute(
            "select ticket_id, epoch(created_at), channel from raw.tickets order by all"
        ).fetchall()
    assert found == [("A-1", 1772355600.0, "email"), ("B-2", 1772445600.0, "phone")]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("create table ticket as select 1", "no raw table ticket; the nearest is tickets"),
        ("create table _step as select 1", "makes no raw table, such as tickets or calls"),
        ("create table tickets as select nothing from _cases", "_cases does not exist"),
        ("create table tickets as select 1 as number", "table tickets: Referenced column"),
        ("create table tickets as selekt", "syntax error"),
    ],
)
def test_a_mapping_that_does_not_work_stops_with_one_line(tmp_path, export, sql, said):
    code, output = run(tmp_path, export, sql)

    assert code == 3
    assert said in output
    assert output.count("\n") == 1
    assert "Traceback" not in output


def test_a_folder_without_mapping_sql_is_wrong_usage(tmp_path, export):
    args = ["map", str(tmp_path), "--input", str(export), "--out", str(tmp_path / "landing")]
    result = CliRunner().invoke(main, args)

    assert result.exit_code == 2
    assert "mapping.sql does not exist" in result.output
