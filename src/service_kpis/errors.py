"""What stops a command: one line on stderr each, with an exit code that schedulers can act on.

docs/operations.md lists the codes with causes and what to do. 1 is Ctrl-C or an error that nobody
foresaw, 2 is wrong usage; both are click's own.
"""

import click


class BadInput(click.ClickException):
    """What was delivered is not what the raw schema wants (exit code 3)."""

    exit_code = 3


class UnusableWarehouse(click.ClickException):
    """A file of the warehouse is in use or cannot be written; disk or memory ran out (4)."""

    exit_code = 4


class AnotherRun(click.ClickException):
    """Another run works on the same warehouse (exit code 5)."""

    exit_code = 5


class FailedTests(click.ClickException):
    """Everything was built, but data tests failed (exit code 6)."""

    exit_code = 6


class BrokenProject(click.ClickException):
    """Profile, target, vars or a model: dbt cannot build the project as it is (exit code 7)."""

    exit_code = 7


class NothingToPublish(click.ClickException):
    """No complete successful build to publish, or no version to go back to (exit code 8)."""

    exit_code = 8
