"""`service-kpis generate`."""

import click


@click.command()
def generate() -> None:
    """Not written yet."""
    raise click.ClickException("not written yet")
