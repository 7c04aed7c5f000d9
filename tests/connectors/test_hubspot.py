import pytest

from tests.connectors.contract import ConnectorContract


class TestHubSpot(ConnectorContract):
    @pytest.fixture
    def crm(self, hubspot_crm):
        return hubspot_crm
