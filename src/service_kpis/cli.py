"""The `service-kpis` command."""

import click

from service_kpis.dbt_vars import dbt_vars
from service_kpis.generate.command import generate
from service_kpis.load.command import load
from service_kpis.map import map_
from service_kpis.packages import deps
from service_kpis.show import show


@click.group()
@click.version_option(package_name="service-kpis")
def main() -> None:
    """Customer-service KPI warehouse: set up, make data, load data, look at results."""


main.add_command(deps)
main.add_command(generate)
main.add_command(load)
main.add_command(map_)
main.add_command(show)
main.add_command(dbt_vars)

if __name__ == "__main__":
    main()
