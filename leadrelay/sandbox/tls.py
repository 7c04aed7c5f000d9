"""Certificates for `--tls`: an authority that lives as long as the sandbox, and what it signs for this machine."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme


class Authority:
    """Its certificate is in the file `path`; nothing trusts it that is not told to."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ca.pem"
        authority = trustme.CA(organization_name="leadrelay sandbox")
        authority.cert_pem.write_to_path(str(self.path))
        self._certificate = authority.issue_cert("127.0.0.1", "localhost")

    def context(self) -> ssl.SSLContext:
        """What a server on 127.0.0.1, also called localhost, shows its clients."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._certificate.configure_cert(context)
        return context
