"""What a Salesforce user is granted for leadrelay: permissions of the user, and what it may do with objects.

Names as UserPermissionAccess has them, without `Permissions`; objects as `Lead.Read`, which describe tells.
https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_permissionset.htm
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from leadrelay.connectors.needs import Excess, Need, Uses, needed

_OBJECT = "Permission set, Object Settings, {}: {}."
_SYSTEM = "Permission set, System Permissions: {}."
_APP = "Permission set, App Permissions: {}."


def _object(name: str, verb: str) -> str:
    return _OBJECT.format(name, verb)


NEEDS: tuple[Need, ...] = (
    Need(
        "ApiEnabled",
        ("reads", "writes", "setup"),
        "every call",
        "Salesforce refuses every call",
        _SYSTEM.format("API Enabled"),
    ),
    Need("{object}.Read", ("reads",), "reading leads", "no lead can be read", _object("{object}", "Read")),
    Need("{object}.Edit", ("writes", "owners"), "writing leads", "nothing can be written", _object("{object}", "Edit")),
    Need(
        "TransferAnyLead",
        ("owners",),
        "giving leads to their owners",
        "leads of others may keep their owner, unless sharing lets this user transfer them",
        _APP.format("Transfer Leads"),
        vital=False,
        of="lead",
    ),
    Need(
        "User.Read", ("roster", "tasks", "owners", "sla"), "finding owners", "no owner is known", "Every user has it."
    ),
    Need("Task.Read", ("tasks", "sla"), "finding tasks again", "no task can be found again", _APP.format("Edit Tasks")),
    Need("Task.Create", ("tasks",), "creating tasks", "no lead can be handed off", _APP.format("Edit Tasks")),
    Need(
        "Task.Delete",
        ("tasks",),
        "taking tasks back",
        "rollback leaves tasks where they are",
        _APP.format("Edit Tasks"),
        vital=False,
    ),
    Need("Note.Create", ("notes",), "writing notes", "no hand-off with a note is possible", "Setup, Notes Settings."),
    Need(
        "Event.Read",
        ("sla", "report"),
        "seeing meetings",
        "no meeting is known, and a job with an [sla] stops",
        _APP.format("Edit Events"),
    ),
    Need(
        "LeadHistory.Read",
        ("sla",),
        "seeing changes of status",
        "a change of status does not count as a response",
        "Setup, Object Manager, Lead, Set History Tracking: tick Lead Status.",
        vital=False,
        of="lead",
    ),
    Need(
        "Account.Read",
        ("accounts", "people"),
        "finding the accounts of leads",
        "no lead finds its account, nor that account's owner",
        _object("Accounts", "Read"),
        vital=False,
    ),
    Need(
        "Contact.Read",
        ("people",),
        "finding colleagues of a lead",
        "no colleagues of a lead are known",
        _object("Contacts", "Read"),
        vital=False,
    ),
    Need(
        "Opportunity.Read",
        ("report",),
        "seeing what became of leads",
        "an opportunity counts from the day of the lead's conversion",
        _object("Opportunities", "Read"),
        vital=False,
    ),
    Need(
        "CustomizeApplication",
        ("setup",),
        "creating fields",
        "no field can be created",
        _SYSTEM.format("Customize Application"),
    ),
    Need(
        "ManageProfilesPermissionsets",
        ("setup",),
        "creating the permission set",
        "nobody may see the new fields",
        _SYSTEM.format("Manage Profiles and Permission Sets"),
    ),
    Need(
        "AssignPermissionSets",
        ("setup",),
        "giving the permission set to the API user",
        "the API user may not see the new fields",
        _SYSTEM.format("Assign Permission Sets"),
    ),
)

_AFTER_SETUP = "Take it away when the fields are there, or let an admin deploy them: leadrelay setup --export."
_GRAVE: tuple[Excess, ...] = (
    Excess(
        "ModifyAllData",
        "it may change and delete every record of every object",
        "Take it away; give Read and Edit on the objects that leadrelay needs.",
    ),
    Excess(
        "ViewAllData",
        "it may read every record of every object",
        "Take it away; where leads are private, give View All Records on their object.",
    ),
    Excess("ManageUsers", "it may create users and reset their passwords", "Take it away."),
    Excess("ModifyMetadata", "it may deploy code and configuration", "Take it away."),
    Excess("AuthorApex", "it may write code that runs with all rights", "Take it away."),
)
"""What leadrelay never needs."""

SYSTEM_PERMISSIONS = (
    *(row.grant for row in NEEDS if "." not in row.grant),
    *(excess.grant for excess in _GRAVE),
)
"""What is asked for of the user itself."""


def surplus(granted: Collection[str], uses: Uses) -> Iterator[Excess]:
    """What the user may do beyond these uses, of what is worth a word."""
    yield from (excess for excess in _GRAVE if excess.grant in granted)
    wanted = {need.grant for need in needed(NEEDS, uses)}
    for row in _of_setup(NEEDS):
        if row.grant in granted and row.grant not in wanted:
            yield Excess(row.grant, f"it serves only for {row.what}", _AFTER_SETUP)


def _of_setup(table: Sequence[Need]) -> Iterator[Need]:
    return (row for row in table if row.features == ("setup",))
