"""Opening a store: what is refused, what is migrated, and what a power cut leaves."""

import shutil
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text

from leadrelay.connectors.base import Cursor, Standing
from leadrelay.core.assign.ledger import Entry
from leadrelay.errors import ConfigError, Stopped
from leadrelay.state.store import Memory, Result, Store
from leadrelay.state.tables import metadata

NEWEST = "0012"


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'state.db'}"


def execute(url, *statements):
    engine = create_engine(url)
    with engine.begin() as connection:
        found = [connection.execute(text(statement)) for statement in statements]
        rows = found[-1].all() if found[-1].returns_rows else []
    engine.dispose()
    return rows


def test_a_store_of_a_newer_leadrelay_is_refused(database_url):
    Store.open(database_url).close()
    execute(database_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConfigError, match="made by a newer leadrelay"):
        Store.open(database_url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:////nowhere/state.db", "cannot be opened"),
        ("oracel://x", "is not the address of a database"),
        ("nonsense", "is not the address of a database"),
        ("postgresql://user:canary@host:port/name", "is not the address of a database"),
        ("sqlite:///x.db?pool=3", "is not the address of a database"),
        ("sqlite:////tmp/a\0b", "is not the address of a database"),
    ],
)
def test_a_store_that_cannot_be_opened(url, said):
    with pytest.raises(ConfigError, match=said) as caught:
        Store.open(url, "config.toml:2 state.url")
    assert caught.value.problems[0].place == "config.toml:2 state.url"
    assert "canary" not in str(caught.value)


def test_a_file_that_is_no_store_is_left_alone(tmp_path):
    file = tmp_path / "precious.db"
    file.write_text("not a database, but somebody's text " * 100)
    before = file.read_bytes()
    with pytest.raises(ConfigError, match="cannot be opened"):
        Store.open(f"sqlite:///{file}")
    assert file.read_bytes() == before


@pytest.mark.parametrize("statement", ["CREATE TABLE customers (x)", "CREATE TABLE alembic_version (version_num)"])
def test_the_database_of_another_program_is_left_alone(url, statement):
    execute(url, statement)
    with pytest.raises(ConfigError, match="belongs to another program"):
        Store.open(url)
    assert execute(url, "SELECT count(*) FROM sqlite_master") == [(1,)]


def test_a_store_that_another_process_holds_stops_the_job(url, make):
    Store.open(url).close()
    other = create_engine(url)
    with other.connect() as connection:
        connection.execute(text("BEGIN EXCLUSIVE"))
        waiting = Store.open(f"{url}?timeout=0", "config.toml:2 state.url")
        with pytest.raises(Stopped, match=r"config.toml:2 state.url: .* is locked by another process"):
            waiting.runs.begin("run", "job", make.now)
        waiting.close()
    other.dispose()


def test_a_store_that_is_damaged(url, tmp_path, make):
    store = Store.open(url)
    store.outbox.promise(make.promise(*(make.patch(lead) for lead in make.leads)), make.now)
    store.close()
    file = tmp_path / "state.db"
    whole = file.read_bytes()
    file.write_bytes(whole[:8_192] + b"\xaa" * (len(whole) - 8_192))
    with pytest.raises(ConfigError, match="cannot be opened or used") as caught:
        Store.open(url).outbox.waiting("job")
    assert make.leads[0] not in str(caught.value)


def at_revision(url, revision):
    """A new store as an older leadrelay made it."""
    engine = create_engine(url)
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", "leadrelay.state:migrations")
        command.upgrade(config, revision)
    engine.dispose()


def old_rows(url):
    """What the older leadrelay had on its mind."""
    columns = "job, run, modified, code, message, attempts, at, lead, state, fields"
    common = "'job', 'run', 'stamp', 'CODE', 'words', 2, '2026-11-22 10:00:00+00:00'"
    promised = [
        f"INSERT INTO intents ({columns}) VALUES ({common}, '{lead}', '{state}', '{fields}')"
        for lead, state, fields in (
            ("a", "sending", '{"Status": "Working"}'),
            ("b", "pending", "{}"),
            ("c", "parked", "{}"),
        )
    ]
    execute(
        url,
        *promised,
        "INSERT INTO written (job, lead, fields) VALUES ('job', 'd', '{\"Rating\": \"Hot\"}')",
        "INSERT INTO runs (id, job, started_at, outcome, summary)"
        " VALUES ('1', 'job', '2026-11-22 10:00:00', 'done', '{}')",
        "INSERT INTO cursors (job, cursor, fingerprint) VALUES ('job', '{\"stamp\": \"2026\"}', 'rules')",
    )


def test_what_an_older_leadrelay_had_promised_is_carried_over(database_url, worker):
    at_revision(database_url, "0002")
    old_rows(database_url)
    deaths = worker("die", database_url, *range(3, 60, 7))  # whenever it is killed on the way, nothing has happened
    assert int(deaths.says()) >= 4
    store = Store.open(database_url)
    found = {intent.lead: intent for intent in store.outbox.unfinished("job", parked=True)}
    assert {lead: intent.state for lead, intent in found.items()} == {"a": "unknown", "b": "unknown", "c": "parked"}
    assert (found["a"].after, found["a"].before, found["b"].after) == ({"Status": "Working"}, {}, {})
    assert (found["c"].code, found["c"].message, found["c"].attempts, found["c"].modified) == (
        "CODE",
        "words",
        2,
        "stamp",
    )
    assert (found["c"].at.date().isoformat(), found["c"].run, found["c"].kind) == ("2026-11-22", "run", "fields")
    assert store.memory.seen("job", ["d"], ["Rating"]).rows() == [("d", "Hot")]
    assert store.memory.recall("job", ["d"]).is_empty()
    assert store.cursors.get("job", "rules") == Cursor("2026")
    assert (store.runs.last("job").id, store.runs.last("job").kind) == ("1", "run")
    store.close()


def test_what_was_carried_over_is_recognised_but_not_in_the_audit(database_url, make):
    at_revision(database_url, "0002")
    old_rows(database_url)
    store = Store.open(database_url)
    keys = [intent.key for intent in store.outbox.unfinished("job", ["a"])]
    store.outbox.settle("job", [Result(key, Standing.DONE) for key in keys], make.now, {"Status"})
    assert store.memory.seen("job", ["a"], ["Status"]).rows() == [("a", "Working")]
    assert list(store.audit.of_run("run")) == []
    store.close()


def test_the_leads_that_an_older_leadrelay_knew_are_due_once(database_url, make):
    at_revision(database_url, "0003")
    known = "INSERT INTO leads (job, lead, state_hash, wanted_hash, decided_at) VALUES ('job', 'a', 1, 2, '{}')"
    execute(
        database_url, known.format(f"{make.now:%Y-%m-%d %H:%M:%S}"), "INSERT INTO leads (job, lead) VALUES ('job', 'b')"
    )
    store = Store.open(database_url)
    assert list(store.memory.due("job", make.now)) == ["a"]
    store.outbox.promise(make.promise(remember=[Memory("a", 1, 2, make.now)]), make.now)
    assert list(store.memory.due("job", make.now)) == []
    store.close()


def test_turns_become_received_leads_of_equals(database_url):
    at_revision(database_url, "0004")
    given = ", ".join(
        f"('{job}', '{owner}', {count})" for job, owner, count in (("a", "u", 3), ("a", "v", 2), ("b", "u", 7))
    )
    execute(database_url, f"INSERT INTO turns (job, owner, given) VALUES {given}")
    store = Store.open(database_url)
    entries = {"u": Entry(2.5, 3), "v": Entry(2.5, 2)}
    assert store.assignments.ledger("a").of("handoff") == entries
    assert store.assignments.ledger("b").of("handoff") == {"u": Entry(7.0, 7)}
    store.close()


def test_what_was_found_and_never_noted_as_done_is_called_off_and_looked_at_again(database_url, make):
    at_revision(database_url, "0008")
    columns = "key, job, organisation, object, lead, kind, epoch, run, state, modified, why, person, code, message"
    promised = [
        f"INSERT INTO intents ({columns}, before, after, task, attempts, task_id, at)"
        f" VALUES ('{lead}', 'job', 'o', 'Lead', '{lead}', '{kind}', '1', 'run', '{state}', '', '', '', '', '',"
        f" '{{}}', '{{}}', '{task}', 0, '', '2026-11-22 10:00:00+00:00')"
        for lead, kind, state, task in (
            ("a", "handoff", "planned", "{}"),
            ("b", "topic", "planned", '{"owner_field": ""}'),
            ("c", "handoff", "planned", '{"subject": "Call"}'),
            ("d", "handoff", "done", "{}"),
            ("e", "fields", "planned", "{}"),
        )
    ]
    decided = [
        "INSERT INTO leads (job, lead, state_hash, wanted_hash, decided_at)"
        f" VALUES ('job', '{lead}', 1, 2, '{make.now:%Y-%m-%d %H:%M:%S}')"
        for lead in "abcde"
    ]
    execute(database_url, *promised, *decided)
    store = Store.open(database_url)
    assert [intent.lead for intent in store.outbox.unfinished("job")] == ["c", "e"]
    assert sorted(store.outbox.handed("o", "Lead", list("abcde"))) == ["c", "d"]
    assert sorted(store.memory.due("job", make.now)) == ["a", "b"]
    store.close()


def test_the_migrations_lead_to_the_tables_of_today(database_url):
    Store.open(database_url).close()
    engine = create_engine(database_url)
    with engine.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_twenty_that_start_at_once_make_one_store(database_url, worker):
    assert worker("start", database_url, 20).says() == "20"
    store = Store.open(database_url)
    assert store.outbox.counts("job") == {}
    assert execute(database_url, "SELECT version_num FROM alembic_version") == [(NEWEST,)]
    store.close()


def test_many_writers_lose_nothing(store, store_url, worker):
    assert worker("write", store_url, 8, 50).says() == "8"
    assert store.assignments.load("job") == {"owner": 400}


def test_a_store_survives_a_power_cut_at_any_block(tmp_path, url, make):
    """What was committed before the last transaction stays, whatever part of that one reached the disk."""
    store = Store.open(url)
    assert execute(url, "PRAGMA journal_mode") == [("wal",)]
    store.outbox.promise(make.promise(make.patch("before")), make.now)
    file, log = tmp_path / "state.db", tmp_path / "state.db-wal"
    first = log.stat().st_size
    store.outbox.promise(make.promise(*(make.patch(lead) for lead in make.leads[:150]), void=["none"]), make.now)
    whole = log.read_bytes()
    copy = tmp_path / "copy.db"
    counts = []
    for cut in [*range(first, len(whole), 4_096), len(whole)]:
        shutil.copyfile(file, copy)
        copy.with_name("copy.db-wal").write_bytes(whole[:cut])
        connection = sqlite3.connect(copy)
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        counts.append(connection.execute("SELECT count(*) FROM intents").fetchone()[0])
        connection.close()
        copy.with_name("copy.db-shm").unlink(missing_ok=True)
    assert len(counts) > 20
    assert counts == [1] * (len(counts) - 1) + [151]
    store.close()


def test_sqlite_is_told_to_be_durable(url):
    store = Store.open(url)
    with store._database.transaction() as connection:
        for pragma, value in (("synchronous", 2), ("journal_mode", "wal"), ("foreign_keys", 1)):
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
        assert connection.connection.driver_connection.in_transaction
    store.close()


def test_a_new_file_is_for_its_user_only(tmp_path):
    file = tmp_path / "state.db"
    opened = Store.open(f"sqlite:///{file}")
    opened.runs.begin("run", "job", datetime(2026, 11, 22, tzinfo=UTC))
    assert {path.stat().st_mode & 0o077 for path in tmp_path.glob("state.db*")} == {0}
    opened.close()


def test_a_stage_counts_from_when_it_began(store, make):
    def decide(stage, hours):
        then = make.now + timedelta(hours=hours)
        store.outbox.promise(make.promise(remember=[Memory("a", 1, 2, then, stage=stage)]), then)

    for stage, hours in (("mql", 0), ("sal", 1), ("sal", 2)):
        decide(stage, hours)
    one = make.now + timedelta(hours=1)
    assert store.memory.stages("job", ["sal", "mql"], one) == [("a", "sal", one)]
    assert store.memory.stages("job", ["sal"], make.now) == store.memory.stages("job", ["mql"], one) == []
    store.outbox.forget("job", ["a"], make.now)
    assert store.memory.stages("job", ["sal"], one) == []


def test_whether_a_lead_was_handed_off_is_looked_up_and_not_searched_for(url):
    Store.open(url).close()
    asked = "organisation = '00D' AND object = 'Lead' AND lead IN ('a', 'b') AND kind = 'handoff' AND state != 'void'"
    plan = execute(url, f"EXPLAIN QUERY PLAN SELECT * FROM intents WHERE {asked} ORDER BY lead, key")
    assert "intents_by_record" in str(plan)
