"""`service-kpis build`: load, dbt build, publish; the one command that a scheduler calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from service_kpis.build import dbt
from service_kpis.build.record import (
    BuildRecord,
    content_hash,
    folder_stamp,
    read_record,
    warehouse_stamp,
)
from service_kpis.errors import BrokenProject
from service_kpis.load.warehouse import open_warehouse
from service_kpis.lock import RunLock, run_lock
from service_kpis.publish.command import publish_build, version_of
from service_kpis.publish.salt import salt
from service_kpis.publish.store import PublishedFile
from service_kpis.warehouse import (
    keep_option,
    memory_limit_option,
    published_file,
    published_option,
    sentiment_option,
    temp_option,
    warehouse_option,
)

# What the result depends on, below the project folder.
PROJECT_FILES = (
    *("dbt_project.yml", "packages.yml", "selectors.yml", "src/**/*.py"),
    *("models/**/*", "macros/**/*", "seeds/**/*", "snapshots/**/*", "dbt_packages/**/*"),
    *("tests/generic/**/*", "tests/singular/**/*"),
)
# Of that, what dbt does not notice by itself when it builds incrementally.
CODE_FILES = ("macros/**/*", "dbt_packages/**/*")
PACKAGES = ("dbt-core", "dbt-duckdb", "duckdb")
# Options that build a part: whoever gives them knows whether to refresh.
SELECTION = {"--select", "-s", "--models", "--model", "-m", "--exclude", "--selector"}


def project_hash(root: Path, patterns: Sequence[str], *more: str) -> str:
    """Return a hash of the project's files, the versions of dbt and DuckDB, and more texts."""
    files = {file for pattern in patterns for file in root.glob(pattern) if file.is_file()}
    return content_hash(
        root,
        (file for file in files if "__pycache__" not in file.parts),
        *(installed_version(package) for package in PACKAGES),
        *more,
    )


def inputs_hash(options: Sequence[str], values: dict[str, Any]) -> str:
    """Return a hash of what decides a build besides the data: project, profile, vars, options.

    `values` are the vars. Without `as_of` a build is one of its day: windows close and months end
    also when no data come.

    Raises:
        BrokenProject: the time zone is none.
    """
    profile = dbt.profiles_dir(options) / "profiles.yml"
    day = str(values.get("as_of") or "")
    if not day:
        zone = values.get("reporting_timezone", "UTC")
        try:
            day = str(datetime.now(ZoneInfo(zone)).date())
        except (KeyError, ValueError, TypeError, OSError) as error:
            raise BrokenProject(f"var reporting_timezone: {zone!r} is no time zone") from error
    return project_hash(
        dbt.project_dir(options),
        PROJECT_FILES,
        profile.read_text(encoding="utf-8") if profile.exists() else "",
        *(f"{name}={value}" for name, value in sorted(dbt.environment().items())),
        # decides what is published
        salt() or "",
        *options,
        day,
    )


def instant_of_build(values: dict[str, Any], started_at: datetime) -> datetime:
    """Return the `as_of` of a build, in UTC and without a zone, as the macro as_of reads it."""
    as_of = values.get("as_of")
    instant = datetime.fromisoformat(str(as_of)) if as_of else started_at.replace(microsecond=0)
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant


@dataclass(frozen=True)
class Run:
    """One call of the command: where it works and with what."""

    warehouse: Path
    published: PublishedFile
    data: Path | None
    options: Sequence[str]
    memory_limit: str
    temp_directory: Path
    sentiment: bool

    def has_option(self, names: set[str]) -> bool:
        """Tell whether one of these options goes to dbt."""
        return any(word.partition("=")[0] in names for word in self.options)

    def is_known(self, record: BuildRecord | None, inputs: str, landing: str) -> bool:
        """Tell whether a build now would be the last good one again."""
        return (
            record is not None
            and record.inputs == inputs
            and (self.data is None or record.landing == landing)
            and record.warehouse == warehouse_stamp(self.warehouse)
        )

    def load(self) -> None:
        """Load the landing files, if there are any to load."""
        if self.data is not None:
            # here, since a run with nothing to load need not wait for it
            from service_kpis.load.command import load_and_report

            load_and_report(
                self.data,
                self.warehouse,
                "raw",
                replace=False,
                memory_limit=self.memory_limit,
                temp_directory=self.temp_directory,
                sentiment=self.sentiment,
            )

    def build(
        self, lock: RunLock, last: BuildRecord | None, inputs: str, landing: str
    ) -> BuildRecord | None:
        """Run dbt; return the record of a complete build, None when only a part was asked for."""
        values = dbt.project_vars(self.options)
        code = project_hash(dbt.project_dir(self.options), CODE_FILES)
        options = self.options
        is_other_code = last.code != code if last else self.warehouse.exists()
        if is_other_code and not self.has_option(SELECTION):
            # Incremental models would mix rows of the old and the new code.
            options = [*options, "--full-refresh"]
        if self.warehouse.exists():
            # Tells who has it open; dbt would wait for them without a word.
            with open_warehouse(
                self.warehouse,
                "raw",
                memory_limit=self.memory_limit,
                temp_directory=self.temp_directory,
            ):
                pass
        before = warehouse_stamp(self.warehouse)
        try:
            outcome = dbt.run(
                options,
                lock,
                SERVICE_KPIS_WAREHOUSE=str(self.warehouse),
                SERVICE_KPIS_MEMORY_LIMIT=self.memory_limit,
                SERVICE_KPIS_TEMP=str(self.temp_directory),
            )
        except click.UsageError:
            raise
        except click.ClickException as error:
            error.message = f"not published: {error.message}"
            raise
        if outcome.adapter != "duckdb":
            click.echo(f"built on {outcome.adapter}: the published file is for DuckDB only")
            return None
        if outcome.missing:
            click.echo(
                f"not published: {len(outcome.missing)} of the project's nodes were left out, such"
                f" as {outcome.missing[0]}; only a complete build is published"
            )
            return None
        if warehouse_stamp(self.warehouse) == before:
            raise BrokenProject(
                f"dbt wrote elsewhere than to {self.warehouse}: let the path of the target in"
                " profiles.yml be the environment variable SERVICE_KPIS_WAREHOUSE"
            )
        started_at = datetime.fromisoformat(outcome.started_at).astimezone(UTC)
        return BuildRecord(
            build_id=outcome.build_id,
            project_version=outcome.project_version,
            built_at=f"{started_at:%Y-%m-%d %H:%M:%S}",
            as_of=f"{instant_of_build(values, started_at):%Y-%m-%d %H:%M:%S}",
            # what changes elsewhere cannot be seen from here: never "nothing new"
            inputs="" if outcome.reads_elsewhere else inputs,
            code=code,
            landing=landing,
            warehouse=warehouse_stamp(self.warehouse),
            relations=outcome.relations,
        )

    def publish(self, record: BuildRecord) -> None:
        """Publish a build and say so."""
        version = publish_build(
            self.warehouse,
            record,
            self.published,
            memory_limit=self.memory_limit,
            temp_directory=self.temp_directory,
        )
        click.echo(f"published version {version}: {self.published.path}")


@click.command(
    context_settings={"ignore_unknown_options": True},
    options_metavar="[OPTIONS] [DBT OPTIONS]",
)
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of landing files to load first.",
)
@click.option("--force", is_flag=True, help="Build also when nothing is new.")
@warehouse_option
@published_option
@keep_option
@sentiment_option
@memory_limit_option
@temp_option
@click.argument("dbt_options", nargs=-1, type=click.UNPROCESSED, metavar="")
def build(
    data: Path | None,
    force: bool,
    warehouse: Path,
    published: Path | None,
    keep: int,
    sentiment: bool,
    memory_limit: str,
    temp_directory: Path | None,
    dbt_options: tuple[str, ...],
) -> None:
    """Load new landing files, run `dbt build`, publish: the nightly run.

    Every option that is not listed below goes to dbt: --vars, --target, --full-refresh,
    --select … What only builds a part is not published. Unit tests are left out. When neither
    data nor project, vars or seeds have changed since the last build, nothing is done.

    Exit codes: 0 done or nothing new, 2 wrong usage, 3 bad landing files or raw tables,
    4 warehouse in use, disk or memory full, 5 another run is on, 6 data tests failed, 7 profile,
    vars or a model is wrong. After any but 0 readers have what they had.
    """
    warehouse = warehouse.absolute()
    run = Run(
        warehouse,
        published_file(warehouse, published, keep),
        data.absolute() if data else None,
        dbt_options,
        memory_limit,
        (temp_directory or warehouse.parent / "tmp").absolute(),
        sentiment,
    )
    force = force or run.has_option({"--full-refresh", "-f"})
    with run_lock(warehouse, "build") as lock:
        run.published.clean()
        landing = folder_stamp(run.data)
        # whoever begins to score has something new to load
        landing += " scored" if sentiment else ""
        inputs = inputs_hash(dbt_options, dbt.project_vars(dbt_options))
        record = read_record(warehouse)
        if force or not run.is_known(record, inputs, landing):
            run.load()
            if force or not run.is_known(record, inputs, record.landing if record else ""):
                record = run.build(lock, record, inputs, landing)
            else:
                # Files that were loaded before: remember their stamp, to be quicker next time.
                record = replace(record, landing=landing)
            if record is None:
                return
            record.write(warehouse)
        known = version_of(record, run.published)
        if known:
            click.echo(
                f"nothing new since version {known.version} of {run.published.path}; --force"
                " builds anyway"
            )
        else:
            run.publish(record)
