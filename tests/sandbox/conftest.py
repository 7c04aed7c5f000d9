"""What the tests of the sandbox's common base share."""

import pytest

from leadrelay.sandbox.store import Column, Store

NOTE_FIELDS = [Column("Id"), Column("Text"), Column("Size", "integer")]


@pytest.fixture
def notes():
    """A store with one small object type, "Note"."""
    store = Store()
    store.create("Note", NOTE_FIELDS)
    yield store
    store.close()
