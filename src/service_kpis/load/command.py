"""`service-kpis load`."""

import click


@click.command()
def load() -> None:
    """Not written yet."""
    raise click.ClickException("not written yet")
