"""The fields of objects that hang on others: notes, contact roles, and the history of leads.

https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/
"""

from __future__ import annotations

from leadrelay.sandbox.salesforce.standard_fields import SYSTEM

TABLES = {
    "Note": f"""
Id id "Note ID"
IsDeleted boolean readonly "Deleted"
ParentId reference(Account,Contact,Lead,Opportunity) required noupdate as=Parent
Title string(80) required
IsPrivate boolean "Private"
Body textarea(32000)
OwnerId reference(User) required as=Owner
{SYSTEM.strip()}
""",
    "OpportunityContactRole": f"""
Id id "Contact Role ID"
IsDeleted boolean readonly "Deleted"
OpportunityId reference(Opportunity) required noupdate as=Opportunity
ContactId reference(Contact) required as=Contact
Role picklist(40): Business User | Decision Maker | Economic Buyer | Evaluator | Executive Sponsor | Influencer | Other
IsPrimary boolean "Primary"
{SYSTEM.strip()}
""",
    "LeadHistory": """
Id id "Lead History ID"
IsDeleted boolean readonly "Deleted"
LeadId reference(Lead) required readonly as=Lead
CreatedById reference(User) required readonly as=CreatedBy
CreatedDate datetime required readonly
Field picklist(255) required readonly restricted "Changed Field": Owner | Status | leadConverted | leadMerged | created
DataType picklist(40) readonly restricted: EntityId | Text
OldValue string(255) readonly nofilter
NewValue string(255) readonly nofilter
""",
}
