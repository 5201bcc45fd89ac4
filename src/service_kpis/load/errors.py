"""What can stop a load: one line each, with an exit code of its own."""

import click


class BadInput(click.ClickException):
    """The landing files are not what the raw schema wants (exit code 3)."""

    exit_code = 3


class UnusableWarehouse(click.ClickException):
    """The warehouse cannot be opened or written (exit code 4)."""

    exit_code = 4
