"""Leads that touch a topic: one task for whom the topic names, once per lead and topic. The lead stays whose it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from leadrelay.connectors.base import Claim, Standing
from leadrelay.connectors.moments import stamp
from leadrelay.core.changes import Withheld
from leadrelay.core.effects import TOPIC
from leadrelay.core.reminders import TopicTexts
from leadrelay.core.roster import Staff
from leadrelay.core.sla import Topic
from leadrelay.core.topics import drawn
from leadrelay.jobs.care.tasks import Care, Maker, TaskPage
from leadrelay.jobs.desk import Decision, Job
from leadrelay.jobs.owners.assigning import Assigning
from leadrelay.state.store import Store
from leadrelay.state.values import Intent, Result


@dataclass(frozen=True)
class Topics:
    """Sees to the topics of one run."""

    job: Job
    store: Store
    assigning: Assigning

    @property
    def staff(self) -> Staff:
        """Who works when."""
        return self.assigning.staff

    def fresh(self, decision: Decision) -> dict[str, list[Topic]]:
        """By lead of the page, the topics that hold and for which no task was made, nor is about to be."""
        if not decision.topics:
            return {}
        made = self.store.outbox.epochs(self.job.organisation, self.job.mapping.object, TOPIC, list(decision.topics))
        fresh = {
            lead: [topic for topic in topics if topic.name not in made.get(lead, ())]
            for lead, topics in decision.topics.items()
        }
        return {lead: topics for lead, topics in fresh.items() if topics}

    def plan(
        self, care: Care, page: TaskPage, fresh: Mapping[str, Sequence[Topic]], unfinished: Sequence[Intent]
    ) -> None:
        """`fresh`: what begins now. `unfinished`: tasks of topics that an earlier run did not settle."""
        for intent in unfinished:
            if intent.epoch not in {topic.name for topic in page.decision.topics.get(intent.lead, ())}:
                care.void.append(intent.key)
            elif sent := self._maker.again(page, intent):
                care.made.append(sent)
            else:
                care.waiting.add(intent.lead)
        texts, there = TopicTexts(self.job.playbook, page.now), self._merged(fresh)
        for lead, topics in fresh.items():
            for topic in topics:
                if claim := there.get((lead, topic.name)):
                    self._adopt(care, page, lead, topic, claim)
                else:
                    self._begin(care, page, lead, topic, texts)

    def _merged(self, fresh: Mapping[str, Sequence[Topic]]) -> dict[tuple[str, str], Claim]:
        """By lead and topic: the task of a record that was merged into the lead."""
        families = self.job.connector.families(list(fresh)) if fresh else {}
        keys = {
            self.job.key(one, TOPIC, topic.name): (lead, topic.name)
            for lead, several in families.items()
            for one in several
            for topic in fresh[lead]
        }
        claims = self.job.connector.claims(list(keys)) if keys else {}
        return {keys[key]: claim for key, claim in claims.items()}

    def _adopt(self, care: Care, page: TaskPage, lead: str, topic: Topic, claim: Claim) -> None:
        intent = self._maker.intent(page, lead, TOPIC, topic.name, {}, f"topic {topic.name}")
        care.found.append(intent)
        care.adopted.append(Result(intent.key, Standing.DONE, task=claim.task, adopted=True))

    def _begin(self, care: Care, page: TaskPage, lead: str, topic: Topic, texts: TopicTexts) -> None:
        owner = self._owner(topic, page, lead)
        if not owner:
            why = f"topic {topic.name}: nobody is there for whom it is: no active user, member or queue"
            care.withheld.append(Withheld(lead, "task", why))
            return
        calendar = self.staff.calendar(owner)
        due = calendar.later(page.now, topic.within)
        told = texts.of(topic, page.rows[lead], self.job.connector.link(lead), due, calendar)
        task = {"subject": told.subject, "body": told.text, "html": told.html, "due": stamp(due), "owner": owner}
        why = "; ".join(filter(None, [f"topic {topic.name}", told.trouble]))
        care.made.append(
            self._maker.sent(self._maker.intent(page, lead, TOPIC, topic.name, {**task, "do": TOPIC}, why))
        )

    def _owner(self, topic: Topic, page: TaskPage, lead: str) -> str:
        """The user, somebody of the team who is there, or the queue."""
        if topic.to in self.staff.teams:
            there = [rep for rep in self.staff.teams[topic.to] if rep.present(page.now)]
            rep = drawn(there, f"{lead}|{topic.name}")
            return rep.owner if rep else ""
        return self.staff.owner(topic.to) or self.assigning.queues.get(topic.to.lower(), "")

    @cached_property
    def _maker(self) -> Maker:
        return Maker(self.job)
