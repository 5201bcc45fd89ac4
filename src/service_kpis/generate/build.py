"""From parameters to files: the stages in their order."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from service_kpis.generate import (
    assist,
    contacts,
    crm,
    finance,
    governance,
    hours,
    people,
    planning,
    quality,
    social,
    speech,
    surveys,
    tickets,
)
from service_kpis.generate.demand import make_customers, make_demand
from service_kpis.generate.faults import FAULT_SCHEMA, inject
from service_kpis.generate.simulate import simulate
from service_kpis.generate.staff import make_staff
from service_kpis.generate.tables import Table, write_table
from service_kpis.generate.world import World
from service_kpis.raw_schema import PROJECT_DIR, raw_tables

#: Called with a step's name and the share of it that is done, 0 to 1.
Progress = Callable[[str, float], None]


def make_tables(world: World, progress: Progress) -> dict[str, Table]:
    """Return every raw table of a run by name; tables without rows yet are left out."""
    progress("customers and demand", 0.0)
    customers = make_customers(world)
    demand = make_demand(world, customers)
    progress("customers and demand", 1.0)
    progress("staff and shifts", 0.0)
    staff = make_staff(world, demand)
    progress("staff and shifts", 1.0)
    outcome = simulate(world, customers, demand, staff, lambda share: progress("simulation", share))
    made: list[Table] = []
    progress("tickets and messages", 0.0)
    tables, history = tickets.make_tickets(world, customers, staff, outcome)
    made += tables
    progress("tickets and messages", 1.0)
    progress("calls, chats, self-service", 0.0)
    legs = contacts.call_legs(world, outcome, history)
    made.append(contacts.calls_table(world, legs, history))
    made.append(contacts.chats_table(world, outcome, history))
    bots = contacts.bots_table(world, customers, outcome, history, demand)
    made.append(bots)
    made.append(contacts.self_service_table(world, customers, outcome, demand))
    progress("calls, chats, self-service", 1.0)
    progress("surveys", 0.0)
    made += surveys.survey_tables(world, customers, staff, outcome, history, legs)
    progress("surveys", 1.0)
    progress("states, hours and money", 0.0)
    states = hours.agent_states(world, staff, outcome, legs)
    made.append(hours.states_table(world, states, outcome, history.number))
    sheets, worked = hours.make_timesheets(world, staff, states)
    made.append(sheets)
    made += people.people_tables(world, staff)
    former = people.former_customers(world, customers)
    base = people.customers_table(world, customers, former, outcome, demand, legs)
    made.append(base)
    rates, _ = finance.fx_table(world)
    payroll, by_month = finance.payroll_table(world, staff, worked)
    made += [rates, payroll, finance.costs_table(world, staff, worked, legs, bots, by_month)]
    progress("states, hours and money", 1.0)
    progress("quality, speech, customers, planning", 0.0)
    done = {table.name: table for table in made}
    messages, answers = done["messages"], done["survey_responses"]
    made += quality.quality_tables(world, staff, outcome, history, legs, messages, answers)
    made.append(assist.ai_reviews(world, staff, bots, messages))
    mentions, mood = social.social_tables(world, customers, staff, outcome, history)
    made += mentions
    written = done | {table.name: table for table in mentions}
    made += speech.speech_tables(world, customers, staff, outcome, history, legs, written, mood)
    made += crm.customer_tables(world, customers, former, base, staff, outcome, history, legs)
    made += planning.planning_tables(world, demand, staff, outcome)
    made += governance.governance_tables(world, staff)
    progress("quality, speech, customers, planning", 1.0)
    return {table.name: table for table in made}


def package_version() -> str:
    """Return the version in pyproject.toml, whether the package is installed or not."""
    text = (PROJECT_DIR / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["project"]["version"]


def write_all(world: World, folder: Path, progress: Progress) -> dict[str, int]:
    """Generate a run and write it to a folder, with manifest and list of faults.

    Args:
        world: parameters and clock.
        folder: an existing, empty folder.
        progress: called as the steps go on.

    Returns:
        Rows written, by raw table.
    """
    made = make_tables(world, progress)
    progress("faults", 0.0)
    faults = inject(world, made) if world.dirty_rate > 0 else []
    progress("faults", 1.0)
    rows: dict[str, int] = {}
    schema = raw_tables()
    for done, (name, raw) in enumerate(schema.items()):
        progress("writing", done / len(schema))
        table = made.pop(name, None)
        if table is None:
            table = Table(name, {}, np.zeros(0, np.int64))
        rows[name] = write_table(table, raw, folder)
        del table
    progress("writing", 1.0)
    columns = list(zip(*faults, strict=True)) if faults else [[] for _ in FAULT_SCHEMA]
    listed = pa.Table.from_arrays(
        [pa.array(column, pa.string()) for column in columns], schema=FAULT_SCHEMA
    )
    pq.write_table(listed, folder / "_faults.parquet", compression="zstd")
    as_of = dt.datetime.fromtimestamp(world.as_of, dt.UTC)
    manifest = {
        "package_version": package_version(),
        "tickets": world.tickets,
        "months": world.months,
        "seed": world.seed,
        "dirty_rate": world.dirty_rate,
        "end": world.end.isoformat(),
        "as_of": as_of.isoformat().replace("+00:00", "Z"),
        "rows": rows,
        "faults": len(faults),
    }
    (folder / "_manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return rows


def empty_folder(folder: Path, force: bool) -> None:
    """Make a folder, or empty it when `force` says so.

    Raises:
        FileExistsError: the folder holds something and `force` is false.
        NotADirectoryError: the path is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file, not a folder")
    names = {table for table in raw_tables()}
    if folder.exists() and any(folder.iterdir()):
        if not force:
            raise FileExistsError(f"{folder} is not empty; --force overwrites what generate wrote")
        for path in sorted(folder.iterdir()):
            if path.is_dir() and path.name in names:
                shutil.rmtree(path)
            elif path.stem in names | {"_manifest", "_faults"} and path.is_file():
                path.unlink()
    folder.mkdir(parents=True, exist_ok=True)
