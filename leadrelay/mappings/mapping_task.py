"""`[task]` of a mapping's TOML: where hand-off tasks keep their key, and who follows them."""

from __future__ import annotations

import re
from collections import abc

from leadrelay.core.changes import Write
from leadrelay.core.playbook.values import Playbook
from leadrelay.core.toml_table import Table
from leadrelay.mappings import mapping_keys
from leadrelay.mappings.mapping_values import STATUS, Read, TaskMapping

_TASK_FIELD = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def task_of(
    top: Table, playbook: Playbook, reads: abc.Sequence[Read], writes: abc.Sequence[Write]
) -> TaskMapping | None:
    """Where hand-off tasks keep their key, and which field of the lead gets their owner.

    Where the playbook chooses nobody, there is no reason to tell, and its field is not asked for.
    """
    if "task" not in top:
        return None
    table = top.table("task")
    table.needs("key")
    key, owner, reason = (table.text(name) for name in ("key", "owner", "reason"))
    closed = table.texts("closed") or ()
    table.only(mapping_keys.names(mapping_keys.TASK))
    if closed and STATUS not in (read.lead for read in reads if read.field):
        table.problem("closed", f"[read] does not say which CRM field is '{STATUS}'.", f"Add to [read]: {STATUS} = ...")
    for name, text in (("key", key), ("owner", owner), ("reason", reason)):
        if text is not None and not _TASK_FIELD.fullmatch(text):
            table.problem(name, f"'{text}' is no name of a CRM field.", "Use the API name, not the label.")
    written = {write.field.lower() for write in writes}
    for name, text in (("owner", owner), ("reason", reason)):
        if text and text.lower() in written:
            table.problem(name, f"'{text}' is written by [write] already.", "Keep one of the two.")
    if reason and not owner:
        table.problem("reason", "is written together with the owner only.", "Name the field of the owner: owner = ...")
    told = reason if reason and playbook.assignment.goals else ""
    return TaskMapping(key or "", owner or "", table.place(), told, tuple(closed))
