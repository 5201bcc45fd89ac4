"""Measure generate, load and a full build; print a table and write it as JSON.

Each step is a process of its own, so that its wall clock, its CPU (user + system, children
included) and its peak memory are what the operating system says of it. Compare within one run:
machines differ and are noisy.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

PROJECT_DIR = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent


def measure(command: list[str], env: dict[str, str], log: Path) -> dict[str, float]:
    """Run a command; return its wall seconds, CPU seconds and peak memory in MiB.

    Raises:
        SystemExit: the command failed; the last lines of its output are shown.
    """
    started = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=PROJECT_DIR, env=env, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    if status != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise SystemExit(f"{' '.join(command)} failed:\n{tail}")
    return {
        "wall_seconds": round(wall, 2),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_memory_mib": round(usage.ru_maxrss / 1024),
    }


def run(tickets: int, months: int, seed: int, work: Path) -> list[dict]:
    """Measure the three steps for one size, in an empty folder below `work`."""
    folder = work / str(tickets)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    landing = folder / "landing"
    env = os.environ | {
        "SERVICE_KPIS_WAREHOUSE": str(folder / "service_kpis.duckdb"),
        "SERVICE_KPIS_TEMP": str(folder / "tmp"),
        "DBT_PROFILES_DIR": str(PROJECT_DIR),
        "DBT_TARGET_PATH": str(folder / "target"),
    }
    cli = str(BIN / "service-kpis")
    size = ["--tickets", str(tickets), "--months", str(months), "--seed", str(seed)]
    dbt = [str(BIN / "dbt"), "--warn-error"]
    steps = {
        "generate": [cli, "generate", "--out", str(landing), *size],
        "load": [cli, "load", str(landing)],
        # what every dbt command costs before it does anything; subtract it when comparing
        "dbt start-up": [*dbt, "parse"],
        "full build": [*dbt, "build"],
    }
    rows = []
    for step, command in steps.items():
        if step == "full build":
            manifest = json.loads((landing / "_manifest.json").read_text())
            command = [*command, "--vars", json.dumps({"as_of": manifest["as_of"]})]
        measured = measure(command, env, folder / f"{step.replace(' ', '_')}.log")
        rows.append({"tickets": tickets, "step": step, **measured})
    shutil.rmtree(folder / "tmp", ignore_errors=True)
    return rows


def machine() -> dict[str, str | int]:
    """Describe the machine and the versions that decide the figures."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cpus": os.cpu_count() or 0,
        "memory_gib": round(memory),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in ("duckdb", "dbt-core", "dbt-duckdb")},
    }


def main() -> None:
    """Parse the arguments, measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tickets", type=int, nargs="+", default=[100_000, 500_000])
    parser.add_argument("--months", type=int, default=14)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, default=PROJECT_DIR / "warehouse" / "bench")
    parser.add_argument("--out", type=Path, default=PROJECT_DIR / "bench" / "results")
    arguments = parser.parse_args()

    console = Console()
    rows: list[dict] = []
    for tickets in arguments.tickets:
        console.print(f"measuring {tickets:,} tickets …")
        rows += run(tickets, arguments.months, arguments.seed, arguments.work)
    table = Table(title="Wall, CPU and peak memory", title_justify="left")
    for column in ("tickets", "step", "wall s", "CPU s", "peak MiB"):
        table.add_column(column, justify="left" if column == "step" else "right")
    for row in rows:
        table.add_row(
            f"{row['tickets']:,}",
            row["step"],
            f"{row['wall_seconds']:.1f}",
            f"{row['cpu_seconds']:.1f}",
            f"{row['peak_memory_mib']:,}",
        )
    console.print(table)
    arguments.out.mkdir(parents=True, exist_ok=True)
    result = arguments.out / "bench.json"
    result.write_text(json.dumps({"machine": machine(), "steps": rows}, indent=2) + "\n")
    console.print(f"written: {result.relative_to(PROJECT_DIR)}")


if __name__ == "__main__":
    main()
