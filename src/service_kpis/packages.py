"""`service-kpis deps`: dbt packages from the hub, or the copies kept in the project."""

from __future__ import annotations

import filecmp
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import click
import yaml

from service_kpis.raw_schema import PROJECT_DIR

PROBE_SECONDS = 3
DEPS_SECONDS = 60


def hub_answers(seconds: float = PROBE_SECONDS) -> bool:
    """Tell whether dbt's package hub answers within `seconds`, name resolution included."""
    import requests
    from dbt.clients.registry import DEFAULT_REGISTRY_BASE_URL

    answered = threading.Event()

    def ask() -> None:
        try:
            if requests.head(DEFAULT_REGISTRY_BASE_URL, timeout=seconds).ok:
                answered.set()
        except requests.RequestException:
            pass

    # A thread, since no timeout of requests covers a name server that stays silent.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    return answered.is_set()


def run_dbt_deps(project_dir: Path, seconds: float = DEPS_SECONDS) -> bool:
    """Run `dbt deps` in a process of its own; tell whether it succeeded in time."""
    command = [sys.executable, "-m", "dbt.cli.main", "--quiet", "deps"]
    try:
        done = subprocess.run(
            [*command, "--project-dir", str(project_dir)],
            cwd=project_dir,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def install(project_dir: Path = PROJECT_DIR, *, refresh: bool = False) -> str:
    """Install every package of packages.yml below `project_dir`/dbt_packages.

    What is there and fits stays as it is; `refresh` asks the hub again.

    Returns:
        One line that says what was done.

    Raises:
        click.ClickException: the hub does not answer and the project keeps no copy of a package.
    """
    wanted = _wanted_packages(project_dir)
    installed = _installed_versions(project_dir, wanted)
    if all(installed.values()) and not refresh:
        return f"packages: {_list(installed)} already there"

    from_hub = hub_answers() and run_dbt_deps(project_dir)
    installed = _installed_versions(project_dir, wanted)
    if all(installed.values()):
        where = "installed from the package hub" if from_hub else "kept, no package hub"
        return f"packages: {_list(installed)} {where}"

    for name in wanted:
        local = project_dir / "local_packages" / name
        if not local.is_dir():
            raise click.ClickException(
                f"the package hub gave no {name} and the project keeps no copy in"
                f" local_packages/{name}"
            )
        _copy(local, project_dir / "dbt_packages" / name)
    names = ", ".join(wanted)
    return f"packages: no package hub, so {names} comes from local_packages"


def _wanted_packages(project_dir: Path) -> dict[str, list[str]]:
    """Return the version range of each hub package named in packages.yml, by package name."""
    content = yaml.safe_load((project_dir / "packages.yml").read_text(encoding="utf-8"))
    wanted = {}
    for package in content["packages"]:
        if "package" not in package:
            raise click.ClickException(f"packages.yml: {package} is no package of the hub")
        versions = package.get("version", [])
        name = package["package"].rpartition("/")[2]
        wanted[name] = [versions] if isinstance(versions, str) else versions
    return wanted


def _installed_versions(project_dir: Path, wanted: dict[str, list[str]]) -> dict[str, str]:
    """Return the version of each package; nothing when missing, stale or outside the range."""
    installed = {}
    for name, version_range in wanted.items():
        folder = project_dir / "dbt_packages" / name
        local = project_dir / "local_packages" / name
        try:
            project = yaml.safe_load((folder / "dbt_project.yml").read_text(encoding="utf-8"))
            version = str(project["version"])
        except (OSError, KeyError, TypeError, yaml.YAMLError):
            version = ""
        if version and local.is_dir() and _same(local, folder):
            version = f"{version} (local)"
        elif version and not _in_range(version, version_range):
            version = ""
        installed[name] = version
    return installed


def _in_range(version: str, version_range: list[str]) -> bool:
    """Tell whether a version lies in a range, by dbt's own rules."""
    from dbt_common.exceptions import DbtBaseException
    from dbt_common.semver import VersionSpecifier, versions_compatible

    try:
        VersionSpecifier.from_version_string(version)
        return versions_compatible(f"={version}", *version_range)
    except DbtBaseException:
        return False


def _same(left: Path, right: Path) -> bool:
    """Tell whether two folders hold the same files with the same content."""
    files = {path.relative_to(left) for path in left.rglob("*") if path.is_file()}
    if files != {path.relative_to(right) for path in right.rglob("*") if path.is_file()}:
        return False
    return all(filecmp.cmp(left / file, right / file, shallow=False) for file in files)


def _copy(local: Path, installed: Path) -> None:
    """Put a copy of a local package in place of whatever is installed."""
    if installed.is_symlink():
        installed.unlink()
    elif installed.exists():
        shutil.rmtree(installed)
    shutil.copytree(local, installed)


def _list(versions: dict[str, str]) -> str:
    """Write package names with their versions as one phrase."""
    return ", ".join(f"{name} {version}" for name, version in versions.items())


@click.command()
@click.option(
    "--project-dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=PROJECT_DIR,
    help="The dbt project; default: this one.",
)
@click.option("--refresh", is_flag=True, help="Ask the package hub again, whatever is installed.")
def deps(project_dir: Path, refresh: bool) -> None:
    """Install the dbt packages: from the hub, or the project's own copies without a network."""
    click.echo(install(project_dir, refresh=refresh))
