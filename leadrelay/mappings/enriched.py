"""What an `[enrichment]` says that nothing comes of: fields that nobody uses, values that cannot be freshened."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from leadrelay.core import identity
from leadrelay.core.changes import Policy
from leadrelay.core.clean.fields import DUPLICATES, GROUP
from leadrelay.core.clean.recipes import depends
from leadrelay.core.enrich.provenance import LINE, of_field
from leadrelay.core.enrich.values import Enrichment
from leadrelay.core.lints.values import Lint
from leadrelay.core.playbook.values import Playbook
from leadrelay.core.predicates import fields
from leadrelay.mappings.mapping_values import Mapping


def idle(playbook: Playbook, mapping: Mapping, asked_with: Collection[str], *, holds: bool = False) -> Iterator[Lint]:
    """Fields that providers are asked for and nothing looks at.

    `asked_with`: what the questions to providers are made of. `holds`: whether the job holds duplicates back.
    """
    rest = replace(playbook, enrichment=Enrichment())
    used = {*rest.fields_used, *mapping.fields_asked, *asked_with, *(DUPLICATES if holds else ())}
    if used & (DUPLICATES | GROUP):
        used.update(identity.DERIVED)
    if used & GROUP:
        used.update(playbook.decision_group.asks)
    for plan in playbook.enrichment.fields:
        others = [other for other in playbook.enrichment.fields if other is not plan]
        conditions = [other.run_if for other in others if other.run_if]
        asked = used.union(*(fields(condition.node) for condition in conditions))
        if plan.field not in asked.union(*map(depends, asked)) and not {LINE, of_field(plan.field)} & asked:
            message = f"providers are asked for '{plan.field}', which nothing uses."
            cure = "Write it in the mapping, ask for it in a rule, or remove this table."
            yield Lint(playbook.place(f"enrichment.fields.{plan.field}"), message, cure)


def steady(playbook: Playbook) -> Iterator[Lint]:
    """Confidence that fades, and is never asked for."""
    for plan in playbook.enrichment.fields:
        if plan.half_life and not plan.min_confidence:
            message = f"half_life of '{plan.field}' changes nothing: without min_confidence no answer is too unsure."
            place = playbook.place(f"enrichment.fields.{plan.field}.half_life")
            yield Lint(place, message, "Add min_confidence, or remove half_life.")


def kept(playbook: Playbook, mapping: Mapping) -> Iterator[Lint]:
    """Enriched fields that are read from a CRM field into which they are not written, or so that they look typed."""
    written = {(write.source, write.field.lower()): write for write in mapping.writes}
    for read in (read for read in mapping.reads if read.lead in playbook.enrichment.names):
        found = [written[key] for name in read.fields if (key := (read.lead, name.lower())) in written]
        if not found:
            named = " or ".join(f"'{name}'" for name in read.fields)
            message = f"what providers say of '{read.lead}' is not written to {named}, which it is read from."
            cure = "Fine where only rules need it; else write it, with policy 'unless-edited' or 'fill'."
            yield Lint(read.place, message, cure, hint=True)
        for write in (write for write in found if write.policy is Policy.OWN):
            message = f"'{write.field}' has policy 'own': a later run takes what was found for a person's value."
            yield Lint(write.place, message, "Use policy = 'unless-edited' or 'fill'.")
