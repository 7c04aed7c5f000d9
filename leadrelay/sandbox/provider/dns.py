"""A name server for the sample companies' domains: MX and TXT over UDP and TCP, with faults of its own."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from leadrelay.sandbox.control import BadRequest, Route, body_of
from leadrelay.sandbox.keys import NAME, TABLES, Findings, Key, checked, choice, number, whole
from leadrelay.sandbox.provider.zones import Zones
from leadrelay.sandbox.wire import Request, Response

if TYPE_CHECKING:
    import dns.message
    import dns.rrset

TTL = 300
_PLAIN_UDP = 512
_MANY = 1000
_LONG = 30_000
_DAY = 86_400

KINDS = {
    "servfail": "the server could not tell",
    "refused": "the server does not tell this client",
    "nxdomain": "there is no such domain",
    "silence": "no answer",
    "late": "an answer after `seconds`",
    "truncated": "an answer over UDP that is cut off: ask by TCP",
    "many": "an answer with a thousand records",
    "long": "a TXT record of 30,000 bytes",
    "strange": "names and texts with control characters",
    "loop": "CNAMEs that lead back to where they began",
    "other": "an answer to another question, and under another number",
    "garbage": "bytes that are no DNS message",
}
FAULT = (
    Key("kind", choice(KINDS), "what happens"),
    Key("name", NAME, "only this domain, and those below it; absent: all", optional=True),
    Key("type", choice(("MX", "TXT")), "only questions of this type; absent: all", optional=True),
    Key("times", whole(1), "at most so many questions are hit; absent: no end", optional=True),
    Key("seconds", number(0, _DAY), "of `late`", default=1),
)


class Fault:
    """One of the faults that are on, with how often it hit."""

    def __init__(self, told: dict[str, Any], values: dict[str, Any]) -> None:
        self.kind: str = values["kind"]
        self.seconds = float(values["seconds"])
        self._told = told
        self._name = (values["name"] or "").lower().rstrip(".")
        self._type = values["type"]
        self._times = values["times"]
        self.fired = 0

    def hits(self, domain: str, kind: str) -> bool:
        """Whether it hits a question."""
        named = not self._name or domain == self._name or domain.endswith(f".{self._name}")
        hit = named and self._type in {None, kind} and (self._times is None or self.fired < self._times)
        self.fired += hit
        return hit

    def shown(self) -> dict[str, Any]:
        return {**self._told, "fired": self.fired}


class Responder:
    """Answers on two sockets of one port, one for UDP and one for TCP, within the event loop of the sandbox."""

    def __init__(self, zones: Zones, ready: Callable[[], Any]) -> None:
        self.zones = zones
        self.faults: list[Fault] = []
        self.asked: Counter[str] = Counter()
        self.domains: Counter[str] = Counter()
        self._ready = ready
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def serving(self, udp: socket.socket, tcp: socket.socket) -> AsyncIterator[None]:
        """Answer as long as the context is entered."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self._datagram), sock=udp)
        server = await asyncio.start_server(self._stream, sock=tcp)
        try:
            yield
        finally:
            transport.close()
            server.close()
            for task in self._tasks:
                task.cancel()

    def reset(self) -> None:
        """No faults, nothing counted."""
        self.faults = []
        self.asked.clear()
        self.domains.clear()

    def routes(self) -> Iterable[Route]:
        """Its endpoints below `/_sandbox/`."""
        return (("GET", "dns", self._show), ("POST", "dns", self._set), ("DELETE", "dns", self._clear))

    # -- the way of a question ----------------------------------------------------------------------------------------

    def _datagram(self, data: bytes, reply: Callable[[bytes], None]) -> None:
        async def answer() -> None:
            if told := await self._answer(data, over_udp=True):
                reply(told)

        task = asyncio.get_running_loop().create_task(answer())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(task := asyncio.create_task(self._conversation(reader, writer)))
        task.add_done_callback(self._tasks.discard)
        with suppress(asyncio.CancelledError):
            await task
        writer.close()

    async def _conversation(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                size = int.from_bytes(await reader.readexactly(2))
                told = await self._answer(await reader.readexactly(size), over_udp=False)
                if told is None:
                    await asyncio.sleep(_DAY)
                else:
                    writer.write(len(told).to_bytes(2) + told)
                    await writer.drain()

    async def _answer(self, data: bytes, *, over_udp: bool) -> bytes | None:
        import dns.exception
        import dns.message
        import dns.rdatatype

        try:
            query = dns.message.from_wire(data)
            [question] = query.question
        except (dns.exception.DNSException, ValueError):
            return None
        domain = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked[kind] += 1
        self.domains[domain] += 1
        await self._ready()
        fault = next((one for one in self.faults if one.hits(domain, kind)), None)
        if fault and fault.kind in {"silence", "garbage"}:
            return None if fault.kind == "silence" else b"\0garbage"
        if fault and fault.kind == "late":
            await asyncio.sleep(fault.seconds)
        response = self._response(query, domain, kind, fault.kind if fault else "")
        return _wired(response, query, over_udp=over_udp, cut=fault is not None and fault.kind == "truncated")

    def _response(self, query: dns.message.Message, domain: str, kind: str, fault: str) -> dns.message.Message:
        import dns.flags
        import dns.message
        import dns.rcode

        response = dns.message.make_response(query, recursion_available=True)
        firm = self.zones.firm(domain)
        codes = {"servfail": dns.rcode.SERVFAIL, "refused": dns.rcode.REFUSED, "nxdomain": dns.rcode.NXDOMAIN}
        if fault in codes or firm is None:
            response.set_rcode(codes.get(fault, dns.rcode.NXDOMAIN))
            return response
        servers, texts = self.zones.servers(domain), [text.encode() for text in self.zones.texts(firm)]
        if fault == "other":
            response.id = (response.id + 1) % (1 << 16)
        if fault == "long":
            texts = [b"docusign=" + b"x" * _LONG]
        if fault == "strange":
            servers, texts = [(0, "\\000\\027[2J.\\010evil.example")], [b"MS=ms\0\x1b[2J", b"docusign=\r\n\xff\xfe"]
        if fault == "loop":
            response.answer += _loop(domain)
        elif fault == "many" and kind in {"MX", "TXT"}:
            response.answer.append(_many(domain, kind))
        elif kind == "MX" and servers:
            response.answer.append(_rrset(domain, [_mx(*server) for server in servers]))
        elif kind == "TXT" and texts:
            response.answer.append(_rrset(domain, [_txt(text) for text in texts]))
        return response

    # -- /_sandbox/ ---------------------------------------------------------------------------------------------------

    def _show(self, _: Request) -> Response:
        told = {"asked": dict(self.asked), "domains": dict(self.domains)}
        return Response(200, {**told, "faults": [fault.shown() for fault in self.faults]})

    def _set(self, request: Request) -> Response:
        tables = body_of(request).get("faults")
        if not TABLES.accepts(tables):
            raise BadRequest('say {"faults": [{...}, ...]}')
        findings = Findings()
        values = [checked(table, FAULT, f"faults[{n}]", findings) for n, table in enumerate(tables or ())]
        if findings:
            raise BadRequest("; ".join(findings))
        self.faults = [Fault(*one) for one in zip(tables or (), values, strict=True)]
        return self._show(request)

    def _clear(self, _: Request) -> Response:
        self.faults = []
        return Response(204)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[bytes, Callable[[bytes], None]], None]) -> None:
        self._take = take
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a datagram endpoint has no other

    def datagram_received(self, data: bytes, addr: Any) -> None:
        def reply(told: bytes) -> None:
            if self._transport and not self._transport.is_closing():
                self._transport.sendto(told, addr)

        self._take(data, reply)


def _wired(response: dns.message.Message, query: dns.message.Message, *, over_udp: bool, cut: bool) -> bytes:
    import dns.exception
    import dns.flags

    if over_udp:
        most = max(query.payload, _PLAIN_UDP) if query.edns >= 0 else _PLAIN_UDP
        with suppress(dns.exception.TooBig):
            if not cut:
                return response.to_wire(max_size=most)
        response.answer.clear()
        response.flags |= dns.flags.TC
    return response.to_wire()


def _rrset(domain: str, records: list[Any]) -> dns.rrset.RRset:
    import dns.rrset

    return dns.rrset.from_rdata_list(f"{domain}.", TTL, records)


@lru_cache(2)
def _many(domain: str, kind: str) -> dns.rrset.RRset:
    """Kept, since a question that comes by UDP comes again by TCP, and making them takes long."""
    if kind == "MX":
        return _rrset(domain, [_mx(n, f"mx{n}.{domain}") for n in range(_MANY)])
    return _rrset(domain, [_txt(b"docusign=%08d" % n) for n in range(_MANY)])


def _mx(preference: int, host: str) -> Any:
    import dns.rdata

    return dns.rdata.from_text("IN", "MX", f"{preference} {host}.")


def _txt(text: bytes) -> Any:
    from dns.rdataclass import IN
    from dns.rdatatype import TXT as KIND
    from dns.rdtypes.ANY.TXT import TXT

    return TXT(IN, KIND, [text[start : start + 255] for start in range(0, len(text), 255)])


def _loop(domain: str) -> list[dns.rrset.RRset]:
    import dns.rrset

    there, back = f"{domain}.", f"again.{domain}."
    return [dns.rrset.from_text(there, TTL, "IN", "CNAME", back), dns.rrset.from_text(back, TTL, "IN", "CNAME", there)]
