"""Personal data: marked in the YAML, gone above staging, hashed or absent in the published file."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from conftest import Workspace

from service_kpis.raw_schema import raw_tables

SALT = "a-salt-nobody-would-write-elsewhere"
USAGE, BROKEN = 2, 7
CANARY = "CANARY-"
ABOVE_STAGING = ("intermediate", "core", "marts", "data_quality", "reference")
# model above staging -> personal columns that it reads, and why
MAY_READ = {
    # whether there is a comment, never which
    "int_survey_valid": {"answer_text"},
    # which keywords are in the words, and how many words there are
    "int_transcript_hits": {"transcript_text"},
    "int_transcripts": {"transcript_text"},
    # status, owner, team and queue of a ticket; of other fields nothing
    "int_ticket_timeline": {"old_value", "new_value"},
    # an employee counts once per wave; the key goes no further
    "fct_esat_waves": {"employee_id"},
    # put deliveries of one key in the order that staging puts them in; never copied
    "dq_digital": {"search_query"},
    "dq_governance": {"decision"},
    "dq_helpdesk": {"message_text", "old_value", "new_value"},
    "dq_social": {"author_hash"},
    "dq_speech": {"transcript_text"},
    "dq_surveys": {"answer_text", "employee_id"},
}
# Names of columns that are personal data in every export known to us.
TELLING_NAMES = re.compile(
    r"(^|_)(e?mail|phone|ani|caller|dnis|first_name|last_name|full_name|customer_name|agent_name|"
    r"body|text|comment|subject|transcript|verbatim|birth\w*|dob|address|ip|handle|query)(_|$)"
)
# Names that look like it and are not.
HARMLESS = {
    # a channel, numbers, a key
    *("email", "comments", "handle_seconds", "transcript_id"),
}


# KPIs that link the contacts of one customer, or count persons: those of nobody cannot be linked.
ABOUT_CUSTOMERS = re.compile(
    r"^mart_(customers_supported|customer_(base|cohorts)_\w+|self_service_automation_\w+)\.|"
    r"\.(fcr_operational\w*|identified_contacts)$"
)


# --- what the YAML says -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def manifest(site: Workspace) -> dict:
    return json.loads((site.target / "manifest.json").read_text("utf-8"))


def models_of(manifest: dict) -> dict[str, dict]:
    return {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["package_name"] == "service_kpis"
    }


def layer(node: dict) -> str:
    return node["fqn"][1]


def mark(column: dict, name: str) -> bool:
    return bool(column["config"].get("meta", {}).get(name))


def personal_names() -> set[str]:
    return {column.name for table in raw_tables().values() for column in table.columns
            if column.is_pii}  # fmt: skip


def test_raw_columns_that_sound_personal_are_marked():
    unmarked = [
        f"{table.name}.{column.name}"
        for table in raw_tables().values()
        for column in table.columns
        if TELLING_NAMES.search(column.name)
        and not column.is_pii
        and column.data_type == "varchar"
        and column.name not in HARMLESS
    ]
    assert not unmarked


def test_links_lead_to_raw_tables_with_one_key():
    tables = raw_tables()
    for table in tables.values():
        for column in table.columns:
            for target in column.references:
                is_seed = target.startswith("cfg_")
                assert is_seed or len(tables[target].key) == 1, f"{table.name}.{column.name}"
            if column.name == "customer_id" and table.key != ("customer_id",):
                assert dict(column.references) == {"customers": None}, table.name


def test_staging_repeats_the_marks(manifest: dict):
    unmarked = [
        f"{name}.{column['name']}"
        for name, model in models_of(manifest).items()
        if layer(model) == "staging"
        for column in model["columns"].values()
        if column["name"] in personal_names() and not mark(column, "pii")
    ]
    assert not unmarked


def test_no_personal_column_above_staging(manifest: dict):
    leaks = [
        f"{name}.{column['name']}"
        for name, model in models_of(manifest).items()
        if layer(model) != "staging"
        for column in model["columns"].values()
        if column["name"] in personal_names()
        or mark(column, "pii")
        or (
            TELLING_NAMES.search(column["name"])
            and column["data_type"] == "varchar"
            # the id of a text is no text
            and column["name"] not in ("transcript_id", "text_id")
        )
    ]
    assert not leaks


def test_no_model_above_staging_reads_a_personal_column_but_for_the_listed(manifest: dict):
    reads = {}
    for name, model in models_of(manifest).items():
        if layer(model) == "staging":
            continue
        compiled = re.sub(r"'[^']*'", "", model["compiled_code"])
        # a partial run compiles to something else
        raw = re.sub(r"\{#.*?#\}", "", model["raw_code"], flags=re.S)
        sql = re.sub(r"--[^\n]*|/\*.*?\*/", "", f"{compiled}\n{raw}", flags=re.S)
        named = personal_names() & set(re.findall(r"\w+", sql))
        if named:
            reads[name] = named
    assert reads == MAY_READ


def test_marts_name_no_person_but_the_agent(manifest: dict):
    person = re.compile(r"(customer|visitor|person|user|employee|author|requester)\w*_id$")
    for name, model in models_of(manifest).items():
        if layer(model) != "marts":
            continue
        for column in model["columns"].values():
            assert not person.search(column["name"]), f"{name}.{column['name']}"
            assert not mark(column, "person_key"), f"{name}.{column['name']}"
            if column["name"].endswith("agent_id"):
                assert re.search(r"\bagent\b", model["description"]), name


def test_keys_of_persons_are_marked_in_core(manifest: dict):
    person = re.compile(r"^(\w+_)?(customer|visitor|person|user)_id$")
    unmarked = [
        f"{name}.{column['name']}"
        for name, model in models_of(manifest).items()
        if layer(model) == "core"
        for column in model["columns"].values()
        if person.search(column["name"]) and not mark(column, "person_key")
    ]
    assert not unmarked


def test_pay_by_person_is_not_published(manifest: dict):
    pay = re.compile(r"(gross|pay|salary|charges|wage)\w*_amount|payroll_amount")
    for name, model in models_of(manifest).items():
        if "agent_id" in model["columns"] and any(map(pay.search, model["columns"])):
            meta = model["config"].get("meta", {})
            assert not meta.get("published") or meta.get("restricted"), name


# --- the canary: a centre whose personal data cannot be overlooked ------------------------------


def put_canaries(landing: Path) -> str:
    """Overwrite personal data in landing files, add rows where there are none; return a customer's
    number: the id is canary.<number>@example.org, personal text ends in -<number>.

    Customers become e-mail addresses, as in the exports of some vendors.
    """
    with duckdb.connect() as connection:
        for table in raw_tables().values():
            file = landing / f"{table.name}.parquet"
            if not file.exists():
                columns = ", ".join(f"cast(null as {c.data_type}) as {c.name}"
                                    for c in table.columns)  # fmt: skip
                connection.execute(f"copy (select {columns} limit 0) to '{file}'")
            connection.execute(f"create table {table.name} as from '{file}'")
            there = {row[0] for row in connection.execute(f"describe {table.name}").fetchall()}
            for column in table.columns:
                if column.name not in there:
                    connection.execute(
                        f"alter table {table.name} add column {column.name} {column.data_type}"
                    )
            if not connection.execute(f"select count(*) from {table.name}").fetchone()[0]:
                keys = ", ".join(
                    f"'K' || i as {c.name}" if c.data_type == "varchar" and c.name in table.key
                    else f"cast(null as {c.data_type}) as {c.name}" for c in table.columns
                )  # fmt: skip
                connection.execute(
                    f"insert into {table.name} by name select {keys} from range(3) t(i)"
                )
        # the customer with the most to forget, and a second account of the same person
        (customer,) = connection.execute(
            """
            select customer_id from tickets
            where customer_id in (select customer_id from calls)
                and customer_id in (select customer_id from chat_sessions)
                and customer_id in (select customer_id from survey_responses)
                and customer_id in (select customer_id from self_service_sessions)
                and customer_id in (select customer_id from customers)
            group by 1 order by count(*), 1 limit 1
            """
        ).fetchone()
        connection.execute(
            f"""
            insert into customers by name select 'C-second' as customer_id,
                '{customer}' as merged_into_customer_id, 'consumer' as segment;
            insert into orders by name select 'O1' as order_id, 'C-second' as customer_id,
                now() - interval 900 day as ordered_at, 'paid' as status;
            insert into subscriptions by name select 'S1' as subscription_id,
                '{customer}' as customer_id;
            insert into social_mentions by name select 'SM1' as mention_id,
                '{customer}' as customer_id;
            insert into ticket_events by name
                select 'EC' || ticket_id || field as event_id, ticket_id, created_at as event_at,
                    'field_change' as event_type, field as field_name, 'x' as old_value,
                    coalesce(customer_id, 'x') as new_value, 'customer' as actor_type,
                    customer_id as actor_id
                from tickets, (values ('subject'), ('requester_email')) t(field);
            """
        )
        for table in raw_tables().values():
            who = "'nobody'"
            if "customer_id" in {column.name for column in table.columns}:
                who = "coalesce(customer_id, 'nobody')"
            elif table.name == "ticket_events":
                who = "coalesce((select any_value(customer_id) from tickets"
                who += " where tickets.ticket_id = ticket_events.ticket_id), 'nobody')"
            for column in table.columns:
                if column.is_pii:
                    text = f"'{CANARY}{table.name}-{column.name}-' || {who} || '.'"
                    connection.execute(
                        f"update {table.name} set {column.name} = {text}"
                        f" where not coalesce({column.pii_unless or 'false'}, false)"
                    )
        for table in raw_tables().values():
            for column in table.columns:
                is_key = table.name == "customers" and column.name == "customer_id"
                if "customers" in column.references or is_key:
                    condition = column.references.get("customers") or "true"
                    connection.execute(
                        f"update {table.name} set {column.name} ="
                        f" 'canary.' || {column.name} || '@example.org' where {condition}"
                    )
                elif column.is_person_key and not column.is_pii:
                    connection.execute(
                        f"update {table.name} set {column.name} = 'canary-key-' || {column.name}"
                    )
            connection.execute(f"copy {table.name} to '{landing / table.name}.parquet'")
        # a column that the raw schema does not know
        connection.execute(
            f"copy (select *, '{CANARY}extra' as email from customers)"
            f" to '{landing}/customers.parquet'"
        )
    return customer


@pytest.fixture(scope="module")
def centre(make_workspace: Callable[..., Workspace]) -> Iterator[tuple[Workspace, str]]:
    """Return the workspace of the canary centre, built and published, and one of its customers."""
    workspace = make_workspace("canary")
    done = workspace.cli(
        "generate", f"--out={workspace.landing}", "--tickets=1000", "--months=3"
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    customer = put_canaries(workspace.landing)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SERVICE_KPIS_SALT", SALT)
        done = build(workspace)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr
        yield workspace, customer


@pytest.fixture(scope="module")
def site(centre: tuple[Workspace, str]) -> Workspace:
    return centre[0]


def build(workspace: Workspace, *options: str):
    as_of = json.loads((workspace.landing / "_manifest.json").read_text("utf-8"))["as_of"]
    variables = json.dumps({"as_of": as_of})
    return workspace.cli(
        "build", "--data", str(workspace.landing), "--vars", variables, *options
    )  # fmt: skip


def found(workspace: Workspace, text: str, *schemas: str, file: Path | None = None) -> list[str]:
    """Return every text column of the schemas (default: all) that has a value with the text."""
    file = file or workspace.warehouse
    hits = []
    with duckdb.connect(str(file), read_only=True) as connection:
        for schema, table, column in connection.execute(
            "select table_schema, table_name, column_name from information_schema.columns"
            " where data_type = 'VARCHAR' and table_catalog = current_database()"
        ).fetchall():
            if schemas and schema not in schemas:
                continue
            if connection.execute(
                f'select count(*) from "{schema}"."{table}" where contains("{column}", ?)', [text]
            ).fetchone()[0]:
                hits.append(f"{schema}.{table}.{column}")
    return hits


def test_every_personal_column_has_its_canary(site: Workspace):
    hits = set(found(site, CANARY, "raw"))
    wanted = {f"raw.{table.name}.{column.name}" for table in raw_tables().values()
              for column in table.columns if column.is_pii}  # fmt: skip
    assert hits == wanted


def test_no_canary_above_staging_nor_in_the_published_file(site: Workspace):
    assert found(site, CANARY, *ABOVE_STAGING) == []
    assert found(site, CANARY, file=site.published) == []
    # statistics, comments, free blocks
    assert CANARY.encode() not in site.published.read_bytes()


def test_keys_of_persons_are_hashed_in_the_published_file(site: Workspace):
    """Customers are e-mail addresses here: none is left, and the joins still hold."""
    assert found(site, "canary.", file=site.published) == []
    assert found(site, "canary-key", file=site.published) == []
    assert b"canary" not in site.published.read_bytes()
    query = """
        select count(*), count(customer_id), count(distinct customer_id), count(surviving)
        from core.fct_tickets
        left join (select customer_id as id, surviving_customer_id as surviving
            from core.dim_customer) on id = customer_id
    """
    assert site.query(query, site.published) == site.query(query)
    assert site.query("select count(*) from core.dim_customer where customer_id = 'unknown'",
                      site.published) == [(1,)]  # fmt: skip


def test_the_salt_is_nowhere(site: Workspace):
    for folder in ("target", "logs", "published"):
        for file in (site.path / folder).rglob("*"):
            assert not file.is_file() or SALT.encode() not in file.read_bytes(), file
    assert SALT.encode() not in site.warehouse.read_bytes()
    record = site.warehouse.with_name(site.warehouse.name + ".build.json")
    assert SALT not in record.read_text("utf-8")


def test_employees_answers_are_not_published(site: Workspace):
    for fact in ("fct_survey_answers", "fct_survey_invitations"):
        audiences = site.query(f"select distinct audience from core.{fact}", site.published)
        assert audiences in ([], [("customer",)])


def test_without_a_salt_telling_keys_are_not_published(site: Workspace, monkeypatch, tmp_path):
    monkeypatch.delenv("SERVICE_KPIS_SALT")
    published = tmp_path / "new" / "service_kpis.duckdb"
    done = site.cli("publish", "--published", str(published))
    assert done.returncode == BROKEN
    said = done.stderr.splitlines()[-1]
    assert re.fullmatch(
        r"Error: not published: core\.\w+\.\w+ holds e-mail addresses or phone numbers; set"
        r" SERVICE_KPIS_SALT to a secret text, and they become hashes",
        said,
    )
    assert not published.exists()
    monkeypatch.setenv("SERVICE_KPIS_SALT", "short")
    assert site.cli("publish", "--published", str(published)).returncode == BROKEN


def test_another_salt_makes_other_keys_everywhere(site: Workspace, monkeypatch, tmp_path):
    published = tmp_path / "new" / "service_kpis.duckdb"
    keys = []
    for salt in (SALT, SALT + "2"):
        monkeypatch.setenv("SERVICE_KPIS_SALT", salt)
        assert site.cli("publish", "--published", str(published)).returncode == 0
        keys.append(set(site.query("select customer_id from core.dim_customer", published)))
        published.unlink()
    assert keys[0] & keys[1] == {("unknown",)}
    assert len(keys[0]) == len(keys[1])


# --- forget -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Forgotten:
    """The canary centre after a customer was forgotten and everything was built again."""

    workspace: Workspace
    number: str
    said: str

    @property
    def traces(self) -> tuple[str, str]:
        """The customer's id, and what its personal text ends in."""
        return f"canary.{self.number}@", f"-{self.number}."


@pytest.fixture(scope="module")
def forgotten(centre: tuple[Workspace, str], tmp_path_factory) -> Forgotten:
    site, number = centre
    workspace = Workspace(tmp_path_factory.mktemp("forgotten") / "centre")
    shutil.copytree(site.path, workspace.path)
    for trace in Forgotten(workspace, number, "").traces:
        assert found(workspace, trace, "raw"), trace
    done = workspace.cli("forget", "--customer", f"canary.{number}@example.org")
    assert done.returncode == 0, done.stdout + done.stderr
    for trace in Forgotten(workspace, number, "").traces:
        # at once, in every block of the file; the published file is the next build's
        assert trace.encode() not in workspace.warehouse.read_bytes()
    built = build(workspace)
    assert built.returncode == 0, built.stdout[-4000:] + built.stderr
    return Forgotten(workspace, number, done.stdout)


def test_nothing_is_left_of_who_was_forgotten(forgotten: Forgotten):
    workspace = forgotten.workspace
    for trace in (*forgotten.traces, "canary.C-second@"):
        assert found(workspace, trace) == []
        assert trace.encode() not in workspace.warehouse.read_bytes()
    with duckdb.connect() as connection:
        hashed = connection.execute(
            "select left(sha256(? || '|canary.' || ? || '@example.org'), 32)",
            [SALT, forgotten.number],
        ).fetchone()[0]
    assert found(workspace, hashed, file=workspace.published) == []
    assert hashed.encode() not in workspace.published.read_bytes()
    # of the versions before none is kept
    assert not list(workspace.published.parent.glob("versions/*/*"))


def test_others_keep_what_is_theirs(site: Workspace, forgotten: Forgotten):
    for table in raw_tables().values():
        if table.name == "customers":
            continue
        for column in table.columns:
            if "customers" not in column.references:
                continue
            query = f"""
                select count({column.name}) filter (
                    {column.name} not in ('canary.{forgotten.number}@example.org',
                        'canary.C-second@example.org')
                ), count(*) from raw.{table.name}
            """
            assert site.query(query) == forgotten.workspace.query(query), table.name


def test_rows_and_files_are_said(forgotten: Forgotten):
    rows = dict(re.findall(r"│ (\w+) +│ +(\d+) │", forgotten.said))
    assert int(rows["customers"]) == 2
    assert {"tickets", "ticket_events", "messages", "calls", "chat_sessions", "orders",
            "survey_invitations", "survey_responses", "self_service_sessions", "subscriptions",
            "social_mentions"} <= set(rows)  # fmt: skip
    assert "1 asked for, with what was merged 2 ids" in forgotten.said


def test_only_kpis_about_customers_change(site: Workspace, forgotten: Forgotten):
    numbers = site.query(
        "select table_name, list(column_name order by column_name)"
        " from information_schema.columns"
        " where table_schema = 'marts' and (data_type in ('INTEGER', 'BIGINT', 'HUGEINT', 'DOUBLE')"
        " or data_type like 'DECIMAL%')"
        # its columns are about every KPI, with the figures of the other marts
        " and table_name != 'mart_kpi_scorecard'"
        " group by table_name"
    )
    changed = set()
    for table, columns in numbers:
        sums = ", ".join(f"round(sum({column}), 6)" for column in columns)
        query = f"select {sums} from marts.{table}"
        before, after = site.query(query)[0], forgotten.workspace.query(query)[0]
        changed |= {
            f"{table}.{column}"
            for column, was, now in zip(columns, before, after, strict=True)
            if was != now
        }
    assert any(ABOUT_CUSTOMERS.search(name) for name in changed)
    assert {name for name in changed if not ABOUT_CUSTOMERS.search(name)} == set()


def test_loading_again_does_not_bring_them_back(forgotten: Forgotten, tmp_path: Path):
    """Other bytes, same rows: a new export. Also one that names the ticket and not the customer."""
    workspace = Workspace(tmp_path / "again")
    shutil.copytree(forgotten.workspace.path, workspace.path)
    unchanged = workspace.cli("load", str(workspace.landing))
    assert "already loaded" in unchanged.stdout
    history = "select count(*) from data_quality.run_history where is_complete"
    complete = workspace.query(history)
    with duckdb.connect() as connection:
        for name in ("customers", "tickets", "calls", "messages", "survey_responses"):
            file = workspace.landing / f"{name}.parquet"
            connection.execute(f"create table {name} as from '{file}'")
            connection.execute(f"update {name} set _source_file = 'again'")
            if name == "survey_responses":
                connection.execute(
                    f"update {name} set customer_id = null, ticket_id = coalesce(ticket_id, 'x')"
                )
            connection.execute(f"copy {name} to '{file}'")
    done = workspace.cli("load", str(workspace.landing))
    assert done.returncode == 0, done.stderr
    assert re.search(r"erased again, rows: customers 2, tickets \d+, messages", done.stdout)
    for trace in forgotten.traces:
        assert found(workspace, trace) == []
    # nobody has seen them: the next run need not be a full one
    assert workspace.query(history) == complete
    assert found(workspace, "canary.", "staging")


def test_who_was_forgotten_may_be_forgotten_again(forgotten: Forgotten, tmp_path: Path):
    workspace = Workspace(tmp_path / "twice")
    shutil.copytree(forgotten.workspace.path, workspace.path)
    erased = workspace.query("select max(erased_at)::varchar from raw._forgotten")
    file = tmp_path / "ids.txt"
    file.write_text(f"canary.{forgotten.number}@example.org\n\n", encoding="utf-8")
    done = workspace.cli("forget", "--file", str(file))
    assert (done.returncode, done.stdout) == (
        0,
        "forgotten before: nothing was left in the raw tables\n",
    )
    assert workspace.query("select max(erased_at)::varchar from raw._forgotten") == erased


def test_unknown_customers_change_nothing(site: Workspace):
    before = site.warehouse.read_bytes()
    (known,) = site.query("select min(customer_id) from raw.orders")[0]
    done = site.cli("forget", "--customer", "nobody", "--customer", known)
    assert done.returncode == USAGE
    assert done.stderr.splitlines()[-1] == (
        "Error: no raw table names the customer nobody; nothing was changed"
    )
    assert site.cli("forget").returncode == USAGE
    dry = site.cli("forget", "--customer", known, "--dry-run")
    assert dry.returncode == 0 and dry.stdout.endswith("nothing was changed (--dry-run)\n")
    assert site.warehouse.read_bytes() == before


def test_killed_at_any_moment_it_is_all_or_nothing(site: Workspace, centre, tmp_path: Path):
    number = centre[1]
    command = ["forget", "--customer", f"canary.{number}@example.org"]
    trace = f"canary.{number}@"
    for attempt, seconds in enumerate((0.5, 0.8, 1.0, 1.2, 1.5)):
        workspace = Workspace(tmp_path / str(attempt))
        workspace.path.mkdir()
        shutil.copy(site.warehouse, workspace.warehouse)
        everything = len(found(workspace, trace, "raw"))
        process = subprocess.Popen(
            [sys.executable, "-m", "service_kpis.cli", *command],
            env=os.environ | {"SERVICE_KPIS_WAREHOUSE": str(workspace.warehouse)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        # opened for writing, as the next run would: the log of the killed one is read
        duckdb.connect(str(workspace.warehouse)).close()
        assert len(found(workspace, trace, "raw")) in (0, everything)
        assert workspace.cli(*command).returncode == 0
        assert found(workspace, trace) == []
        assert trace.encode() not in workspace.warehouse.read_bytes()
        assert {file.name for file in workspace.path.iterdir() if file.is_file()} == {
            workspace.warehouse.name
        }
