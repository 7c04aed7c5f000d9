"""Libraries that not everybody needs: their absence is told with the way to get them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from leadrelay.errors import ConfigError, Problem


@contextmanager
def needs(extra: str, what: str) -> Iterator[None]:
    """Around the imports of an extra; raises `ConfigError` where one is missing. `what`: who needs it."""
    try:
        yield
    except ImportError as missing:
        cure = f"pip install 'leadrelay[{extra}]'"
        raise ConfigError([Problem(what, f"{missing.name} is not installed.", cure)]) from None


def library(name: str, extra: str, what: str) -> Any:
    """A module of an extra, of whose types nothing is known where it is not installed; see `needs`."""
    with needs(extra, what):
        return import_module(name)
