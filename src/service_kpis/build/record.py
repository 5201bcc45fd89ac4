"""What is remembered of the last complete successful build, beside the warehouse."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from service_kpis.publish.copy import Relation


@dataclass(frozen=True)
class BuildRecord:
    """A complete successful build: what it was made from, and what it left.

    `inputs` is a hash of project, vars and options, `code` of its macros and packages alone;
    `warehouse` tells the file that the build left from one that was changed since, and `landing`
    does so for the landing files.
    """

    build_id: str
    project_version: str
    built_at: str
    as_of: str
    inputs: str
    code: str
    landing: str
    warehouse: str
    relations: list[Relation]

    def write(self, warehouse: Path) -> None:
        """Write the record of a warehouse, whole or not at all.

        Raises:
            OSError: the disk is full or cannot be written.
        """
        file = record_file(warehouse)
        part = file.with_name(file.name + ".part")
        part.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")
        os.replace(part, file)


def record_file(warehouse: Path) -> Path:
    """Return where the record of a warehouse is."""
    return warehouse.with_name(warehouse.name + ".build.json")


def read_record(warehouse: Path) -> BuildRecord | None:
    """Return the record of a warehouse; None where there is none, or of another release."""
    try:
        content = json.loads(record_file(warehouse).read_text(encoding="utf-8"))
        relations = [Relation(**relation) for relation in content.pop("relations")]
        return BuildRecord(**content, relations=relations)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def file_stamp(*files: Path) -> str:
    """Return names, sizes and times of change of files: changes as soon as one is written to."""
    stamps = []
    for file in files:
        if file.exists():
            status = file.stat()
            stamps.append(f"{file} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(stamps).encode()).hexdigest()


def warehouse_stamp(warehouse: Path) -> str:
    """Return the stamp of a warehouse; its log holds what is not in the file yet."""
    return file_stamp(warehouse, warehouse.with_name(warehouse.name + ".wal"))


def folder_stamp(folder: Path | None) -> str:
    """Return the stamp of all files below a folder; empty without a folder."""
    if folder is None:
        return ""
    return file_stamp(*sorted(file for file in folder.rglob("*") if file.is_file()))


def content_hash(root: Path, files: Iterable[Path], *more: str) -> str:
    """Return a hash of the names below `root` and the content of files, and of more texts."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.relative_to(root)}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    for text in more:
        digest.update(f"\0{text}".encode())
    return digest.hexdigest()
