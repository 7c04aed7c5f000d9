"""A cluster of two processes on this machine, started once."""

import psutil
import pytest

from leadrelay.engines import open_engine
from tests.engines.contract import ClusterContract, Counting


@pytest.fixture(scope="module")
def engine(tidy):
    with tidy(), open_engine("dask") as engine:
        yield engine


class TestDask(ClusterContract):
    def test_nobody_else_reaches_the_cluster(self, engine, export):
        engine.tally(export, ["id"], Counting())
        us = psutil.Process()
        ours = [found for process in (us, *us.children(recursive=True)) for found in process.net_connections("inet")]
        ports = [found.laddr for found in ours if found.status == psutil.CONN_LISTEN]
        assert len(ports) >= 3
        assert {ip for ip, _ in ports} == {"127.0.0.1"}
