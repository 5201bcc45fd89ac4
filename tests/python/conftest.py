"""What the tests share: the project run as its users run it, in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from service_kpis.build.dbt import AS_OF_VARIABLE, without_as_of

PROJECT_DIR = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
# They ask the demo centre, which takes longest to build: one worker runs them all.
DEMO_FILES = ("test_build.py", "test_catalogue.py", "test_data_quality.py", "test_scorecard.py")


class LoadFilesOfOneWorkspace(LoadFileScheduling):
    """`--dist loadfile`, with the files that ask the demo centre as if they were one."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "demo" if file.endswith(DEMO_FILES) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    """Return what hands the tests to the workers."""
    return LoadFilesOfOneWorkspace(config, log)


@dataclass(frozen=True)
class Workspace:
    """A folder with landing files, a warehouse and dbt's output, apart from everybody's own.

    dbt runs as a process: inside pytest it would keep its connection, and so the file, open.
    """

    path: Path

    @property
    def landing(self) -> Path:
        return self.path / "landing"

    @property
    def target(self) -> Path:
        return self.path / "target"

    @property
    def warehouse(self) -> Path:
        return self.path / "service_kpis.duckdb"

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command with this workspace's warehouse; the caller checks the exit code."""
        env = os.environ | {
            "SERVICE_KPIS_WAREHOUSE": str(self.warehouse),
            "SERVICE_KPIS_TEMP": str(self.path / "tmp"),
            "DBT_PROFILES_DIR": str(PROJECT_DIR),
            "DBT_TARGET_PATH": str(self.target),
            "DBT_LOG_PATH": str(self.path / "logs"),
            "PYTHONPATH": str(PROJECT_DIR / "src"),
            "NO_COLOR": "1",
            "COLUMNS": "160",
            **variables,
        }
        return subprocess.run(
            command, cwd=PROJECT_DIR, env=env, capture_output=True, text=True, check=False
        )

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `service-kpis` with these arguments."""
        return self.run(sys.executable, "-m", "service_kpis.cli", *arguments)

    def dbt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run dbt with these arguments, by default on the instant that the landing files end at."""
        options, as_of = without_as_of(arguments)
        manifest = self.landing / "_manifest.json"
        if not as_of and manifest.exists():
            as_of = {AS_OF_VARIABLE: json.loads(manifest.read_text(encoding="utf-8"))["as_of"]}
        return self.run(str(BIN / "dbt"), "--no-use-colors", *options, **as_of)

    @property
    def published(self) -> Path:
        return self.path / "published" / "service_kpis.duckdb"

    def query(self, sql: str, file: Path | None = None) -> list[tuple]:
        """Return the rows of a query on the warehouse, or on another file."""
        with duckdb.connect(str(file or self.warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def fingerprints(self, *schemas: str) -> dict[str, tuple[int, int]]:
        """Return row count and an order-free hash of all values, by table of the schemas."""
        tables = self.query(
            f"""
            select table_schema, table_name
            from information_schema.tables
            where table_schema in ({", ".join(f"'{schema}'" for schema in schemas)})
            order by all
            """
        )
        return {
            f"{schema}.{table}": self.query(
                "select count(*), coalesce(sum(hash(rows::varchar)::hugeint), 0)"
                f" from {schema}.{table} as rows"
            )[0]
            for schema, table in tables
        }


@pytest.fixture(scope="session")
def make_workspace(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Workspace]:
    """Return a function that makes a workspace, with generated and loaded data if asked to."""
    if not (PROJECT_DIR / "dbt_packages" / "dbt_utils").exists():
        subprocess.run(
            [sys.executable, "-m", "service_kpis.cli", "deps"],
            cwd=PROJECT_DIR,
            env=os.environ | {"PYTHONPATH": str(PROJECT_DIR / "src")},
            check=True,
        )

    def make(name: str, **options: object) -> Workspace:
        workspace = Workspace(tmp_path_factory.mktemp(name))
        if options:
            arguments = [f"--{key.replace('_', '-')}={value}" for key, value in options.items()]
            for done in (
                workspace.cli("generate", f"--out={workspace.landing}", *arguments),
                workspace.cli("load", str(workspace.landing)),
            ):
                assert done.returncode == 0, done.stdout + done.stderr
        return workspace

    return make


@pytest.fixture(scope="session")
def demo(make_workspace: Callable[..., Workspace]) -> Workspace:
    """Return the workspace of a small demo centre, built with every data test.

    By the command that users run at night, so there is a published file too. `--warn-error`: on
    clean data even a warning is a defect. Unit tests have a test of their own.
    """
    workspace = make_workspace("demo", tickets=3000, months=14)
    as_of = json.loads((workspace.landing / "_manifest.json").read_text("utf-8"))["as_of"]
    done = workspace.cli("build", "--warn-error", "--vars", json.dumps({"as_of": as_of}))
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
    return workspace
