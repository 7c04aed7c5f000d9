"""TOML -> Description. Every problem at once, with its line and the way out, as playbooks have it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path as FilePath
from typing import Any

from leadrelay.core.casts import Target, fits, spelled
from leadrelay.core.clean.fields import SCHEMA
from leadrelay.core.enrich.values import MICRO
from leadrelay.core.lead import Schema, Type
from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import Document, nearest, parse
from leadrelay.enrichers.base import Price
from leadrelay.enrichers.description import BUSY, DOWN, MISS, Auth, Description, Limits, Sure, Told, Url, Wanted
from leadrelay.enrichers.guard import is_public_name
from leadrelay.enrichers.paths import Path, path
from leadrelay.enrichers.templates import Template, template
from leadrelay.errors import ConfigError, Problem

_SHIPPED = "descriptions"
_URL = re.compile(r"(https?)://([^/?#]*)(/[^?#]*)?")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "content-type"})
_MOST_COST = 1_000_000
_NOWHERE = Url("https", "", 443, Template(("",), ()))
_BOUNDS = {
    "size": (1_000, 20_000_000),
    "depth": (1, 500),
    "seconds": (0.1, 300),
    "connect_seconds": (0.1, 60),
}


def shipped() -> tuple[str, ...]:
    """The names of the descriptions that come with leadrelay."""
    found = (one.name for one in files("leadrelay.enrichers").joinpath(_SHIPPED).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))


def load(name: str, folder: FilePath, place: str = "", schema: Schema = SCHEMA) -> Description:
    """A description that is shipped by this name, or a TOML file, beside the configuration. `place`: who names it."""
    if not name.endswith(".toml"):
        if name not in shipped():
            cure = nearest(name, shipped()) or 'Name a file of your own: description = "mine.toml".'
            raise ConfigError([Problem(place, f"there is no description '{name}'.", cure)])
        text = files("leadrelay.enrichers").joinpath(_SHIPPED, f"{name}.toml").read_text(encoding="utf-8")
        return describe(parse(text, f"{name}.toml"), name, schema)
    file = folder / name
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        message = f"the description {str(file)!r} cannot be read ({type(error).__name__})."
        raise ConfigError([Problem(place, message, f"Name a file, or one of: {', '.join(shipped())}.")]) from None
    return describe(parse(text, str(file)), file.stem, schema)


def describe(document: Document, name: str, schema: Schema = SCHEMA) -> Description:
    """What a document says; raises `ConfigError` with every problem."""
    problems: list[Problem] = []
    description = _Reader(Table(document, "", document.data, problems), schema).read(name, document.file)
    if problems:
        raise ConfigError(problems)
    return description


class _Reader:
    def __init__(self, table: Table, schema: Schema) -> None:
        self._table = table
        self._schema = schema
        self._asked: tuple[str, ...] = ()

    def read(self, name: str, place: str) -> Description:
        """Everything is read, whatever was wrong before it."""
        table = self._table
        table.needs("url", "asks", "confidence", "[fields]")
        for told in ("about", "docs", "prices"):
            table.text(told)
        asks = self._asks()
        self._asked = tuple(dict.fromkeys(field for fields in asks for field in fields))
        url = self._url(asks)
        miss, miss_when = self._miss()
        hit, free = self._money("cost_per_hit"), self._money("cost_per_miss")
        most_sure = self._sure(table, Sure())
        description = Description(
            name,
            place,
            url or _NOWHERE,
            asks,
            self._fields(most_sure),
            table.choice("method", ["GET", "POST"]) or "GET",
            self._query(),
            self._headers(),
            self._body("body", table.value("body")) if "body" in table else None,
            self._auth(),
            self._match(),
            miss,
            miss_when,
            self._statuses("busy", BUSY),
            self._statuses("down", DOWN),
            Price(hit, free),
            table.text("unit") or "",
            self._cost(),
            self._between(table, "per_second", 0.001, 10_000),
            self._between(table, "retry_after", 0, 300) or 30.0,
            self._limits(),
        )
        self._sense()
        table.close()
        return description

    def _asks(self) -> tuple[tuple[str, ...], ...]:
        given = self._table.value("asks")
        if given is None:
            return ()
        sound = (
            isinstance(given, list)
            and given
            and all(isinstance(one, list) and one and all(isinstance(name, str) for name in one) for one in given)
        )
        if not sound:
            cure = 'Write: asks = [["domain"], ["email_clean"]].'
            self._table.problem("asks", "must be a list of lists of lead fields.", cure)
            return ()
        for name in dict.fromkeys(name for one in given for name in one):
            if name not in self._schema:
                self._table.problem("asks", f"unknown lead field '{name}'.", nearest(name, list(self._schema)))
            elif self._schema[name].type is not Type.TEXT:
                self._table.problem("asks", f"'{name}' is no text to ask with.", "Ask with fields that hold text.")
        return tuple(tuple(one) for one in given)

    def _url(self, asks: tuple[tuple[str, ...], ...]) -> Url | None:
        text = self._table.text("url")
        if text is None:
            return None
        found = _URL.fullmatch(text)
        if not found:
            cure = 'Write it as "https://api.example.com/v1/companies/{domain}"; what follows a "?" belongs to [query].'
            self._table.problem("url", "is not an address of scheme, host and path.", cure)
            return None
        scheme, host, route = found[1], found[2].lower(), found[3] or "/"
        if not is_public_name(host):
            cure = "Write its name in plain letters, without port or user; another host is named in config.toml: hosts."
            self._table.problem("url", f"'{found[2]}' is not the plain name of a host.", cure)
        filled = template(self._table, "url", route, self._asked)
        for fields in asks:
            if missing := sorted(filled.fields & set(self._asked) - set(fields)):
                message = f"needs '{missing[0]}', which is not asked with where {list(fields)} are."
                self._table.problem("url", message, "Name it in each list of 'asks', or move it to [query].")
        return Url(scheme, host, 443 if scheme == "https" else 80, filled)

    def _query(self) -> Mapping[str, Template]:
        table = self._table.table("query")
        return {key: self._scalar(table, key, self._asked) for key in table.names()}

    def _headers(self) -> Mapping[str, Template]:
        table = self._table.table("headers")
        for key in table.names():
            if not _HEADER.fullmatch(key) or key.lower() in _OURS:
                table.problem(key, f"'{key}' is no header to be set.", "Leave it out: it is set where it is needed.")
        return {key: self._scalar(table, key, ()) for key in table.names()}

    def _scalar(self, table: Table, key: str, known: tuple[str, ...]) -> Template:
        value = table.value(key)
        if not isinstance(value, str | int | float):
            table.problem(key, "must be a text, a number, true or false.")
            value = ""
        text = spelled(value)
        if not text.isprintable():
            table.problem(key, "holds characters that cannot be sent.", "Write plain text.")
        return template(table, key, text, known)

    def _body(self, key: str, value: Any) -> Any:
        """Lead fields stand in values only, so that no value can become a key."""
        if isinstance(value, Mapping):
            if braced := [name for name in value if "{" in name]:
                self._table.problem(key, f"'{braced[0]}': lead fields stand in values only.", "Write a plain key.")
            return {name: self._body(f"{key}.{name}", part) for name, part in value.items()}
        if isinstance(value, list):
            return tuple(self._body(f"{key}[{number}]", part) for number, part in enumerate(value))
        if isinstance(value, str):
            return template(self._table, key, value, self._asked)
        if not isinstance(value, bool | int | float):
            self._table.problem(key, "must be what JSON can hold.", "Write dates as text.")
        return value

    def _auth(self) -> Auth | None:
        table = self._table.optional("auth")
        if table is None:
            return None
        kinds = [kind for kind in ("header", "query", "bearer", "basic") if kind in table]
        if len(kinds) != 1:
            cure = 'Write: auth = { header = "X-Api-Key", value = "{secrets.key}" }, or query, bearer, basic.'
            self._table.problem("auth", "must name one way to sign in.", cure)
            return None
        if kinds[0] in {"header", "query"}:
            name = table.text(kinds[0]) or ""
            if kinds[0] == "header" and (not _HEADER.fullmatch(name) or name.lower() in _OURS):
                table.problem("header", "is no header to be set.", 'Write for example "X-Api-Key".')
            table.needs("value")
            auth = Auth(kinds[0], self._secret(table, "value"), name)
        elif kinds[0] == "bearer":
            auth = Auth("bearer", self._secret(table, "bearer"))
        else:
            password = self._secret(table, "password") if "password" in table else None
            auth = Auth("basic", self._secret(table, "basic"), password=password)
        table.close()
        return auth

    def _secret(self, table: Table, key: str) -> Template:
        text = table.text(key) or ""
        found = template(table, key, text, ())
        if key in table and not found.secrets:
            table.problem(key, "holds no secret.", "Write {secrets.key}, and its place in config.toml: secrets.")
        return found

    def _fields(self, sure: Sure) -> Mapping[str, Wanted]:
        table = self._table.table("fields")
        if "fields" in self._table and not table.names():
            self._table.problem("fields", "names no lead field.", 'Write: employees = "company.size".')
        found = {name: self._field(table, name, sure) for name in table.names()}
        return {name: wanted for name, wanted in found.items() if wanted}

    def _field(self, table: Table, name: str, sure: Sure) -> Wanted | None:
        if name not in self._schema:
            table.problem(name, f"unknown lead field '{name}'.", nearest(name, list(self._schema)))
            return None
        kind = self._schema[name].type
        if isinstance(table.value(name), str):
            found = path(table, name, table.text(name) or "")
            return Wanted(name, kind, found, sure) if found else None
        entry = table.table(name)
        entry.needs("path")
        text = entry.text("path")
        found = path(entry, "path", text) if text else None
        values = self._values(entry, kind)
        own = self._sure(entry, sure)
        entry.close()
        return Wanted(name, kind, found, own, values) if found else None

    def _values(self, entry: Table, kind: Type) -> Mapping[str, str]:
        table = entry.table("values")
        found = {}
        for key in table.names():
            value = table.value(key)
            if not isinstance(value, str | int | float) or (value != "" and not fits(value, Target(kind))):
                table.problem(key, f"is not {kind} as the lead field is.", 'Write such a value, or "" for none.')
            found[key.lower()] = spelled(value)
        return found

    def _sure(self, table: Table, usual: Sure) -> Sure:
        given = table.value("confidence")
        scale = self._between(table, "scale", 0.001, 1_000_000)
        if isinstance(given, str):
            found = path(table, "confidence", given)
            return Sure(path=found, scale=scale or 1.0) if found else usual
        if scale is not None:
            table.problem("scale", "divides what a path finds.", 'Write: confidence = "likelihood".')
        number = self._between(table, "confidence", 0, 1)
        return usual if number is None else Sure(number)

    def _match(self) -> Mapping[str, Path]:
        table = self._table.table("match")
        found = {}
        for name in table.names():
            if name not in self._asked:
                cure = nearest(name, self._asked) or "Name a field of 'asks'."
                table.problem(name, f"'{name}' is not asked with.", cure)
            text = table.text(name)
            if text and (wanted := path(table, name, text)):
                found[name] = wanted
        return found

    def _miss(self) -> tuple[frozenset[int], tuple[Path, ...]]:
        if "miss" not in self._table:
            return MISS, ()
        given = self._table.value("miss")
        entries = given if isinstance(given, list) else [given]
        statuses = frozenset(one for one in entries if _is_status(one) and one != 200)
        texts = [one for one in entries if isinstance(one, str)]
        if len(statuses) + len(texts) != len(entries):
            cure = 'Write: miss = [404, "data == null"].'
            self._table.problem("miss", "must hold statuses other than 200, and JMESPath conditions.", cure)
        paths = (path(self._table, "miss", text) for text in texts)
        return statuses, tuple(one for one in paths if one)

    def _statuses(self, key: str, usual: frozenset[int]) -> frozenset[int]:
        given = self._table.value(key)
        if given is None:
            return usual
        if not isinstance(given, list) or not all(_is_status(one) and one != 200 for one in given):
            self._table.problem(key, "must be a list of statuses other than 200.", f"Write: {key} = [429, 503].")
            return usual
        return frozenset(given)

    def _sense(self) -> None:
        if "body" in self._table and self._table.value("method") != "POST":
            self._table.problem("body", "is sent with POST only.", 'Add the line: method = "POST".')

    def _cost(self) -> Told | None:
        given = self._table.value("cost")
        if given is None:
            return None
        if isinstance(given, str):
            found = path(self._table, "cost", given)
            return Told(found) if found else None
        table = self._table.table("cost")
        table.needs("header")
        header = table.text("header") or ""
        table.close()
        return Told(header=header.lower())

    def _money(self, key: str) -> int:
        return round((self._between(self._table, key, 0, _MOST_COST) or 0) * MICRO)

    def _between(self, table: Table, key: str, least: float, most: float) -> float | None:
        value = table.number(key)
        if value is not None and not least <= value <= most:
            table.problem(key, f"must be between {least:,} and {most:,}.")
            return None
        return value

    def _limits(self) -> Limits:
        table = self._table.table("limits")
        given = {key: self._between(table, key, least, most) for key, (least, most) in _BOUNDS.items()}
        for key in ("size", "depth"):
            if (value := given[key]) is not None and not float(value).is_integer():
                table.problem(key, "must be a whole number.")
        table.close()
        told: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
        return Limits(**{key: int(value) if key in {"size", "depth"} else value for key, value in told.items()})


def _is_status(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 200 <= value <= 599
