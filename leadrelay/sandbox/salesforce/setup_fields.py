"""The fields of objects that tell how an org is set up: currencies, duplicate rules, what the user is permitted.

https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_list.htm
"""

from __future__ import annotations

from leadrelay.sandbox.salesforce.standard_fields import SYSTEM

CURRENCIES = {"USD": 1.0, "EUR": 0.92, "GBP": 0.79, "JPY": 149.5, "KWD": 0.3072}
"""How much of each one US dollar buys: a rate is "against the corporate currency".

https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_currencytype.htm
"""
_CODES = " | ".join(CURRENCIES)
CURRENCY_FIELD = f'CurrencyIsoCode picklist(3) restricted "Lead Currency": *{_CODES}'
"""The field that says what a record counts in; only an org of several currencies has it."""
WITH_CURRENCY = frozenset({"Account", "Contact", "Lead", "Opportunity"})

SHARING = """
DefaultLeadAccess picklist(40) readonly restricted: None | Read | Edit | ReadEditTransfer
DefaultContactAccess picklist(40) readonly restricted: None | Read | Edit | ControlledByParent
"""
"""What everybody may do with records of others, as Organization tells it."""

PERMISSIONS = {
    "ApiEnabled": True,
    "AssignPermissionSets": True,
    "AuthorApex": False,
    "ConvertLeads": True,
    "CustomizeApplication": True,
    "EditEvent": True,
    "EditTask": True,
    "ManageProfilesPermissionsets": True,
    "ManageUsers": False,
    "ModifyAllData": False,
    "ModifyMetadata": False,
    "TransferAnyLead": True,
    "ViewAllData": False,
    "ViewSetup": True,
}
"""What the integration user may do at first; `grant` and `revoke` of /_sandbox/act change it."""

_FLAGS = "\n".join(f"Permissions{name} boolean readonly" for name in PERMISSIONS)

TABLES = {
    "CurrencyType": f"""
Id id "Currency Type ID"
IsoCode picklist(3) required readonly restricted "Currency ISO Code": {_CODES}
ConversionRate double(18,6) required readonly
DecimalPlaces int required readonly
IsActive boolean readonly "Active"
IsCorporate boolean readonly "Corporate Currency"
{SYSTEM.strip()}
""",
    "DuplicateRule": f"""
Id id "Duplicate Rule ID"
IsDeleted boolean readonly "Deleted"
SobjectType picklist(40) readonly restricted: Account | Contact | Individual | Lead
DeveloperName string(80) required readonly
Language picklist(40) readonly restricted: *en_US
MasterLabel string(80) required readonly "Rule Name"
NamespacePrefix string(15) readonly
IsActive boolean readonly "Active"
SobjectSubtype picklist(40) readonly restricted: *None | PersonAccount
{SYSTEM.strip()}
""",
    "ObjectPermissions": f"""
Id id "ObjectPermissions ID"
ParentId reference(PermissionSet) required noupdate as=Parent
SobjectType picklist(40) required noupdate
PermissionsCreate boolean
PermissionsRead boolean
PermissionsEdit boolean
PermissionsDelete boolean
PermissionsViewAllRecords boolean
PermissionsModifyAllRecords boolean
PermissionsViewAllFields boolean
{SYSTEM.strip()}
""",
    "UserPermissionAccess": f"""
Id id "User Permission Access ID"
LastCacheUpdate datetime readonly
{_FLAGS}
""",
}
