"""The sandbox as a company has its CRMs before leadrelay came."""

from urllib.request import Request, urlopen

import pytest

from leadrelay.sandbox.errors import SandboxError
from leadrelay.sandbox.server import Options, Sandbox

KINDS = ("contacts", "tasks", "notes")


def ours(sandbox):
    """What is leadrelay's in the portal: properties, groups."""
    store = sandbox.hubspot_line.store
    names = [name for kind in KINDS for name in (*store.columns(kind), *store.recall(f"groups:{kind}"))]
    return [name for name in names if name.startswith("leadrelay")]


def filled(sandbox, name):
    return sandbox.hubspot_line.store.db.execute(f'SELECT count("{name}") FROM contacts').fetchone()[0]


def test_a_bare_portal_has_what_the_company_has_and_nothing_of_ours():
    with Sandbox(Options(leads=30, bare=True)) as sandbox:
        assert ours(sandbox) == []
        assert filled(sandbox, "lastname") == 30
        assert filled(sandbox, "cmdb_status")
        urlopen(Request(f"{sandbox.hubspot_url}/_sandbox/reset", method="POST"), timeout=10).close()  # noqa: S310 - the sandbox on this machine
        assert ours(sandbox) == []
        assert filled(sandbox, "lastname") == 30
    with Sandbox(Options()) as sandbox:
        assert {"leadrelay_key", "leadrelay_score", "leadrelay"} <= set(ours(sandbox))


def test_a_bare_state_folder_stays_bare(tmp_path):
    with Sandbox(Options(leads=3, bare=True, state=tmp_path)):
        pass
    with Sandbox(Options(state=tmp_path)) as sandbox:
        assert ours(sandbox) == []
    for options in (Options(leads=3, state=tmp_path), Options(leads=4, bare=True, state=tmp_path)):
        with pytest.raises(SandboxError, match="already holds other records"):
            Sandbox(options).__enter__()
