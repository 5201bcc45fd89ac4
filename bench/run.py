"""Measure builds: full, after 1 % new data, without new data; print tables and write JSON.

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
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

PROJECT_DIR = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
sys.path.insert(0, str(PROJECT_DIR / "src"))

from service_kpis.load.landing import discover  # noqa: E402
from service_kpis.raw_schema import raw_tables  # noqa: E402

# The tables of "tickets alone", with those that name people and teams.
TICKET_TABLES = ("tickets", "ticket_events", "messages", "customers", "agents", "teams")
TICKET_TABLES += ("agent_assignments",)
# When a row is about; the first that a table has.
INSTANTS = ("event_at", "sent_at", "answered_at", "started_at", "created_at", "work_date")
NEW_SHARE = 0.01


@dataclass(frozen=True)
class Step:
    """What one step took."""

    tickets: int
    step: str
    wall_seconds: float
    cpu_seconds: float
    peak_memory_mib: int


class Bench:
    """The measurements of one size, in a folder of their own."""

    def __init__(self, tickets: int, months: int, seed: int, work: Path) -> None:
        """Start with an empty folder below `work`."""
        self.tickets = tickets
        self.size = [f"--tickets={tickets}", f"--months={months}", f"--seed={seed}"]
        self.folder = work / str(tickets)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.landing = self.folder / "landing"
        self.steps: list[Step] = []

    def measure(self, step: str, command: list[str], **env: str) -> Step:
        """Run a command and note what it took.

        Raises:
            SystemExit: it failed; the last lines of its output are shown.
        """
        log = self.folder / f"{step.replace(' ', '_').replace('%', 'pct')}.log"
        env = os.environ | {
            "SERVICE_KPIS_WAREHOUSE": str(self.folder / "service_kpis.duckdb"),
            "SERVICE_KPIS_TEMP": str(self.folder / "tmp"),
            "DBT_PROFILES_DIR": str(PROJECT_DIR),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            **env,
        }
        started = time.monotonic()
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=PROJECT_DIR, env=env, stdout=output, stderr=subprocess.STDOUT
            )
            _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise SystemExit(f"{' '.join(command)} failed:\n{tail}")
        measured = Step(
            self.tickets,
            step,
            round(time.monotonic() - started, 2),
            round(usage.ru_utime + usage.ru_stime, 2),
            round(usage.ru_maxrss / 1024),
        )
        self.steps.append(measured)
        return measured

    def build(self, step: str, data: Path, as_of: datetime, **env: str) -> Step:
        """Measure the nightly command on a delivery."""
        vars_ = json.dumps({"as_of": f"{as_of:%Y-%m-%d %H:%M:%S}"})
        command = [str(BIN / "service-kpis"), "build", f"--data={data}", "--vars", vars_]
        return self.measure(step, command, **env)

    def run(self) -> None:
        """Measure every step."""
        self.measure(
            "generate",
            [str(BIN / "service-kpis"), "generate", f"--out={self.landing}", *self.size],
        )
        manifest = json.loads((self.landing / "_manifest.json").read_text(encoding="utf-8"))
        end = datetime.fromisoformat(manifest["as_of"]).astimezone(UTC)
        # in a process of its own: a step begins with the peak memory of the process that starts it
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            cut = pool.submit(self.deliver, end).result()

        dbt = str(BIN / "dbt")
        self.measure("parse, cold", [dbt, "parse", "--no-partial-parse"])
        self.measure("dbt start-up", [dbt, "parse"])
        self.build("full build", self.folder / "past", cut)
        self.build("1 % new data", self.folder / "new", end)
        self.build("no new data", self.folder / "new", end)
        self.build("no new data, a day later", self.folder / "new", end + timedelta(days=1))

        alone = {
            "SERVICE_KPIS_WAREHOUSE": str(self.folder / "alone" / "service_kpis.duckdb"),
            "DBT_TARGET_PATH": str(self.folder / "alone" / "target"),
        }
        models = [
            dbt,
            "build",
            *["--exclude-resource-type=test", "--exclude-resource-type=unit_test"],
        ]
        models += ["--vars", json.dumps({"as_of": f"{end:%Y-%m-%d %H:%M:%S}"})]
        load = [str(BIN / "service-kpis"), "load"]
        self.measure("load of nothing", [*load, str(self.folder / "nothing")], **alone)
        self.measure("models of nothing", models, **alone)
        self.measure("load of tickets", [*load, str(self.folder / "tickets")], **alone)
        self.measure("models of tickets", [*models, "--full-refresh"], **alone)
        shutil.rmtree(self.folder, ignore_errors=True)

    def deliver(self, end: datetime) -> datetime:
        """Cut the landing files into the past and the last 1 % of the tickets; return when.

        A ticket that changed since was delivered before, as it was then: open.
        """
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            tables = discover(self.landing, raw_tables())
            tickets = f"read_parquet({[str(part) for part in tables['tickets']]})"
            cut = connection.execute(
                f"select quantile_cont(created_at, {1 - NEW_SHARE}) from {tickets}"
            ).fetchone()[0]
            for name, parts in tables.items():
                rows = f"read_parquet({[str(part) for part in parts]})"
                columns = [row[0] for row in connection.execute(f"describe from {rows}").fetchall()]
                instant = next((name for name in INSTANTS if name in columns), None)
                is_past = f"coalesce({instant} <= '{cut.isoformat()}', true)" if instant else "true"
                past, new = f"from {rows} where {is_past}", f"from {rows} where not {is_past}"
                if name == "tickets":
                    is_changed = f"{is_past} and updated_at > '{cut.isoformat()}'"
                    past = f"""
                        from {rows} where {is_past} and not ({is_changed})
                        union all by name
                        select * replace (
                            'open' as status, null as solved_at, null as closed_at,
                            null as resolution_code, created_at as updated_at,
                            created_at as _loaded_at
                        ) from {rows} where {is_changed}
                    """
                    new = f"from {rows} where not {is_past} or {is_changed}"
                folders = {"past": past, "new": new}
                if name in TICKET_TABLES:
                    folders["tickets"] = f"from {rows}"
                    folders["nothing"] = f"from {rows} limit 0"
                for folder, query in folders.items():
                    (self.folder / folder).mkdir(exist_ok=True)
                    target = self.folder / folder / f"{name}.parquet"
                    connection.execute(f"copy ({query}) to '{target}' (format parquet)")
        return cut.astimezone(UTC)

    def ratios(self) -> list[tuple[str, str, str]]:
        """Return what the bounds are about: name, measured, bound."""
        cpu = {step.step: step.cpu_seconds for step in self.steps}
        full = next(step for step in self.steps if step.step == "full build")
        start_up = cpu["dbt start-up"]
        whole = cpu["full build"] - start_up
        part = (cpu["1 % new data"] - start_up) / whole
        nothing = max(cpu["no new data"] - start_up, 0) / whole
        alone = cpu["models of tickets"] - cpu["models of nothing"]
        return [
            ("full build, wall", f"{full.wall_seconds:.0f} s", "300 s at 1,000,000 tickets"),
            ("1 % new data, CPU of a full build", f"{part:.1%}", "10 %"),
            ("no new data, CPU of a full build", f"{nothing:.1%}", "3 %"),
            (
                "tickets alone, CPU per 1,000 tickets",
                f"{alone / self.tickets * 1000:.4f} s",
                "0.03 s",
            ),
        ]


def machine() -> dict[str, str | int]:
    """Describe the machine and the versions that decide the figures."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cpus": os.cpu_count() or 0,
        "memory_gib": round(memory),
        "memory_limit": os.environ.get("SERVICE_KPIS_MEMORY_LIMIT", "6GB"),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in ("duckdb", "dbt-core", "dbt-duckdb")},
    }


def main() -> None:
    """Parse the arguments, measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tickets", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--months", type=int, default=14)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, default=PROJECT_DIR / "warehouse" / "bench")
    parser.add_argument("--out", type=Path, default=PROJECT_DIR / "bench" / "results")
    arguments = parser.parse_args()

    console = Console()
    result = {"machine": machine(), "steps": [], "ratios": []}
    for tickets in arguments.tickets:
        console.print(f"measuring {tickets:,} tickets …")
        bench = Bench(tickets, arguments.months, arguments.seed, arguments.work)
        bench.run()
        result["steps"] += [asdict(step) for step in bench.steps]
        result["ratios"] += [
            {"tickets": tickets, "name": name, "measured": measured, "bound": bound}
            for name, measured, bound in bench.ratios()
        ]
    for title, key in (("What each step took", "steps"), ("Beside the bounds", "ratios")):
        table = Table(title=title, title_justify="left")
        for column in result[key][0]:
            table.add_column(column.replace("_", " "))
        for row in result[key]:
            table.add_row(*(f"{v:,}" if isinstance(v, int | float) else v for v in row.values()))
        console.print(table)
    arguments.out.mkdir(parents=True, exist_ok=True)
    file = arguments.out / "bench.json"
    file.write_text(json.dumps(result, indent=2) + "\n")
    console.print(f"written: {file}")


if __name__ == "__main__":
    main()
