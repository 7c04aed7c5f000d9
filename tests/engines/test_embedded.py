import pytest

from leadrelay.engines import open_engine
from tests.engines.contract import EngineContract


@pytest.fixture
def engine():
    with open_engine("embedded") as engine:
        yield engine


class TestEmbedded(EngineContract):
    pass
