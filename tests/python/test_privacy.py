"""Personal data: marked in the YAML, gone above staging, hashed or absent in the published file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from conftest import Workspace

from service_kpis.raw_schema import RawTable, raw_tables

SALT = "a-salt-nobody-would-write-elsewhere"
USAGE, BROKEN = 2, 7
CANARY = "CANARY-"
ABOVE_STAGING = ("intermediate", "core", "marts", "data_quality", "reference")
# model above staging -> personal columns that it reads, and why
MAY_READ = {
    # whether there is a comment, never which
    "int_survey_valid": {"answer_text"},
    # status, owner, team and queue of a ticket; of other fields nothing
    "int_ticket_timeline": {"old_value", "new_value"},
    # compared with the ids of agents whose team has changed
    "int_restatement_scope": {"old_value", "new_value"},
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


# --- what the YAML says -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def manifest(site: Workspace) -> dict:
    return json.loads((site.path / "target" / "manifest.json").read_text("utf-8"))


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
                assert len(tables[target].key) == 1, f"{table.name}.{column.name}"
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
        or (TELLING_NAMES.search(column["name"]) and column["data_type"] == "varchar")
    ]
    assert not leaks


def test_no_model_above_staging_reads_a_personal_column_but_for_the_listed(manifest: dict):
    reads = {}
    for name, model in models_of(manifest).items():
        if layer(model) == "staging":
            continue
        sql = re.sub(r"--[^\n]*|/\*.*?\*/|'[^']*'", "", model["compiled_code"], flags=re.S)
        found = personal_names() & set(re.findall(r"\w+", sql))
        if found:
            reads[name] = found
    assert {name: found - MAY_READ.get(name, set()) for name, found in reads.items()} == {
        name: set() for name in reads
    }
    # an exception that nothing needs any more goes
    assert set(reads) == {name for name in MAY_READ}


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


def canary(table: RawTable, column: str) -> str:
    return f"'{CANARY}{table.name}-{column}-' || row_number() over ()"


def put_canaries(landing: Path) -> str:
    """Overwrite personal data in landing files, add rows where there are none; return a customer.

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
            for column in table.columns:
                if column.is_pii:
                    text = f"{canary(table, column.name)} || '-' || coalesce(who, 'nobody')"
                    about = "customer_id" if "customer_id" in {c.name for c in table.columns} else (
                        "(select any_value(customer_id) from tickets where tickets.ticket_id ="
                        " t.ticket_id)" if table.name == "ticket_events" else "null"
                    )  # fmt: skip
                    connection.execute(
                        f"create or replace table {table.name} as select * replace ("
                        f"case when {column.pii_unless or 'false'} then {column.name}"
                        f" else {text} end as {column.name}) exclude (who)"
                        f" from (select t.*, {about} as who from {table.name} t) t"
                    )
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
    return f"canary.{customer}@example.org"


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
