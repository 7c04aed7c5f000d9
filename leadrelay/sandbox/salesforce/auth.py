"""OAuth 2.0: the token endpoint with its grants, and what goes with it (authorize, revoke, userinfo, identity).

https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_flows.htm
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from leadrelay.sandbox.credentials import (
    SF_CLIENT_ID,
    SF_CLIENT_SECRET,
    SF_PASSWORD,
    SF_SECURITY_TOKEN,
    SF_USERNAME,
)
from leadrelay.sandbox.salesforce.jwt_grant import JwtGrant
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.refusal import OAuthRefusal
from leadrelay.sandbox.salesforce.sessions import Sessions, organization_id, token_of
from leadrelay.sandbox.salesforce.settings import setting
from leadrelay.sandbox.wire import Request, Response, Router

Form = Mapping[str, str]


class OAuth:
    """The OAuth endpoints of one org."""

    def __init__(self, org: Org, sessions: Sessions) -> None:
        self._org = org
        self._sessions = sessions
        self._codes: set[str] = set()
        self.jwt = JwtGrant(org)
        self._grants: dict[str, Callable[[Form], dict[str, Any]]] = {
            "client_credentials": self._client_credentials,
            "password": self._password,
            "authorization_code": self._authorization_code,
            "refresh_token": self._refresh_token,
            "urn:ietf:params:oauth:grant-type:jwt-bearer": self._jwt_bearer,
        }

    def add_routes(self, router: Router) -> None:
        """All paths that are reached without a session."""
        router.add("GET POST", "/services/oauth2/token", self._token)
        router.add("GET", "/services/oauth2/authorize", self._authorize)
        router.add("GET POST", "/services/oauth2/revoke", self._revoke)
        router.add("GET POST", "/services/oauth2/userinfo", self._userinfo)
        router.add("GET", "/id/{organization}/{user}", self._identity)

    # -- the token endpoint -----------------------------------------------------------------------------------------

    def _token(self, request: Request) -> Response:
        form = {**request.query, **_form(request), **_basic(request)}
        grant = self._grants.get(form.get("grant_type", ""))
        if request.method != "POST":
            return OAuthRefusal("invalid_request", "must use HTTP POST").response()
        if grant is None:
            return OAuthRefusal("unsupported_grant_type", "grant type not supported").response()
        try:
            return Response(200, {**self._answer(), **grant(form)}, {"Cache-Control": "no-cache, no-store"})
        except OAuthRefusal as refusal:
            return refusal.response()

    def _answer(self) -> dict[str, Any]:
        """What every grant gives but the token, which is made once the grant is good."""
        identity = f"{self._org.url_of()}/id/{organization_id(self._org)}/{self._org.user_id()}"
        issued_at = str(int(self._org.now().timestamp() * 1000))
        digest = hmac.digest(SF_CLIENT_SECRET.encode(), (identity + issued_at).encode(), hashlib.sha256)
        return {
            "access_token": "",
            "signature": base64.b64encode(digest).decode(),
            "scope": "api",
            "instance_url": self._org.url_of(),
            "id": identity,
            "token_type": "Bearer",
            "issued_at": issued_at,
        }

    def _client_credentials(self, form: Form) -> dict[str, Any]:
        _check_client(form)
        return self._granted()

    def _password(self, form: Form) -> dict[str, Any]:
        _check_client(form)
        if form.get("username") != SF_USERNAME or form.get("password") not in {
            SF_PASSWORD,
            SF_PASSWORD + SF_SECURITY_TOKEN,
        }:
            raise OAuthRefusal("invalid_grant", "authentication failure")
        return self._granted()

    def _jwt_bearer(self, form: Form) -> dict[str, Any]:
        self.jwt.check(form.get("assertion", ""))
        return self._granted()

    def _authorization_code(self, form: Form) -> dict[str, Any]:
        _check_client(form)
        code = form.get("code", "")
        if code not in self._codes:
            raise OAuthRefusal("invalid_grant", "invalid authorization code")
        self._codes.remove(code)
        return self._refreshable(secrets.token_hex(8))

    def _refresh_token(self, form: Form) -> dict[str, Any]:
        _check_client(form, secret=False)
        token = form.get("refresh_token", "")
        grant = self._grants_by_token().get(token)
        if grant is None:
            raise self._refused_refresh(token)
        if setting(self._org, "rotate_refresh_tokens"):
            return self._refreshable(grant, spent=token)
        return {"access_token": self._sessions.open(grant), "scope": "refresh_token api"}

    def _refused_refresh(self, token: str) -> OAuthRefusal:
        """A refresh token that was rotated out takes the current one, and its access tokens, with it.

        https://help.salesforce.com/s/articleView?id=005316711
        """
        grant = self._org.store.recall("spent_refresh_tokens", {}).get(token)
        if grant is not None:
            self._end(grant)
        return OAuthRefusal("invalid_grant", "expired access/refresh token")

    def _refreshable(self, grant: str, spent: str = "") -> dict[str, Any]:
        """An access token and a new refresh token of a grant, in the place of the one that is spent."""
        known, token = self._grants_by_token(), f"5Aep{secrets.token_urlsafe(48)}"
        if known.pop(spent, None) is not None:
            store = self._org.store
            store.remember("spent_refresh_tokens", {**store.recall("spent_refresh_tokens", {}), spent: grant})
        self._keep({**known, token: grant})
        return {"access_token": self._sessions.open(grant), "scope": "refresh_token api", "refresh_token": token}

    def _end(self, grant: str) -> None:
        self._keep({token: other for token, other in self._grants_by_token().items() if other != grant})
        self._sessions.close_all(grant)

    def _granted(self) -> dict[str, Any]:
        return {"access_token": self._sessions.open()}

    def _grants_by_token(self) -> dict[str, str]:
        """The refresh tokens that still work, each with the grant that it goes back to."""
        return dict(self._org.store.recall("refresh_tokens", {}))

    def _keep(self, tokens: Mapping[str, str]) -> None:
        self._org.store.remember("refresh_tokens", dict(tokens))

    # -- beside it --------------------------------------------------------------------------------------------------

    def _authorize(self, request: Request) -> Response:
        """The web server flow: the API user has always just said yes."""
        query = request.query
        if query.get("client_id") != SF_CLIENT_ID:
            return OAuthRefusal("invalid_client_id", "client identifier invalid").response()
        if query.get("response_type") != "code" or not query.get("redirect_uri"):
            return OAuthRefusal("unsupported_response_type", "response type must be code").response()
        code = f"aPrx{secrets.token_urlsafe(48)}"
        self._codes.add(code)
        answer = {"code": code, **({"state": query["state"]} if "state" in query else {})}
        return Response(302, None, {"Location": f"{query['redirect_uri']}?{urlencode(answer)}"})

    def _revoke(self, request: Request) -> Response:
        token = {**request.query, **_form(request)}.get("token", "")
        known = self._grants_by_token()
        if known.pop(token, None) is not None:
            self._keep(known)
        elif not self._sessions.close(token):
            return OAuthRefusal("invalid_token", f"invalid token: {token[:4]}...").response()
        return Response(200)

    def _userinfo(self, request: Request) -> Response:
        if not self._sessions.is_open(token_of(request)):
            return Response(403, b"Bad_OAuth_Token", content_type="text/html;charset=UTF-8")
        person = self._person()
        return Response(
            200,
            {"sub": person["id"], "preferred_username": person["username"], "name": person["display_name"], **person},
        )

    def _identity(self, request: Request) -> Response:
        if not self._sessions.is_open(token_of(request)):
            return Response(403, b"Bad_OAuth_Token", content_type="text/html;charset=UTF-8")
        if request.parts["user"][:15] != self._org.user_id()[:15]:
            return Response(404, b"Bad_Id", content_type="text/html;charset=UTF-8")
        return Response(200, self._person())

    def _person(self) -> dict[str, Any]:
        user = self._org.store.get("User", self._org.user_id()) or {}
        organization = organization_id(self._org)
        base = self._org.url_of()
        return {
            "id": f"{base}/id/{organization}/{user['Id']}",
            "asserted_user": True,
            "user_id": user["Id"],
            "organization_id": organization,
            "username": user.get("Username"),
            "first_name": user.get("FirstName"),
            "last_name": user.get("LastName"),
            "display_name": " ".join(filter(None, (user.get("FirstName"), user.get("LastName")))),
            "email": user.get("Email"),
            "active": bool(user.get("IsActive")),
            "user_type": "STANDARD",
            "urls": {
                "rest": f"{base}/services/data/v{{version}}/",
                "sobjects": f"{base}/services/data/v{{version}}/sobjects/",
            },
        }


def _form(request: Request) -> dict[str, str]:
    try:
        return request.form()
    except UnicodeDecodeError:
        return {}


def _basic(request: Request) -> dict[str, str]:
    """Client id and secret from the Authorization header, where they are there."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
    except ValueError:
        return {}
    return {"client_id": client_id, "client_secret": secret}


def _check_client(form: Form, *, secret: bool = True) -> None:
    if form.get("client_id") != SF_CLIENT_ID:
        raise OAuthRefusal("invalid_client_id", "client identifier invalid")
    if (secret or "client_secret" in form) and form.get("client_secret") != SF_CLIENT_SECRET:
        raise OAuthRefusal("invalid_client", "invalid client credentials")
