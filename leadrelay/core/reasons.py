"""What a reason says. A score is the sum of its reasons: add up the signed numbers of the text, and there it is."""

from __future__ import annotations

from collections.abc import Sequence

from leadrelay.core.playbook.values import Rule

BETWEEN = " · "


def rule_reason(rule: Rule, points: int) -> str:
    """Such as `Enterprise +20`, or `Webinar attended +4 (fading from +8)`; nothing for no points."""
    if not points:
        return ""
    faded = "" if points == rule.points else f" (fading from {rule.points:+})"
    return f"{rule.name} {points:+}{faded}"


def cap_reason(capped: str, change: int) -> str:
    """What the cap of an axis or a group took or gave, such as `organisation fit cap -5`."""
    return f"{capped} {'cap' if change < 0 else 'floor'} {change:+}" if change else ""


def in_words(output: str) -> str:
    """An output's name as people write it."""
    return output.replace("_", " ")


def shut_out(name: str) -> str:
    """Such as `Disqualified: competitor`."""
    return f"Disqualified: {name}"


def joined(reasons: Sequence[str | None]) -> str:
    """All of them in one line."""
    return BETWEEN.join(reason for reason in reasons if reason)
