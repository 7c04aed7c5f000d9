"""The standard fields of each object, and the custom fields that the sample org has on Lead.

https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_list.htm
"""

from __future__ import annotations

from leadrelay.sandbox.sample_words import CHOICES

_PERSON_NAME = "trim(coalesce({t}.FirstName || ' ', '') || {t}.LastName)"
FORMULAS = {
    ("Lead", "Name"): _PERSON_NAME,
    ("Contact", "Name"): _PERSON_NAME,
    ("User", "Name"): _PERSON_NAME,
    ("Task", "IsClosed"): "{t}.Status = 'Completed'",
    ("Task", "IsHighPriority"): "{t}.Priority = 'High'",
    ("Opportunity", "IsClosed"): "{t}.StageName LIKE 'Closed%'",
    ("Opportunity", "IsWon"): "{t}.StageName = 'Closed Won'",
}
"""Computed values, as SQL over the record `{t}`."""

ADDRESSES = {
    ("Lead", "Address"): "",
    ("Contact", "MailingAddress"): "Mailing",
    ("Account", "BillingAddress"): "Billing",
}
"""Compound fields and the prefix of their parts."""

SYSTEM = """
CreatedDate datetime required readonly
CreatedById reference(User) required readonly as=CreatedBy
LastModifiedDate datetime required readonly
LastModifiedById reference(User) required readonly as=LastModifiedBy
SystemModstamp datetime required readonly
"""

_INDUSTRIES = (
    "Agriculture | Automotive | Banking | Biotechnology | Chemicals | Communications | Construction | Consulting"
    " | Education | Electronics | Energy | Engineering | Entertainment | Environmental | Finance | Food & Beverage"
    " | Government | Healthcare | Hospitality | Insurance | Logistics | Machinery | Manufacturing | Media"
    " | Not For Profit | Pharmaceuticals | Recreation | Retail | Shipping | Technology | Telecommunications"
    " | Transportation | Utilities | Other"
)
_SOURCES = "Web | Phone Inquiry | Partner Referral | Purchased List | Webinar | Trade Show | Outbound | Other"
_SALUTATIONS = "Mr. | Ms. | Mrs. | Dr. | Prof. | Mx."

TABLES = {
    "Lead": f"""
Id id "Lead ID"
IsDeleted boolean readonly "Deleted"
MasterRecordId reference(Lead) readonly as=MasterRecord
LastName string(80) required
FirstName string(40)
Salutation picklist(40): {_SALUTATIONS}
Name string(121) required readonly "Full Name"
Title string(128)
Company string(255) required
Street textarea(255)
City string(40)
State string(80) "State/Province"
PostalCode string(20) "Zip/Postal Code"
Country string(80)
Address address readonly
Phone phone
MobilePhone phone
Fax phone
Email email
Website url
Description textarea(32000)
LeadSource picklist: {_SOURCES}
Status picklist required: *Open - Not Contacted | Working - Contacted | Closed - Converted | Closed - Not Converted
Industry picklist: {_INDUSTRIES}
Rating picklist: Hot | Warm | Cold
AnnualRevenue currency(18,0)
NumberOfEmployees int "Employees"
OwnerId reference(Group,User) required as=Owner
HasOptedOutOfEmail boolean "Email Opt Out"
HasOptedOutOfFax boolean "Fax Opt Out"
DoNotCall boolean
IsConverted boolean readonly "Converted"
ConvertedDate date readonly
ConvertedAccountId reference(Account) readonly as=ConvertedAccount
ConvertedContactId reference(Contact) readonly as=ConvertedContact
ConvertedOpportunityId reference(Opportunity) readonly as=ConvertedOpportunity
IsUnreadByOwner boolean "Unread By Owner"
{SYSTEM.strip()}
LastActivityDate date readonly "Last Activity"
LastTransferDate date readonly
EmailBouncedReason string(255)
EmailBouncedDate datetime
""",
    "Contact": f"""
Id id "Contact ID"
IsDeleted boolean readonly "Deleted"
MasterRecordId reference(Contact) readonly as=MasterRecord
AccountId reference(Account) as=Account
LastName string(80) required
FirstName string(40)
Salutation picklist(40): {_SALUTATIONS}
Name string(121) required readonly "Full Name"
MailingStreet textarea(255)
MailingCity string(40)
MailingState string(80)
MailingPostalCode string(20)
MailingCountry string(80)
MailingAddress address readonly
Phone phone
MobilePhone phone
Email email
Title string(128)
Department string(80)
LeadSource picklist: {_SOURCES}
Birthdate date
ReportsToId reference(Contact) as=ReportsTo
Description textarea(32000)
OwnerId reference(User) required as=Owner
HasOptedOutOfEmail boolean "Email Opt Out"
DoNotCall boolean
{SYSTEM.strip()}
LastActivityDate date readonly "Last Activity"
""",
    "Account": f"""
Id id "Account ID"
IsDeleted boolean readonly "Deleted"
MasterRecordId reference(Account) readonly as=MasterRecord
Name string(255) required "Account Name"
Type picklist: Prospect | Customer - Direct | Customer - Channel | Channel Partner / Reseller | Other
ParentId reference(Account) as=Parent
BillingStreet textarea(255)
BillingCity string(40)
BillingState string(80)
BillingPostalCode string(20)
BillingCountry string(80)
BillingAddress address readonly
Phone phone
Website url
Industry picklist: {_INDUSTRIES}
AnnualRevenue currency(18,0)
NumberOfEmployees int "Employees"
Description textarea(32000)
Rating picklist: Hot | Warm | Cold
OwnerId reference(User) required as=Owner
{SYSTEM.strip()}
LastActivityDate date readonly "Last Activity"
""",
    "Opportunity": f"""
Id id "Opportunity ID"
IsDeleted boolean readonly "Deleted"
AccountId reference(Account) as=Account
Name string(120) required
Description textarea(32000)
StageName picklist required: Prospecting | Qualification | Needs Analysis | Proposal | Closed Won | Closed Lost
Amount currency(18,2)
Probability percent(3,0)
CloseDate date required
Type picklist: Existing Business | New Business
NextStep string(255)
LeadSource picklist: {_SOURCES}
IsClosed boolean readonly
IsWon boolean readonly
OwnerId reference(User) required as=Owner
{SYSTEM.strip()}
LastActivityDate date readonly "Last Activity"
""",
    "Task": f"""
Id id "Activity ID"
WhoId reference(Contact,Lead) as=Who "Name ID"
WhatId reference(Account,Opportunity) as=What "Related To ID"
Subject combobox(255): Call | Email | Send Letter | Send Quote | Other
ActivityDate date "Due Date Only"
Status picklist required: *Not Started | In Progress | Completed | Waiting on someone else | Deferred
Priority picklist required: High | *Normal | Low
IsHighPriority boolean readonly
OwnerId reference(Group,User) required as=Owner "Assigned To ID"
Description textarea(32000)
IsDeleted boolean readonly "Deleted"
AccountId reference(Account) readonly as=Account
IsClosed boolean readonly
{SYSTEM.strip()}
IsReminderSet boolean
ReminderDateTime datetime
TaskSubtype picklist noupdate restricted: *Task | Email | Call | ListEmail | Cadence | LinkedIn
CompletedDateTime datetime readonly
""",
    "Event": f"""
Id id "Activity ID"
WhoId reference(Contact,Lead) as=Who "Name ID"
WhatId reference(Account,Opportunity) as=What "Related To ID"
Subject combobox(255): Call | Email | Meeting | Send Letter/Quote | Other
Location string(255)
IsAllDayEvent boolean
ActivityDateTime datetime
ActivityDate date "Due Date Only"
DurationInMinutes int
StartDateTime datetime
EndDateTime datetime
Description textarea(32000)
AccountId reference(Account) readonly as=Account
OwnerId reference(User) required as=Owner "Assigned To ID"
IsPrivate boolean
IsDeleted boolean readonly "Deleted"
{SYSTEM.strip()}
IsReminderSet boolean
ReminderDateTime datetime
""",
    "User": f"""
Id id "User ID"
Username string(80) required unique
LastName string(80) required
FirstName string(40)
Name string(121) required readonly "Full Name"
CompanyName string(80)
Department string(80)
Title string(80)
Email email(128) required
Phone phone
MobilePhone phone
Alias string(8) required
IsActive boolean "Active"
TimeZoneSidKey picklist(40) required restricted: *America/Los_Angeles | America/New_York | Europe/London | Europe/Berlin
LocaleSidKey picklist(40) required restricted: *en_US | en_GB | de_DE
EmailEncodingKey picklist(40) required restricted: *UTF-8
LanguageLocaleKey picklist(40) required restricted: *en_US | de | fr
ProfileId reference(Profile) required as=Profile
UserType picklist(40) readonly restricted: *Standard | PowerPartner | Guest
ManagerId reference(User) as=Manager
EmployeeNumber string(20)
FederationIdentifier string(512)
LastLoginDate datetime readonly
{SYSTEM.strip()}
""",
    "Group": f"""
Id id "Group ID"
Name string(40) required
DeveloperName string(80)
RelatedId reference(User) readonly as=Related
Type picklist(40) required noupdate restricted: Regular | Queue | Role | Organization
Email email(255)
OwnerId reference(User) readonly as=Owner
DoesSendEmailToMembers boolean
DoesIncludeBosses boolean
{SYSTEM.strip()}
""",
    "Organization": f"""
Id id "Organization ID"
Name string(80) required
Division string(80)
Country string(80)
PrimaryContact string(80)
DefaultLocaleSidKey picklist(40) restricted: *en_US | en_GB | de_DE
TimeZoneSidKey picklist(40) restricted: *America/Los_Angeles | America/New_York | Europe/London | Europe/Berlin
LanguageLocaleKey picklist(40) restricted: *en_US | de | fr
OrganizationType picklist(40) readonly restricted: Enterprise Edition | Developer Edition
InstanceName string(5) readonly
IsSandbox boolean readonly
NamespacePrefix string(15) readonly
FiscalYearStartMonth int
{SYSTEM.strip()}
""",
    "Profile": f"""
Id id "Profile ID"
Name string(255) required
UserType picklist(40) readonly restricted: *Standard | PowerPartner | Guest
Description string(255)
{SYSTEM.strip()}
""",
    "PermissionSet": f"""
Id id "PermissionSet ID"
Name string(80) required
Label string(80) required
Description string(255)
ProfileId reference(Profile) readonly as=Profile
IsOwnedByProfile boolean readonly
IsCustom boolean readonly
{SYSTEM.strip()}
""",
    "PermissionSetAssignment": """
Id id "PermissionSetAssignment ID"
PermissionSetId reference(PermissionSet) noupdate as=PermissionSet
AssigneeId reference(User) required noupdate as=Assignee
IsActive boolean readonly
SystemModstamp datetime required readonly
""",
    "FieldPermissions": """
Id id "FieldPermissions ID"
ParentId reference(PermissionSet) required noupdate as=Parent
SobjectType picklist(40) required noupdate
Field picklist(255) required noupdate
PermissionsEdit boolean
PermissionsRead boolean
SystemModstamp datetime required readonly
""",
    "AssignmentRule": f"""
Id id "Rule ID"
Name string(120) readonly
SobjectType picklist(40) readonly restricted: Lead | Case
Active boolean readonly
{SYSTEM.strip()}
""",
    "LeadStatus": f"""
Id id "Lead Status Value ID"
MasterLabel string(255) readonly
ApiName string(255) readonly
SortOrder int readonly
IsDefault boolean readonly
IsConverted boolean readonly
{SYSTEM.strip()}
""",
}

TASK_KEY = "Leadrelay_Key__c"
"""Defined on Activity, so tasks and events both have it; only that of tasks is granted."""

ACTIVITY_CUSTOM = f'{TASK_KEY} string(40) externalid unique "Leadrelay Key"'


def _words(lead_field: str) -> str:
    return " | ".join(CHOICES[lead_field])


LEAD_CUSTOM = f"""
Department__c string(80)
Decision_Role__c picklist: {_words("decision_role")}
Language__c string(40)
Technologies__c multipicklist: {_words("technologies")}
Compliance__c multipicklist: {_words("compliance")}
Servers__c double(18,0)
Cloud_Resources__c double(18,0)
Network_Devices__c double(18,0)
Initiatives__c string(255)
Campaign__c string(80)
Meeting_At__c datetime
Requirements__c textarea(4000)
Stakeholders__c double(18,0)
Objections__c multipicklist: {_words("objections")}
Visits__c double(18,0)
Pages_Viewed__c double(18,0)
Downloads__c double(18,0)
Webinars__c double(18,0)
Emails_Opened__c double(18,0)
Emails_Clicked__c double(18,0)
Last_Activity_At__c datetime
Intent_Score__c double(5,2)
Intent_Topics__c multipicklist: {_words("intent_topics")}
Competitor_Research__c boolean
Last_Intent_At__c datetime
Budget_Amount__c currency(18,2)
Budget_Status__c picklist: {_words("budget_status")}
Authority__c picklist: {_words("authority")}
Pains__c multipicklist: {_words("pains")}
Need_Summary__c textarea(4000)
Cmdb_Status__c picklist: {_words("cmdb_status")}
Timeline_Months__c double(3,0)
Project_Start__c date
Evaluators__c string(255)
Bant_Checked_At__c datetime
Sales_Verdict__c picklist: accepted | rejected
Sales_Reason__c string(255)
Sales_Verdict_At__c datetime
Leadrelay_Score__c double(4,0)
Leadrelay_Fit__c double(4,0)
Leadrelay_Engagement__c double(4,0)
Leadrelay_Intent__c double(4,0)
Leadrelay_Bant_Score__c double(4,0)
Leadrelay_Grade__c string(40)
Leadrelay_Stage__c string(40)
Leadrelay_Reasons__c textarea(4000)
Leadrelay_Bant__c string(255)
Leadrelay_Bant_Evidence__c textarea(4000)
Leadrelay_Next_Question__c string(255)
Leadrelay_Bant_Budget__c string(40)
Leadrelay_Bant_Authority__c string(40)
Leadrelay_Bant_Need__c string(40)
Leadrelay_Bant_Timeline__c string(40)
Leadrelay_Band__c string(40)
Leadrelay_Qualification__c string(40)
Leadrelay_Gate_Missing__c string(255)
Leadrelay_Recycle_Reason__c string(80)
Leadrelay_Reengage_On__c date
Leadrelay_Recycled_Before__c string(255)
Leadrelay_Owner_Reason__c string(255)
Leadrelay_Enriched_By__c string(255)
Leadrelay_Duplicate_Of__c string(40)
Leadrelay_Group_Missing__c string(255)
"""
