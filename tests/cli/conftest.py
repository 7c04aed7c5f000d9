"""A sandbox with sample leads, shared by the tests of the commands."""

import socket

import pytest

from leadrelay.sandbox.server import Options, Sandbox


@pytest.fixture(scope="session")
def sandbox():
    with Sandbox(Options(leads=40)) as running:
        yield running


@pytest.fixture
def desk(make_desk, sandbox, tmp_path):
    return make_desk(tmp_path, sandbox).write()


@pytest.fixture
def free_port():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]
