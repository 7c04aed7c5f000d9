import pytest

from leadrelay.sandbox.hubspot.rate import Limits
from leadrelay.sandbox.hubspot.settings import Settings
from leadrelay.sandbox.store import Clock
from leadrelay.sandbox.wire import Request, Response

CONTACTS = "/crm/v3/objects/contacts"
FORM = {
    "grant_type": "refresh_token",
    "client_id": "sandbox-client",
    "client_secret": "sandbox-secret",
    "refresh_token": "sandbox-refresh-token",
}


class Ticks:
    """A clock that goes when it is told to."""

    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def ticks():
    return Ticks()


@pytest.fixture
def limits(ticks):
    return Limits(Settings(per_ten_seconds=3, per_day=8, searches_per_second=2), Clock(), ticks)


READ = Request("GET", CONTACTS)
SEARCH = Request("POST", f"{CONTACTS}/search")


def test_ten_seconds_roll(limits, ticks):
    for _ in range(3):
        assert limits.admit(READ) is None
        ticks.now += 2
    refused = limits.admit(READ)

    assert (refused.status, refused.body["policyName"]) == (429, "TEN_SECONDLY_ROLLING")
    assert refused.body["message"] == "You have reached your ten_secondly_rolling limit."
    assert refused.body["errorType"] == "RATE_LIMIT"
    assert limits.headers(READ, oauth=False)["X-HubSpot-RateLimit-Remaining"] == "0"
    ticks.now += 4
    assert limits.admit(READ) is None
    assert limits.admit(READ).status == 429


def test_searches_have_a_limit_of_their_own_and_no_headers(limits, ticks):
    assert [limits.admit(SEARCH) for _ in range(2)] == [None, None]
    refused = limits.admit(SEARCH)

    assert (refused.status, refused.body["policyName"]) == (429, "SECONDLY")
    assert limits.headers(SEARCH, oauth=False) == {}
    assert limits.headers(READ, oauth=False)["X-HubSpot-RateLimit-Remaining"] == "3"
    assert limits.admit(READ) is None
    ticks.now += 1
    assert limits.admit(SEARCH) is None


def test_the_day_is_the_portals(limits, ticks):
    for _ in range(8):
        assert limits.admit(READ) is None
        ticks.now += 5
    assert limits.admit(SEARCH).body["policyName"] == "DAILY"
    headers = limits.headers(READ, oauth=False)
    assert (headers["X-HubSpot-RateLimit-Daily"], headers["X-HubSpot-RateLimit-Daily-Remaining"]) == ("8", "0")
    assert "X-HubSpot-RateLimit-Daily" not in limits.headers(READ, oauth=True)

    limits._clock.advance((limits.resets_at() - limits._clock.now()).total_seconds() + 1)
    assert limits.admit(READ) is None
    assert limits.used_today() == 1


def test_the_portals_limits_are_those_of_a_professional_account(portal):
    portal.settings.per_ten_seconds, portal.settings.searches_per_second = 190, 5
    answers = [portal.get(CONTACTS) for _ in range(191)]

    assert [a.status for a in answers] == [200] * 190 + [429]
    assert answers[0].headers["X-HubSpot-RateLimit-Max"] == "190"
    assert answers[0].headers["X-HubSpot-RateLimit-Remaining"] == "189"
    assert answers[0].headers["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"
    searches = [portal.post(f"{CONTACTS}/search", {}) for _ in range(6)]
    assert [a.status for a in searches] == [200] * 5 + [429]
    assert not [name for name in searches[0].headers if "RateLimit" in name]


@pytest.mark.parametrize("token", ["", "pat-other"])
def test_without_the_token_nobody_comes_in(portal, token):
    answer = portal.call("GET", CONTACTS, token=token)

    assert answer.status == 401
    assert answer.body["category"] == "INVALID_AUTHENTICATION"
    assert answer.body["message"].startswith("Authentication credentials not found.")


@pytest.mark.parametrize("path", ["/oauth/v1/token", "/oauth/v3/token", "/oauth/2026-03/token"])
def test_a_refresh_token_buys_half_an_hour(portal, path):
    answer = portal.call("POST", path, form(FORM), token="")
    assert (answer.status, answer.body["expires_in"]) == (200, 1800)
    assert ("hub_id" in answer.body) == ("v1" not in path)

    token = answer.body["access_token"]
    assert portal.call("GET", CONTACTS, token=token).status == 200
    assert "X-HubSpot-RateLimit-Daily" not in portal.call("GET", CONTACTS, token=token).headers
    portal.clock.advance(1800)
    late = portal.call("GET", CONTACTS, token=token)
    assert (late.status, late.body["category"]) == (401, "EXPIRED_AUTHENTICATION")
    assert late.body["context"]["expire time"][0] <= portal.clock.stamp()


@pytest.mark.parametrize("change", [{"grant_type": "x"}, {"client_secret": "x"}, {"refresh_token": "x"}])
def test_a_wrong_grant_is_refused(portal, change):
    assert portal.call("POST", "/oauth/v1/token", form({**FORM, **change}), token="").status == 400


def form(fields):
    return "&".join(f"{name}={value}" for name, value in fields.items()).encode()


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "/crm/v3/nothing", 404, "resource not found"),
        ("GET", "/crm/objects/2025-01/contacts", 404, "resource not found"),
        ("PUT", CONTACTS, 405, "HTTP 405 Method Not Allowed"),
        ("GET", "/crm/v3/objects/widgets", 400, "Unable to infer object type from: widgets"),
        ("POST", CONTACTS, 400, "Invalid input JSON on line 1, column 2: "),
    ],
)
def test_what_leads_nowhere_is_told_in_hubspots_form(portal, method, path, status, message):
    answer = portal.call(method, path, b"{no json")

    assert answer.status == status
    assert answer.body["message"].startswith(message)
    assert answer.body["status"] == "error"
    assert answer.body["correlationId"] == answer.headers["X-HubSpot-Correlation-Id"]


def test_a_body_must_be_called_json(portal):
    headers = {"authorization": "Bearer pat-sandbox-0000-1111", "content-type": "application/x-www-form-urlencoded"}

    assert portal.app.handle(Request("POST", CONTACTS, headers=headers, body=b"{}")).status == 415


def test_an_address_has_a_greatest_length(portal):
    assert portal.get(CONTACTS, properties="x" * 16_001).status == 414


@pytest.mark.parametrize(
    ("dated", "plain"),
    [
        ("/crm/objects/2026-03/contacts", CONTACTS),
        ("/crm/objects/2026-09/contacts/{key}", CONTACTS + "/{key}"),
        ("/crm/objects/2026-09/0-1/{key}/associations/tasks", "/crm/v4/objects/0-1/{key}/associations/tasks"),
        ("/crm/associations/2026-03/contacts/companies/labels", "/crm/v4/associations/contacts/companies/labels"),
        ("/crm/properties/2026-03/contacts/email", "/crm/v3/properties/contacts/email"),
        ("/crm/owners/2026-09", "/crm/v3/owners"),
        ("/crm/pipelines/2026-03/deals", "/crm/v3/pipelines/deals"),
        ("/crm-object-schemas/2026-03/schemas", "/crm-object-schemas/v3/schemas"),
        ("/account-info/2026-09/details", "/account-info/v3/details"),
    ],
)
def test_dated_addresses_lead_to_the_same(portal, dated, plain):
    key = portal.contact(firstname="A")

    answer = portal.get(dated.format(key=key))

    assert answer.status == 200
    assert answer.body == portal.get(plain.format(key=key)).body


def test_a_fault_may_answer_instead_and_then_nothing_happens(portal):
    portal.app.faults.append(lambda request: Response(502, b"bad") if request.method == "POST" else None)

    assert portal.post(CONTACTS, {"properties": {"firstname": "A"}}).status == 502
    assert portal.get(CONTACTS).body["results"] == []


def test_a_crash_is_a_500_that_undoes_what_was_begun_and_tells_no_values(portal, caplog):
    portal.app.store.db.execute(
        "CREATE TRIGGER broken BEFORE UPDATE ON contacts WHEN NEW.firstname = 'Secret' "
        "BEGIN SELECT RAISE(ABORT, 'Secret'); END"
    )
    first, second = portal.contact(firstname="A"), portal.contact(firstname="B")
    inputs = [{"id": first, "properties": {"zip": "1"}}, {"id": second, "properties": {"firstname": "Secret"}}]

    answer = portal.post(f"{CONTACTS}/batch/update", {"inputs": inputs})

    assert (answer.status, answer.body["message"]) == (500, "internal error")
    assert portal.properties(first, "zip")["zip"] is None
    assert "IntegrityError" in caplog.text
    assert "Secret" not in caplog.text


def test_calls_are_counted_and_the_portal_can_be_reset(portal):
    key = portal.contact(firstname="A")
    portal.get(f"{CONTACTS}/{key}")

    counts = portal.call("GET", "/_sandbox/requests").body
    assert counts == {"total": 2, "requests": {f"GET {CONTACTS}/{{id}}": 1, f"POST {CONTACTS}": 1}}
    assert portal.call("POST", "/_sandbox/reset").status == 204
    assert portal.get(CONTACTS).body["results"] == []
    assert portal.contact(email="a@b.example") == key


def test_a_head_is_a_get(portal):
    assert portal.call("HEAD", CONTACTS).status == 200
    assert portal.call("HEAD", f"{CONTACTS}/9").status == 404


def test_a_body_that_is_wanted_and_missing_is_told(portal):
    answer = portal.call("POST", CONTACTS)

    text = "Invalid JSON input: a request body was expected, but none found"
    assert (answer.status, answer.body["message"], answer.body["category"]) == (400, text, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", "/crm/v3/exports/export/async", "crm.export"),
        ("POST", "/crm/exports/2026-03/export/async", "crm.export"),
        ("GET", "/crm/v3/imports", "crm.import"),
        ("GET", "/crm/v3/lists/1", "crm.lists.read"),
        ("GET", "/crm/v3/objects/tickets", "crm.objects.tickets.read"),
        ("POST", "/crm/objects/2026-03/tickets/search", "crm.objects.tickets.read"),
        ("POST", "/crm/v3/objects/orders/batch/create", "crm.objects.orders.write"),
        ("GET", "/marketing/v3/emails", "content"),
    ],
)
def test_what_the_app_has_no_scope_for_is_forbidden(portal, method, path, scope):
    answer = portal.call(method, path, {} if method == "POST" else None)

    assert (answer.status, answer.body["category"]) == (403, "MISSING_SCOPES")
    assert answer.body["message"].startswith("This app hasn't been granted all required scopes to make this call.")
    assert answer.body["errors"][0]["context"] == {"requiredGranularScopes": [scope]}


@pytest.mark.parametrize("path", ["/crm/objects/2026-03/contacts", "/crm/owners/2026-09"])
def test_the_next_page_of_a_dated_address_is_at_the_dated_address(portal, path):
    for name in "ab":
        portal.contact(firstname=name)

    link = portal.get(path, limit="1").body["paging"]["next"]["link"]

    assert link.startswith(f"http://api.hubapi.com{path}?limit=1&after=")


def test_a_token_tells_what_it_is_good_for_as_long_as_it_holds(portal):
    token = portal.call("POST", "/oauth/v1/token", form(FORM), token="").body["access_token"]
    portal.clock.advance(600)

    found = portal.call("GET", f"/oauth/v1/access-tokens/{token}", token="").body
    assert (found["token_type"], found["hub_id"]) == ("access", 26892217)
    assert 1190 < found["expires_in"] <= 1200
    refresh = portal.call("GET", f"/oauth/v1/refresh-tokens/{FORM['refresh_token']}", token="").body
    assert (refresh["token_type"], refresh["scopes"]) == ("refresh", found["scopes"])
    portal.clock.advance(1200)
    for gone in (f"access-tokens/{token}", "access-tokens/x", "refresh-tokens/x"):
        assert portal.call("GET", f"/oauth/v1/{gone}", token="").status == 404
