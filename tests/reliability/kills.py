"""Kill builds, publications and rollbacks at random moments, and see what readers make of it.

A small centre gets a little new data every round; `service-kpis build` loads, builds and publishes
it, and is killed (SIGKILL, with all its children) somewhere on the way; so are `publish` and
`rollback`. All the while readers open the published file and check every table of it against the
hashes that it carries; one of them keeps each file open and sees that its answers stay the same.
After each kill the file in place must be whole, and a run that is let alone must succeed.

Prints what happened; exits with 1 when a reader or a run failed.

    python tests/reliability/kills.py --minutes 30 --out kills.json
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import duckdb

PROJECT_DIR = Path(__file__).parents[2]
sys.path.insert(0, str(PROJECT_DIR / "src"))

from service_kpis.publish.copy import hashable  # noqa: E402

CLI = [sys.executable, "-m", "service_kpis.cli"]
# Of a build, publications and rollbacks are the last second or two: they get rounds of their own.
PUBLISHED_PER_BUILD = 12


def check(file: Path) -> str:
    """Return the version of a published file after reading all of it.

    Raises:
        AssertionError: a table is not what its hashes say.
        duckdb.Error: the file cannot be read.
    """
    with duckdb.connect(file, read_only=True) as connection:
        return check_open(connection)


def check_open(connection: duckdb.DuckDBPyConnection) -> str:
    """Return the version of an open published file after reading all of it."""
    ((version,),) = connection.execute("select version from published.about").fetchall()
    wanted = connection.execute(
        "select schema_name, table_name, sum(row_count), sum(row_hash)"
        " from published.parts group by all having sum(row_count) > 0"
    ).fetchall()
    assert wanted, "no parts"
    for schema, table, rows, hashed in wanted:
        columns = connection.execute(
            "select column_name, data_type from duckdb_columns()"
            " where schema_name = ? and table_name = ? order by column_index",
            [schema, table],
        ).fetchall()
        hashed_columns = ", ".join(hashable(*column) for column in columns)
        found = connection.execute(
            f'select count(*), sum(hash({hashed_columns})) from "{schema}"."{table}"'
        ).fetchone()
        assert found == (rows, hashed), f"{schema}.{table}: {found} instead of {(rows, hashed)}"
    return version


def read_on(file: Path, stop: Synchronized, reads: Synchronized, failures: Path) -> None:
    """Open the published file again and again, and check it, until told to stop."""
    while not stop.value:
        try:
            check(file)
            reads.value += 1
        except (duckdb.Error, AssertionError) as error:
            with failures.open("a") as log:
                log.write(f"reader: {error}\n")


def hold_on(file: Path, stop: Synchronized, reads: Synchronized, failures: Path) -> None:
    """Keep the published file open for some time, and see that nothing changes under it."""
    while not stop.value:
        try:
            with duckdb.connect(file, read_only=True) as connection:
                version = check_open(connection)
                until = time.monotonic() + 20
                while time.monotonic() < until and not stop.value:
                    time.sleep(0.2)
                    assert check_open(connection) == version
                    reads.value += 1
        except (duckdb.Error, AssertionError) as error:
            with failures.open("a") as log:
                log.write(f"holder: {error}\n")


@dataclass
class Place:
    """A small centre, cut into parts of which every round delivers one more."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    vars: str = "{}"

    def __post_init__(self) -> None:
        """Name the files."""
        self.landing = self.folder / "landing"
        self.warehouse = self.folder / "service_kpis.duckdb"
        self.published = self.folder / "published" / "service_kpis.duckdb"
        self.next = self.folder / "published" / "next" / "service_kpis.duckdb"
        self.env = os.environ | {
            "SERVICE_KPIS_WAREHOUSE": str(self.warehouse),
            "SERVICE_KPIS_TEMP": str(self.folder / "tmp"),
            "DBT_PROFILES_DIR": str(PROJECT_DIR),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "PYTHONPATH": str(PROJECT_DIR / "src"),
        }

    def generate(self, tickets: int, parts: int) -> None:
        """Generate the centre; hold back the newer half of its tickets, in parts."""
        subprocess.run(
            [*CLI, "generate", "--out", str(self.landing), "--tickets", str(tickets)]
            + ["--months", "2"],
            env=self.env,
            check=True,
            capture_output=True,
        )
        manifest = json.loads((self.landing / "_manifest.json").read_text())
        # calls and surveys of tickets that are held back are orphans until these come
        self.vars = json.dumps({"as_of": manifest["as_of"], "dq_findings_error_share": 100})
        with duckdb.connect() as connection:
            connection.execute(
                f"create table part_of as select ticket_id, greatest(0, ntile({2 * parts})"
                f" over (order by created_at, ticket_id) - {parts}) as part"
                f" from '{self.landing}/tickets.parquet'"
            )
            for table in ("tickets", "ticket_events", "messages"):
                file = self.landing / f"{table}.parquet"
                held = self.folder / "held" / table
                held.mkdir(parents=True)
                for part in range(parts + 1):
                    connection.execute(
                        f"copy (select rows.* from '{file}' as rows left join part_of"
                        f" using (ticket_id) where coalesce(part, 0) = {part})"
                        f" to '{held}/{part:03}.parquet'"
                    )
                file.unlink()
                (self.landing / table).mkdir()
        self.deliver(0)

    def deliver(self, part: int) -> None:
        """Put one more part of the tickets into the landing folder."""
        for table in ("tickets", "ticket_events", "messages"):
            held = self.folder / "held" / table / f"{part:03}.parquet"
            if held.exists():
                held.rename(self.landing / table / held.name)

    def start(self, *command: str) -> subprocess.Popen:
        """Start a command in a process group of its own."""
        return subprocess.Popen(
            [*CLI, *command],
            cwd=PROJECT_DIR,
            env=self.env,
            stdout=(self.folder / "last.log").open("wb"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, *command: str) -> float:
        """Run a command to its end; return how long it took.

        Raises:
            RuntimeError: it failed.
        """
        started = time.monotonic()
        if self.start(*command).wait() != 0:
            log = (self.folder / "last.log").read_text(errors="replace")
            raise RuntimeError(f"{command[0]} failed: {log[-2000:]}")
        return time.monotonic() - started

    def build(self) -> tuple[str, ...]:
        """Return the command that loads, builds and publishes."""
        return ("build", "--data", str(self.landing), "--vars", self.vars)

    def stage(self, command: str) -> str:
        """Tell how far a run is, from what lies about."""
        with suppress(OSError):
            return "rename" if not self.next.stat().st_mode & 0o200 else "copy"
        if command != "build":
            return command
        log = (self.folder / "last.log").read_bytes()
        return "dbt" if b"Running with dbt" in log else "load"

    def kill(self, command: tuple[str, ...], when: Callable[[float, str], bool]) -> str | None:
        """Run a command and kill it when told to; return at which stage, None if it was faster."""
        process = self.start(*command)
        started = time.monotonic()
        while process.poll() is None:
            stage = self.stage(command[0])
            if when(time.monotonic() - started, stage):
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                return stage if process.wait() == -signal.SIGKILL else None
            time.sleep(0.0005)
        return None


def moment(chance: random.Random, command: str, usual: float) -> Callable[[float, str], bool]:
    """Return when to kill: at any moment of the usual time, or soon after a stage has begun."""
    at = chance.uniform(0, usual)
    stage = chance.choice(["any", "rename"] if command == "rollback" else ["any", "copy", "rename"])
    delay = chance.uniform(0, 1) if stage == "copy" else 0
    reached: list[float] = []

    def is_now(seconds: float, found: str) -> bool:
        if stage == "any":
            return seconds >= at
        if found in (stage, "rename"):
            reached.append(seconds)
        return bool(reached) and seconds >= reached[0] + delay

    return is_now


@dataclass
class Tally:
    """What happened."""

    kills: Counter[str] = field(default_factory=Counter)
    runs: Counter[str] = field(default_factory=Counter)
    versions: set[str] = field(default_factory=set)


def go_on(place: Place, chance: random.Random, minutes: float, tally: Tally) -> None:
    """Kill and let alone in turn, for some minutes.

    Raises:
        AssertionError: the published file is not whole, or something was left behind.
        duckdb.Error: the published file cannot be read.
        RuntimeError: a run that was let alone failed.
    """
    # with new data, or there would be no second version to go back from
    place.deliver(1)
    usual = {"build": place.run(*place.build())}
    usual["rollback"] = place.run("rollback")
    usual["publish"] = place.run("publish")
    end = time.monotonic() + 60 * minutes
    part = 2
    while time.monotonic() < end:
        place.deliver(part)
        part += 1
        # one build with new data, then to and fro between its version and the one before
        commands = [place.build(), *[("rollback",), ("publish",)] * PUBLISHED_PER_BUILD]
        for command in commands:
            name = command[0]
            stage = place.kill(command, moment(chance, name, usual[name]))
            tally.versions.add(check(place.published))
            if stage:
                tally.kills.update([f"{name}, at {stage}"])
            if name == "build" or (stage and chance.random() < 0.3):
                # what was let alone must succeed, and leave nothing of the killed run
                place.run(*(command if name == "build" else ("publish",)))
                tally.runs.update(["build" if name == "build" else "publish"])
                tally.versions.add(check(place.published))
                left = [*place.next.parent.glob("*"), *place.folder.glob("*.lock")]
                assert not left, f"left behind: {left}"
        print(
            f"{minutes - (end - time.monotonic()) / 60:.0f} min: {tally.kills.total()} kills,"
            f" {tally.runs.total()} runs let alone",
            flush=True,
        )


def main() -> int:
    """Parse the arguments, kill for as long as wanted, print and write what happened."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--tickets", type=int, default=400)
    parser.add_argument("--readers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="write what happened as JSON")
    options = parser.parse_args()
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder))
        place.generate(options.tickets, parts=200)
        print("first build …", flush=True)
        place.run(*place.build())
        failures = place.folder / "failures.txt"
        stop = multiprocessing.Value("b", 0)
        reads = [multiprocessing.Value("q", 0) for _ in range(options.readers + 1)]
        readers = [
            multiprocessing.Process(
                target=hold_on if number == 0 else read_on,
                args=(place.published, stop, count, failures),
            )
            for number, count in enumerate(reads)
        ]
        for reader in readers:
            reader.start()
        try:
            go_on(place, random.Random(options.seed), options.minutes, tally)
        except (RuntimeError, AssertionError, duckdb.Error) as error:
            with failures.open("a") as log:
                log.write(f"{type(error).__name__}: {error}\n")
        finally:
            stop.value = 1
            for reader in readers:
                reader.join()
        said = failures.read_text().splitlines() if failures.exists() else []
    result = {
        "minutes": options.minutes,
        "kills": dict(sorted(tally.kills.items())),
        "kills_total": tally.kills.total(),
        "runs_let_alone": dict(tally.runs),
        "versions_seen": len(tally.versions),
        "reads": sum(one.value for one in reads),
        "reads_of_files_held_open": reads[0].value,
        "failures": said,
    }
    print(json.dumps(result, indent=2))
    if options.out:
        options.out.write_text(json.dumps(result, indent=2) + "\n")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
