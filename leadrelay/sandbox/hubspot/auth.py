"""Who may come in: the private app's token, or an OAuth access token that a refresh token was traded for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from leadrelay.sandbox.credentials import HS_TOKEN
from leadrelay.sandbox.hubspot.conduct import Conduct
from leadrelay.sandbox.hubspot.errors import PORTAL_ID, Refusal
from leadrelay.sandbox.hubspot.owners import OWNERS
from leadrelay.sandbox.hubspot.portal import APP_ID
from leadrelay.sandbox.hubspot.scopes import GRANTED
from leadrelay.sandbox.hubspot.settings import Settings
from leadrelay.sandbox.store import Store, stamp
from leadrelay.sandbox.wire import Request, Response

OAUTH_CLIENT_ID = "sandbox-client"
OAUTH_CLIENT_SECRET = "sandbox-secret"
OAUTH_REFRESH_TOKEN = "sandbox-refresh-token"
LIFE_SECONDS = 1_800

_DOCS = "https://developers.hubspot.com/docs/methods/auth/oauth-overview"
_NOT_FOUND = (
    "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at "
    + _DOCS
)


class Auth:
    """Checks the bearer of every call."""

    def __init__(self, store: Store, conduct: Conduct, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self.conduct = conduct
        self._tokens: dict[str, datetime] = {}

    def routes(self) -> Iterable[tuple[str, str, Any]]:
        return [
            *(("POST", path, self.token) for path in _TOKENS),
            ("GET", "/oauth/v1/access-tokens/{token}", self.access_token),
            ("POST", "/oauth/v2/private-apps/get/access-token-info", self.token_info),
            ("GET", "/oauth/v1/refresh-tokens/{token}", self.refresh_token),
        ]

    def check(self, request: Request) -> bool:
        """Whether the token is an OAuth one; raises the 401 where there is none that counts."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token == HS_TOKEN:
            return False
        issued = self._tokens.get(token)
        if scheme.lower() != "bearer" or issued is None:
            raise Refusal(401, _NOT_FOUND, "INVALID_AUTHENTICATION")
        left = self._left(issued)
        if left <= 0:
            # https://github.com/airbytehq/airbyte/issues/74726
            text = f"The OAuth token used to make this call expired {-left} second(s) ago."
            ended = stamp(issued + timedelta(seconds=LIFE_SECONDS))
            raise Refusal(401, text, "EXPIRED_AUTHENTICATION", context={"expire time": [ended]})
        return True

    def token(self, request: Request) -> Response:
        """Trade the refresh token for an access token."""
        form = request.form()
        if form.get("grant_type") not in {"refresh_token", "authorization_code"}:
            return _denied("BAD_GRANT_TYPE", "missing or unknown grant_type")
        if (form.get("client_id"), form.get("client_secret")) != (OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET):
            return _denied("BAD_CLIENT_SECRET", "missing or invalid client_id or client_secret")
        if OAUTH_REFRESH_TOKEN not in {form.get("refresh_token"), form.get("code")}:
            return _denied("BAD_REFRESH_TOKEN", "missing or invalid refresh token")
        token = f"sandbox-access-{uuid4()}"
        self._tokens[token] = self.store.clock.now()
        answer = {
            "access_token": token,
            "refresh_token": OAUTH_REFRESH_TOKEN,
            "expires_in": LIFE_SECONDS,
            "token_type": "bearer",
        }
        if request.path != _TOKENS[0]:
            answer |= {"hub_id": PORTAL_ID, "user_id": OWNERS[0]["userId"]}
            answer |= {"scopes": self._scopes(), "token_use": "access_token"}
        return Response(200, answer)

    def access_token(self, request: Request) -> Response:
        """What an access token is good for, and for how long."""
        token = request.parts["token"]
        left = self._left(self._tokens[token]) if token in self._tokens else 0
        if left <= 0:
            raise Refusal(404, "resource not found", "OBJECT_NOT_FOUND")
        return Response(200, {**_whose(token, "access", self._scopes()), "app_id": int(APP_ID), "expires_in": left})

    def token_info(self, request: Request) -> Response:
        """What the token of a private app, or a service key, is good for; a token that it does not know is a 404.

        https://developers.hubspot.com/docs/apps/legacy-apps/private-apps/overview
        """
        body = request.json() if request.body else {}
        if not isinstance(body, dict) or not isinstance(body.get("tokenKey"), str):
            raise Refusal(400, "Invalid input JSON: Some required fields were not set: [tokenKey]", "VALIDATION_ERROR")
        if body["tokenKey"] != HS_TOKEN or not self.settings.tells_scopes:
            raise Refusal(404, "resource not found", "OBJECT_NOT_FOUND")
        owner = OWNERS[0]
        told = {"userId": owner["userId"], "hubId": PORTAL_ID, "appId": int(APP_ID), "scopes": self._scopes()}
        return Response(200, {**told, "isUserToken": False})

    def refresh_token(self, request: Request) -> Response:
        """What a refresh token is good for."""
        token = request.parts["token"]
        if token != OAUTH_REFRESH_TOKEN:
            raise Refusal(404, "resource not found", "OBJECT_NOT_FOUND")
        return Response(200, {**_whose(token, "refresh", self._scopes()), "client_id": OAUTH_CLIENT_ID})

    def _scopes(self) -> list[str]:
        """What is granted now."""
        lost = self.conduct.facts("scope")
        return [scope for scope in GRANTED if scope not in lost]

    def _left(self, issued: datetime) -> int:
        """For how many seconds a token that was issued then still holds."""
        return LIFE_SECONDS - int((self.store.clock.now() - issued).total_seconds())


_TOKENS = ("/oauth/v1/token", "/oauth/v3/token")


def is_public(path: str) -> bool:
    """Whether an address needs no token."""
    return path.startswith("/oauth/")


def _whose(token: str, kind: str, scopes: list[str]) -> dict[str, Any]:
    owner = OWNERS[0]
    return {
        "token": token,
        "token_type": kind,
        "user": owner["email"],
        "user_id": owner["userId"],
        "hub_id": PORTAL_ID,
        "hub_domain": "sandbox.example",
        "scopes": scopes,
    }


def _denied(status: str, message: str) -> Response:
    return Response(400, {"status": status, "message": message, "correlationId": str(uuid4())})
