"""The table between a CRM record and a lead, both ways. The shipped ones lie beside this file, by name."""

from __future__ import annotations

from importlib.resources import files


def names() -> tuple[str, ...]:
    """The shipped mappings."""
    shipped = (file.name for file in files(__name__).iterdir() if file.name.endswith(".toml"))
    return tuple(sorted(name.removesuffix(".toml") for name in shipped))


def text(name: str) -> str:
    """A shipped mapping's TOML."""
    return files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
