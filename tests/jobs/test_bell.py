"""The bell that ends runs between two pages."""

import signal

import pytest

from leadrelay.jobs.schedule import Bell


@pytest.fixture(autouse=True)
def as_before():
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_asks_once_waits_and_who_asks_twice_does_not(number):
    bell = Bell()
    bell.listen()
    assert not bell.rung()
    signal.raise_signal(number)
    assert bell.rung()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
