"""Runs of changes leave what a full refresh leaves: one random history, in every run of the tests.

`make reliability` lives through as many more as one likes.
"""

import json
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT_DIR

sys.path.insert(0, str(PROJECT_DIR / "tests" / "reliability"))

from histories import Site, compare, live_through  # noqa: E402


# of the first thirty the dirtiest that begins a month between two deliveries
@pytest.mark.parametrize("seed", [24])
def test_random_deliveries_come_out_as_a_full_refresh(seed: int, tmp_path: Path):
    outcome = live_through(seed, tmp_path, tickets=400, months=3, batches=3)

    # what was compared was worth comparing
    assert outcome.partial_runs >= 2 and outcome.corrections > 100
    assert outcome.differing == []
    assert outcome.unsteady == []


# Of a ticket that was open over the ends of days.
OPEN_FOR_DAYS = """
    select ticket_id
    from core.fct_backlog
    group by ticket_id
    having max(last_day_end_date) >= min(first_day_end_date) + 2
        and min(entered_date) >= (select min(entered_date) + {days} from core.fct_backlog)
    order by min(entered_date), ticket_id
    limit 1
"""


def test_one_change_alone_reaches_back(tmp_path: Path):
    """In a random history other changes restate the same days: here each run has one."""
    site = Site(tmp_path / "site")
    landing = site.path / "landing"
    # months before those that a window of customer_contact_days looks back on
    options = (f"--out={landing}", "--tickets=300", "--months=6", "--seed=3")
    site.run(sys.executable, "-m", "service_kpis.cli", "generate", *options)
    manifest = json.loads((landing / "_manifest.json").read_text(encoding="utf-8"))
    end = datetime.fromisoformat(manifest["as_of"]).astimezone(UTC)
    # no data has come of the last days
    as_of = end + timedelta(days=6)
    site.load(landing)
    site.build(as_of, restatement_days=0)

    # the older ticket first: a later run must not restate its days
    changes = {
        "another_topic": (
            "tickets",
            "(select min(topic_code) from delivered where topic_code != one.topic_code)"
            " as topic_code",
            OPEN_FOR_DAYS.format(days=0),
        ),
        "created_later": (
            "tickets",
            "created_at + interval 1 day as created_at",
            OPEN_FOR_DAYS.format(days=30),
        ),
        "data_of_the_last_days": (
            "tickets",
            "'new' as ticket_id, 'open' as status, null as solved_at, null as closed_at,"
            f" timestamptz '{end + timedelta(days=3)}' as created_at, null as updated_at",
            "select max(ticket_id) from core.fct_backlog",
        ),
        # of one agent: the days of all others stay
        "another_state": (
            "agent_states",
            "'meeting' as state",
            "select min(state_id) from core.fct_agent_time where agent_state = 'idle'",
        ),
        "state_of_nobody": (
            "agent_states",
            "null as agent_id",
            "select min(state_id) from core.fct_agent_time where agent_state = 'on_contact'",
        ),
    }
    for name, (table, values, which) in changes.items():
        delivery = site.path / name
        delivery.mkdir()
        with duckdb.connect(str(site.warehouse), read_only=True) as connection:
            (row_id,) = connection.execute(which).fetchone()
            connection.execute(
                f"""
                copy (
                    with delivered as (from read_parquet('{landing}/**/{table}*.parquet'))
                    select * replace ({values}, _loaded_at + interval 400 day as _loaded_at)
                    from delivered as one
                    where {table.removeprefix("agent_").removesuffix("s")}_id = '{row_id}'
                ) to '{delivery}/{table}.parquet' (format parquet)
                """
            )
        site.load(delivery)
        site.build(as_of, restatement_days=0)
    assert _differing(site, as_of) == []


def _differing(site: Site, as_of: datetime) -> list[str]:
    """Return the tables that differ from those of a full refresh; insist on partial runs before."""
    with duckdb.connect(str(site.warehouse), read_only=True) as connection:
        runs = connection.execute("select is_partial from data_quality.run_history").fetchall()
    assert sorted(runs) == [(False,), *([(True,)] * (len(runs) - 1))] and len(runs) > 1
    full = site.path / "full" / site.warehouse.name
    full.parent.mkdir()
    shutil.copy(site.warehouse, full)
    site.build(as_of, "--full-refresh", restatement_days=0, warehouse=full)
    return compare(site.warehouse, full)
