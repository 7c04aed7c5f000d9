"""How plots are drawn: inline SVG for light and dark ground and for paper, without a script (extra `analysis`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from io import StringIO
from typing import Any

from leadrelay.optional import needs

INK = "#010203"
"""Stands for the colour of the page's text, which the page decides."""

_SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "leadrelay",
    "font.family": "sans-serif",
    "font.size": 10,
    **{f"{part}.color": INK for part in ("text", "xtick", "ytick")},
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
}


def percent() -> Any:
    """Shares as per cent along an axis."""
    from matplotlib.ticker import PercentFormatter

    return PercentFormatter(1.0, decimals=0)


def drawn(name: str, panels: Sequence[Callable[[Any], None]], size: tuple[float, float], rows: int = 1) -> str:
    """Panels side by side, in so many rows, as an SVG that takes its colour from the page."""
    with needs("analysis", "--html"):
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    with rc_context(_SETTINGS):
        figure = Figure(figsize=size, layout="constrained")
        for draw, axes in zip(panels, figure.subplots(rows, len(panels) // rows, squeeze=False).flat, strict=True):
            draw(axes)
        text = StringIO()
        figure.savefig(
            text, format="svg", transparent=True, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type"))
        )
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :].replace(INK, "currentColor")
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r' (?:width|height|version|xmlns:xlink)="[^"]*"', "", svg[: svg.index(">")]) + svg[svg.index(">") :]
    return re.sub(r'(\bid="|url\(#|href="#)', rf"\1{name}-", svg)
