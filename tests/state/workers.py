"""Other processes that use the store: one has everything loaded, and forks one for each task it is given."""

import json
import os
import signal
import socket
import sys
from datetime import UTC, datetime

import alembic.command  # noqa: F401, so that those who are forked need not
from sqlalchemy import event
from sqlalchemy.engine import Engine

from leadrelay.errors import LeadrelayError
from leadrelay.state.store import Assignment, Promise, Store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def hold(url, name):
    """Take the lease, say so, then promise the lead of every line that is read to its namesake."""
    store = Store.open(url)
    with store.lease(name, "the first", lambda: NOW) as lease:
        leased = store.under(lease)
        say(f"fence {lease.fence}")
        for line in sys.stdin:
            try:
                leased.outbox.promise(given(line.strip(), line.strip()), NOW)
                say("promised")
            except LeadrelayError as error:
                say(f"{type(error).__name__} {error.exit_code} holds {lease.holds()}")


def together(count, work):
    """So many processes that start at one instant; how many of them went well."""
    gate, starter = os.pipe()
    parent = os.getpid()
    children = [os.fork() for _ in range(count) if os.getpid() == parent]
    if os.getpid() != parent:
        os.close(starter)
        os.read(gate, 1)  # ends when the parent closes its end
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    os.close(starter)
    say(sum(os.waitpid(child, 0)[1] == 0 for child in children))


def given(lead, owner):
    one = Assignment("job", lead, 1, "", owner, "fair", "run", NOW)
    return Promise("job", "run", "org", "Lead", "", assignments=[one])


def start(url, count):
    """Open a new store with so many processes at once."""
    together(int(count), lambda: Store.open(url).close())


def write(url, count, each):
    """So many writers, with so many transactions each."""

    def work():
        store = Store.open(url)
        for number in range(int(each)):
            store.outbox.promise(given(f"{os.getpid()} {number}", "owner"), NOW)
        store.close()

    together(int(count), work)


def die(url, *statements):
    """Open the store and be gone, without a word, before the n-th statement, one after another; how many did."""
    died = 0
    for statement in map(int, statements):
        child = os.fork()
        if not child:
            left = iter(range(statement - 1))
            event.listen(Engine, "before_cursor_execute", lambda *_, left=left: next(left, END) is END and os._exit(9))
            Store.open(url)
            os._exit(0)
        died += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    say(died)


END = object()
TASKS = {"hold": hold, "start": start, "write": write, "die": die}


def serve(orders):
    """Orders are words, and come with what the worker reads and writes."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        order, streams, *_ = socket.recv_fds(orders, 65_536, 2)
        if not order:
            return
        if pid := os.fork():
            for stream in streams:
                os.close(stream)
            orders.sendall(f"{pid}\n".encode())
        else:
            _work(json.loads(order), streams)


def _work(words, streams):
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
        TASKS[words[0]](*words[1:])
        code = 0
    finally:
        os._exit(code)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
