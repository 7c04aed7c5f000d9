"""A provider that asks DNS: who carries the mail of a company's domain, and what its TXT records say it uses. Free."""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from threading import Lock
from typing import Any

import dns.exception
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver

from leadrelay.enrichers.base import Answer, Found, Price, Question
from leadrelay.enrichers.dns_signs import SURE_MX, carrier, used
from leadrelay.enrichers.pace import Pace
from leadrelay.errors import ConfigError, Problem

DOMAIN, MAIL_PROVIDER, TECHNOLOGIES = "domain", "mail_provider", "technologies"

_PORT = 53
_PATIENCE = 10
"""After so many failures in a row nothing more is asked in this run."""
_SOON, _LATER = timedelta(minutes=10), timedelta(hours=6)
_MOST = 1000
"""So many records of one answer are looked at."""
_LONGEST = 253
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


def make(
    name: str,
    place: str = "",
    *,
    nameservers: Sequence[str] = (),
    at_once: int = 16,
    per_second: float | None = None,
    seconds: float = 5.0,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Dns:
    """A provider from what the configuration says at `place`; `ConfigError` with every problem. Nothing is asked yet.

    `nameservers`: each "ip", "ip:port" or "[ip]:port"; without any, the machine's. `seconds`: the most that one
    question to them may take; a look-up asks two.
    """
    problems = [Problem(place, f"'{text}' is no name server.", _CURE) for text in nameservers if _server(text) is None]
    if problems:
        raise ConfigError(problems)
    resolver = _resolver([server for text in nameservers if (server := _server(text))], place)
    resolver.lifetime = seconds
    resolver.timeout = min(2.0, seconds)
    resolver.retry_servfail = False
    return Dns(name, resolver, Pace(per_second, clock, sleep), at_once)


class Dns:
    """A `Remote` provider, asked by domain."""

    fields = frozenset((MAIL_PROVIDER, TECHNOLOGIES))
    asks: tuple[tuple[str, ...], ...] = ((DOMAIN,),)
    piece = 1

    def __init__(self, name: str, resolver: dns.resolver.Resolver, pace: Pace, at_once: int) -> None:
        self.name = name
        self.price = Price()
        self.at_once = at_once
        self._resolver = resolver
        self._pace = pace
        self._lock = Lock()
        self._failures = 0

    def ask(self, questions: Sequence[Question]) -> Sequence[Answer]:
        """The answers, in the order of the questions."""
        return [self._one(question.asked.get(DOMAIN, "")) for question in questions]

    def close(self) -> None:
        """Nothing is open."""

    def _one(self, domain: str) -> Answer:
        host = _host(domain)
        if host is None:
            return Answer(Found.MISS, why="no domain name")
        if self._failures >= _PATIENCE:
            return Answer(Found.FAILED, why="name servers do not answer", again=_SOON, down=True)
        self._pace.wait()
        answer = self._answer(host)
        with self._lock:
            self._failures = self._failures + 1 if answer.found is Found.FAILED else 0
            down = self._failures >= _PATIENCE
        return Answer(answer.found, why=answer.why, again=answer.again, down=True) if down else answer

    def _answer(self, host: str) -> Answer:
        try:
            servers = list(self._servers(host))
        except dns.resolver.NXDOMAIN:
            return Answer(Found.MISS, why="no such domain")
        except (dns.exception.DNSException, OSError, ValueError) as error:
            return _failed(error)
        try:
            texts = list(self._texts(host))
        except (dns.exception.DNSException, OSError, ValueError) as error:
            # A domain whose TXT records nobody can get still has its mail; one where neither is told is asked again.
            if not servers:
                return _failed(error)
            texts = []
        return _told(host, servers, texts)

    def _servers(self, host: str) -> Iterator[tuple[int, str]]:
        for record in self._records(host, dns.rdatatype.MX):
            name = record.exchange.to_text(omit_final_dot=True).lower()
            if name not in {"", "."}:  # RFC 7505: the root alone says that no mail is taken
                yield record.preference, name

    def _texts(self, host: str) -> Iterator[str]:
        for record in self._records(host, dns.rdatatype.TXT):
            yield b"".join(record.strings).decode("ascii", "replace")

    def _records(self, host: str, kind: dns.rdatatype.RdataType) -> Sequence[Any]:
        name = dns.name.from_text(f"{host}.")
        found = self._resolver.resolve(name, kind, search=False, raise_on_no_answer=False)
        return list(found.rrset or ())[:_MOST]


def _told(host: str, servers: Sequence[tuple[int, str]], texts: Sequence[str]) -> Answer:
    fields, confidence = {}, {}
    signs = used(texts)
    if found := carrier(servers, host):
        fields[MAIL_PROVIDER], confidence[MAIL_PROVIDER] = found
        if found[1] == SURE_MX:
            signs[found[0]] = SURE_MX
    if signs:
        fields[TECHNOLOGIES] = ";".join(sorted(signs))
        confidence[TECHNOLOGIES] = min(signs.values())
    if not fields:
        return Answer(Found.MISS, why="its records tell nothing" if servers or texts else "no mail servers")
    return Answer(Found.HIT, fields, confidence)


def _failed(error: Exception) -> Answer:
    if isinstance(error, dns.exception.Timeout):
        return Answer(Found.FAILED, why="no answer in time", again=_SOON)
    if isinstance(error, dns.resolver.NoNameservers):
        return Answer(Found.FAILED, why="name servers could not tell", again=_LATER)
    return Answer(Found.FAILED, why=f"an answer that is none ({type(error).__name__})", again=_LATER)


def _host(domain: str) -> str | None:
    """The name as DNS has it; None for what is no domain of a company: addresses, single labels, what is too long."""
    text = domain.strip().rstrip(".").lower()
    if not text or len(text) > _LONGEST:
        return None
    try:
        text = text if text.isascii() else text.encode("idna").decode()
    except UnicodeError:
        return None
    labels = text.split(".")
    good = len(labels) > 1 and len(text) <= _LONGEST and all(_LABEL.fullmatch(label) for label in labels)
    return text if good and not labels[-1].isdecimal() else None


_CURE = 'An address, such as "192.0.2.53" or "127.0.0.1:5353".'


def _server(text: str) -> dns.nameserver.Do53Nameserver | None:
    found = re.fullmatch(r"\[(?P<six>[^]]+)\](?::(?P<port6>\d{1,5}))?|(?P<four>[^:]+)(?::(?P<port4>\d{1,5}))?", text)
    address = text if found is None else found["six"] or found["four"]
    port = int((found and (found["port6"] or found["port4"])) or _PORT)
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return None
    return dns.nameserver.Do53Nameserver(address, port) if 0 < port < 1 << 16 else None


def _resolver(servers: Sequence[dns.nameserver.Do53Nameserver], place: str) -> dns.resolver.Resolver:
    if servers:
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = list(servers)
        return resolver
    try:
        return dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration:
        cure = 'Name some: nameservers = ["192.0.2.53"]'
        raise ConfigError([Problem(place, "this machine has no name servers.", cure)]) from None
