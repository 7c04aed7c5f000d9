"""A server that answers as a test says, byte by byte, and a provider that asks it."""

import contextlib
import socketserver
import threading
from dataclasses import dataclass, field

import orjson
import pytest

from leadrelay.core.toml_text import parse
from leadrelay.enrichers.base import Question
from leadrelay.enrichers.describe import describe
from leadrelay.enrichers.http import make

pytest.register_assert_rewrite("tests.enrichers.contract")

KEY = "key-4711-do-not-tell"

COMPANY = """
url = "https://api.example.com/v1/companies"
asks = [["domain"], ["company_key", "country_code"]]
auth = { header = "X-Api-Key", value = "{secrets.key}" }
confidence = "score"
scale = 10
miss = [404, "found == `false`"]
cost_per_hit = 0.1
unit = "USD"

[query]
domain = "{domain}"
name = "{company_key}"
country = "{country_code}"

[match]
domain = "website"

[fields]
employees = "size.people"
industry = "industry"
technologies = "tech[].name"
"""
ACME = {"website": "https://www.acme.com/", "score": 9, "size": {"people": 120}, "industry": "Mining", "tech": None}


@dataclass
class Asked:
    """A request as it came."""

    line: str
    headers: dict
    body: bytes = b""

    @property
    def target(self):
        return self.line.split(" ")[1]


@dataclass
class Server:
    """`answer`: from a request, bytes or pieces of them; None closes the connection without a word."""

    port: int = 0
    answer: object = None
    asked: list = field(default_factory=list)
    connections: int = 0


def reply(body, status=200, kind="application/json", **headers):
    """A whole answer."""
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    told = {"content-type": kind, "content-length": len(data), **{k.replace("_", "-"): v for k, v in headers.items()}}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items() if value is not None)
    return f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode() + data


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        said = self.server.said
        said.connections += 1
        with contextlib.suppress(OSError):
            while line := self.rfile.readline().decode().strip():
                asked = Asked(line, {})
                while header := self.rfile.readline().decode().strip():
                    name, _, value = header.partition(": ")
                    asked.headers[name.lower()] = value
                asked.body = self.rfile.read(int(asked.headers.get("content-length", 0)))
                said.asked.append(asked)
                told = said.answer(asked)
                if told is None:
                    return
                for piece in [told] if isinstance(told, bytes) else told:
                    self.wfile.write(piece)
                if b"connection: close" in (told if isinstance(told, bytes) else b"connection: close"):
                    return


class Threads(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128


@contextlib.contextmanager
def serving(context=None):
    with Threads(("127.0.0.1", 0), Handler) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.said = Server(server.server_address[1], lambda _: reply(ACME))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server.said
        server.shutdown()
        thread.join()


@pytest.fixture
def server():
    with serving() as said:
        yield said


class FastTime:
    """A clock that a sleep moves on at once."""

    def __init__(self):
        self.now = 100.0
        self.slept = []

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def remote(server):
    """remote(toml, **settings): a provider that asks the server; closed at the end."""
    made = []

    def build(toml=COMPANY, **settings):
        said = describe(parse(toml, "company.toml"), "company")
        told = {"hosts": [f"127.0.0.1:{server.port}"], "private": True, "sleep": lambda _: None, **settings}
        made.append(make("acme", said, {"key": KEY}, **told))
        return made[-1]

    yield build
    for one in made:
        one.close()


@pytest.fixture
def one(remote):
    """one(asked, toml, **settings): a single answer."""

    def ask(asked=None, toml=COMPANY, **settings):
        return remote(toml, **settings).ask([Question("acme", asked or {"domain": "acme.com"})])[0]

    return ask
