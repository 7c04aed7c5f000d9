"""What MkDocs does besides: the README is the first page, and the pages beside it are part of the site.

A hook of MkDocs: https://www.mkdocs.org/user-guide/configuration/#hooks
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
BESIDE = {"index.md": "README.md", "ARCHITECTURE.md": "ARCHITECTURE.md", "CHANGELOG.md": "CHANGELOG.md"}
_LINK = re.compile(r"\]\(([^)#\s]+)")


def on_files(files: Files, config: Any) -> Files:
    """Pages that stand beside docs/ come in under the names that they have on the site."""
    for name, source in BESIDE.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, name, content=_LINK.sub(_from_root, text)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Links as the repository has them lead to the pages of the site."""
    return _LINK.sub(_from_docs, markdown)


def _from_root(found: re.Match[str]) -> str:
    return f"]({_page(found[1].removeprefix('docs/'))}"


def _from_docs(found: re.Match[str]) -> str:
    return f"]({_page(found[1].removeprefix('../'))}"


def _page(target: str) -> str:
    names = {source: name for name, source in BESIDE.items()}
    return names.get(target, target)
