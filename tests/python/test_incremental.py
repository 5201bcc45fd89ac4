"""Runs of changes leave what a full refresh leaves: one random history, in every run of the tests.

`make reliability` lives through as many more as one likes.
"""

import sys
from pathlib import Path

import pytest
from conftest import PROJECT_DIR

sys.path.insert(0, str(PROJECT_DIR / "tests" / "reliability"))

from histories import live_through  # noqa: E402


# of the first thirty the dirtiest that begins a month between two deliveries
@pytest.mark.parametrize("seed", [24])
def test_random_deliveries_come_out_as_a_full_refresh(seed: int, tmp_path: Path):
    outcome = live_through(seed, tmp_path, tickets=400, months=3, batches=3)

    # what was compared was worth comparing
    assert outcome.partial_runs >= 2 and outcome.corrections > 100
    assert outcome.differing == []
    assert outcome.unsteady == []
