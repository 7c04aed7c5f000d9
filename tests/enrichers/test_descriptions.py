"""What a description may say, and what is told where it is wrong."""

import pytest

from leadrelay.core.clean.fields import SCHEMA
from leadrelay.enrichers.describe import load, shipped


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_description_is_sound(name, tmp_path):
    description = load(name, tmp_path)
    assert set(description.fields) <= set(SCHEMA)
    assert description.url.scheme == "https"
    assert description.secrets
    assert description.unit
