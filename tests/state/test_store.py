"""What must survive a crash."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, text

from leadrelay.connectors.base import Cursor, Outcome, Standing
from leadrelay.errors import ConfigError, Stopped
from leadrelay.state.store import Promise, Store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LEADS = [f"00Q{number:015}" for number in range(1_200)]


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'state.db'}"


@pytest.fixture
def store(url):
    opened = Store.open(url)
    yield opened
    opened.close()


def promise(leads, settled=(), cursor=None):
    return Promise("job", "run", dict.fromkeys(leads, "stamp"), list(settled), cursor, "rules")


def test_a_promise_is_kept_until_the_crm_has_answered(store):
    store.promise(promise(LEADS), NOW)
    assert store.counts("job") == {"sending": 1_200}
    outcomes = [Outcome(LEADS[0], Standing.PARKED, "STRING_TOO_LONG", "Title"), Outcome(LEADS[1], Standing.PENDING)]
    outcomes += [Outcome(lead, Standing.DONE) for lead in LEADS[2:]]
    store.settle("job", outcomes, {}, NOW)
    assert [(waiting.lead, waiting.state, waiting.code, waiting.attempts) for waiting in store.waiting("job")] == [
        (LEADS[0], "parked", "STRING_TOO_LONG", 1),
        (LEADS[1], "pending", "", 1),
    ]


def test_promises_and_cursor_outlive_the_process(store, url):
    store.promise(promise(LEADS[:3], cursor=Cursor("2026-01-01T00:00:00.000Z", "00Q", "later")), NOW)
    store.close()
    again = Store.open(url)
    assert again.cursor("job", "rules") == Cursor("2026-01-01T00:00:00.000Z", "00Q", "later")
    assert [waiting.lead for waiting in again.waiting("job")] == LEADS[:3]
    again.close()


def test_other_rules_read_everything_again(store):
    store.promise(promise([], cursor=Cursor("2026")), NOW)
    assert store.cursor("job", "other rules") is None
    assert store.cursor("other job", "rules") is None


def test_what_needs_no_sending_any_more_is_dropped(store):
    store.promise(promise(LEADS[:4]), NOW)
    store.promise(promise(LEADS[:1], settled=LEADS[1:3]), NOW)
    assert [waiting.lead for waiting in store.waiting("job")] == [LEADS[0], LEADS[3]]


def test_a_retry_releases_parked_leads_only(store):
    store.promise(promise(LEADS[:3]), NOW)
    store.settle("job", [Outcome(lead, Standing.PARKED) for lead in LEADS[:2]], {}, NOW)
    assert store.release("job", [LEADS[1]]) == 1
    assert store.counts("job") == {"parked": 1, "pending": 1, "sending": 1}
    assert store.release("job") == 1


def test_what_we_wrote_last_is_remembered_by_field(store):
    store.promise(promise(LEADS[:2]), NOW)
    done = [Outcome(LEADS[0], Standing.DONE), Outcome(LEADS[1], Standing.PARKED)]
    store.settle("job", done, {LEADS[0]: {"Status": "Working"}, LEADS[1]: {"Status": "Open"}}, NOW)
    store.settle("job", done[:1], {LEADS[0]: {"Rating": "Hot"}}, NOW)
    seen = store.seen("job", LEADS[:2], ["Status", "Rating"])
    assert seen.rows() == [(LEADS[0], "Working", "Hot"), (LEADS[1], None, None)]


def test_runs(store):
    assert store.last_run("job") is None
    store.begin_run("1", "job", NOW)
    assert store.last_run("job").outcome == "running"
    store.end_run("1", NOW, "done", {"read": 3})
    assert (store.last_run("job").outcome, store.last_run("job").summary) == ("done", {"read": 3})
    assert store.last_run("job").ended_at == NOW


def test_a_store_of_a_newer_leadrelay_is_refused(url):
    Store.open(url).close()
    with create_engine(url).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match="made by a newer leadrelay"):
        Store.open(url)


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
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    with pytest.raises(ConfigError, match="belongs to another program"):
        Store.open(url)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM sqlite_master")).scalar() == 1
    engine.dispose()


@pytest.mark.usefixtures("store")
def test_a_store_that_another_process_holds_stops_the_job(url):
    other = create_engine(url)
    with other.connect() as connection:
        connection.execute(text("BEGIN EXCLUSIVE"))
        waiting = Store.open(f"{url}?timeout=0", "config.toml:2 state.url")
        with pytest.raises(Stopped, match=r"config.toml:2 state.url: .* is locked by another process"):
            waiting.begin_run("run", "job", NOW)
        waiting.close()
    other.dispose()


def test_a_store_that_is_damaged(store, url, tmp_path):
    store.promise(promise(LEADS), NOW)
    store.close()
    file = tmp_path / "state.db"
    whole = file.read_bytes()
    file.write_bytes(whole[:8_192] + b"\xaa" * (len(whole) - 8_192))
    with pytest.raises(ConfigError, match="cannot be opened or used") as caught:
        Store.open(url).waiting("job")
    assert LEADS[0] not in str(caught.value)


def test_many_may_open_a_new_store_at_once(url):
    with ThreadPoolExecutor(6) as pool:
        opened = list(pool.map(Store.open, [url] * 6))
    assert [store.counts("job") for store in opened] == [{}] * 6
    for store in opened:
        store.close()


def test_a_store_of_an_older_leadrelay_is_brought_up_to_date(store, url):
    store.promise(promise(LEADS[:2]), NOW)
    store.close()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE intents DROP COLUMN fields"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    engine.dispose()
    newer = Store.open(url)
    assert newer.unsettled("job") == LEADS[:2]
    assert newer.promised("job") == {}
    newer.close()
