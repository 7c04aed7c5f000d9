"""What a message quotes: no address of a person, no password, and whatever is quoted, soon."""

import pytest

from leadrelay.errors import masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("'bob@acme.example' is no", "'…' is no"),
        ("<a.b+c@d.co.uk>, x@y.z", "<…>, …"),
        ("https://user:word@host.example/x", "https://…/x"),
        ("no@address", "no@address"),
        # Would take minutes, were every letter the beginning of an address.
        ("a" * 300_000 + "@", "a" * 300_000 + "@"),
    ],
)
def test_addresses_and_passwords_are_not_shown(text, shown):
    assert masked(text) == shown
