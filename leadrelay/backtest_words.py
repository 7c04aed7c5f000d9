"""The figures of a back-test in words: what its screens and its page say alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from leadrelay.core.playbook.values import DIGITS, LETTERS
from leadrelay.core.targets import Target
from leadrelay.core.trial.measures import FEW, Cut, Estimate, Share
from leadrelay.core.trial.report import Changes, Report, Spread

AXES: Mapping[str, str] = {"contact_fit": "contact fit", "organisation_fit": "organisation fit", "bant_score": "BANT"}
GOALS: Mapping[str, str] = {"conversion": "conversion of the qualified", "accuracy": "accuracy of the qualification"}
MEANINGS: Mapping[str, str] = {
    "area under the ROC curve": "how often a won lead scores above a lost one: 0.5 is chance, 1 is always",
    "accuracy": "of all leads, those it was right about: qualified and won, or not qualified and lost",
    "precision": "of the leads that it qualified, those that were won: the conversion of what sales gets",
    "recall": "of the leads that were won, those that it qualified",
    "lift": "how often a tenth of the leads is won, against all leads",
    "gain": "what the tenths so far hold of all that were won",
    "95 % interval": "where the figure most likely lies, as far as so many leads can tell (DeLong, Wilson)",
}
_MET = {True: "met", False: "missed", None: "nothing to tell by"}


def verdicts(changes: Changes) -> Iterator[tuple[bool | None, str]]:
    """Whether the new playbook is better, by the paired tests: true, false, or not to be told; and the sentence."""
    yield _verdict(changes.difference, "score parts won from lost", ("better", "less well"), "area {}", "+.3f")
    often = ("more often", "less often")
    yield _verdict(changes.qualified.gained, "qualification is right", often, "{} of the leads", "+.1%")


def _verdict(
    gained: Estimate | None, does: str, words: tuple[str, str], unit: str, form: str
) -> tuple[bool | None, str]:
    if gained is None or gained.interval is None:
        return None, f"Whether the new {does} {words[0]}: too few leads to say."
    low, high = gained.interval
    if low == high == 0:
        return None, f"Whether the new {does} {words[0]}: just as the live one, of these leads."
    reach = f"({unit.format(format(gained.value, form))}, 95 % interval {low:{form}} to {high:{form}})"
    if low > 0:
        return True, f"The new {does} {words[0]} {reach}."
    if high < 0:
        return False, f"The new {does} {words[1]} {reach}."
    return None, f"Whether the new {does} {words[0]}, these leads cannot show {reach}."


def said(report: Report, output: str) -> bool:
    """Whether a playbook gives any lead a word of this output."""
    return any(word is not None for side in report.sides for word in side.words.get(output, {}))


def grades(report: Report) -> Iterator[tuple[str, ...]]:
    """A row for each letter, a cell for each digit: how many leads have the grade, now and then."""
    counts = [side.words.get("grade", {}) for side in report.sides]
    for letter in LETTERS:
        cells = (tuple(side.get(letter + digit, 0) for side in counts) for digit in DIGITS)
        yield letter, *(f"{cell[0]:,}" if len(set(cell)) == 1 else f"{cell[0]:,} → {cell[1]:,}" for cell in cells)


def mean(found: Spread) -> str:
    """The mean; nearly nothing has no sign."""
    return f"{round(found.mean, 1) + 0.0:.1f}"


def target(found: Target) -> str:
    """Whether it is met, and by how much."""
    if found.met is None:
        return _MET[None]
    few = f", only {found.found.whole} leads" if found.found.whole < FEW else ""
    return f"{_MET[found.met]} {percent(found.found.value)}{few or ('' if found.sure else ', not sure')}"


def cut(found: Cut | None) -> str:
    """A threshold and what it is worth."""
    if found is None:
        return "none on the score"
    one = found.confusion
    sizes = f"right {percent(one.accuracy.value)}, won {percent(one.precision.value)}"
    return f"{found.threshold}: {sizes}, finds {percent(one.recall.value)}"


def estimate(found: Estimate | None) -> str:
    """Such as `0.896 (0.887 to 0.905)`."""
    if found is None:
        return "—"
    return f"{found.value:.3f}" + (f" ({found.interval[0]:.3f} to {found.interval[1]:.3f})" if found.interval else "")


def share(found: Share) -> str:
    """Such as `76.3% (75% to 78%)`."""
    if found.value is None:
        return "—"
    low, high = found.interval
    return f"{found.value:.1%} ({low:.0%} to {high:.0%})"


def percent(value: float | None) -> str:
    """A share without its interval."""
    return "—" if value is None else f"{value:.0%}"


def signed(number: int) -> str:
    """A change."""
    return f"{number:+,}" if number else "0"
