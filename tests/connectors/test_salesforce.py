import pytest

from tests.connectors.contract import ConnectorContract


class TestSalesforce(ConnectorContract):
    @pytest.fixture
    def crm(self, salesforce_crm):
        return salesforce_crm
