"""dbt as this project runs it: its options, its outcome in one line, what it has left."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import yaml

from service_kpis.errors import BadInput, BrokenProject, FailedTests, UnusableWarehouse
from service_kpis.lock import RunLock
from service_kpis.publish.copy import Relation
from service_kpis.publish.salt import SALT_VARIABLE
from service_kpis.raw_schema import PROJECT_DIR, raw_tables

# Unit tests prove the code, not the data: they belong to `make test`. Unless the caller chooses.
DEFAULT_OPTIONS = ("--exclude-resource-type", "unit_test")
GOOD = {"success", "pass", "warn"}
BUILT = {"model", "seed", "snapshot", "test"}
# Says what the var as_of says, to the macro of that name.
AS_OF_VARIABLE = "SERVICE_KPIS_AS_OF"
# dbt finishes or cancels what it is doing within this.
SECONDS_TO_STOP = 30


@dataclass(frozen=True)
class Outcome:
    """What a successful dbt run did.

    `missing` are the nodes that it left out; `reads_elsewhere` tells whether raw tables lie outside
    the warehouse.
    """

    build_id: str
    project_version: str
    adapter: str
    started_at: str
    missing: list[str]
    reads_elsewhere: bool
    relations: list[Relation]


def option(options: Sequence[str], name: str) -> str | None:
    """Return the value of an option among dbt's, given as `--x value` or `--x=value`."""
    found = None
    for place, word in enumerate(options):
        if word == name and place + 1 < len(options):
            found = options[place + 1]
        elif word.startswith(name + "="):
            found = word.partition("=")[2]
    return found


def project_dir(options: Sequence[str]) -> Path:
    """Return the folder of the dbt project."""
    given = option(options, "--project-dir") or os.environ.get("DBT_PROJECT_DIR")
    return Path(given or PROJECT_DIR).absolute()


def profiles_dir(options: Sequence[str]) -> Path:
    """Return the folder of profiles.yml: as dbt finds it, or else the project's own."""
    given = option(options, "--profiles-dir") or os.environ.get("DBT_PROFILES_DIR")
    places = [Path.cwd(), project_dir(options), Path.home() / ".dbt"]
    found = [place for place in places if (place / "profiles.yml").exists()]
    return Path(given or (found or places)[0]).absolute()


def project_vars(options: Sequence[str]) -> dict[str, Any]:
    """Return the vars of the project, with those of the command line over them.

    `as_of` is also read from the environment, where neither says it.

    Raises:
        BrokenProject: dbt_project.yml or the value of --vars is no YAML.
    """
    try:
        file = project_dir(options) / "dbt_project.yml"
        project = yaml.safe_load(file.read_text(encoding="utf-8"))
        given = yaml.safe_load(option(options, "--vars") or "{}")
        everywhere = project.get("vars", {})
        values = everywhere | everywhere.get(project["name"], {}) | given
        as_of = values.get("as_of") or os.environ.get(AS_OF_VARIABLE)
        return values | ({"as_of": as_of} if as_of else {})
    except OSError as error:
        raise BrokenProject(f"no dbt project: {error.filename}: {error.strerror}") from error
    except (yaml.YAMLError, AttributeError, TypeError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise BrokenProject(f"dbt_project.yml or --vars cannot be read: {reason}") from error


def without_as_of(options: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the options without the var as_of, and the environment variable that says it instead.

    A var that differs from the last run's makes dbt parse the whole project anew, and this one
    differs every night. Where dbt_project.yml sets it, everything stays as it is: that would win.
    """
    given = yaml.safe_load(option(options, "--vars") or "{}")
    if not given.get("as_of") or project_vars([*options, "--vars={}"]).get("as_of"):
        return [*options], {}
    others = {name: value for name, value in given.items() if name != "as_of"}
    vars_ = [f"--vars={json.dumps(others, default=str)}"] if others else []
    rest = [
        word
        for place, word in enumerate(options)
        if not word.startswith("--vars=")
        and word != "--vars"
        and (place == 0 or options[place - 1] != "--vars")
    ]
    return [*rest, *vars_], {AS_OF_VARIABLE: str(given["as_of"])}


def environment() -> dict[str, str]:
    """Return the environment variables that decide what dbt builds, and not where it logs."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith("DBT_") and not name.startswith(("DBT_LOG_", "DBT_TARGET_PATH"))
    }


def run(options: Sequence[str], lock: RunLock, **variables: str) -> Outcome:
    """Run `dbt build` with these environment variables; its log goes where ours goes.

    Raises:
        BadInput: a raw table lacks a key column.
        UnusableWarehouse: the warehouse is in use; memory or disk ran out.
        FailedTests: data tests failed.
        BrokenProject: there is no profile, dbt cannot start, or a model, seed or hook failed.
        click.UsageError: dbt does not know an option.
    """
    profile = profiles_dir(options) / "profiles.yml"
    if not profile.exists():
        raise BrokenProject(f"no profile: {profile} does not exist; `make setup` makes one")
    options, as_of = without_as_of(options)
    report, written = os.pipe()
    with os.fdopen(report, "rb") as reader:
        with os.fdopen(written, "wb"):
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "service_kpis.build.dbt_process", str(written)),
                    *(() if "resource-type" in " ".join(options) else DEFAULT_OPTIONS),
                    *options,
                ],
                # The salt is for the publication alone: what dbt cannot read it cannot log.
                env={name: value for name, value in os.environ.items() if name != SALT_VARIABLE}
                | {
                    "DBT_PROJECT_DIR": str(project_dir(options)),
                    "DBT_PROFILES_DIR": str(profiles_dir(options)),
                    # A dbt that is stopped leaves semaphores to Python, whose word about it would
                    # come after our line of cause.
                    "PYTHONWARNINGS": "ignore::UserWarning:multiprocessing.resource_tracker",
                }
                | as_of
                | variables,
                # A dbt that outlives us still works on the warehouse: it keeps the lock.
                pass_fds=[written, lock.descriptor],
            )
        code = _wait(process, lock)
        said = reader.read()
    if not said:
        raise UnusableWarehouse(_killed(code))
    error = json.loads(said)
    if error is not None:
        raise _not_started(error["kinds"], error["message"])
    target = project_dir(options) / (
        option(options, "--target-path") or os.environ.get("DBT_TARGET_PATH") or "target"
    )
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))
    _raise_failure(results["results"])
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    project = yaml.safe_load((project_dir(options) / "dbt_project.yml").read_text("utf-8"))
    return _outcome(manifest, results, str(project.get("version", "")))


def _wait(process: subprocess.Popen, lock: RunLock) -> int:
    """Wait for dbt, and stop it when we are stopped; return its exit code."""
    lock.shared_with(process.pid)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        return process.wait()
    except KeyboardInterrupt:
        # Ctrl-C reaches dbt by itself; a signal to this process alone does not.
        process.terminate()
        try:
            process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


def _killed(code: int) -> str:
    """Say how dbt ended without a report."""
    if code == -signal.SIGKILL:
        return (
            "dbt was killed: most likely the machine ran out of memory; lower"
            " SERVICE_KPIS_MEMORY_LIMIT, or give it more"
        )
    return f"dbt ended without a result (exit code {code})"


def _one_line(message: str) -> str:
    """Return what a dbt message says is wrong, on one line: its first sentence, or all vars."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    wrong_vars = [line for line in lines if line.startswith("var ")]
    if wrong_vars:
        return "; ".join(wrong_vars)
    heading = r"(\w+ )+Error( in .*)?$"
    telling = (
        [line for line in lines if not re.match(heading, line)] or lines or ["no reason given"]
    )
    first = re.sub(r"^[\w ]+ Error: ", "", telling[0])
    if first.endswith(":"):
        # a list follows
        first += " " + ", ".join(line[2:] for line in telling[1:] if line.startswith("- "))
    return first


def _by_resource(message: str, what: str) -> click.ClickException | None:
    """Return the error for a message about lock, memory, disk or raw tables; None for others."""
    text = message.lower()
    line = _one_line(message)
    if "set lock on file" in text:
        process = re.search(r"PID (\d+)", message)
        who = f"process {process[1]}" if process else "another program"
        return UnusableWarehouse(f"the warehouse is in use by {who}; close that, then run again")
    if "out of memory" in text or "failed to allocate" in text or "failed to pin" in text:
        return UnusableWarehouse(
            f"{what} needs more memory than SERVICE_KPIS_MEMORY_LIMIT allows: {line}"
        )
    if "io error: " in text or "no space left" in text:
        return UnusableWarehouse(f"{what}: the disk is full or cannot be written: {line}")
    if re.search(r"raw table .* key column .* is missing", text):
        found = re.search(r"raw table .*", message)
        return BadInput(found[0])
    missing_schema = re.search(r"raw schema '.*' does not exist .*", message)
    if missing_schema:
        return BadInput(missing_schema[0])
    return None


def _not_started(kinds: Sequence[str], message: str) -> BaseException:
    """Return the error for a run that ended before any node did."""
    if "KeyboardInterrupt" in kinds:
        return KeyboardInterrupt()
    if "DbtUsageException" in kinds:
        return click.UsageError(message)
    return _by_resource(message, "dbt") or BrokenProject(_one_line(message))


def _raise_failure(results: Sequence[Mapping[str, Any]]) -> None:
    """Raise the error that stands for the failed nodes; return when there are none."""
    failed = [one for one in results if one["status"] not in GOOD | {"skipped", "no-op"}]
    tests = [one for one in failed if one["unique_id"].startswith("test.")]
    if not failed:
        return
    others = [one for one in failed if one not in tests]
    broken = [one for one in tests if one["status"] == "error"]
    for one in [*others, *broken]:
        what = " ".join(one["unique_id"].split(".")[0:3:2])
        message = one["message"] or ""
        raise _by_resource(message, what) or BrokenProject(f"{what} failed: {_one_line(message)}")
    names = ", ".join(one["unique_id"].split(".")[2] for one in tests[:3])
    more = f" and {len(tests) - 3} more" if len(tests) > 3 else ""
    raise FailedTests(
        f"{len(tests)} data test{'s' if len(tests) > 1 else ''} failed: {names}{more}"
    )


def _outcome(
    manifest: Mapping[str, Any], results: Mapping[str, Any], project_version: str
) -> Outcome:
    """Return what a run without failures did."""
    good = {one["unique_id"] for one in results["results"] if one["status"] in GOOD}
    wanted = {
        name
        for name, node in manifest["nodes"].items()
        if node["resource_type"] in BUILT and node["config"]["materialized"] != "ephemeral"
    }
    missing = sorted(wanted - good)
    arguments = results["args"]
    if arguments.get("empty") or arguments.get("sample"):
        missing = sorted(wanted)
    metadata = results["metadata"]
    databases = {node["database"] for node in manifest["nodes"].values()}
    return Outcome(
        metadata["invocation_id"],
        project_version,
        manifest["metadata"]["adapter_type"],
        metadata.get("invocation_started_at") or metadata["generated_at"],
        missing,
        any(source["database"] not in databases for source in manifest["sources"].values()),
        published_relations(manifest),
    )


def published_relations(manifest: Mapping[str, Any]) -> list[Relation]:
    """Return what is published: all with `meta.published` but for models with `meta.restricted`.

    Raises:
        BrokenProject: a column that would be published is marked as personal data.
    """
    personal = {one.name for table in raw_tables().values() for one in table.columns if one.is_pii}
    grains = _grains(manifest)
    relations = []
    for unique_id, node in sorted(manifest["nodes"].items()):
        meta = node["config"].get("meta") or {}
        if not meta.get("published") or meta.get("restricted"):
            continue
        for column in node["columns"].values():
            is_model = node["resource_type"] == "model"
            if _has_mark(column, "pii") or (is_model and column["name"] in personal):
                raise BrokenProject(
                    f"{node['name']}.{column['name']} is personal data and cannot be published;"
                    " leave it out, or mark the model as restricted"
                )
        relations.append(
            Relation(
                schema=node["config"].get("schema") or node["schema"],
                name=node.get("alias") or node["name"],
                source_schema=node["schema"],
                grain=grains.get(unique_id, []),
                where=meta.get("published_where"),
                description=node["description"],
                columns={
                    column["name"]: column["description"] for column in node["columns"].values()
                },
                person_keys=[
                    column["name"]
                    for column in node["columns"].values()
                    if _has_mark(column, "person_key")
                ],
            )
        )
    return relations + _published_sources(manifest)


def _published_sources(manifest: Mapping[str, Any]) -> list[Relation]:
    """Return the tables with `meta.published` that hooks write, not models."""
    return [
        Relation(
            schema=source["source_name"],
            name=source["identifier"],
            source_schema=source["schema"],
            grain=source["config"]["meta"]["key"],
            description=source["description"],
            columns={
                column["name"]: column["description"] for column in source["columns"].values()
            },
        )
        for _, source in sorted(manifest.get("sources", {}).items())
        if (source["config"].get("meta") or {}).get("published")
    ]


def _has_mark(column: Mapping[str, Any], mark: str) -> bool:
    """Tell whether the YAML marks a column, such as with `pii: true`."""
    config = column.get("config") or {}
    return bool((config.get("meta") or column.get("meta") or {}).get(mark))


def _grains(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the key columns of each node, as its uniqueness test says."""
    grains: dict[str, list[str]] = {}
    for node in manifest["nodes"].values():
        test = node.get("test_metadata") or {}
        if "unique" not in test.get("name", ""):
            continue
        given = test["kwargs"]
        columns = given.get("combination_of_columns") or given.get("columns")
        columns = columns or [given["column_name"]]
        known = grains.get(node["attached_node"])
        if known is None or len(columns) < len(known):
            grains[node["attached_node"]] = list(columns)
    return grains
