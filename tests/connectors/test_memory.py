import pytest

from tests.connectors.contract import ConnectorContract


class TestMemory(ConnectorContract):
    @pytest.fixture
    def crm(self, memory_crm):
        return memory_crm
