"""The way into a sandbox's own endpoints: its history, its clock, what people do in it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

PAGE = 100_000


class Door:
    """The `/_sandbox/` endpoints of one CRM."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, path: str, body: Any = None, method: str = "") -> Any:
        """GET, or POST where there is a body; what is refused is a RuntimeError that says why."""
        data = None if body is None else json.dumps(body).encode()
        method = method or ("POST" if data else "GET")
        head = {"Content-Type": "application/json"}
        request = Request(f"{self.url}/_sandbox/{path}", data, head, method=method)  # noqa: S310 - ours
        try:
            with urlopen(request, timeout=120) as answer:  # noqa: S310 - the sandbox on this machine
                text = answer.read()
        except HTTPError as error:
            with error:
                raise RuntimeError(f"{path}: {error.code} {error.read().decode()[:300]}") from None
        return json.loads(text) if text else None

    def history(self, after: int = 0) -> list[dict[str, Any]]:
        """Every acknowledged effect after a row."""
        rows: list[dict[str, Any]] = []
        while True:
            page = self.ask(f"history?after={rows[-1]['seq'] if rows else after}&limit={PAGE}")["history"]
            rows += page
            if len(page) < PAGE:
                return rows

    def last(self) -> int:
        """The number of the newest row."""
        rows = self.history()
        return rows[-1]["seq"] if rows else 0

    def edit(self, kind: str, key: str, fields: Mapping[str, Any], actor: str = "person", late: float = 0) -> None:
        """Change a record as a person does."""
        self.edits([{"object": kind, "id": key, "fields": dict(fields), "actor": actor, "late": late}])

    def edits(self, edits: Sequence[Mapping[str, Any]]) -> None:
        """Change many records at one moment; one that is refused is a RuntimeError."""
        for result in self.ask("edit", {"edits": list(edits)})["results"]:
            if result["status"] >= 300:
                raise RuntimeError(f"edit: {result}")

    def act(self, action: str, **arguments: Any) -> Any:
        """What else happens in a CRM: merge, convert, delete ..."""
        return self.ask("act", {"action": action, **arguments})

    def advance(self, seconds: float) -> None:
        """Let the CRM's clock go on."""
        self.ask("clock", {"advance": seconds})

    def settings(self, **wanted: Any) -> Any:
        """Turn switches."""
        return self.ask("settings", wanted)

    def faults(self, *faults: Mapping[str, Any], seed: int = 0) -> None:
        """What happens to requests from now on, in place of what happened until now."""
        self.ask("faults", {"faults": list(faults), "seed": seed})

    def actors(self, *actors: Mapping[str, Any], seed: int = 0) -> None:
        """Who works in the CRM from now on."""
        self.ask("actors", {"actors": list(actors), "seed": seed})

    def clear(self) -> None:
        """No faults and nobody at work."""
        self.ask("faults", method="DELETE")
        self.ask("actors", method="DELETE")

    def reset(self) -> None:
        """As at the beginning."""
        self.ask("reset", {})

    def requests(self) -> int:
        """How many calls were made."""
        return int(self.ask("requests")["total"])
