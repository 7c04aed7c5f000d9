"""Spark on two processors of this machine; skipped where it or Java is missing: `make spark` gets it."""

import shutil
from importlib.util import find_spec

import pytest

from leadrelay.engines import open_engine
from tests.engines.contract import ClusterContract

missing = [name for name, there in (("pyspark", find_spec("pyspark")), ("Java", shutil.which("java"))) if not there]
pytestmark = pytest.mark.skipif(bool(missing), reason=f"{' and '.join(missing)} not found; `make spark` needs both")


@pytest.fixture(scope="module")
def engine(tidy):
    with tidy(), open_engine("spark") as engine:
        yield engine


class TestSpark(ClusterContract):
    pass
