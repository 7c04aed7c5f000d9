"""A cluster of two processes on this machine, started once."""

import pytest

from leadrelay.engines import open_engine
from tests.engines.contract import ClusterContract


@pytest.fixture(scope="module")
def engine(tidy):
    with tidy(), open_engine("dask") as engine:
        yield engine


class TestDask(ClusterContract):
    pass
