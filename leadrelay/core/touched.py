"""What hangs on lead fields: which others they fill, and which they take with them when they are gone."""

from __future__ import annotations

from collections.abc import Collection

from leadrelay.core import identity
from leadrelay.core.clean.fields import DUPLICATES, GROUP
from leadrelay.core.clean.recipes import derived
from leadrelay.core.decision_group import DecisionGroup


def touched(fields: Collection[str], group: DecisionGroup) -> frozenset[str]:
    """These lead fields, every derived one that comes from one of them, and those about others that do.

    Who is one person, and who has which role where, comes out differently without anything that tells it.
    """
    found = derived(fields)
    duplicates = DUPLICATES if found.intersection(identity.OF_PERSONS) else frozenset[str]()
    groups = GROUP if found.intersection(group.asks.union(identity.DERIVED)) else frozenset[str]()
    return found | duplicates | groups
