"""The `service-kpis` command."""

from __future__ import annotations

from importlib import import_module

import click

# Where each command is. Imported when it is called: no command waits for what others need.
COMMANDS = {
    "build": "service_kpis.build.command:build",
    "deps": "service_kpis.packages:deps",
    "docs": "service_kpis.catalogue.command:docs",
    "forget": "service_kpis.forget.command:forget",
    "generate": "service_kpis.generate.command:generate",
    "load": "service_kpis.load.command:load",
    "map": "service_kpis.map:map_",
    "publish": "service_kpis.publish.command:publish",
    "rollback": "service_kpis.publish.command:rollback",
    "show": "service_kpis.show:show",
    "vars": "service_kpis.dbt_vars:dbt_vars",
    "versions": "service_kpis.publish.command:versions",
}


class Commands(click.Group):
    """The commands by name."""

    def list_commands(self, _: click.Context) -> list[str]:
        """Return the names, for the help."""
        return sorted(COMMANDS)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        """Import a command; None for a name that is none."""
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name].partition(":")
        return getattr(import_module(module), attribute)


@click.group(cls=Commands)
@click.version_option(package_name="service-kpis")
def main() -> None:
    """Customer-service KPI warehouse: set up, make data, build, publish, look at results."""


if __name__ == "__main__":
    main()
