"""The `service-kpis` command."""

import click

from service_kpis.generate.command import generate
from service_kpis.load.command import load
from service_kpis.packages import deps


@click.group()
@click.version_option(package_name="service-kpis")
def main() -> None:
    """Customer-service KPI warehouse: set up, make data, load data, look at results."""


main.add_command(deps)
main.add_command(generate)
main.add_command(load)

if __name__ == "__main__":
    main()
