"""One run at a time: the lock that every command takes before it changes a warehouse."""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from service_kpis.errors import AnotherRun, UnusableWarehouse

# A run that has just begun has not written down yet who it is; one that ends is about to let go.
ATTEMPTS = 3
SECONDS_BETWEEN = 0.1


@dataclass(frozen=True)
class Holder:
    """Who holds a lock. `processes` are those that keep it: the command and, maybe, its dbt."""

    command: str
    processes: list[int]
    user: str
    host: str
    since: str

    def __str__(self) -> str:
        """Name the holder, by the process that is still there to be waited for or stopped."""
        process = next((pid for pid in self.processes if _runs(pid)), self.processes[0])
        host = "" if self.host == socket.gethostname() else f" on {self.host}"
        return (
            f"`service-kpis {self.command}` of {self.user}{host}, process {process},"
            f" since {self.since}"
        )


class RunLock:
    """A lock that is held."""

    def __init__(self, descriptor: int, command: str) -> None:
        """Write into the lock file who holds it."""
        self.descriptor = descriptor
        self._holder = Holder(
            command,
            [os.getpid()],
            _user(),
            socket.gethostname(),
            f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
        )
        self._write()

    def shared_with(self, process: int) -> None:
        """Note a child that keeps the lock, through its descriptor, when this process is killed."""
        self._holder.processes.append(process)
        self._write()

    def _write(self) -> None:
        content = json.dumps(asdict(self._holder)).encode()
        os.pwrite(self.descriptor, content, 0)
        os.ftruncate(self.descriptor, len(content))


def lock_file(warehouse: Path) -> Path:
    """Return where the lock of a warehouse is."""
    return warehouse.with_name(warehouse.name + ".lock")


@contextmanager
def run_lock(warehouse: Path, command: str) -> Iterator[RunLock]:
    """Hold the run lock of `warehouse` while `command` works on it.

    The operating system lets go of the lock when its holder ends, however it ends: a killed run
    blocks nobody. The lock file is there as long as the run; one that a killed run left behind is
    taken over.

    Raises:
        AnotherRun: somebody holds the lock; the message says who, since when.
        UnusableWarehouse: no file can be written beside the warehouse.
    """
    file = lock_file(warehouse.absolute())
    new_folders = [folder for folder in file.parents if not folder.exists()]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = RunLock(_locked(file), command)
    except OSError as error:
        raise UnusableWarehouse(
            f"the warehouse {warehouse} cannot be written: {error.strerror}: {error.filename}"
        ) from error
    try:
        yield lock
    finally:
        # Only the holder removes the file; who waits for it sees that and starts again.
        if _is_still(file, lock.descriptor):
            file.unlink()
        fcntl.flock(lock.descriptor, fcntl.LOCK_UN)
        os.close(lock.descriptor)
        for folder in new_folders:
            # Nothing was made in it: leave no trace.
            with suppress(OSError):
                folder.rmdir()


def _locked(file: Path) -> int:
    """Return a descriptor of the lock file that holds the lock."""
    attempt = 1
    while True:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_still(file, descriptor):
                return descriptor
        except BlockingIOError:
            if attempt == ATTEMPTS:
                holder = _holder(file)
                os.close(descriptor)
                raise AnotherRun(
                    f"another run is on: {holder}; nothing was done, try again when it is over"
                ) from None
            attempt += 1
            time.sleep(SECONDS_BETWEEN)
        os.close(descriptor)


def _is_still(file: Path, descriptor: int) -> bool:
    """Tell whether the open file is the one of that name, not one just removed."""
    try:
        return os.path.samestat(os.fstat(descriptor), file.stat())
    except FileNotFoundError:
        return False


def _holder(file: Path) -> str:
    """Say who holds the lock, as far as its file tells."""
    try:
        return str(Holder(**json.loads(file.read_bytes())))
    except (OSError, ValueError, TypeError):
        return f"who holds {file} has not said"


def _runs(process: int) -> bool:
    """Tell whether a process of that number exists on this machine."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _user() -> str:
    """Return the user's name, or number where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
