import asyncio
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.sandbox.wire import SLASH, Request, Response, Router, application, path_of, query_of


def name(_request):
    return Response()


def other(_request):
    return Response()


@pytest.fixture
def router():
    router = Router()
    router.add("GET POST", "/things", name)
    router.add("GET", "/things/{id}", name)
    router.add("PATCH", "/things/{id}", other)
    router.add("GET", "/query/{locator:path}", name)
    router.add("GET", "/v1.0/x", name)
    return router


def test_the_handler_is_found_by_method_and_path(router):
    assert router.find("GET", "/things/a b") == (name, {"id": "a b"}, ())
    assert router.find("PATCH", "/things/7")[0] is other
    assert router.find("GET", "/query/a/b")[1] == {"locator": "a/b"}


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("/things/a%2Fb", "a/b"),
        ("/things/a%2fb/", "a/b"),
        ("/things/a%252Fb", "a%2Fb"),
        ("/things/%2F%2F", "//"),
        ("//things//%C3%A5%20", "å "),
    ],
)
def test_a_slash_within_a_name_parts_no_names(router, raw, found):
    assert router.find("GET", path_of(raw))[1] == {"id": found}
    assert router.find("GET", path_of("/things/a/b"))[0] is None


def test_case_and_a_last_slash_do_not_matter(router):
    assert router.find("POST", "/Things/")[0] is name


def test_a_method_that_a_path_does_not_take(router):
    assert router.find("DELETE", "/things/7") == (None, {}, ["GET", "PATCH"])


@pytest.mark.parametrize("path", ["/", "/thing", "/things/7/8", "/x/things", "/v1x0/x"])
def test_a_path_that_is_none(router, path):
    assert router.find("GET", path) == (None, {}, [])


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", {}),
        ("a=1&b=", {"a": "1", "b": ""}),
        ("q=a%20b+c%26d", {"q": "a b c&d"}),
        ("properties=email&limit=5&properties=phone", {"properties": "email,phone", "limit": "5"}),
    ],
)
def test_a_query_string(text, query):
    assert query_of(text) == query


@pytest.mark.parametrize(
    ("body", "payload"), [(None, b""), (b"a,b", b"a,b"), ([], b"[]"), ({"a": "é"}, '{"a":"é"}'.encode())]
)
def test_a_body_goes_out_as_it_is_or_as_json(body, payload):
    assert Response(200, body).payload() == payload


def test_a_body_is_read_as_json_or_as_a_form():
    assert Request("POST", "/", body=b'{"a": 1}').json() == {"a": 1}
    assert Request("POST", "/", body=b"a=1%202&b=").form() == {"a": "1 2", "b": ""}
    with pytest.raises(ValueError, match="unexpected end"):
        Request("POST", "/", body=b"{").json()


def exchange(handle, method="GET", target="/", headers=(), chunks=(b"",), now=None):
    """What an ASGI server gets for a request: status, headers, body."""
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(key.encode(), value.encode()) for key, value in headers],
    }
    waiting = [
        {"type": "http.request", "body": chunk, "more_body": number < len(chunks)}
        for number, chunk in enumerate(chunks, 1)
    ]
    sent = []

    async def receive():
        return waiting.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(application(handle, now)(scope, receive, send))
    start, *bodies = sent
    told = {key.decode(): value.decode() for key, value in start["headers"]}
    return start["status"], told, b"".join(message["body"] for message in bodies)


def test_an_application_hands_over_all_of_a_request():
    seen = []

    def handle(request):
        seen.append(request)
        return Response(201, {"ok": True}, {"Sforce-Limit-Info": "api-usage=1/2"})

    answer = exchange(handle, "PATCH", "/a//b%2Fc%20d?q=x%2By", [("X-Actor", "Ada")], [b"12", b"34"])
    (request,) = seen
    assert (request.method, request.path, dict(request.query)) == ("PATCH", f"/a/b{SLASH}c d", {"q": "x+y"})
    assert request.address_bytes == len("/a//b%2Fc%20d?q=x%2By")
    assert (dict(request.headers), request.body) == ({"x-actor": "Ada"}, b"1234")
    status, headers, body = answer
    assert (status, body) == (201, b'{"ok":true}')
    assert headers == {
        "content-length": "11",
        "content-type": "application/json;charset=UTF-8",
        "sforce-limit-info": "api-usage=1/2",
    }


def test_an_empty_answer_says_no_type():
    assert exchange(lambda _: Response(204)) == (204, {}, b"")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"])
def test_every_method_arrives(method):
    assert exchange(lambda request: Response(200, request.method.encode()), method)[2] == method.encode()


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(1, 50))
def test_a_body_arrives_however_it_is_cut(body, size):
    chunks = [body[at : at + size] for at in range(0, len(body), size)] or [b""]
    _, _, echoed = exchange(lambda request: Response(200, list(request.body)), "POST", chunks=chunks)
    assert bytes(orjson.loads(echoed)) == body


def test_the_date_is_told_by_the_crms_own_clock():
    moment = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    _, headers, _ = exchange(lambda _: Response(200, {}), now=lambda: moment)
    assert headers["date"] == "Wed, 02 Jan 2030 03:04:05 GMT"
