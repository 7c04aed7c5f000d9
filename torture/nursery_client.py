"""Orders to the nursery: start a child, wait for it, kill it. Only children that were started here are ever killed."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class Stuck(Exception):
    """A child, or the nursery, did not do in time what it was to do."""


@dataclass(slots=True)
class Child:
    """A command at work. `code`: how it ended, negative by a signal; None while it lives."""

    pid: int
    out: Path
    err: Path
    code: int | None = None

    def kill(self) -> None:
        """End it at once, if it still lives."""
        if self.code is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL

    def summary(self) -> dict[str, Any]:
        """The JSON document that it printed; empty where it printed none."""
        try:
            found = json.loads(self.out.read_text())
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class Nursery:
    """The process that forks children, as a context."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "torture.nursery"]
        alone = {
            **os.environ,
            "_RJEM_MALLOC_CONF": "background_thread:false",
        }  # of polars: a thread would not be forked
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=alone)  # noqa: S603 - ours
        self._rest = b""
        self._said: list[dict[str, Any]] = []
        self._children: dict[int, Child] = {}
        self._hear("ready", 60)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def start(
        self, words: Sequence[str], folder: Path, env: Mapping[str, str], commit: Mapping[str, Any] | None = None
    ) -> Child:
        """Start `leadrelay WORDS`. `commit`: at which database commit it is to end itself."""
        number = len(list(folder.glob("*.out")))
        out, err = folder / f"{number:05}.out", folder / f"{number:05}.err"
        out.touch()
        order = {"words": list(words), "out": str(out), "err": str(err), "env": dict(env), "commit": commit}
        self._say(order)
        child = Child(self._hear("born", 20)["born"], out, err)
        self._children[child.pid] = child
        return child

    def wait(self, child: Child, seconds: float = 120) -> int:
        """Wait until it ends, and give its exit code."""
        until = time.monotonic() + seconds
        while child.code is None:
            try:
                self._listen(until - time.monotonic())
            except Stuck as stuck:
                raise Stuck(f"{stuck} of process {child.pid}, which writes to {child.err}") from None
        return child.code

    def ended(self, child: Child, seconds: float) -> bool:
        """Whether it ends within this time."""
        with suppress(Stuck):
            self.wait(child, seconds)
        return child.code is not None

    # -- inside -------------------------------------------------------------------------------------------------------

    def _say(self, order: Mapping[str, Any]) -> None:
        if not self._process.stdin:
            raise Stuck("the nursery is closed")
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()

    def _hear(self, word: str, seconds: float) -> dict[str, Any]:
        until = time.monotonic() + seconds
        while True:
            for said in self._said:
                if word in said:
                    self._said.remove(said)
                    return said
            self._listen(until - time.monotonic())

    def _listen(self, seconds: float) -> None:
        """Take in what the nursery says next; `Stuck` where it says nothing in time."""
        stdout = self._process.stdout
        if stdout is None or seconds <= 0 or not select.select([stdout], [], [], seconds)[0]:
            raise Stuck("nothing was heard in time")
        data = os.read(stdout.fileno(), 65_536)
        if not data:
            raise Stuck("the nursery ended")
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(json.loads(line))

    def _take(self, said: dict[str, Any]) -> None:
        child = self._children.pop(said.get("ended", 0), None)
        if child is None:
            self._said.append(said)
        else:
            child.code = said["code"]
