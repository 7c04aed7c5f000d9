"""The playbooks that come with leadrelay."""

from __future__ import annotations

from importlib.resources import files

_SUFFIX = ".toml"


def names() -> tuple[str, ...]:
    """What `text` knows, such as `it-discovery`."""
    found = (entry.name for entry in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX)))


def text(name: str) -> str:
    """The TOML of a playbook that comes with leadrelay."""
    return files(__name__).joinpath(f"{name}{_SUFFIX}").read_text(encoding="utf-8")
