"""Runs of changes leave what a full refresh leaves: one random history, in every run of the tests.

`make reliability` lives through as many more as one likes.
"""

import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT_DIR

sys.path.insert(0, str(PROJECT_DIR / "tests" / "reliability"))

from histories import Site, compare, live_through  # noqa: E402

# Of a ticket that was open on several days: what is corrected, and how many days after the first
# ticket it was created at the least. The older one first: a later run must not restate its days.
CORRECTIONS = {
    "topic_code": ("(select min(topic_code) from raw_ where topic_code != rows_.topic_code)", 0),
    "created_at": ("created_at + interval 1 day", 30),
}


# of the first thirty the dirtiest that begins a month between two deliveries
@pytest.mark.parametrize("seed", [24])
def test_random_deliveries_come_out_as_a_full_refresh(seed: int, tmp_path: Path):
    outcome = live_through(seed, tmp_path, tickets=400, months=3, batches=3)

    # what was compared was worth comparing
    assert outcome.partial_runs >= 2 and outcome.corrections > 100
    assert outcome.differing == []
    assert outcome.unsteady == []


def test_a_correction_alone_reaches_back(tmp_path: Path):
    """In a random history other changes restate the same days: here each run has one."""
    site = Site(tmp_path / "site")
    landing = site.path / "landing"
    options = (f"--out={landing}", "--tickets=300", "--months=3", "--seed=3")
    site.run(sys.executable, "-m", "service_kpis.cli", "generate", *options)
    manifest = json.loads((landing / "_manifest.json").read_text(encoding="utf-8"))
    as_of = datetime.fromisoformat(manifest["as_of"]).astimezone(UTC)
    site.load(landing)
    site.build(as_of, restatement_days=0)

    for column, (value, days) in CORRECTIONS.items():
        delivery = site.path / column
        delivery.mkdir()
        with duckdb.connect(str(site.warehouse), read_only=True) as connection:
            ticket_id, entered = connection.execute(
                """
                select ticket_id, min(entered_date) as entered
                from core.fct_backlog
                group by ticket_id
                having max(last_day_end_date) >= min(first_day_end_date) + 2
                    and entered >= (select min(entered_date) + ? from core.fct_backlog)
                order by entered, ticket_id
                limit 1
                """,
                [days],
            ).fetchone()
            # far enough from the end not to be restated anyway
            assert (as_of.date() - entered).days > 15
            connection.execute(
                f"""
                copy (
                    with raw_ as (from read_parquet('{landing}/**/tickets*.parquet'))
                    select * replace (
                        {value} as {column}, _loaded_at + interval 400 day as _loaded_at
                    )
                    from raw_ as rows_
                    where ticket_id = '{ticket_id}'
                ) to '{delivery}/tickets.parquet' (format parquet)
                """
            )
        site.load(delivery)
        site.build(as_of, restatement_days=0)

    full = site.path / "full" / site.warehouse.name
    full.parent.mkdir()
    shutil.copy(site.warehouse, full)
    site.build(as_of, "--full-refresh", restatement_days=0, warehouse=full)
    assert compare(site.warehouse, full) == []
    with duckdb.connect(str(site.warehouse), read_only=True) as connection:
        runs = connection.execute("select is_partial from data_quality.run_history").fetchall()
    assert sorted(runs) == [(False,), (True,), (True,)]
