"""SOAP `login()` and `logout()`, which username + password + security token go through; retired from version 65 on.

https://developer.salesforce.com/docs/platform/api/guide/sforce-api-calls-login.html
"""

from __future__ import annotations

import re
from html import escape, unescape

from leadrelay.sandbox.credentials import SF_PASSWORD, SF_SECURITY_TOKEN, SF_USERNAME
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.sessions import Sessions, organization_id
from leadrelay.sandbox.salesforce.settings import setting
from leadrelay.sandbox.wire import Request, Response, Router

_RETIRED_FROM = 65
_INVALID = "Invalid username, password, security token; or user locked out."


class SoapLogin:
    """`POST /services/Soap/u/{version}`, two operations of it."""

    def __init__(self, org: Org, sessions: Sessions) -> None:
        self._org = org
        self._sessions = sessions

    def add_routes(self, router: Router) -> None:
        """The partner and the enterprise endpoint take the same login."""
        router.add("POST", "/services/Soap/{kind}/{version}", self._serve)
        router.add("POST", "/services/Soap/{kind}/{version}/{organization}", self._serve)

    def _serve(self, request: Request) -> Response:
        if not 31 <= _number(request.parts["version"]) < _RETIRED_FROM or request.parts["kind"] not in {"u", "c"}:
            return _fault("UNSUPPORTED_API_VERSION", "Invalid Api version specified on URL")
        text = request.body.decode("utf-8", "replace")
        operation = re.search(r"<(?:\w+:)?(login|logout)[\s/>]", text)
        if operation is None:
            return _fault("INVALID_OPERATION", "the leadrelay sandbox answers login() and logout() here")
        return self._login(text, request.parts["version"]) if operation[1] == "login" else self._logout(text)

    def _login(self, text: str, version: str) -> Response:
        password = _element(text, "password")
        # The organization's id in the header marks a login that is trusted by address and needs no security token.
        trusted = _element(text, "organizationId")[:15] == organization_id(self._org)[:15]
        good = {SF_PASSWORD + SF_SECURITY_TOKEN} | ({SF_PASSWORD} if trusted else set())
        if _element(text, "username") != SF_USERNAME or password not in good:
            return _fault("INVALID_LOGIN", _INVALID)
        return _answer(self._result(version))

    def _logout(self, text: str) -> Response:
        if not self._sessions.close(_element(text, "sessionId")):
            return _fault("INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader")
        return _answer("<logoutResponse/>")

    def _result(self, version: str) -> str:
        organization, user, url = organization_id(self._org), self._org.user_id(), self._org.url_of()
        seconds = int(setting(self._org, "session_seconds"))
        return (
            f"<loginResponse><result><metadataServerUrl>{url}/services/Soap/m/{version}/{organization[:15]}"
            f"</metadataServerUrl><passwordExpired>false</passwordExpired><sandbox>false</sandbox>"
            f"<serverUrl>{url}/services/Soap/u/{version}/{organization[:15]}</serverUrl>"
            f"<sessionId>{self._sessions.open()}</sessionId><userId>{user}</userId><userInfo>"
            f"<organizationId>{organization}</organizationId><sessionSecondsValid>{seconds}</sessionSecondsValid>"
            f"<userId>{user}</userId><userName>{SF_USERNAME}</userName></userInfo></result></loginResponse>"
        )


def _number(version: str) -> float:
    return float(version) if re.fullmatch(r"\d+\.\d", version) else 0


def _element(text: str, name: str) -> str:
    found = re.search(rf"<(?:\w+:)?{name}(?:\s[^>]*)?>(.*?)</", text, re.DOTALL)
    return unescape(found.group(1).strip()) if found else ""


def _answer(body: str) -> Response:
    return _xml(200, "", f"<soapenv:Body>{body}</soapenv:Body>")


def _fault(code: str, message: str) -> Response:
    detail = (
        f'<sf:LoginFault xsi:type="sf:LoginFault"><sf:exceptionCode>{code}</sf:exceptionCode>'
        f"<sf:exceptionMessage>{escape(message)}</sf:exceptionMessage></sf:LoginFault>"
    )
    body = (
        f"<soapenv:Fault><faultcode>{code}</faultcode><faultstring>{code}: {escape(message)}</faultstring>"
        f"<detail>{detail}</detail></soapenv:Fault>"
    )
    return _xml(500, ' xmlns:sf="urn:fault.partner.soap.sforce.com"', f"<soapenv:Body>{body}</soapenv:Body>")


def _xml(status: int, namespaces: str, body: str) -> Response:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope'
        ' xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com"'
        f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"{namespaces}>{body}</soapenv:Envelope>'
    )
    return Response(status, text.encode(), content_type="text/xml;charset=UTF-8")
