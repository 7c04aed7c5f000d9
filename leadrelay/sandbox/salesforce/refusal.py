"""A login that is refused, as OAuth 2.0 words it (RFC 6749, section 5.2)."""

from __future__ import annotations

from leadrelay.sandbox.wire import Response


class OAuthRefusal(Exception):
    """`error` is the code, `description` what Salesforce says with it."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description

    def response(self) -> Response:
        return Response(400, {"error": self.error, "error_description": self.description})
