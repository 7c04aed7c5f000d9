"""One lead at a time, through closures: the answers of `qualify`, each with its evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from leadrelay.core import bant
from leadrelay.core.decay import age_in_days, points_at
from leadrelay.core.found import (
    Age,
    CriterionFound,
    Fact,
    Finding,
    Named,
    RecycleFound,
    RuleFound,
    StageFound,
)
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.condition import Condition
from leadrelay.core.playbook.values import SCORE_OF, VERDICT_WORDS, Criterion, Playbook, Rule, Stage
from leadrelay.core.predicates import bind, evidence, to_closure
from leadrelay.core.predicates.dates import to_the_millisecond
from leadrelay.core.reasons import cap_reason, in_words, joined, rule_reason, shut_out
from leadrelay.core.recycling import recycled
from leadrelay.core.shown import shown
from leadrelay.core.trace import PARTS_OF, TOLD, Trace

__all__ = ["Trace", "Tracer", "trace"]


class Tracer:
    """A playbook made ready for one `now`; call it with lead after lead."""

    def __init__(self, playbook: Playbook, now: datetime) -> None:
        self.playbook = playbook
        self.now = to_the_millisecond(now)
        self._closures = {c.node: to_closure(bind(c.node, self.now)) for c in playbook.conditions()}

    def __call__(self, lead: Mapping[str, Any]) -> Trace:
        """Everything about one typed lead."""
        return Walk(self, lead).trace()

    def find(self, condition: Condition, known: Mapping[str, Any]) -> Finding:
        """Try a predicate on what is known."""
        facts = tuple(Fact(name, shown(known[name])) for name in evidence(condition.node))
        return Finding(condition.text, self._closures[condition.node](known), facts)


def trace(lead: Mapping[str, Any], playbook: Playbook, now: datetime) -> Trace:
    """One lead, through every step of the playbook."""
    return Tracer(playbook, now)(lead)


class Walk:
    """One lead on its way through the steps; `known` grows by what each step decides."""

    def __init__(self, tracer: Tracer, lead: Mapping[str, Any]) -> None:
        self._tracer = tracer
        self._playbook = tracer.playbook
        self._known: dict[str, Any] = {name: lead.get(name) for name in tracer.playbook.schema}
        self._capped: dict[str, str] = {}
        self._group_caps: dict[str, str] = {}

    def find(self, condition: Condition) -> Finding:
        """Try a predicate on what is known by now."""
        return self._tracer.find(condition, self._known)

    def trace(self) -> Trace:
        """Take the steps in the order of `outputs`."""
        lead = {name: shown(value) for name, value in self._known.items()}
        criteria = tuple(map(self.criterion, self._playbook.criteria))
        self._count(criteria)
        rules = tuple(map(self.rule, self._playbook.rules))
        self._add_up(rules)
        grade = self.grade()
        self._known["band"] = self._playbook.bands(self._known["score"])
        disqualifiers = tuple(self._named(found.name, found.name, found.when) for found in self._playbook.disqualifiers)
        qualification, statuses = self._qualification(disqualifiers), self._statuses()
        gate, recycling, stages = self._gate(), self.recycling(), self._stages()
        territories, sales = self._territories(), self._sales()
        self._known["reasons"] = joined([*self._shut_out(disqualifiers), *self._reasons(rules)])
        outputs = {name: self._known[name] for name in OUTPUTS}
        return Trace(
            outputs=outputs,
            criteria=criteria,
            rules=rules,
            capped=self._capped,
            group_caps=self._group_caps,
            grade=grade,
            disqualifiers=disqualifiers,
            qualification=qualification,
            statuses=statuses,
            gate=gate,
            recycling=recycling,
            stages=stages,
            handoff=self._find(self._playbook.handoff.when if self._playbook.handoff else None),
            lead=lead,
            territories=territories,
            assign=self._find(self._playbook.assignment.when),
            watched=self._find(self._playbook.sla.when if self._playbook.sla else None),
            sales=sales,
            topics=tuple(self._named(topic.name, topic.name, topic.when) for topic in self._playbook.topics),
        )

    def _find(self, condition: Condition | None) -> Finding | None:
        return self.find(condition) if condition else None

    def criterion(self, criterion: Criterion) -> CriterionFound:
        """What is said of it."""
        by = tuple(self._named(saying.name, saying.name, saying.when) for saying in criterion.sayings)
        fresh = not criterion.expiry or _holds(self._find(criterion.expiry.fresh))
        found = bant.heard(criterion, [_holds(one.finding) for one in by], fresh=fresh)
        facts = tuple(Fact(name, shown(self._known[name])) for name in criterion.evidence)
        asked = bant.day_of(self._known[criterion.expiry.as_of]) if criterion.expiry else None
        known = [f"{fact.field} {fact.value}" for fact in facts if fact.value is not None]
        return CriterionFound(
            criterion=criterion.name,
            verdict=found.word,
            met=self._find(criterion.met),
            unmet=self._find(criterion.unmet),
            evidence=facts,
            questions=criterion.questions,
            met_by=by[: len(criterion.met_by)],
            unmet_by=by[len(criterion.met_by) :],
            spoke=found.by,
            told=bant.told(criterion, found, known, asked),
            age=self._age(criterion, asked, fresh=fresh, expired=found.expired),
        )

    def _age(self, criterion: Criterion, asked: date | None, *, fresh: bool, expired: bool) -> Age | None:
        if not (expiry := criterion.expiry):
            return None
        until = expiry.until(asked) if asked else None
        days = (self._tracer.now.date() - asked).days if asked else None
        return Age(expiry.as_of, shown(asked), days, expiry.after, shown(until), fresh, expired)

    def _count(self, found: Sequence[CriterionFound]) -> None:
        words = [criterion.verdict for criterion in found]
        verdicts = [VERDICT_WORDS.index(word) for word in words]
        criteria = self._playbook.criteria
        asked = bant.questions(criteria, self._playbook.asking, verdicts)
        for criterion, word in zip(criteria, words, strict=True):
            self._known[criterion.output] = word
        for word in VERDICT_WORDS:
            self._known[f"bant_{word}"] = words.count(word)
        self._known["bant"] = bant.summary(criteria, verdicts)
        self._known["bant_evidence"] = "; ".join(criterion.told for criterion in found)
        self._known["question"] = asked[0] if asked else None
        self._known["questions"] = "\n".join(asked) or None

    def rule(self, rule: Rule) -> RuleFound:
        """What it gives."""
        finding = self.find(rule.when)
        since = self._known[rule.decay.since] if rule.decay else None
        points = points_at(rule, age_in_days(self._tracer.now, since)) if finding.holds else 0
        fact = Fact(rule.decay.since, shown(since)) if rule.decay else None
        reason = rule_reason(rule, points)
        return RuleFound(rule.name, SCORE_OF[rule.axis], points, reason, finding, fact, rule.group)

    def _add_up(self, rules: Sequence[RuleFound]) -> None:
        for output in SCORE_OF.values():
            raw, caps = by_groups(self._playbook, [found for found in rules if found.output == output])
            self._group_caps |= caps
            self._cap(output, raw)
        for output, parts in PARTS_OF.items():
            self._cap(output, sum(self._known[part] for part in parts))

    def _cap(self, output: str, raw: int) -> None:
        points = self._known[output] = self._playbook.caps[output](raw)
        if reason := cap_reason(in_words(output), points - raw):
            self._capped[output] = reason

    def grade(self) -> tuple[str, ...]:
        """What makes the grade."""
        grades = self._playbook.grades
        fit, interest = self._known["fit"], self._known["engagement"] + self._known["intent"]
        self._known["grade"] = grade = grades(fit, interest) if grades else None
        return (f"{grade[0]}: fit {fit}", f"{grade[1]}: engagement and intent {interest}") if grade else ()

    def _named(self, name: str, label: str, condition: Condition | None) -> Named:
        return Named(name, label, self._find(condition))

    def _qualification(self, disqualifiers: Sequence[Named]) -> Finding:
        qualification = self.find(self._playbook.qualification)
        self._known["disqualified"] = any(found.finding and found.finding.holds for found in disqualifiers)
        self._known["qualified"] = bool(qualification.holds) and not self._known["disqualified"]
        return qualification

    def _statuses(self) -> tuple[Named, ...]:
        statuses = tuple(self._named(status.name, status.label, status.when) for status in self._playbook.statuses)
        taken = (status.name for status in statuses if status.finding is None or status.finding.holds)
        self._known["qualification"] = next(taken, None)
        return statuses

    def _sales(self) -> tuple[Named, ...]:
        rules = self._playbook.sales.by_output
        found = tuple(self._named(output, in_words(output), when) for output, when in rules.items())
        self._known |= {one.name: bool(one.finding and one.finding.holds) for one in found}
        return found

    def _gate(self) -> tuple[Named, ...]:
        gate = tuple(self._named(demand.name, demand.name, demand.when) for demand in self._playbook.gate)
        lacking = [found.name for found in gate if not (found.finding and found.finding.holds)]
        self._known["gate_passed"] = not lacking if gate else self._known["qualified"]
        self._known["gate_missing"] = joined(lacking) or None
        return gate

    def recycling(self) -> tuple[RecycleFound, ...]:
        """Every rule that recycles, and which speaks."""
        rules = self._playbook.recycling
        findings = [self.find(rule.when) for rule in rules.rules]
        found = recycled(rules, [bool(finding.holds) for finding in findings], self._known, self._tracer.now)
        others = [rules.names[place] for place in found.served if place != found.told]
        self._known["recycled"] = found.speaks is not None
        self._known["recycle_reason"] = None if found.told is None else rules.names[found.told]
        self._known["reengage_on"] = found.until
        self._known["recycled_before"] = joined(others) or None
        return tuple(
            RecycleFound(rule.name, rule.after, finding, speaks=place == found.speaks, served=place in found.served)
            for place, (rule, finding) in enumerate(zip(rules.rules, findings, strict=True))
        )

    def _stages(self) -> tuple[StageFound, ...]:
        playbook, here = self._playbook, self._known.get("current_stage")
        found = tuple(map(self.stage, playbook.stages))
        free = next(stage for stage in found if stage.takes)
        taken = next((stage.name for stage in found if stage.takes and stage.reachable), here)
        stage = next(stage for stage in playbook.stages if stage.name == taken)
        self._known["stage"], self._known["stage_label"], self._known["side"] = stage.name, stage.label, stage.side
        self._known["stage_held"] = free.name if free.name != taken else None
        return found

    def stage(self, stage: Stage) -> StageFound:
        """Whether it would have the lead."""
        ways, here = self._playbook.transitions, self._known.get("current_stage")
        reachable = not ways or ways.allow(here, stage.name)
        return StageFound(stage.name, stage.label, self._find(stage.when), reachable=reachable)

    def _territories(self) -> tuple[Named, ...]:
        rules = self._playbook.assignment
        found = tuple(self._named(rule.name, rule.name, rule.when) for rule in rules.territories)
        speaks = [one.finding is None or bool(one.finding.holds) for one in found]
        taken = next((rule for rule, holds in zip(rules.territories, speaks, strict=True) if holds), None)
        self._known["territory"] = taken.name if taken else None
        self._known["team"] = taken.goal if taken else rules.usual or None
        return found

    def _shut_out(self, disqualifiers: Sequence[Named]) -> list[str]:
        return [shut_out(found.name) for found in disqualifiers if found.finding and found.finding.holds]

    def _reasons(self, rules: Sequence[RuleFound]) -> Iterator[str | None]:
        """In the order in which the frame tells them: a group's rules, then what its cap changed; so for axes."""
        for output in TOLD:
            for group, told in groupby((found for found in rules if found.output == output), key=lambda one: one.group):
                yield from (found.reason for found in told)
                yield self._group_caps.get(group)
            yield self._capped.get(output)


def by_groups(playbook: Playbook, rules: Sequence[RuleFound]) -> tuple[int, dict[str, str]]:
    """The points of an axis before its cap, and what the caps of its groups took or gave."""
    total, caps = 0, {}
    for name, found in groupby(rules, key=lambda one: one.group):
        raw = sum(one.points for one in found)
        points = playbook.caps.of_group(name)(raw)
        if reason := cap_reason(name, points - raw):
            caps[name] = reason
        total += points
    return total, caps


def _holds(finding: Finding | None) -> bool:
    return bool(finding and finding.holds)
