"""`[providers.NAME]`: who is asked about leads, how fast, and what that may cost."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, PlainValidator, Tag, model_validator

from leadrelay.config_secrets import Secret, Strict
from leadrelay.core.enrich.values import MICRO
from leadrelay.core.playbook.enrichment import PROVIDER_NAME

_NUMBER = re.compile(r"\d{1,12}(\.\d{1,6})?")


def _money(value: Any) -> int:
    """Exact, in millionths."""
    text = format(value, "f") if isinstance(value, float) else str(value)
    text = text.rstrip("0").rstrip(".") if isinstance(value, float) else text
    if isinstance(value, bool) or not _NUMBER.fullmatch(text):
        raise ValueError("is no amount of money: a number from 0 on, with six decimals at most.")
    return int(Fraction(text) * MICRO)


def provider_name(value: str) -> str:
    """What playbooks can call it."""
    if not PROVIDER_NAME.fullmatch(value):
        raise ValueError("is no name of a provider: at most 40 letters, digits, '-' and '_', a letter first.")
    return value


Money = Annotated[int, PlainValidator(_money)]
Sure = Annotated[float, Field(ge=0, le=1)]


class Asked(Strict):
    """What all who are asked over a network have in common. Money is in millionths."""

    kind: str
    at_once: Annotated[int, Field(ge=1, le=256)] = 8
    per_second: Annotated[float, Field(gt=0)] | None = None
    cost_per_hit: Money | None = None
    cost_per_miss: Money | None = None
    unit: Annotated[str, Field(max_length=20)] = ""
    per_run: Money | None = None
    per_day: Money | None = None
    per_month: Money | None = None
    buy: Literal["relevant", "always"] | None = None


class HttpProvider(Asked):
    """A JSON API as a description has it. `hosts`: one that stands in for the description's."""

    kind: Literal["http"]
    description: str
    secrets: dict[str, Secret] = Field(default_factory=dict)
    hosts: list[str] = Field(default_factory=list)
    private: bool = False
    ca_file: Path | None = None


class DnsProvider(Asked):
    """The name server: who carries a domain's mail. It costs nothing."""

    kind: Literal["dns"]
    nameservers: list[str] = Field(default_factory=list)
    at_once: Annotated[int, Field(ge=1, le=256)] = 16


class TableProvider(Strict):
    """A table on this machine, or of a database."""

    kind: Literal["table"]
    file: Path | None = None
    url: str = ""
    table: str = ""
    query: str = ""
    match: list[str] = Field(default_factory=lambda: ["domain", "email", "name"])
    columns: dict[str, str]
    fields: dict[str, str]
    fuzzy: Annotated[float, Field(gt=0, le=1)] | None = None
    confidence: dict[str, Sure] = Field(default_factory=dict)


class CrmProvider(Strict):
    """The account or company of the same domain, over the job's own connection."""

    kind: Literal["crm"]
    fields: dict[str, str]
    confidence: Sure = 1.0


class OtherProvider(Asked):
    """A provider that an installed extension makes; keys that we do not know are its own."""

    model_config = ConfigDict(extra="allow", frozen=True)

    secrets: dict[str, Secret] = Field(default_factory=dict)

    @property
    def settings(self) -> dict[str, Any]:
        """What is meant for the extension."""
        given = {"at_once": self.at_once, "per_second": self.per_second}
        return {**given, **(self.model_extra or {})}

    @model_validator(mode="after")
    def _named(self) -> OtherProvider:
        if not self.kind:
            raise ValueError("needs kind.")
        return self


_MODELS: Mapping[str, type[BaseModel]] = {
    "http": HttpProvider,
    "table": TableProvider,
    "dns": DnsProvider,
    "crm": CrmProvider,
}
KINDS = tuple(_MODELS)
_OTHER = "other"


def model_of(tag: str) -> type[BaseModel]:
    """What is read of a kind."""
    return _MODELS.get(tag, OtherProvider)


def _tag(value: Any) -> str | None:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    if not isinstance(kind, str):
        return None
    return kind if kind in _MODELS else _OTHER


Provider = Annotated[
    Annotated[HttpProvider, Tag("http")]
    | Annotated[TableProvider, Tag("table")]
    | Annotated[DnsProvider, Tag("dns")]
    | Annotated[CrmProvider, Tag("crm")]
    | Annotated[OtherProvider, Tag(_OTHER)],
    Discriminator(_tag),
]
