"""Which hosts may be spoken to, and at which addresses: nothing on this machine or in its network, unless it is meant.

A name is resolved once; connections go to the addresses found then, so that a name that changes its mind (DNS
rebinding) changes nothing.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from threading import Lock
from typing import Any

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PUBLIC_NAME = re.compile(rf"(?=.{{4,253}}\Z)(?:{_LABEL}\.)+(?!\d+\Z|0x)[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])")
_ANY_NAME = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)*(?!\d+\Z|0x)[a-z]{_LABEL}")
_ENTRY = re.compile(r"(?:(https?)://)?(\[[0-9A-Fa-f:.]+\]|[^:/?#@\[\]]+)(?::(\d{1,5}))?")
_PORTS = {"https": 443, "http": 80}

_NAT64 = IPv6Network("64:ff9b::/96")
_EMBEDDED = (
    (_NAT64, 0),
    (IPv6Network("::/96"), 0),
    (IPv6Network("2002::/16"), 80),
)
"""IPv6 that carries an IPv4 address so many bits from the right: NAT64, IPv4-compatible, 6to4."""

_NEVER = tuple(
    ip_network(told)
    for told in (
        "169.254.0.0/16",
        "fe80::/10",
        "168.63.129.16/32",  # Azure: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
        "100.100.100.200/32",  # Alibaba Cloud
        "192.0.0.192/32",  # Oracle Cloud
        "fd00:ec2::/32",  # AWS: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
    )
)
"""Metadata services, and the networks they live in: nobody sells data there."""

Address = IPv4Address | IPv6Address


class Barred(Exception):
    """It is not spoken to; says why."""


@dataclass(frozen=True, slots=True)
class Host:
    """Whom to speak to. `private`: addresses of this machine and its network are meant, and so is plain http."""

    scheme: str
    name: str
    port: int
    private: bool = False

    @property
    def header(self) -> str:
        """As the `Host` header has it."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.port == _PORTS[self.scheme] else f"{name}:{self.port}"


def is_public_name(name: str) -> bool:
    """Whether it is plainly the name of a host in the public DNS: no address in any spelling, no `localhost`."""
    return bool(_PUBLIC_NAME.fullmatch(name))


def host_of(entry: str, *, private: bool, secure: bool) -> Host | None:
    """A host as config.toml names it: `name`, `name:port`, `https://name:port`; None where it is none."""
    found = _ENTRY.fullmatch(entry)
    if not found:
        return None
    name = found[2].lower().strip("[]")
    if not (is_public_name(name) or (private and (_ANY_NAME.fullmatch(name) or _plain_address(name)))):
        return None
    scheme = found[1] or ("http" if private and not secure else "https")
    port = int(found[3] or _PORTS[scheme])
    return Host(scheme, name, port, private) if 0 < port < 65_536 and (private or scheme == "https") else None


def _plain_address(name: str) -> bool:
    try:
        return str(ip_address(name)) == name
    except ValueError:
        return False


def why_barred(address: Address, *, private: bool) -> str:
    """What kind of address it is that nobody may connect to; nothing where all is well."""
    for one in _meant(address):
        if any(one in network for network in _NEVER if network.version == one.version):
            return "a link-local or metadata address"
        if one.is_unspecified or one.is_multicast or one == IPv4Address("255.255.255.255"):
            return "an address of no single host"
        if not private and not (one.is_global and not one.is_reserved):
            return "a loopback address" if one.is_loopback else "a private or reserved address"
    return ""


def _meant(address: Address) -> Iterator[Address]:
    """What is connected to: of NAT64, which IPv6-only networks resolve every name to, what it stands for alone."""
    if address not in _NAT64:
        yield address
    yield from _carried(address)


def _carried(address: Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that an IPv6 address stands for."""
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.teredo:
        yield from address.teredo
    for network, shift in _EMBEDDED:
        if address in network and int(address) > 1:
            yield IPv4Address((int(address) >> shift) & 0xFFFF_FFFF)


Resolve = Callable[..., Sequence[tuple[Any, ...]]]
"""As `socket.getaddrinfo`."""


class Guard:
    """Resolves one host once, and lets only addresses through that may be connected to."""

    def __init__(self, host: Host, resolve: Resolve = socket.getaddrinfo) -> None:
        self._host = host
        self._resolve = resolve
        self._lock = Lock()
        self._found: tuple[str, ...] | Barred | None = None

    def addresses(self) -> tuple[str, ...]:
        """Where to connect to, in this order. `Barred` for good; `OSError` where the name cannot be resolved now."""
        with self._lock:
            if self._found is None:
                self._found = self._look_up()
        if isinstance(self._found, Barred):
            raise Barred(*self._found.args)
        return self._found

    def _look_up(self) -> tuple[str, ...] | Barred:
        answers = self._resolve(self._host.name, self._host.port, type=socket.SOCK_STREAM)
        texts = tuple(dict.fromkeys(str(answer[4][0]) for answer in answers))
        reasons = [why_barred(ip_address(text.partition("%")[0]), private=self._host.private) for text in texts]
        if not texts:
            raise OSError("no address")
        # One bad address bars the name: which one is connected to must not be the provider's choice.
        return next((Barred(reason) for reason in reasons if reason), texts)
