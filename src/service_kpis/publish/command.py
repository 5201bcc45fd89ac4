"""`service-kpis publish`, `rollback` and `versions`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
import duckdb

from service_kpis.build.record import BuildRecord, read_record, warehouse_stamp
from service_kpis.errors import BrokenProject, NothingToPublish, UnusableWarehouse
from service_kpis.forget.erase import FORGOTTEN
from service_kpis.load.sql import identifier
from service_kpis.lock import run_lock
from service_kpis.publish.copy import TellingKeys, copy_relations
from service_kpis.publish.salt import SALT_VARIABLE, salt
from service_kpis.publish.store import PublishedFile, Version, version_order
from service_kpis.warehouse import (
    keep_option,
    memory_limit_option,
    published_file,
    published_option,
    temp_option,
    warehouse_option,
)


def publish_build(
    warehouse: Path,
    record: BuildRecord,
    published: PublishedFile,
    *,
    memory_limit: str,
    temp_directory: Path | None,
) -> str:
    """Publish what a build has left in the warehouse; return the new version.

    The caller holds the run lock. Whatever goes wrong, readers keep what they have.

    After `service-kpis forget` the file is written anew, and versions published before are removed.

    Raises:
        BrokenProject: the salt is missing where keys say who persons are, or too short.
        UnusableWarehouse: the warehouse is in use, or disk or memory ran out.
    """
    now = datetime.now(UTC)
    version = published.new_version(now)
    about = {
        "version": version,
        "build_id": record.build_id,
        "project_version": record.project_version,
        "published_at": now.replace(tzinfo=None, microsecond=0),
        "built_at": record.built_at,
        "as_of": record.as_of,
    }
    try:
        erased_at = last_erasure(warehouse)
        copy_relations(
            warehouse.absolute(),
            published.next,
            record.relations,
            about,
            previous=published.path if published.path.exists() else None,
            anew_since=erased_at,
            salt=salt(),
            memory_limit=memory_limit,
            temp_directory=temp_directory or warehouse.absolute().parent / "tmp",
        )
        published.swap_in(version)
        if erased_at:
            published.drop_before(erased_at)
    except TellingKeys as error:
        published.clean()
        raise BrokenProject(
            f"not published: {error}; set {SALT_VARIABLE} to a secret text, and they become hashes"
        ) from error
    except (duckdb.Error, OSError) as error:
        published.clean()
        raise UnusableWarehouse(f"not published: {str(error).splitlines()[0]}") from error
    return version


def last_erasure(warehouse: Path) -> datetime | None:
    """Return when `service-kpis forget` last erased somebody, in UTC; None where it never did.

    Raises:
        duckdb.Error: the warehouse is in use.
    """
    with duckdb.connect(warehouse, read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        tables = connection.execute(
            "select schema_name from duckdb_tables() where table_name = ?", [FORGOTTEN]
        ).fetchall()
        found = [
            connection.execute(
                "select max(erased_at)::timestamp"
                f" from {identifier(schema)}.{identifier(FORGOTTEN)}"
            ).fetchone()[0]
            for (schema,) in tables
        ]
    return max((one for one in found if one), default=None)


def version_of(record: BuildRecord, published: PublishedFile) -> Version | None:
    """Return the published version, current or kept, that holds a build; None where none does."""
    current = published.current()
    for version in [current, *published.kept()] if current else []:
        if version.build_id == record.build_id:
            return version
    return None


@click.command()
@warehouse_option
@published_option
@keep_option
@memory_limit_option
@temp_option
def publish(
    warehouse: Path,
    published: Path | None,
    keep: int,
    memory_limit: str,
    temp_directory: Path | None,
) -> None:
    """Publish what the last complete successful build has left.

    `service-kpis build` does this by itself; this command is for what could not be published
    then, and to get forward again after `rollback`.

    Exit codes: 0 done, 4 disk, memory or a file in use, 5 another run is on, 8 there is no such
    build.
    """
    file = published_file(warehouse, published, keep)
    with run_lock(warehouse, "publish"):
        file.clean()
        record = read_record(warehouse)
        if record is None:
            raise NothingToPublish(
                f"no complete successful build of {warehouse} is known; run `service-kpis build`"
            )
        if record.warehouse != warehouse_stamp(warehouse):
            raise NothingToPublish(
                f"{warehouse} has changed since its last complete successful build; run"
                " `service-kpis build`"
            )
        current = file.current()
        if current and current.build_id == record.build_id:
            click.echo(f"already published as version {current.version}: {file.path}")
            return
        version = publish_build(
            warehouse, record, file, memory_limit=memory_limit, temp_directory=temp_directory
        )
        click.echo(f"published version {version}: {file.path}")


@click.command()
@click.option("--to", metavar="VERSION", help="Default: the newest before the current one.")
@warehouse_option
@published_option
@keep_option
def rollback(to: str | None, warehouse: Path, published: Path | None, keep: int) -> None:
    """Make an earlier published version the current one again, at once.

    Readers that have the file open keep what they see; who opens it next sees the earlier
    version. A build with new data publishes again.

    Exit codes: 0 done, 4 not writable, 5 another run is on, 8 no such version.
    """
    file = published_file(warehouse, published, keep)
    with run_lock(warehouse, "rollback"):
        file.clean()
        try:
            version = file.roll_back(to)
        except OSError as error:
            raise UnusableWarehouse(f"{file.path} cannot be replaced: {error}") from error
    click.echo(f"current is version {version.version}: {file.path}")


@click.command()
@warehouse_option
@published_option
@keep_option
def versions(warehouse: Path, published: Path | None, keep: int) -> None:
    """List the published version and those kept for `rollback`, newest first."""
    file = published_file(warehouse, published, keep)
    current = file.current()
    if current is None:
        click.echo(f"nothing is published at {file.path}")
        return
    found = {version.version: version for version in [*file.kept(), current]}
    for version in sorted(found.values(), key=lambda one: version_order(one.version), reverse=True):
        click.echo(
            f"{version.version:<18}  as of {version.as_of:%Y-%m-%d %H:%M}"
            f"  {version.file.stat().st_size / 1e6:8.1f} MB"
            f"{'  current' if version.version == current.version else ''}"
        )
    click.echo(f"current: {file.path}")
