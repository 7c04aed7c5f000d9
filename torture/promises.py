"""Decides of one plan whether what was done is what its file says, from the file, the CRM's history and the audit.

Shares no code with the product. P1 what is not refused is done, field by field, task by task. P2 what others changed
first is left alone, and listed. P3 nothing is refused without a cause. P4 nothing is done that the plan does not say.
P5 planning writes nothing, and what a plan had done is not done again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from typing import Any

from torture import tasks
from torture.evidence import Policy, Row, decoded
from torture.families import Families
from torture.tasks import NOTE, Task
from torture.values import same, short

SHOWN = 8
"""So many broken promises are told in full."""

_Found = tuple[str, str, int, str]
"""Record, field, row of the history, words."""

_Expected = Mapping[str, Any]
"""A task as the file has it."""


@dataclass(frozen=True, slots=True)
class Application:
    """One plan, from its making to the run after it. `plan`: the file. `history`: all that ever happened.

    `begin`, `made`: the history's row before planning, and when the plan was there. `through`: when it had come to its
    end. `until`: when it had been applied once more and a run had followed. `refused`: leads that were listed as
    refused. `others`: leads that another run had begun with meanwhile, by the books. `shared`: whether a second
    installation was at work.
    """

    policy: Policy
    plan: Row
    history: Sequence[Row]
    audit: Sequence[Row]
    begin: int
    made: int
    through: int
    until: int
    refused: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    shared: bool = False


def broken(given: Application) -> list[str]:
    """What is not as the plan promised, in words."""
    judge = _Judge(given)
    found = {
        "P1": [*judge.undone()],
        "P2": [*judge.stale()],
        "P3": [*judge.without_cause()],
        "P4": [*judge.more_than_planned()],
        "P5": [*judge.early(), *judge.again()],
    }
    return [
        f"{law} {' '.join(str(part) for part in (record, name, f'#{seq}' if seq else '') if part)}: {words}"
        for law, several in found.items()
        for record, name, seq, words in several[:SHOWN]
    ]


@dataclass(frozen=True)
class _Judge:
    """One plan, looked at from all sides. Leads go by their short ids."""

    given: Application

    @cached_property
    def _rows(self) -> dict[str, Row]:
        return {short(row["lead"]): row for row in self.given.plan["rows"]}

    @cached_property
    def _told(self) -> list[Row]:
        return [row for row in self.given.audit if row["run"] == self.given.plan["run"]]

    @cached_property
    def _told_fields(self) -> dict[tuple[str, str], list[Any]]:
        found: dict[tuple[str, str], list[Any]] = {}
        for row in self._told:
            for name, (_, new) in decoded(row["fields"]).items():
                found.setdefault((short(row["lead"]), name), []).append(new)
        return found

    @cached_property
    def _made(self) -> dict[str, list[Task]]:
        """By lead, the tasks and notes that the audit tells of under this plan, and that came of it."""
        policy, history = self.given.policy, self.given.history
        keys = {row["key"] for row in self._told if row["action"] != "write"}
        found: dict[str, list[Task]] = {}
        for task in tasks.created(policy, history, Families(policy, history)):
            if task.key in keys and task.seq <= self.given.through:
                found.setdefault(task.lead, []).append(task)
        return found

    @cached_property
    def _ours(self) -> dict[str, list[Row]]:
        """By lead, what we wrote into it under this plan."""
        return self._by_lead(ours=True)

    @cached_property
    def _foreign(self) -> dict[str, list[Row]]:
        """By lead, what people, and other runs, wrote into it since the plan was made."""
        return self._by_lead(ours=False)

    def _by_lead(self, *, ours: bool) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in self._lead_rows():
            if self.given.made < row["seq"] <= self.given.through and self._is_ours(row) is ours:
                found.setdefault(short(row["record"]), []).append(row)
        return found

    def _lead_rows(self) -> Iterator[Row]:
        policy = self.given.policy
        for row in self.given.history:
            if row["object"] == policy.lead and row["action"] == "update" and row["field"] not in policy.stamps:
                yield row

    def _is_ours(self, row: Row) -> bool:
        told = self._told_fields.get((short(row["record"]), row["field"]), ())
        return self._is_us(row) and any(same(new, row["new"]) for new in told)

    def _is_us(self, row: Row) -> bool:
        return row["actor"] in self.given.policy.us | self.given.policy.proxies

    @cached_property
    def _touched_tasks(self) -> set[str]:
        """Leads of which a person did something to a task."""
        policy = self.given.policy
        leads = {task.id: lead for lead, made in self._all_tasks.items() for task in made}
        late = (row for row in self.given.history if row["seq"] > self.given.made)
        ids = {short(row["record"]) for row in late if row["object"] == policy.task and not self._is_us(row)}
        return {leads[task] for task in ids & leads.keys()}

    @cached_property
    def _all_tasks(self) -> dict[str, list[Task]]:
        policy, history = self.given.policy, self.given.history
        found: dict[str, list[Task]] = {}
        for task in tasks.created(policy, history, Families(policy, history)):
            found.setdefault(task.lead, []).append(task)
        return found

    # -- P1 -----------------------------------------------------------------------------------------------------------

    def undone(self) -> Iterator[_Found]:
        """Rows that were not refused, and are not as the file says."""
        for lead, row in self._rows.items():
            if lead not in self.given.refused:
                yield from self._unwritten(lead, row)
                yield from self._unsent(lead, row)

    def _unwritten(self, lead: str, row: Row) -> Iterator[_Found]:
        for change in row["changes"] if row["effect"] else ():
            name, new = change["field"], change["new"]
            if same(change["old"], new):
                continue
            if not any(same(new, told) for told in self._told_fields.get((lead, name), ())):
                yield lead, name, 0, "stands in the plan, was not refused, and no audit row tells that it was written"
            if not any(one["field"] == name and same(new, one["new"]) for one in self._ours.get(lead, ())):
                yield lead, name, 0, "stands in the plan, was not refused, and never was written"

    def _unsent(self, lead: str, row: Row) -> Iterator[_Found]:
        made = self._made.get(lead, [])
        for wanted in _expected(row):
            there = [task for task in made if _means(task, wanted)]
            if len(there) != 1:
                yield lead, "", 0, f"{len(there)} of {wanted['subject']} came of the plan, one was to"
            for task in there if not self.given.shared else ():
                yield from _otherwise(lead, task, wanted)

    # -- P2 -----------------------------------------------------------------------------------------------------------

    def stale(self) -> Iterator[_Found]:
        """Leads that others changed before we came, and that we wrote all the same."""
        for lead in self._rows:
            first = self._first(lead)
            theirs = self._foreign.get(lead, [])
            if theirs and first is not None and theirs[0]["seq"] < first:
                name, seq = theirs[0]["field"], theirs[0]["seq"]
                yield lead, name, seq, f"was changed since the plan was made, and the plan written over it (#{first})"
            elif lead in self.given.refused and first is not None and not self._excused(lead):
                yield lead, "", first, "is listed as refused, and was written"

    def _first(self, lead: str) -> int | None:
        """The first effect of this plan on a lead."""
        seqs = [row["seq"] for row in self._ours.get(lead, ())] + [task.seq for task in self._made.get(lead, ())]
        return min(seqs, default=None)

    # -- P3 -----------------------------------------------------------------------------------------------------------

    def without_cause(self) -> Iterator[_Found]:
        """Leads that nobody touched, and that were refused; those refused that are none of the plan's."""
        for lead in self.given.refused:
            if lead not in self._rows:
                yield lead, "", 0, "is listed as refused, and is none of the plan's"
            elif not self._excused(lead):
                yield lead, "", 0, "was refused, and nobody but us had been there"

    def _excused(self, lead: str) -> bool:
        return lead in self._foreign.keys() | self._saved | self.given.others | self._touched_tasks

    @cached_property
    def _saved(self) -> set[str]:
        """Leads that others saved, though nothing in them became different but stamps."""
        late = (row for row in self.given.history if row["seq"] > self.given.made and not self._is_us(row))
        return {short(row["record"]) for row in late if row["object"] == self.given.policy.lead}

    # -- P4 -----------------------------------------------------------------------------------------------------------

    def more_than_planned(self) -> Iterator[_Found]:
        """What the audit tells of this plan, and the file does not have."""
        for (lead, name), told in self._told_fields.items():
            row = self._rows.get(lead)
            planned = [one["new"] for one in row["changes"] if one["field"] == name] if row else []
            for new in told:
                if not any(same(new, one) for one in planned):
                    yield lead, name, 0, "was written under the plan, which does not have it so"
        for lead, made in self._made.items():
            wanted = _expected(self._rows.get(lead, _NOTHING))
            for task in made:
                if not any(_means(task, one) for one in wanted):
                    yield lead, "", task.seq, f"got task {task.id} under the plan, which does not have it"

    # -- P5 -----------------------------------------------------------------------------------------------------------

    def early(self) -> Iterator[_Found]:
        """What we did while we planned."""
        for row in self.given.history:
            if self.given.begin < row["seq"] <= self.given.made and self._is_us(row):
                yield short(row["record"]), row["field"], row["seq"], f"we came to {row['action']} while we planned"
                return

    def again(self) -> Iterator[_Found]:
        """What we did after the end to leads that nobody else had touched."""
        late = [row for row in self.given.history if self.given.through < row["seq"] <= self.given.until]
        for row in late:
            lead, policy = short(row["record"]), self.given.policy
            done = lead in self._rows and lead not in self.given.refused and not self._excused(lead)
            if row["object"] == policy.lead and self._is_us(row) and done and row["field"] not in policy.stamps:
                yield lead, row["field"], row["seq"], "was written again after the plan had come to its end"
        for lead, made in self._all_tasks.items():
            done = lead in self._rows and lead not in self.given.refused and not self._excused(lead)
            for task in made if done else ():
                if self.given.through < task.seq <= self.given.until:
                    yield lead, "", task.seq, f"got task {task.id} after the plan had come to its end"


_NOTHING: Row = {"effect": None, "more": (), "changes": ()}


def _expected(row: Row) -> list[_Expected]:
    """Each task that a row has, the note too."""
    found: list[_Expected] = []
    for effect in [*([row["effect"]] if row["effect"] else ()), *row["more"]]:
        task = effect["task"]
        if task.get("subject"):
            found += [task, *(task.get("more") or ())]
        if task.get("note"):
            found.append({**task["note"], "subject": NOTE})
    return found


def _means(task: Task, wanted: _Expected) -> bool:
    return bool(task.subject == wanted["subject"])


def _otherwise(lead: str, task: Task, wanted: _Expected) -> Iterator[_Found]:
    """Where a task is not as the file has it: text, owner, day."""
    if not any(_holds(task.text, wanted.get(name)) for name in ("body", "html")):
        yield lead, "", task.seq, f"task {task.id} has another text than the plan"
    if not task.is_note and wanted.get("owner") and not same(task.owner, wanted["owner"]):
        yield lead, "", task.seq, f"task {task.id} has another owner than the plan"
    if not task.is_note and wanted.get("due") and task.due[:10] != str(wanted["due"])[:10]:
        yield lead, "", task.seq, f"task {task.id} is due on another day than in the plan"


def _holds(text: str, wanted: Any) -> bool:
    """As it stands, or with the line breaks of a page."""
    plain = str(wanted or "").strip()
    return bool(plain) and (plain in text or plain in unescape(text.replace("<br>", "\n")))
