"""Ends this process by SIGKILL at its n-th database commit: what no signal from outside can aim at."""

from __future__ import annotations

import os
import signal
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool


def end_at(number: int, *, applied: bool) -> None:
    """`applied`: once the commit has taken place, when its connection goes back; else right before."""
    seen = _Seen(number)
    event.listen(Engine, "commit", seen.before)
    event.listen(Pool, "reset", seen.after)
    seen.applied = applied


class _Seen:
    """How many commits there were."""

    applied = False

    def __init__(self, number: int) -> None:
        self._left = number

    def before(self, _connection: Any) -> None:
        self._left -= 1
        if self._left == 0 and not self.applied:
            _end()

    def after(self, *_: Any) -> None:
        if self._left <= 0 and self.applied:
            _end()


def _end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
