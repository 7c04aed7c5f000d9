"""Both connectors against a CRM whose certificate comes from an authority of its own."""

from contextlib import closing

import pytest

from leadrelay.connectors.hubspot import HubSpotConnector, HubSpotSettings
from leadrelay.connectors.salesforce import SalesforceConnector, SalesforceSettings
from leadrelay.errors import Refused
from leadrelay.sandbox import credentials
from leadrelay.sandbox.server import Options, Sandbox


@pytest.fixture(scope="module")
def secure():
    with Sandbox(Options(tls=True)) as running:
        yield running


def salesforce(sandbox, pace, ca_file):
    settings = SalesforceSettings(
        instance_url=sandbox.salesforce_url,
        client_id=credentials.SF_CLIENT_ID,
        client_secret=credentials.SF_CLIENT_SECRET,
        ca_file=ca_file,
    )
    return closing(SalesforceConnector.connect(settings, pace=pace))


def hubspot(sandbox, pace, ca_file):
    settings = HubSpotSettings(access_token=credentials.HS_TOKEN, base_url=sandbox.hubspot_url, ca_file=ca_file)
    return closing(HubSpotConnector.connect(settings, pace=pace))


@pytest.mark.parametrize("connect", [salesforce, hubspot])
def test_its_certificate_is_trusted_when_its_authority_is_named(secure, time, connect):
    with connect(secure, time.pace(), secure.ca_path) as connector:
        assert connector.organisation()
        assert next(iter(connector.changes([], None))).records.columns == ["id", "modified"]


@pytest.mark.parametrize("connect", [salesforce, hubspot])
def test_it_is_refused_otherwise_with_the_cure(secure, time, connect):
    with connect(secure, time.pace(), "") as connector:
        with pytest.raises(Refused, match="ca_file"):
            connector.organisation()
        assert connector.calls == 1
