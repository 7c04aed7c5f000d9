"""Merging records as SOAP merge() does: up to three become one.

https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_merge.htm
"""

from __future__ import annotations

from collections.abc import Sequence

from leadrelay.sandbox.salesforce.errors import SalesforceError, bad, entity_deleted
from leadrelay.sandbox.salesforce.objects import ObjectType
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.schema import Values
from leadrelay.sandbox.salesforce.settings import setting
from leadrelay.sandbox.salesforce.writes import CHILDREN, Caller, Writer

MERGEABLE = ("Account", "Contact", "Lead")
MOST_LOSERS = 2


def merge(org: Org, writer: Writer, kind: ObjectType, master: str, losers: Sequence[str], caller: Caller) -> None:
    """The master keeps its values and gets the losers' children; the losers go to the bin with its id."""
    if kind.name not in MERGEABLE:
        raise _refused(f"entity type {kind.label} does not support merge")
    if not 1 <= len(losers) <= MOST_LOSERS or len({master, *losers}) != len(losers) + 1:
        raise _refused(f"a merge takes a master and 1 or {MOST_LOSERS} other records")
    for key in (master, *losers):
        row = writer.existing(kind, key)
        if row.get("IsDeleted"):
            raise entity_deleted()
        if row.get("IsConverted"):
            raise _refused("cannot merge a converted lead")
        org.rules.check_lock(key, org.now())
    for loser in losers:
        _move_children(org, writer, kind, loser, master, caller)
        _lose(org, writer, kind, loser, master, caller)
    org.store.update(kind.name, master, writer.touched(kind.name, caller), caller.actor)


def _move_children(org: Org, writer: Writer, kind: ObjectType, loser: str, master: str, caller: Caller) -> None:
    """Without triggers, and without a new LastModifiedDate."""
    for name, field in CHILDREN[kind.name]:
        now = writer.touched(name, caller)["SystemModstamp"]
        sql = f'SELECT * FROM "{name}" WHERE "{field}" = ? AND IsDeleted = 0'
        for child in org.store.select(sql, (loser,)):
            values: Values = {field: master, "SystemModstamp": now}
            org.store.update(name, child["Id"], values, caller.actor, child)


def _lose(org: Org, writer: Writer, kind: ObjectType, loser: str, master: str, caller: Caller) -> None:
    values: Values = {"IsDeleted": 1, "MasterRecordId": master, **writer.touched(kind.name, caller)}
    org.store.update(kind.name, loser, values, caller.actor)
    org.store.note(caller.actor, "merge", kind.name, loser, "MasterRecordId", None, master)
    if setting(org, "merged_ids_follow"):
        sql = f'SELECT Id FROM "{kind.name}" WHERE MasterRecordId = ?'
        for (earlier,) in org.store.db.execute(sql, (loser,)).fetchall():
            org.store.update(kind.name, earlier, {"MasterRecordId": master}, caller.actor)


def _refused(message: str) -> SalesforceError:
    return bad("MERGE_FAILED", message, [])
