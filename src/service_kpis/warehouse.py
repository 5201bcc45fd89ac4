"""Where the files are and what DuckDB may use: the same options for every command."""

from __future__ import annotations

from pathlib import Path

import click

from service_kpis.publish.store import PublishedFile

warehouse_option = click.option(
    "--warehouse",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="SERVICE_KPIS_WAREHOUSE",
    # the same as in profiles.example.yml
    default=Path("warehouse/service_kpis.duckdb"),
    show_default=True,
    show_envvar=True,
    help="DuckDB file of the warehouse.",
)

published_option = click.option(
    "--published",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="SERVICE_KPIS_PUBLISHED",
    show_envvar=True,
    help="File that readers open; default: published/ next to the warehouse, same name.",
)

keep_option = click.option(
    "--keep",
    type=click.IntRange(min=0),
    envvar="SERVICE_KPIS_KEEP_VERSIONS",
    default=3,
    show_default=True,
    show_envvar=True,
    help="Earlier published versions to keep.",
)


def _checked_limit(_: click.Context, __: click.Parameter, value: str) -> str:
    """Let DuckDB say whether it understands a memory limit."""
    import duckdb

    try:
        duckdb.connect(config={"memory_limit": value}).close()
    except duckdb.Error as error:
        raise click.BadParameter(f"{value!r} is no size such as 8GB or 512MB") from error
    return value


memory_limit_option = click.option(
    "--memory-limit",
    envvar="SERVICE_KPIS_MEMORY_LIMIT",
    default="6GB",
    show_default=True,
    show_envvar=True,
    callback=_checked_limit,
    help="Beyond this DuckDB spills to disk.",
)

temp_option = click.option(
    "--temp",
    "temp_directory",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="SERVICE_KPIS_TEMP",
    show_envvar=True,
    help="Where DuckDB spills; default: tmp/ next to the warehouse.",
)

sentiment_option = click.option(
    "--sentiment",
    is_flag=True,
    envvar="SERVICE_KPIS_SENTIMENT",
    show_envvar=True,
    help="Score messages and survey comments that came without a score (extra `text`).",
)


def published_file(warehouse: Path, published: Path | None, keep: int) -> PublishedFile:
    """Return the published file of a warehouse.

    Raises:
        click.BadParameter: it would be the warehouse itself.
    """
    path = published or warehouse.parent / "published" / warehouse.name
    if path.absolute() == warehouse.absolute():
        raise click.BadParameter(f"{path} is the warehouse itself", param_hint="--published")
    return PublishedFile(path, keep)
