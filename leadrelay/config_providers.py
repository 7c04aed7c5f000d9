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
    """What it is."""
    at_once: Annotated[int, Field(ge=1, le=256)] = 8
    """Look-ups under way at a time."""
    per_second: Annotated[float, Field(gt=0)] | None = None
    """Look-ups a second at most."""
    cost_per_hit: Money | None = None
    """What an answer costs, in `unit`; what the description says, if left out."""
    cost_per_miss: Money | None = None
    """What a question costs to which there is no answer."""
    unit: Annotated[str, Field(max_length=20)] = ""
    """Currency or credit, only shown."""
    per_run: Money | None = None
    """What a run may spend."""
    per_day: Money | None = None
    """What may be spent a day of UTC."""
    per_month: Money | None = None
    """What may be spent a month of UTC."""
    buy: Literal["relevant", "always"] | None = None
    """Whether what could change neither stage, band nor owner is bought; `relevant` where it costs something."""


class HttpProvider(Asked):
    """A JSON API as a description has it. `hosts`: one that stands in for the description's."""

    kind: Literal["http"]
    """Says that this is a JSON API."""
    description: str
    """A shipped description by its name, or a file beside the configuration."""
    secrets: dict[str, Secret] = Field(default_factory=dict)
    """What the description calls `{secrets.NAME}`."""
    hosts: list[str] = Field(default_factory=list)
    """Hosts in place of the description's."""
    private: bool = False
    """Whether private addresses and plain http are meant."""
    ca_file: Path | None = None
    """Certificate authority, beside the configuration."""


class DnsProvider(Asked):
    """The name server: who carries a domain's mail. It costs nothing."""

    kind: Literal["dns"]
    """Says that this is the name server."""
    nameservers: list[str] = Field(default_factory=list)
    """Addresses of name servers; without them the machine's."""
    at_once: Annotated[int, Field(ge=1, le=256)] = 16
    """Look-ups under way at a time."""


class TableProvider(Strict):
    """A table on this machine, or of a database."""

    kind: Literal["table"]
    """Says that this is a table."""
    file: Path | None = None
    """CSV, Parquet or Excel, beside the configuration."""
    url: str = ""
    """SQLAlchemy address of a database, in place of `file`."""
    table: str = ""
    """The table of that database."""
    query: str = ""
    """A query, in place of `table`."""
    match: list[str] = Field(default_factory=lambda: ["domain", "email", "name"])
    """By what leads are looked up, in this order."""
    columns: dict[str, str]
    """By what it is looked up, the column: `{ domain = "website" }`."""
    fields: dict[str, str]
    """By lead field, the column."""
    fuzzy: Annotated[float, Field(gt=0, le=1)] | None = None
    """Least similarity of names; 1: equal ones only."""
    confidence: dict[str, Sure] = Field(default_factory=dict)
    """How sure answers are, by what they were looked up."""


class CrmProvider(Strict):
    """The account or company of the same domain, over the job's own connection."""

    kind: Literal["crm"]
    """Says that this is the CRM's own account or company."""
    fields: dict[str, str]
    """By lead field, the field of the account or company."""
    confidence: Sure = 1.0
    """How sure answers are."""


class OtherProvider(Asked):
    """A provider that an installed extension makes; keys that we do not know are its own."""

    model_config = ConfigDict(extra="allow", frozen=True)

    secrets: dict[str, Secret] = Field(default_factory=dict)
    """Secrets of the extension, by name."""

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
