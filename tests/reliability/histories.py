"""Random histories in random batches: what runs of changes leave behind equals a full refresh.

Each history is a small service centre whose rows arrive in several deliveries: most on the day
they are about, some days later or too early, some twice, some as an older version after a newer
one, some corrected afterwards (a value replaced by that of another row, or lost), tickets deleted
among them. After each delivery the warehouse is built as every night. At the end it is compared,
row for row, with a copy that was built anew from the same raw rows; then it is built once more and
must not change.

    python tests/reliability/histories.py --histories 20 --out histories.json
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

PROJECT_DIR = Path(__file__).parents[2]
sys.path.insert(0, str(PROJECT_DIR / "src"))

from service_kpis.build.dbt import without_as_of  # noqa: E402
from service_kpis.load.landing import discover  # noqa: E402
from service_kpis.raw_schema import RawTable, raw_tables  # noqa: E402

# The default of the var reporting_timezone.
ZONE = ZoneInfo("Europe/Paris")
COMPARED_SCHEMAS = ("staging", "core", "marts", "data_quality")
# What runs say of themselves.
NOT_COMPARED = {
    f"data_quality.{table}"
    for table in ("run_history", "run_results", "source_freshness", "change_log")
}
# A correction here rebuilds everything, which proves little: in every fourth history only.
EVERYWHERE = {"teams"}
# When a row is about; the first that a table has.
INSTANTS = (
    *("event_at", "sent_at", "answered_at", "started_at", "created_at", "acquired_at"),
    *("work_date", "pay_date", "cost_month", "rate_month", "valid_from", "hire_date"),
)


@dataclass
class Outcome:
    """What one history came to."""

    seed: int
    batches: int
    rows: int
    corrections: int
    partial_runs: int = 0
    differing: list[str] = field(default_factory=list)
    unsteady: list[str] = field(default_factory=list)

    @property
    def is_equal(self) -> bool:
        """Tell whether both comparisons held."""
        return not self.differing and not self.unsteady


@dataclass(frozen=True)
class Site:
    """A folder with a warehouse of its own."""

    path: Path

    @property
    def warehouse(self) -> Path:
        """The warehouse file."""
        return self.path / "service_kpis.duckdb"

    def run(self, *command: str, warehouse: Path | None = None, **variables: str) -> None:
        """Run a command on the warehouse.

        Raises:
            RuntimeError: it failed.
        """
        env = os.environ | {
            "SERVICE_KPIS_WAREHOUSE": str(warehouse or self.warehouse),
            "SERVICE_KPIS_TEMP": str(self.path / "tmp"),
            "DBT_PROFILES_DIR": str(PROJECT_DIR),
            "DBT_TARGET_PATH": str(self.path.parent / "target"),
            "DBT_LOG_PATH": str(self.path / "logs"),
            "PYTHONPATH": str(PROJECT_DIR / "src"),
            "NO_COLOR": "1",
            **variables,
        }
        done = subprocess.run(
            command, cwd=PROJECT_DIR, env=env, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}\n{done.stdout[-6000:]}\n{done.stderr[-2000:]}")

    def load(self, folder: Path) -> None:
        """Load a delivery."""
        self.run(sys.executable, "-m", "service_kpis.cli", "load", str(folder))

    def build(
        self,
        as_of: datetime,
        *options: str,
        restatement_days: int,
        warehouse: Path | None = None,
    ) -> None:
        """Build the warehouse as every night, without the tests."""
        dbt = str(Path(sys.executable).parent / "dbt")
        without = [f"--exclude-resource-type={kind}" for kind in ("test", "unit_test")]
        vars_ = json.dumps(
            {"as_of": f"{as_of:%Y-%m-%d %H:%M:%S}", "restatement_days": restatement_days}
        )
        build, variables = without_as_of(["build", *without, "--vars", vars_, *options])
        self.run(dbt, "--quiet", *build, warehouse=warehouse, **variables)


def deliver(
    landing: Path, out: Path, seed: int, batches: int
) -> tuple[list[tuple[Path, datetime]], int, int]:
    """Cut a landing folder into deliveries; return them with their as_of, rows and corrections."""
    dice = random.Random(seed)
    end = datetime.fromisoformat(
        json.loads((landing / "_manifest.json").read_text(encoding="utf-8"))["as_of"]
    ).astimezone(UTC)
    corrections = rows = 0
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'; set threads = 1")
        connection.execute(f"select setseed({dice.random()})")
        start = connection.execute(
            f"select min(created_at) from '{landing}/**/tickets*.parquet'"
        ).fetchone()[0]
        # the first delivery is the long past, the others are weeks or days
        shares = sorted(dice.uniform(0.5, 0.99) for _ in range(batches - 1))
        cuts = [start + (end - start) * share for share in shares] + [end]
        # one run falls on the midnight that begins a month, where there is one since the run before
        month = cuts[-2].astimezone(ZONE).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        if len(cuts) > 2 and month.astimezone(UTC) > cuts[-3]:
            cuts[-2] = month.astimezone(UTC)
        folders = [out / f"delivery_{number + 1}" for number in range(batches)]
        for name, files in discover(landing, raw_tables()).items():
            table = raw_tables()[name]
            names = ", ".join(f"'{file}'" for file in files)
            connection.execute(
                "create or replace table rows_ as select *, random() as dice_,"
                f" 0::integer as batch_ from read_parquet([{names}])"
            )
            rows += connection.execute("select count(*) from rows_").fetchone()[0]
            _spread(connection, table, cuts, batches)
            corrections += _correct(connection, table, dice, batches)
            for number, folder in enumerate(folders):
                target = folder / table.name
                target.mkdir(parents=True, exist_ok=True)
                connection.execute(
                    "copy (select * exclude (dice_, batch_) from rows_"
                    f" where batch_ = {number} order by all)"
                    f" to '{target / f'{number + 1}.parquet'}' (format parquet)"
                )
    return list(zip(folders, cuts, strict=True)), rows, corrections


def _spread(
    connection: duckdb.DuckDBPyConnection, table: RawTable, cuts: list[datetime], batches: int
) -> None:
    """Give each row the delivery it comes in."""
    columns = {row[0] for row in connection.execute("describe rows_").fetchall()}
    instant = next((name for name in INSTANTS if name in columns), None)
    if instant is not None:
        due = " ".join(
            f"when {instant}::timestamptz <= '{cut.isoformat()}'::timestamptz then {number}"
            for number, cut in enumerate(cuts)
        )
        connection.execute(f"update rows_ set batch_ = case {due} else {batches - 1} end")
    if table.name in EVERYWHERE:
        connection.execute("update rows_ set batch_ = 0")
        return
    anywhere = f"floor(random() * {batches})::integer"
    # late or early, and twice
    connection.execute(f"update rows_ set batch_ = {anywhere} where dice_ < 0.06")
    connection.execute(
        f"insert into rows_ select * replace ({anywhere} as batch_) from rows_"
        " where dice_ between 0.06 and 0.10"
    )


def _correct(
    connection: duckdb.DuckDBPyConnection, table: RawTable, dice: random.Random, batches: int
) -> int:
    """Deliver some rows again, later, with one value that is another row's, or none."""
    if table.name in EVERYWHERE and dice.random() > 0.25:
        return 0
    count = connection.execute("select count(*) from rows_").fetchone()[0]
    wanted = [
        column.name
        for column in table.columns
        if column.name not in table.key and not column.name.startswith("_")
    ]
    have = [row[0] for row in connection.execute("describe rows_").fetchall()]
    corrected = 0
    for column in dice.sample(wanted, len(wanted)):
        if column not in have or count == 0:
            continue
        for _ in range(max(1, count // 2000)):
            # the value of another row, now and then none
            other = dice.randrange(count)
            value = f"(select {column} from rows_ limit 1 offset {other})"
            if dice.random() < 0.2:
                value = "null"
            # two in three arrive as newer versions; the others are older than what is there
            shift = dice.choice(["+ interval 40 day", "+ interval 41 day", "- interval 90 day"])
            connection.execute(
                f"insert into rows_ select * replace ({value} as {column},"
                f" _loaded_at {shift} as _loaded_at, {dice.randrange(batches)} as batch_)"
                f" from rows_ limit 1 offset {dice.randrange(count)}"
            )
            corrected += 1
    return corrected


def compare(here: Path, there: Path) -> list[str]:
    """Return the tables of two warehouses that differ, with the number of differing rows."""
    differing = []
    with duckdb.connect() as connection:
        connection.execute(f"attach '{here}' as here (read_only)")
        connection.execute(f"attach '{there}' as there (read_only)")
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables()"
            " where database_name = 'there' and list_contains(?, schema_name) order by all",
            [list(COMPARED_SCHEMAS)],
        ).fetchall()
        for schema, table in tables:
            name = f"{schema}.{table}"
            if name in NOT_COMPARED:
                continue
            counts = [
                connection.execute(
                    f"select count(*) from (from {a}.{name} except all from {b}.{name})"
                ).fetchone()[0]
                for a, b in (("here", "there"), ("there", "here"))
            ]
            if any(counts):
                differing.append(f"{name}: {counts[0]} rows too many, {counts[1]} missing")
    return differing


def live_through(seed: int, folder: Path, *, tickets: int, months: int, batches: int) -> Outcome:
    """Make one history, build it delivery by delivery, and compare."""
    dice = random.Random(seed)
    site = Site(folder / f"history_{seed}")
    landing = site.path / "landing"
    site.path.mkdir(parents=True)
    options = {
        "out": landing,
        "tickets": tickets,
        "months": months,
        "seed": seed,
        "dirty-rate": dice.choice([0, 0.01, 0.04]),
    }
    site.run(
        sys.executable, "-m", "service_kpis.cli", "generate",
        *(f"--{name}={value}" for name, value in options.items()),
    )  # fmt: skip
    deliveries, rows, corrections = deliver(landing, site.path / "deliveries", seed, batches)
    outcome = Outcome(seed, batches, rows, corrections)
    # with none at all, each day that has to be restated has to be found
    days = dice.choice([0, 0, 45])
    for delivery, as_of in deliveries:
        site.load(delivery)
        site.build(as_of, restatement_days=days)
    with duckdb.connect(str(site.warehouse), read_only=True) as connection:
        outcome.partial_runs = connection.execute(
            "select count(*) from data_quality.run_history where is_partial"
        ).fetchone()[0]
    as_of = deliveries[-1][1]
    full = site.path / "full" / site.warehouse.name
    full.parent.mkdir()
    shutil.copy(site.warehouse, full)
    site.build(as_of, "--full-refresh", restatement_days=days, warehouse=full)
    outcome.differing = compare(site.warehouse, full)
    before = site.path / "before.duckdb"
    shutil.copy(site.warehouse, before)
    site.build(as_of, restatement_days=days)
    outcome.unsteady = compare(site.warehouse, before)
    return outcome


def main() -> int:
    """Live through as many histories as asked for, and say which ones did not come out equal."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--histories", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--tickets", type=int, default=600)
    parser.add_argument("--months", type=int, default=4)
    parser.add_argument("--batches", type=int, default=4)
    parser.add_argument("--keep", type=Path, help="keep the warehouses in this folder")
    parser.add_argument("--out", type=Path, help="write the outcomes as JSON")
    options = parser.parse_args()
    outcomes = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        for seed in range(options.first_seed, options.first_seed + options.histories):
            outcome = live_through(
                seed,
                folder,
                tickets=options.tickets,
                months=options.months,
                batches=options.batches,
            )
            outcomes.append(outcome)
            print(
                f"history {seed}: {outcome.rows} rows, {outcome.corrections} corrections,"
                f" {outcome.partial_runs} partial runs:"
                f" {'equal' if outcome.is_equal else 'NOT EQUAL'}",
                flush=True,
            )
            for line in outcome.differing:
                print(f"  differs from the full refresh: {line}")
            for line in outcome.unsteady:
                print(f"  changed by a run without new data: {line}")
            if options.keep is None:
                shutil.rmtree(folder / f"history_{seed}")
    if options.out:
        options.out.write_text(json.dumps([asdict(one) for one in outcomes], indent=2) + "\n")
    return 0 if all(outcome.is_equal for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
