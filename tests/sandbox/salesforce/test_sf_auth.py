import base64
import time

import jwt
import pytest

from leadrelay.sandbox.credentials import (
    SF_CLIENT_ID,
    SF_CLIENT_SECRET,
    SF_PASSWORD,
    SF_SECURITY_TOKEN,
    SF_USERNAME,
)
from leadrelay.sandbox.wire import Response

EXPIRED = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
CLIENT = {"client_id": SF_CLIENT_ID, "client_secret": SF_CLIENT_SECRET}


def ask(client, headers=None, **form):
    body = "&".join(f"{name}={value}" for name, value in form.items())
    return client.send("POST", "/services/oauth2/token", body.encode(), headers)


def assertion(org, **claims):
    known = {"iss": SF_CLIENT_ID, "sub": SF_USERNAME, "aud": "https://acme.my.salesforce.com"}
    known["exp"] = str(int(time.time()) + 180)
    return jwt.encode({**known, **claims}, org.jwt_private_key.read_bytes(), algorithm="RS256")


# -- the token endpoint -----------------------------------------------------------------------------------------------


def test_client_credentials_answer_says_where_the_org_is(stranger):
    answer = ask(stranger, grant_type="client_credentials", **CLIENT)
    assert answer.status == 200
    assert answer.body["instance_url"] == "http://127.0.0.1:1234"
    assert answer.body["token_type"] == "Bearer"
    assert {"access_token", "id", "issued_at", "signature", "scope"} <= answer.body.keys()


def test_client_credentials_are_also_taken_from_the_header(stranger):
    basic = base64.b64encode(f"{SF_CLIENT_ID}:{SF_CLIENT_SECRET}".encode()).decode()
    assert ask(stranger, {"Authorization": f"Basic {basic}"}, grant_type="client_credentials").status == 200


@pytest.mark.parametrize("password", [SF_PASSWORD, SF_PASSWORD + SF_SECURITY_TOKEN])
def test_password_with_and_without_security_token(stranger, password):
    assert ask(stranger, grant_type="password", username=SF_USERNAME, password=password, **CLIENT).status == 200


@pytest.mark.parametrize(
    ("form", "error", "description"),
    [
        (
            {"grant_type": "client_credentials", **CLIENT, "client_id": "x"},
            "invalid_client_id",
            "client identifier invalid",
        ),
        (
            {"grant_type": "client_credentials", **CLIENT, "client_secret": "x"},
            "invalid_client",
            "invalid client credentials",
        ),
        (
            {"grant_type": "password", **CLIENT, "username": SF_USERNAME, "password": "x"},
            "invalid_grant",
            "authentication failure",
        ),
        ({"grant_type": "device"}, "unsupported_grant_type", "grant type not supported"),
        ({}, "unsupported_grant_type", "grant type not supported"),
        (
            {"grant_type": "refresh_token", **CLIENT, "refresh_token": "x"},
            "invalid_grant",
            "expired access/refresh token",
        ),
        ({"grant_type": "authorization_code", **CLIENT, "code": "x"}, "invalid_grant", "invalid authorization code"),
    ],
)
def test_what_the_token_endpoint_refuses(stranger, form, error, description):
    answer = ask(stranger, **form)
    assert (answer.status, answer.body) == (400, {"error": error, "error_description": description})


def test_the_token_endpoint_wants_post(stranger):
    assert stranger.send("GET", "/services/oauth2/token").body["error_description"] == "must use HTTP POST"


def test_jwt_bearer_checks_the_signature_and_every_claim(org, stranger):
    grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert ask(stranger, grant_type=grant, assertion=assertion(org)).status == 200
    now = int(time.time())
    refused = {
        "audience is invalid": assertion(org, aud="https://example.com"),
        "expired authorization code": assertion(org, exp=now - 10),
        "user hasn't approved this consumer": assertion(org, sub="other@example.com"),
        "client identifier invalid": assertion(org, iss="other"),
        "invalid assertion": "no.jwt.atall",
    }
    for description, text in refused.items():
        answer = ask(stranger, grant_type=grant, assertion=text)
        assert (answer.status, answer.body["error_description"]) == (400, description)
    forged = jwt.encode({"iss": SF_CLIENT_ID}, "secret" * 8, algorithm="HS256")
    assert ask(stranger, grant_type=grant, assertion=forged).body["error"] == "invalid_grant"


def test_refresh_tokens_come_by_the_web_server_flow_and_may_rotate(org, stranger):
    query = f"response_type=code&client_id={SF_CLIENT_ID}&redirect_uri=http://localhost/done&state=s1"
    sent_back = stranger.send("GET", f"/services/oauth2/authorize?{query}").headers["Location"]
    assert sent_back.startswith("http://localhost/done?code=")
    assert sent_back.endswith("&state=s1")
    code = sent_back.split("code=")[1].split("&")[0]
    given = ask(stranger, grant_type="authorization_code", code=code, **CLIENT).body
    first = given["refresh_token"]
    assert ask(stranger, grant_type="authorization_code", code=code, **CLIENT).status == 400
    assert "refresh_token" not in ask(stranger, grant_type="refresh_token", refresh_token=first, **CLIENT).body
    org.set("rotate_refresh_tokens", value=True)
    rotated = ask(stranger, grant_type="refresh_token", refresh_token=first, client_id=SF_CLIENT_ID).body
    third = ask(stranger, grant_type="refresh_token", refresh_token=rotated["refresh_token"], **CLIENT).body
    stranger.token = third["access_token"]
    assert stranger.call("GET", "limits").status == 200
    refused = ask(stranger, grant_type="refresh_token", refresh_token=first, **CLIENT)
    assert refused.body == {"error": "invalid_grant", "error_description": "expired access/refresh token"}
    for token in (first, rotated["refresh_token"], third["refresh_token"]):
        assert ask(stranger, grant_type="refresh_token", refresh_token=token, **CLIENT).status == 400
    assert stranger.call("GET", "limits").status == 401


def test_a_grant_ends_alone(org, stranger):
    org.set("rotate_refresh_tokens", value=True)
    tokens = []
    for _ in range(2):
        query = f"response_type=code&client_id={SF_CLIENT_ID}&redirect_uri=http://localhost/done"
        code = stranger.send("GET", f"/services/oauth2/authorize?{query}").headers["Location"].split("code=")[1]
        tokens.append(ask(stranger, grant_type="authorization_code", code=code, **CLIENT).body["refresh_token"])
    assert ask(stranger, grant_type="refresh_token", refresh_token=tokens[0], **CLIENT).status == 200
    assert ask(stranger, grant_type="refresh_token", refresh_token=tokens[0], **CLIENT).status == 400
    assert ask(stranger, grant_type="refresh_token", refresh_token=tokens[1], **CLIENT).status == 200


def test_userinfo_identity_and_revoke(sf, org):
    about = sf.send("GET", "/services/oauth2/userinfo").body
    assert (about["preferred_username"], about["name"]) == (SF_USERNAME, "Integration User")
    token = sf.token
    identity = f"/id/{sf.query('SELECT Id FROM Organization')[0]['Id']}/{org.org.user_id()}"
    assert sf.send("GET", identity).body["user_id"] == org.org.user_id()
    assert sf.send("GET", identity[:-3] + "XXX").status == 200
    assert sf.send("GET", "/id/00D/005").status == 404
    assert sf.send("POST", "/services/oauth2/revoke", f"token={token}".encode()).status == 200
    assert sf.send("POST", "/services/oauth2/revoke", f"token={token}".encode()).status == 400
    assert sf.send("GET", "/services/oauth2/userinfo").status == 403
    assert sf.call("GET", "limits").body == EXPIRED


# -- SOAP -------------------------------------------------------------------------------------------------------------


def soap(client, version="59.0", password=SF_PASSWORD + SF_SECURITY_TOKEN, header=""):
    body = (
        f"<env:Envelope><env:Header>{header}</env:Header><env:Body><n1:login><n1:username>{SF_USERNAME}</n1:username>"
        f"<n1:password>{password}</n1:password></n1:login></env:Body></env:Envelope>"
    )
    return client.send("POST", f"/services/Soap/u/{version}", body.encode())


def test_soap_login_gives_a_session_that_works(sf):
    answer = soap(sf)
    text = answer.body.decode()
    assert answer.status == 200
    assert "<serverUrl>http://127.0.0.1:1234/services/Soap/u/59.0/" in text
    assert "<organizationId>00D" in text
    sf.token = text.split("<sessionId>")[1].split("</")[0]
    assert sf.call("GET", "limits").status == 200


def test_soap_login_refuses_as_a_fault(sf):
    answer = soap(sf, password="wrong")
    assert answer.status == 500
    assert b"<sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode>" in answer.body
    assert soap(sf, password=SF_PASSWORD).status == 500


def test_soap_login_from_a_trusted_place_needs_no_security_token(sf):
    organization = sf.query("SELECT Id FROM Organization")[0]["Id"]
    header = f"<urn:organizationId>{organization}</urn:organizationId>"
    assert soap(sf, password=SF_PASSWORD, header=header).status == 200


def test_soap_login_is_retired_from_version_65(stranger):
    answer = soap(stranger, version="65.0")
    assert (answer.status, b"UNSUPPORTED_API_VERSION" in answer.body) == (500, True)


def test_soap_logout_ends_the_session(sf):
    header = f"<SessionHeader><sessionId>{sf.token}</sessionId></SessionHeader>"
    body = f"<se:Envelope><se:Header>{header}</se:Header><se:Body><logout xmlns='x'/></se:Body></se:Envelope>".encode()
    answer = sf.send("POST", "/services/Soap/u/59.0", body)
    assert (answer.status, b"<logoutResponse/>" in answer.body) == (200, True)
    assert sf.call("GET", "limits").body == EXPIRED
    answer = sf.send("POST", "/services/Soap/u/59.0", body)
    assert (answer.status, b"INVALID_SESSION_ID" in answer.body) == (500, True)


# -- sessions ---------------------------------------------------------------------------------------------------------


def test_without_a_session_nothing_is_told(stranger):
    answer = stranger.call("GET", "sobjects/Lead/x")
    assert (answer.status, answer.body) == (401, EXPIRED)


def test_a_session_ends_with_time(sf, org):
    org.set("session_seconds", 600)
    sf.log_in()
    sf.pass_time(599)
    assert sf.call("GET", "limits").status == 200
    sf.pass_time(2)
    assert sf.call("GET", "limits").body == EXPIRED


@pytest.mark.parametrize("one", [True, False])
def test_a_new_session_may_end_the_old_one(sf, org, one):
    org.set("one_session", value=one)
    old = sf.token
    sf.log_in()
    sf.token = old
    assert sf.call("GET", "limits").status == (401 if one else 200)


# -- versions, limits, paths ------------------------------------------------------------------------------------------


def test_versions_are_listed_without_a_session_and_without_a_meter(stranger):
    answer = stranger.send("GET", "/services/data/")
    assert answer.body[0] == {"label": "Summer '14", "url": "/services/data/v31.0", "version": "31.0"}
    assert answer.body[-1]["label"] == "Winter '27"
    assert "Sforce-Limit-Info" not in answer.headers


@pytest.mark.parametrize(
    ("version", "status"), [("30.0", 410), ("31.0", 200), ("68.0", 200), ("69.0", 410), ("59.1", 410)]
)
def test_versions_that_are_served(sf, version, status):
    sf.version = version
    answer = sf.call("GET", "limits")
    assert answer.status == status
    if status == 410:
        assert answer.body[0]["errorCode"] == "GONE"


def test_paths_and_methods_that_are_not_there(sf):
    assert sf.call("GET", "nothing").body == [
        {"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}
    ]
    answer = sf.call("PATCH", "sobjects/Lead/")
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET,HEAD,POST"
    assert answer.body[0]["message"] == "HTTP Method 'PATCH' not allowed. Allowed are GET,HEAD,POST"
    assert sf.send("GET", "/elsewhere").status == 404


def test_every_call_is_metered_and_the_day_has_an_end(sf, org):
    org.set("daily_requests", 3)
    headers = [sf.call("GET", "limits").headers["Sforce-Limit-Info"] for _ in range(3)]
    assert headers == ["api-usage=1/3", "api-usage=2/3", "api-usage=3/3"]
    answer = sf.call("GET", "limits")
    assert (answer.status, answer.body) == (
        403,
        [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}],
    )
    assert answer.headers["Sforce-Limit-Info"] == "api-usage=3/3"
    sf.pass_time(24 * 3600 + 60)
    sf.log_in()
    assert sf.call("GET", "limits").body["DailyApiRequests"] == {"Max": 3, "Remaining": 2}


def test_resources_are_listed(sf):
    assert sf.call("GET", "").body["sobjects"] == "/services/data/v59.0/sobjects"


def test_a_fault_steps_between_and_a_crash_is_an_answer(sf, org, caplog):
    org.faults.append(lambda request: Response(503, b"busy") if request.path.endswith("/limits") else None)
    answer = sf.call("GET", "limits")
    assert (answer.status, "Sforce-Limit-Info" in answer.headers) == (503, True)
    org.faults[0] = lambda _: 1 / 0
    answer = sf.call("GET", "limits")
    assert (answer.status, answer.body[0]["errorCode"]) == (500, "UNKNOWN_EXCEPTION")
    assert "ZeroDivisionError" in caplog.text


def test_requests_are_counted_by_pattern(sf):
    sf.send("POST", "/_sandbox/requests/reset")
    sf.call("GET", f"sobjects/Lead/{sf.lead()}")
    counts = sf.send("GET", "/_sandbox/requests").body["requests"]
    assert counts == {
        "GET /services/data/{version}/sobjects/Lead/{id}": 1,
        "POST /services/data/{version}/sobjects/Lead": 1,
    }


def test_reset_makes_the_org_new_and_keeps_sessions(sf):
    key = sf.lead()
    assert sf.send("POST", "/_sandbox/reset").status == 204
    assert sf.call("GET", f"sobjects/Lead/{key}").status == 404
    assert sf.history(key) == []
    assert sf.lead() == key
