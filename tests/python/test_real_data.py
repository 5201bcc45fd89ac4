"""The published figures of two real data sets come out of the warehouse (docs/real-data.md)."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT_DIR = Path(__file__).parents[2]
sys.path.insert(0, str(PROJECT_DIR / "examples"))

import reproduce  # noqa: E402

# What the figures are read from; the checks of rows run too, the unit tests elsewhere.
NEEDED = {
    "uci_incidents": ["+fct_tickets", "+fct_ticket_solves"],
    "anonymous_bank": ["+mart_service_level_interval"],
}
PUBLISHED = {
    "uci_incidents": {
        "updates delivered": "141712",
        "incidents": "24918",
        "contact type Phone": "24684",
        "reopened at least once": "275",
        "incidents whose reopen counter is ours": "24918",
        "resolved_at present": "23362",
        "mean hours opened to resolved": "178.17",
        "median hours opened to resolved": "22.1",
        "made_sla true, %": "63.42",
        "incidents solved": "24918",
    },
    "anonymous_bank": {
        "calls": "33043",
        "mean queue seconds of calls served": "40.73",
        "mean queue seconds of calls served (asa_seconds)": "40.73",
        "mean service seconds": "176.38",
        "calls served per agent-hour, Wednesdays, 60 s wrap": "14.86443",
    },
}


@pytest.mark.parametrize("example", list(PUBLISHED))
def test_published_figures(example: str, tmp_path: Path):
    source = reproduce.real_data() / reproduce.EXAMPLES[example]
    if not source.exists():
        pytest.skip(f"{source.name} is not there; SERVICE_KPIS_REAL_DATA names its folder")

    figures_csv = tmp_path / "figures.csv"
    options = [f"--select={selector}" for selector in NEEDED[example]]
    done = subprocess.run(
        [
            sys.executable,
            str(PROJECT_DIR / "examples" / "reproduce.py"),
            example,
            f"--work={tmp_path}",
            f"--csv={figures_csv}",
            *options,
        ],
        env=os.environ | {"PYTHONPATH": str(PROJECT_DIR / "src")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARN=0 ERROR=0" in done.stdout
    with figures_csv.open(encoding="utf-8") as file:
        ours = {row["figure"]: row["ours"] for row in csv.DictReader(file)}
    assert {name: ours[name] for name in PUBLISHED[example]} == PUBLISHED[example]
