"""The `service-kpis` command."""

import click

from service_kpis.generate.command import generate
from service_kpis.load.command import load


@click.group()
@click.version_option(package_name="service-kpis")
def main() -> None:
    """Customer-service KPI warehouse: make data, load data, look at results."""


main.add_command(generate)
main.add_command(load)
