"""The published file and its earlier versions, one rename away from each other.

```
published/service_kpis.duckdb                        what readers open
published/versions/<version>/service_kpis.duckdb     earlier versions, whole files too
published/next/service_kpis.duckdb                   the one being made
```

Every file has the same base name, since views in files of DuckDB 1.x carry it. Versions are hard
links: keeping one costs no copy. Whoever has the file open keeps the state that it has opened.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from service_kpis.errors import NothingToPublish, UnusableWarehouse

READ_ONLY = 0o444


@dataclass(frozen=True)
class Version:
    """One published state, as its table published.about says; instants in UTC."""

    version: str
    build_id: str
    published_at: datetime
    as_of: datetime
    data_through_at: datetime | None
    file: Path


class PublishedFile:
    """The published file at a path, with up to `keep` earlier versions.

    Whoever changes it holds the run lock of the warehouse.
    """

    def __init__(self, path: Path, keep: int) -> None:
        """Look at nothing yet."""
        self.path = path.absolute()
        self.keep = keep
        self.next = self.path.parent / "next" / path.name
        self._versions = self.path.parent / "versions"

    def current(self) -> Version | None:
        """Return the version that readers see; None where nothing has been published.

        Raises:
            UnusableWarehouse: the file is damaged, none of ours, or open for writing.
        """
        if not self.path.exists():
            return None
        try:
            return _read(self.path)
        except duckdb.Error as error:
            raise UnusableWarehouse(
                f"{self.path} cannot be read as a published file: {str(error).splitlines()[0]}"
            ) from error

    def kept(self) -> list[Version]:
        """Return every version kept, newest first; those that cannot be read are left out."""
        found = []
        for file in self._kept_files():
            with suppress(duckdb.Error):
                found.append(_read(file))
        return found

    def _kept_files(self) -> list[Path]:
        """Return the files of the versions kept, newest first."""
        files = self._versions.glob(f"*/{self.path.name}")
        return sorted(files, key=lambda file: version_order(file.parent.name), reverse=True)

    def new_version(self, at: datetime) -> str:
        """Return a name for what is published `at` an instant: after all others of its second."""
        current = self.current()
        names = [file.parent.name for file in self._kept_files()]
        names += [current.version] if current else []
        second = f"{at:%Y%m%dT%H%M%SZ}"
        numbers = [number for taken, number in map(version_order, names) if taken == second]
        return f"{second}-{max(numbers) + 1}" if numbers else second

    def clean(self) -> None:
        """Remove what a killed run has left: an unfinished next file, empty folders."""
        leftovers = [
            *self.next.parent.glob(f"{self.path.name}*"),
            *self._versions.glob(f"*/{self.path.name}.part"),
        ]
        for leftover in leftovers:
            if leftover.is_dir():
                shutil.rmtree(leftover)
            else:
                leftover.unlink()
        for folder in (self.next.parent, *self._versions.glob("*")):
            with suppress(OSError):
                folder.rmdir()

    def swap_in(self, version: str) -> None:
        """Make the finished next file the published one and keep the one before as a version.

        Whatever happens on the way, a whole file is in place: the old one or the new one.

        Raises:
            UnusableWarehouse: what is in place is no published file.
        """
        self.next.chmod(READ_ONLY)
        _to_disk(self.next)
        self._rename(self.current(), version)

    def drop_before(self, instant: datetime) -> None:
        """Remove the versions kept that were published before an instant, in UTC.

        Those that cannot be read go, too: nobody can tell what is in them.
        """
        after = {one.file for one in self.kept() if one.published_at > instant}
        for file in self._kept_files():
            if file not in after:
                file.unlink()
                file.parent.rmdir()

    def roll_back(self, to: str | None = None) -> Version:
        """Make a kept version the published one; by default the newest before the current.

        What was current is kept, so that the way back is open too.

        Raises:
            NothingToPublish: there is no such version.
        """
        try:
            current = self.current()
        except UnusableWarehouse:
            # Out of this is what going back is for.
            current = None
        if current and current.version == to:
            return current
        for version in self.kept():
            is_earlier = current is None or (
                version_order(version.version) < version_order(current.version)
            )
            if version.version == to or (to is None and is_earlier):
                self.next.parent.mkdir(exist_ok=True)
                _link(version.file, self.next)
                self._rename(current, version.version)
                return version
        wanted = f"version {to}" if to else "earlier version"
        raise NothingToPublish(
            f"no {wanted} of {self.path} is kept; `service-kpis versions` lists those that are"
        )

    def _rename(self, current: Version | None, version: str) -> None:
        """Keep the current file under its version and put `version` in its place."""
        if current:
            keep_as = self._versions / current.version / self.path.name
            if not keep_as.exists():
                keep_as.parent.mkdir(parents=True, exist_ok=True)
                _link(self.path, keep_as)
                _to_disk(keep_as.parent)
                _to_disk(self._versions)
        os.replace(self.next, self.path)
        _to_disk(self.path.parent)
        self.clean()
        others = [file for file in self._kept_files() if file.parent.name != version]
        for file in others[self.keep :]:
            file.unlink()
            file.parent.rmdir()


def version_order(version: str) -> tuple[str, int]:
    """Return by what versions are ordered: their second, then their number within it."""
    second, _, number = version.partition("-")
    return second, int(number or 1)


def _read(file: Path) -> Version:
    """Read published.about of a file.

    Raises:
        duckdb.Error: the file is damaged, none of ours, or open for writing.
    """
    with duckdb.connect(file, read_only=True) as connection:
        about = connection.execute(
            "select version, build_id, published_at, as_of, data_through_at from published.about"
        ).fetchone()
    if about is None:
        raise duckdb.CatalogException("published.about is empty")
    return Version(*about, file)


def _link(file: Path, name: Path) -> None:
    """Give a file another name; copy it where the file system has no hard links."""
    try:
        os.link(file, name)
    except OSError:
        part = name.with_name(name.name + ".part")
        shutil.copy2(file, part)
        _to_disk(part)
        os.replace(part, name)


def _to_disk(path: Path) -> None:
    """Wait until a file or folder is on the disk, not only in memory."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
