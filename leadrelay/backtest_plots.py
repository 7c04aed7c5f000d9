"""The plots of a back-test as inline SVG, readable on light and on dark ground (extra `analysis`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from leadrelay.core.trial.report import Changes, Quality
from leadrelay.plots import INK, drawn, percent

LIVE, NEW, WON, LOST = "#5b8fd1", "#e08a2c", "#3aa76d", "#cf6679"


def moves(changes: Changes) -> str:
    """From which stage to which: a heat map. Leads that stay are shown pale."""
    olds = list(dict.fromkeys(old for old, _ in changes.moves))
    news = sorted({new for _, new in changes.moves}, key=lambda new: _rank(changes, new))
    most = max([count for (old, new), count in changes.moves.items() if old != new] + [1])

    def draw(axes: Any) -> None:
        for (old, new), count in changes.moves.items():
            x, y = news.index(new), olds.index(old)
            colour, depth = (LIVE, 0.12) if old == new else (NEW, 0.2 + 0.7 * count / most)
            axes.add_patch(_rectangle(x - 0.47, y - 0.47, 0.94, colour, depth))
            axes.text(x, y, f"{count:,}", ha="center", va="center")
        axes.set(xlim=(-0.5, len(news) - 0.5), ylim=(len(olds) - 0.5, -0.5), xlabel="new stage", ylabel="live stage")
        axes.set_xticks(range(len(news)), news, rotation=30, ha="right")
        axes.set_yticks(range(len(olds)), olds)
        axes.tick_params(length=0)

    return drawn("moves", [draw], (6.4, 1.6 + 0.42 * len(olds)))


def _rank(changes: Changes, stage: str) -> tuple[bool, int]:
    """As the live playbook has them, then the others as they come."""
    olds = list(dict.fromkeys(old for old, _ in changes.moves))
    news = list(dict.fromkeys(new for _, new in changes.moves))
    return stage not in olds, olds.index(stage) if stage in olds else news.index(stage)


def _rectangle(x: float, y: float, size: float, colour: str, alpha: float) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x, y), size, size, facecolor=colour, alpha=alpha, linewidth=0)


def scores(names: Sequence[str], qualities: Sequence[Quality]) -> str:
    """How the won and the lost spread over the score, a panel for each playbook."""
    values = [score for quality in qualities for score in quality.scores]
    least, most = min(values) // 5 * 5, max(values) // 5 * 5 + 5
    width = max(5, -(-(most - least) // 200) * 5)
    edges = list(range(least, most + width, width))

    def panel(name: str, quality: Quality) -> Callable[[Any], None]:
        def draw(axes: Any) -> None:
            for place, (label, colour) in enumerate((("won", WON), ("lost", LOST))):
                counts = [0] * (len(edges) - 1)
                for score, pair in quality.scores.items():
                    counts[(score - least) // width] += pair[place]
                shares = [count / max(sum(counts), 1) for count in counts]
                axes.stairs(shares, edges, fill=True, color=colour, alpha=0.35, label=label)
                axes.stairs(shares, edges, color=colour, linewidth=1.5)
            axes.set(title=name, xlabel="score", ylabel="share of them")
            axes.yaxis.set_major_formatter(percent())
            axes.legend()

        return draw

    return drawn("scores", [panel(*pair) for pair in zip(names, qualities, strict=True)], (7.2, 3.2))


def curves(names: Sequence[str], qualities: Sequence[Quality]) -> str:
    """The ROC curves."""

    def draw(axes: Any) -> None:
        axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=":")
        for name, colour, quality in zip(names, (LIVE, NEW), qualities, strict=False):
            found = [cut.confusion for cut in quality.curve]
            alarms, hits = ([share.value or 0 for share in shares] for shares in _pairs(found))
            area = f"{name}: area {quality.area.value:.3f}" if quality.area else name
            axes.plot(alarms, hits, color=colour, linewidth=4 if colour == LIVE else 1.5, label=area)
        axes.set(xlabel="of the lost, taken for won", ylabel="of the won, found", xlim=(0, 1), ylim=(0, 1.01))
        axes.xaxis.set_major_formatter(percent())
        axes.yaxis.set_major_formatter(percent())
        axes.legend(loc="lower right")

    return drawn("curves", [draw], (4.6, 4.2))


def _pairs(found: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    return [one.fallout for one in found], [one.recall for one in found]


def lifts(names: Sequence[str], qualities: Sequence[Quality]) -> str:
    """The lift of each tenth of the leads, and what the tenths up to it hold of all that are won."""

    def bars(axes: Any) -> None:
        axes.axhline(1, color=INK, linewidth=0.8, linestyle=":")
        for place, (name, colour, quality) in enumerate(zip(names, (LIVE, NEW), qualities, strict=False)):
            places = [part.number + (place - (len(qualities) - 1) / 2) * 0.4 for part in quality.deciles]
            axes.bar(places, [part.lift for part in quality.deciles], 0.38, color=colour, label=name)
        axes.set(xlabel="tenth of the leads, best score first", ylabel="lift")
        axes.set_xticks(range(1, 11))
        axes.legend()

    def gains(axes: Any) -> None:
        axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=":")
        for name, colour, quality in zip(names, (LIVE, NEW), qualities, strict=False):
            reached = [0.0, *(part.gain for part in quality.deciles)]
            wide = 4 if colour == LIVE else 1.5
            axes.plot([tenth / 10 for tenth in range(11)], reached, color=colour, linewidth=wide, label=name)
        axes.set(xlabel="of all leads, best score first", ylabel="of the won, found", xlim=(0, 1), ylim=(0, 1.01))
        axes.xaxis.set_major_formatter(percent())
        axes.yaxis.set_major_formatter(percent())

    return drawn("lifts", [bars, gains], (7.2, 3.2))


def calibration(names: Sequence[str], qualities: Sequence[Quality]) -> str:
    """The share that is won in each band of scores, with its interval, and the goal."""

    def draw(axes: Any) -> None:
        goal = qualities[0].goals.conversion
        axes.axhline(goal, color=WON, linewidth=1, linestyle="--", label=f"goal of conversion: {goal:.0%}")
        for place, (name, colour, quality) in enumerate(zip(names, (LIVE, NEW), qualities, strict=False)):
            found = [band for band in quality.bands if band.won.whole]
            places = [band.least + 4.5 + (place - (len(qualities) - 1) / 2) * 1.6 for band in found]
            shares = [band.won.value or 0 for band in found]
            reach = [
                [max(0.0, share - band.won.interval[0]) for share, band in zip(shares, found, strict=True)],
                [max(0.0, band.won.interval[1] - share) for share, band in zip(shares, found, strict=True)],
            ]
            style = {"fmt": "o-", "color": colour, "linewidth": 1.5, "markersize": 4, "capsize": 2}
            axes.errorbar(places, shares, yerr=reach, label=name, **style)
        axes.set(xlabel="score, in bands of 10 points", ylabel="share that is won", ylim=(0, 1.02))
        axes.yaxis.set_major_formatter(percent())
        axes.legend()

    return drawn("calibration", [draw], (7.2, 3.4))
