"""The JWT bearer grant, with a throw-away key pair in place of the certificate that an admin uploads."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from leadrelay.sandbox.credentials import SF_CLIENT_ID, SF_USERNAME
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.refusal import OAuthRefusal

_LONGEST = timedelta(minutes=5)
"""How far ahead `exp` may lie; the real one says 3 minutes and is lenient with clocks."""


class JwtGrant:
    """Checks assertions. The key pair is made when it is first asked for, for it takes a tenth of a second."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._pem: bytes | None = None
        self._path: Path | None = None

    @property
    def private_key(self) -> bytes:
        """The key to sign with, PEM; the same for as long as the org's state lives."""
        if self._pem is None:
            kept = self._org.store.recall("jwt_key")
            self._pem = kept.encode() if kept else _new_key()
            self._org.store.remember("jwt_key", self._pem.decode())
        return self._pem

    @property
    def private_key_path(self) -> Path:
        """A file that holds the key until this process ends."""
        if self._path is None:
            folder = tempfile.mkdtemp(prefix="leadrelay-sandbox-")
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            self._path = Path(folder, "salesforce-jwt.key")
            self._path.write_bytes(self.private_key)
            self._path.chmod(0o600)
        return self._path

    def check(self, assertion: str) -> None:
        """Raise OAuthRefusal unless the assertion is signed with our key and says who, for whom and until when."""
        claims = self._claims(assertion)
        if claims.get("iss") != SF_CLIENT_ID:
            raise OAuthRefusal("invalid_client_id", "client identifier invalid")
        if not self._is_for_us(claims.get("aud")):
            raise OAuthRefusal("invalid_grant", "audience is invalid")
        if not self._is_fresh(claims.get("exp")):
            raise OAuthRefusal("invalid_grant", "expired authorization code")
        if claims.get("sub") != SF_USERNAME:
            raise OAuthRefusal("invalid_grant", "user hasn't approved this consumer")

    def _claims(self, assertion: str) -> dict[str, Any]:
        key = serialization.load_pem_private_key(self.private_key, None).public_key()
        unchecked = {"verify_exp": False, "verify_aud": False, "verify_sub": False, "verify_iss": False}
        try:
            return jwt.decode(assertion, key, algorithms=["RS256"], options={**unchecked})  # type: ignore[arg-type]
        except jwt.InvalidTokenError:
            raise OAuthRefusal("invalid_grant", "invalid assertion") from None

    def _is_for_us(self, audience: object) -> bool:
        return isinstance(audience, str) and (
            audience.rstrip("/") == self._org.url_of()
            or (audience.startswith("https://") and audience.rstrip("/").endswith(".salesforce.com"))
        )

    def _is_fresh(self, expires: object) -> bool:
        # simple-salesforce sends the number as text: simple_salesforce/login.py, "exp".
        try:
            until = datetime.fromtimestamp(float(str(expires)), UTC)
        except (ValueError, OverflowError, OSError):
            return False
        now = datetime.now(UTC)
        return now < until <= now + _LONGEST


def _new_key() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
