"""One runner at a time, with real processes; and who was overtaken writes nothing."""

import contextlib
import re
import signal
import socket
import tempfile
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from leadrelay.connectors.base import Standing
from leadrelay.errors import ConfigError, Stopped
from leadrelay.state.lease import POLL
from leadrelay.state.places import refuse_shared_folders
from leadrelay.state.store import Assignment, Result, Store

PATIENCE = 20


def never():
    return False


def take(lease, patience=PATIENCE):
    return lease.acquire(patience, time.sleep, never)


def test_one_holds_it_and_the_next_counts_on(store):
    first, second = store.lease("job", "the first"), store.lease("job", "the second")
    assert take(first)
    assert not take(second, 0)
    with store.lease("another job", "the second") as another:
        assert another.fence == 1
    first.release()
    assert (first.holds(), first.fence) == (False, None)
    assert take(second, 0)
    assert (second.fence, second.holds()) == (2, True)
    second.release()


def test_taking_what_one_holds_changes_nothing(store):
    with store.lease("job", "the first") as lease:
        assert take(lease, 0)
        assert lease.fence == 1


def test_who_waits_comes_again_until_told_to_stop(store, make):
    naps = []
    with store.lease("job", "the first", lambda: make.now):
        second = store.lease("job", "the second")
        assert not second.acquire(1, naps.append, never)
        assert naps == [POLL] * 4
        assert not second.acquire(60, naps.append, lambda: len(naps) == 6)
        assert len(naps) == 6


def test_a_refusal_says_who_and_since_when(store, make):
    said = r"^job is held by pid 7 on this machine since 2026-11-22 12:00:00 UTC\. Wait"
    holder = store.lease("job", "pid 7 on this machine", lambda: make.now)
    with holder, pytest.raises(Stopped, match=said) as caught:
        store.lease("job", "the second").__enter__()
    assert caught.value.exit_code == 4


def test_many_jobs_may_hold_one_each(store):
    with contextlib.ExitStack() as held:
        leases = [held.enter_context(store.lease(f"job {number}", "me")) for number in range(20)]
        assert all(lease.holds() for lease in leases)


def test_threads_keep_each_other_out(store):
    inside, most = [], []

    def work():
        lease = store.lease("job", "a thread")
        assert take(lease)
        inside.append(1)
        most.append(len(inside))
        inside.pop()
        lease.release()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 4


def test_a_killed_holder_is_followed_at_once(store, store_url, worker):
    for fence in (1, 3, 5):
        holder = worker("hold", store_url, "job")
        assert holder.says() == f"fence {fence}"
        mine = store.lease("job", "the second")
        assert not take(mine, 0)
        holder.send(signal.SIGKILL)
        assert take(mine)
        assert mine.fence == fence + 1
        mine.release()


def rob(url):
    """Take the lock away from a holder who lives: its file is removed, or its connection ended."""
    if url.startswith("sqlite"):
        Path(f"{url.removeprefix('sqlite:///')}.job.lock").unlink()
        return
    engine = create_engine(url)
    with engine.begin() as connection:
        robbed = "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory'"
        assert connection.execute(text(robbed)).scalar() == 1
    engine.dispose()


def test_a_holder_that_slept_through_a_take_over_is_refused(store, make, store_url, worker):
    zombie = worker("hold", store_url, "job")
    assert zombie.says() == "fence 1"
    zombie.tell("early")
    assert zombie.says() == "promised"
    zombie.send(signal.SIGSTOP)
    rob(store_url)
    mine = store.lease("job", "the second")
    assert take(mine)
    zombie.send(signal.SIGCONT)
    zombie.tell("late")
    assert zombie.says() == "Stopped 4 holds False"
    store.under(mine).outbox.promise(
        make.promise(assignments=[Assignment("job", "a", 1, "", "mine", "fair", "run", make.now)]), make.now
    )
    assert store.assignments.load("job") == {"early": 1, "mine": 1}
    mine.release()


def test_every_write_to_the_outbox_asks_for_the_fence(store, make):
    lease = store.lease("job", "the first")
    assert take(lease)
    leased = store.under(lease)
    patch = make.patch(make.leads[0])
    leased.outbox.promise(make.promise(patch), make.now)
    lease.release()
    before = store.outbox.unfinished("job")
    for write in (
        lambda box: box.promise(make.promise(make.patch(make.leads[1])), make.now),
        lambda box: box.sending([patch.key], make.now),
        lambda box: box.settle("job", [Result(patch.key, Standing.DONE)], make.now),
        lambda box: box.forget("job", [patch.lead], make.now),
        lambda box: box.withdrawn([patch.key], "run", make.now),
    ):
        with pytest.raises(Stopped, match="does not hold its lease any more"):
            write(leased.outbox)
    assert store.outbox.unfinished("job") == before


def test_a_store_in_memory_needs_no_lock():
    store = Store.open("sqlite://")
    with store.lease("job", "me") as lease:
        assert (lease.fence, lease.holds()) == (1, True)
    store.close()


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
def test_a_file_on_another_machine_is_refused(tmp_path, kind):
    mounts = tmp_path / "mountinfo"
    deep = tmp_path / "shared disk"
    local = "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw"
    spelled = str(deep).replace(" ", "\\040")
    mounts.write_text(f"{local}\n29 21 0:44 / {spelled} rw shared:2 master:1 - {kind} server:/x rw\n")
    refuse_shared_folders(tmp_path / "state.db", "state.url", mounts)
    refuse_shared_folders(deep.with_name("shared disk 2") / "state.db", "state.url", mounts)
    with pytest.raises(ConfigError, match=rf"network file system \({kind}\)"):
        refuse_shared_folders(deep / "below" / "state.db", "state.url", mounts)
    refuse_shared_folders(deep / "state.db", "state.url", tmp_path / "no such list")


def test_a_lock_that_cannot_be_made_is_told(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path / 'state.db'}")
    (tmp_path / "state.db.job.lock").mkdir()
    with pytest.raises(ConfigError, match="cannot be made"):
        take(store.lease("job", "me"))
    store.close()


def pooled(server, folder):
    """A go-between that names another backend than the server's own, as PgBouncer does; its address."""
    front = socket.socket(socket.AF_UNIX)
    front.bind(str(folder / ".s.PGSQL.5432"))
    front.listen()

    def carry(source, target, change):
        with source, contextlib.suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(change(data))
            target.shutdown(socket.SHUT_RDWR)

    def renamed(data):
        return re.sub(rb"K\0\0\0\x0c....", b"K\0\0\0\x0c\0\0\0\x07", data, flags=re.DOTALL)

    def serve():
        with contextlib.suppress(OSError):
            while True:
                client, _ = front.accept()
                back = socket.socket(socket.AF_UNIX)
                back.connect(str(server.folder / ".s.PGSQL.5432"))
                for ends in ((client, back, bytes), (back, client, renamed)):
                    threading.Thread(target=carry, args=ends, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return front


def test_a_connection_pooler_is_refused(postgresql, postgresql_url):
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, pooled(postgresql, Path(folder)):
        store = Store.open(postgresql_url.replace(str(postgresql.folder), folder))
        with pytest.raises(ConfigError, match="leads through a connection pooler"):
            take(store.lease("job", "me"))
        store.close()
    direct = Store.open(postgresql_url)
    with direct.lease("job", "me") as lease:
        assert lease.holds()
    direct.close()
