"""The process that runs dbt: `python -m service_kpis.build.dbt_process DESCRIPTOR dbt-option …`.

A process of its own, because dbt keeps the warehouse open as long as its process lives. What
dbt's exit code leaves out, the kind of error, is written to an open descriptor, a pipe.
"""

from __future__ import annotations

import json
import os
import sys

from dbt.cli.main import dbtRunner

# Less than a pipe holds: nobody reads it before the process has ended.
MAX_MESSAGE = 8000


def main(descriptor: int, options: list[str]) -> int:
    """Run `dbt build`, write what kept it from starting, and return dbt's own exit code."""
    done = dbtRunner().invoke(["build", *options])
    error = done.exception
    report = None
    if error is not None:
        kinds = [kind.__name__ for kind in type(error).__mro__]
        report = {"kinds": kinds, "message": str(error)[:MAX_MESSAGE]}
    os.write(descriptor, json.dumps(report).encode())
    if done.success:
        return 0
    return 1 if error is None else 2


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
