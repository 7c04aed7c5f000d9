"""The errors, named after what the caller does about them.

LeadrelayError
├── ConfigError   the configuration is wrong: list all problems, leave with exit code 2
├── CrmError      the CRM did not do it: exit code 3
│   ├── Refused       it said no and will say no again (credentials, permission): stop
│   │   └── FieldsGone    fields that we ask for are gone, or hidden: go on without what depends on them
│   ├── Unavailable   it is away or overloaded: wait `retry_after` seconds, come again
│   └── Unexpected    its answer is not of the documented form: stop, keep the answer's kind
└── Stopped       a guard of ours stopped the job (lease, brake): exit code 4
    └── Paused        the quota is used up, ours or the CRM's: nothing is lost, go on at `until`

One lead that fails is a value (`connectors.base.Outcome`), never an exception.
Messages never hold a secret, nor the content of a record.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

_PASSWORD = re.compile(r"(?<=://)[^\s/@']+(?=@)")
_PART = r"[^\s'\"<>@/:]"
_EMAIL = re.compile(rf"(?<!{_PART}){_PART}+@{_PART}+\.\w+")  # from where a word begins: else a long one takes for ever


def masked(text: str) -> str:
    """Without passwords in addresses, and without e-mail addresses: what is quoted may stand in the wrong place."""
    return _EMAIL.sub("…", _PASSWORD.sub("…", text)) if "@" in text else text


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, what, and the way out."""

    place: str
    message: str
    cure: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", masked(self.message))
        object.__setattr__(self, "place", _PASSWORD.sub("…", self.place))

    def __str__(self) -> str:
        cure = f" {self.cure}" if self.cure else ""
        return f"{self.place}: {self.message}{cure}"


class LeadrelayError(Exception):
    """The base of all that leadrelay raises on purpose."""

    exit_code = 1


class ConfigError(LeadrelayError):
    """The configuration is wrong. Holds every problem found, not only the first."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))

    def __reduce__(self) -> tuple[type[ConfigError], tuple[tuple[Problem, ...]]]:
        """So that it comes back whole from another process."""
        return ConfigError, (self.problems,)


class CrmError(LeadrelayError):
    """The CRM refused or is away."""

    exit_code = 3


class Refused(CrmError):
    """The CRM said no, and would say no again."""


class FieldsGone(Refused):
    """Fields that we ask for are gone from the CRM, or hidden from the API user."""

    def __init__(self, message: str, fields: Sequence[str]) -> None:
        self.fields = tuple(fields)
        super().__init__(message)

    @classmethod
    def of(cls, place: str, fields: Sequence[str], object_type: str) -> Self:
        """Names them, and where they come from."""
        ours = any(name.lower().startswith("leadrelay_") for name in fields)
        cure = "What begins with leadrelay_ is created by leadrelay setup." if ours else "See `leadrelay fields`."
        return cls(f"{place} did not give {', '.join(fields)} of {object_type}. {cure}", fields)


class Unavailable(CrmError):
    """The CRM is away or overloaded; worth another try after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class Unexpected(CrmError):
    """The CRM's answer is not of the documented form."""


class Stopped(LeadrelayError):
    """A guard stopped the job before it could do harm."""

    exit_code = 4


class Paused(Stopped):
    """The quota of API calls is used up; what is promised stays promised until then."""

    def __init__(self, message: str, until: datetime) -> None:
        self.until = until
        super().__init__(message)
