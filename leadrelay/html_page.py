"""What the pages share: no script, no network, plots inside, tables beside them; for light, dark and paper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape

STYLE = """
:root { color-scheme: light dark; --ink: #1b2430; --soft: #5c6773; --line: #d9dee5; --ground: #fff; --tile: #f4f6f9;
  --live: #2f6fbd; --new: #b8620b; --good: #1d7f4e; --bad: #b3384c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa5b1; --line: #38424e; --ground: #14191f;
  --tile: #1d242c; --live: #7fb0ea; --new: #f0a452; --good: #5cc88e; --bad: #ef8296; } }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 72rem; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; } h2 { margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--line); }
h3 { margin: 1.5rem 0 .25rem; font-size: 1rem; } p { margin: .4rem 0; } .soft { color: var(--soft); }
.tiles { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0; }
.tile { background: var(--tile); border-radius: .5rem; padding: .6rem .9rem; }
.tile b { display: block; font-size: 1.3rem; }
.pair { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; }
.pair > * { flex: 1 1 24rem; min-width: 0; overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .5rem 0; } .wide { overflow-x: auto; }
th, td { padding: .15rem .9rem .15rem 0; text-align: right; vertical-align: top; white-space: nowrap; }
.words td:last-child { white-space: normal; min-width: 20rem; }
th { font-weight: 600; color: var(--soft); } th:first-child, td:first-child, .words td, .words th { text-align: left; }
tbody tr { border-top: 1px solid var(--line); }
svg { width: 100%; height: auto; color: var(--ink); } figure { margin: .5rem 0; max-width: 44rem; }
.pair > div { flex: 0 1 auto; max-width: 100%; } .pair > .square { flex: 0 1 25rem; }
dt { font-weight: 600; margin-top: .5rem; } dd { margin: 0; } figcaption { color: var(--soft); }
figure.full { max-width: none; } .pair > figure { flex: 1 1 22rem; max-width: 36rem; }
.good { color: var(--good); } .bad { color: var(--bad); }
.note { border-left: 4px solid var(--new); padding-left: .75rem; }
@page { margin: 16mm 14mm; }
@media print { :root { color-scheme: light; --ink: #1b2430; --soft: #4a545f; --line: #b9c0c9; --ground: #fff;
  --tile: #f1f3f6; --live: #2f6fbd; --new: #b8620b; --good: #166a40; --bad: #a02a41; }
  body { max-width: none; padding: 0; font-size: 11px; } h2 { margin-top: 1.4rem; } h2, h3 { break-after: avoid; }
  figure, tr, .tile, .whole { break-inside: avoid; } thead { display: table-header-group; }
  .wide { overflow: visible; } th, td { padding-right: .6rem; } .pair { gap: 1rem; } .pair > * { flex: 1 1 16rem; }
  .pair > div { flex: 0 1 auto; } .pair > figure { flex: 1 1 14rem; max-width: 24rem; }
  .tiles { margin: .5rem 0; } p { margin: .2rem 0; } dl { columns: 2; margin: .5rem 0; } dt { margin-top: 0; }
  dd { margin-bottom: .4rem; } dt { break-after: avoid; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(title: str, body: Iterable[str]) -> str:
    """A whole page; `title` and the parts of its body are HTML already."""
    inside = "\n".join(body)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><style>{STYLE}</style></head>'
        f"<body>\n{inside}\n</body></html>\n"
    )


def tiles(found: Mapping[str, str]) -> Iterator[str]:
    """Figures in large, each with its name."""
    yield '<div class="tiles">'
    yield from (f'<div class="tile"><b>{value}</b>{name}</div>' for name, value in found.items())
    yield "</div>"


def figure(svg: str, caption: str, said: str) -> str:
    """A plot with its words for those who do not see it."""
    label = escape(f"{caption}. {said}", quote=True)
    named = svg.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)
    return f"<figure>{named}<figcaption>{escape(caption)}</figcaption></figure>"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "") -> str:
    """A table; its cells are HTML already."""
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    title = f"<h3>{escape(caption)}</h3>" if caption else ""
    return f'{title}<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
