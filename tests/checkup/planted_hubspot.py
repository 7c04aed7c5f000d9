"""Faults of a HubSpot portal, of its mapping and its playbook, and what `check` says of each."""

from tests.checkup.planting import Fault, Sound, act, read, write

SOUND = Sound(
    "hubspot",
    'kind = "hubspot"\nbase_url = "URL"\naccess_token = { env = "TOKEN" }\n',
    """\
object = "contacts"
leave = "converted"

[read]
email = "email"
company = "company"
employees = "numemployees"
country = "country"
converted = "converted"
created_at = "createdate"
status = "hs_lead_status"
technologies = "technologies"

[write]
leadrelay_score = "score"
leadrelay_reasons = { from = "reasons", cut = 4000 }

[write.hs_lead_status]
from = "stage"
policy = "unless-edited"
initial = ["NEW"]
values = { sal = "IN_PROGRESS" }

[task]
key = "leadrelay_key"
owner = "hubspot_owner_id"
reason = "leadrelay_owner_reason"
""",
    (
        ("MANAGER", "grace.okafor@sandbox.example"),
        ("FIRST", "ada.byrne@sandbox.example"),
        ("SECOND", "ravi.menon@sandbox.example"),
        ("QUEUE", "Inbound queue"),
    ),
    settings={"searches_per_second": None},
)

CURRENCY = '[currency]\nto = "EUR"\nfrom = "GBP"\nrates = { USD = 0.92, GBP = 1.17 }\n[read]\n'
AMOUNT = 'budget_amount = { field = "budget_amount", currency = true }\n'
KEY = (("leadrelay_key", "planted"),)
OWNED = "crm.schemas.contacts.write"


def amounts(currency):
    return (("[read]\n", f"{currency}{AMOUNT}"),)


def scope(name):
    return (act("scopes", remove=[name]),)


FAULTS = (
    # names
    Fault(
        "name misspelled",
        "fields",
        "no field 'emial'",
        "Did you mean 'email'?",
        place="mapping.toml:5 read.email",
        mapping=(('"email"', '"emial"'),),
    ),
    Fault(
        "label in place of the name",
        "rules",
        "'Lead Status' is no",
        "API name",
        place="read.status",
        mapping=(('"hs_lead_status"', '"Lead Status"'),),
    ),
    Fault(
        "capital letters",
        "fields",
        "no field 'LastName'",
        "Did you mean 'lastname'",
        place="read.last_name",
        mapping=read('last_name = "LastName"'),
    ),
    Fault(
        "name of Salesforce",
        "fields",
        "no field 'NumberOfEmployees'",
        "",
        place="read.employees",
        mapping=(('"numemployees"', '"NumberOfEmployees"'),),
    ),
    Fault(
        "field of another record",
        "fields",
        "no field 'Owner.Email', or",
        "",
        place="read.owner",
        mapping=read('owner = "Owner.Email"'),
    ),
    Fault(
        "object of Salesforce",
        "fields",
        "does not describe 'Account'",
        "'object' of the mapping",
        place="jobs.inbound.mapping",
        mapping=(('"contacts"', '"Account"'),),
    ),
    Fault(
        "object misspelled",
        "fields",
        "does not describe 'contcats'",
        "'object' of the mapping",
        mapping=(('"contacts"', '"contcats"'),),
    ),
    Fault(
        "property of ours not created",
        "fields",
        "no field 'leadrelay_group'",
        "leadrelay setup",
        mapping=write('leadrelay_group = "stage"'),
    ),
    Fault("policy forgotten", "rules", "policy", "own", place="write.jobtitle", mapping=write('jobtitle = "stage"')),
    # types
    Fault(
        "boolean for a moment",
        "fields",
        "'competitor_research' holds a boolean, and lead field 'meeting_at' a datetime",
        "Read another field",
        mapping=read('meeting_at = "competitor_research"'),
    ),
    Fault(
        "options for a number",
        "fields",
        "of 'budget_status' would count as not given",
        "values",
        level="warning",
        mapping=read('servers = "budget_status"'),
    ),
    Fault(
        "type changed in the CRM",
        "fields",
        "'visits' holds a boolean, and lead field 'visits' an integer",
        "Read another field",
        acts=(act("retype_property", object="contacts", property="visits", type="bool", fieldType="booleancheckbox"),),
        mapping=read('visits = "visits"'),
    ),
    Fault(
        "text into a number",
        "fields",
        "'numemployees' cannot take text",
        "Write another field",
        mapping=write('numemployees = { from = "stage", policy = "own" }'),
    ),
    Fault(
        "number into a date",
        "fields",
        "'project_start' cannot take a",
        "Write another field",
        mapping=write('project_start = { from = "score", policy = "own" }'),
    ),
    Fault(
        "date into a datetime",
        "fields",
        "'meeting_at' cannot take a date",
        "zone",
        mapping=write('meeting_at = { from = "reengage_on", policy = "own" }'),
    ),
    Fault(
        "datetime into a date",
        "fields",
        "'project_start' cannot take a datetime",
        "zone",
        mapping=write('project_start = { from = "created_at", policy = "fill" }'),
    ),
    Fault(
        "day without a zone",
        "fields",
        "the organisation is in America/Panama",
        'zone = "America/Panama"',
        level="warning",
        mapping=read('project_start = "createdate"'),
    ),
    Fault(
        "list into a single option",
        "fields",
        "'budget_status' takes one of its options, and 'technologies' may have several",
        "several",
        mapping=write('budget_status = { from = "technologies", policy = "fill" }'),
    ),
    Fault(
        "append into a single option",
        "fields",
        "'authority' takes one of its options, and 'technologies' may have several",
        "several",
        mapping=write('authority = { from = "technologies", policy = "unless-edited", entries = "append" }'),
    ),
    Fault(
        "text into a boolean",
        "fields",
        "'competitor_research' cannot take text",
        "Write another field",
        mapping=write('competitor_research = { from = "stage", policy = "own" }'),
    ),
    # options
    Fault(
        "option misspelled",
        "fields",
        "'hs_lead_status' has no option 'IN_PROGERSS'",
        "Did you mean 'IN_PROGRESS'?",
        place="write.hs_lead_status",
        mapping=(("IN_PROGRESS", "IN_PROGERSS"),),
    ),
    Fault(
        "option taken away",
        "fields",
        "'hs_lead_status' has no option 'IN_PROGRESS'",
        "Options: 'NEW', 'OPEN'",
        acts=(act("remove_option", object="contacts", property="hs_lead_status", value="IN_PROGRESS"),),
    ),
    Fault(
        "label in place of the option",
        "fields",
        "'hs_lead_status' has no option 'In progress'",
        "IN_PROGRESS",
        mapping=(("IN_PROGRESS", "In progress"),),
    ),
    Fault(
        "free text into options",
        "fields",
        "'budget_status' takes its own options only",
        "values",
        level="warning",
        mapping=write('budget_status = { from = "company", policy = "fill" }'),
    ),
    Fault(
        "checkboxes without the entry",
        "fields",
        "'technologies' has no option 'Abacus'",
        "Options",
        mapping=write('technologies = { constant = "Abacus", policy = "fill" }'),
    ),
    Fault(
        "initial that is no option",
        "fields",
        "'hs_lead_status' has no option 'New one', which 'initial' names",
        "",
        level="warning",
        mapping=(('"NEW"', '"New one"'),),
    ),
    Fault(
        "lifecycle stage that is none",
        "fields",
        "'lifecyclestage' has no option 'sal'",
        "Options: 'subscriber'",
        mapping=write('lifecyclestage = { from = "stage", policy = "unless-edited" }'),
    ),
    Fault(
        "backward for nothing",
        "fields",
        "'hs_lead_status' goes back anyway",
        "Remove 'backward'",
        level="warning",
        mapping=(('initial = ["NEW"]', 'backward = true\ninitial = ["NEW"]'),),
    ),
    # access
    Fault(
        "property hidden that is read",
        "fields",
        "no field 'country', or this user may not see it",
        "grant",
        acts=(act("hide_property", object="contacts", property="country"),),
    ),
    Fault(
        "property hidden that is written",
        "fields",
        "no field 'leadrelay_score', or this user may not see it",
        "leadrelay setup",
        acts=(act("hide_property", object="contacts", property="leadrelay_score"),),
    ),
    Fault(
        "property dropped",
        "fields",
        "no field 'technologies'",
        "",
        acts=(act("drop_property", object="contacts", property="technologies"),),
    ),
    Fault(
        "property of HubSpot itself",
        "fields",
        "'createdate' cannot be written by this user",
        "write another field",
        mapping=write('createdate = { from = "created_at", policy = "own" }'),
    ),
    Fault(
        "calculated property",
        "fields",
        "'hs_object_source' is a formula",
        "Write another field",
        mapping=write('hs_object_source = { from = "stage", policy = "own" }'),
    ),
    Fault(
        "stamp of changes hidden",
        "fields",
        "'lastmodifieddate', by which changed records are found",
        "Let the API user read it",
        acts=(act("hide_property", object="contacts", property="lastmodifieddate"),),
    ),
    Fault(
        "scope to write contacts missing",
        "access",
        "crm.objects.contacts.write is not granted",
        "add crm.objects.contacts.write",
        acts=scope("crm.objects.contacts.write"),
    ),
    Fault(
        "scope to read contacts missing",
        "access",
        "crm.objects.contacts.read is not granted",
        "add crm.objects.contacts.read",
        acts=scope("crm.objects.contacts.read"),
    ),
    Fault(
        "scope of owners missing",
        "access",
        "crm.objects.owners.read is not granted",
        "add crm.objects.owners.read",
        acts=scope("crm.objects.owners.read"),
    ),
    Fault(
        "scope of e-mails missing",
        "access",
        "sales-email-read is not granted",
        "add sales-email-read",
        level="warning",
        acts=scope("sales-email-read"),
    ),
    Fault(
        "scope of companies missing",
        "access",
        "crm.objects.companies.read is not granted",
        "add crm.objects.companies.read",
        level="warning",
        acts=scope("crm.objects.companies.read"),
    ),
    Fault(
        "scope of deals missing",
        "access",
        "crm.objects.deals.read is not granted",
        "add crm.objects.deals.read",
        level="warning",
        acts=scope("crm.objects.deals.read"),
    ),
    Fault(
        "scope to read contacts missing, and not told",
        "access",
        "does not let this user read records of contacts",
        "add crm.objects.contacts.read",
        settings={"tells_scopes": False},
        acts=scope("crm.objects.contacts.read"),
    ),
    Fault(
        "scopes too many",
        "access",
        "granted, and not needed",
        "Take the scope from",
        level="warning",
        settings={"account_type": "STANDARD"},
    ),
    # lookups and unique properties
    Fault(
        "one text into a unique property",
        "fields",
        "'planted' is unique",
        "Write another field",
        fields=(("contacts.planted", {"hasUniqueValue": True}),),
        mapping=write('planted = { from = "stage", policy = "own" }'),
    ),
    Fault(
        "reference read from options",
        "fields",
        "'hs_lead_status' holds no ids of users",
        "HubSpot user",
        mapping=read('owner = { field = "hs_lead_status", reference = "owner" }'),
    ),
    Fault(
        "reference into a date",
        "fields",
        "'project_start' holds no ids of companies",
        "record id",
        mapping=write('project_start = { from = "company", policy = "fill", reference = "account" }'),
    ),
    Fault(
        "verdict for an owner",
        "fields",
        "'hubspot_owner_id' holds the id of a record, and 'stage' is none",
        "Write another field",
        mapping=(
            ('owner = "hubspot_owner_id"\nreason = "leadrelay_owner_reason"\n', ""),
            ("[write]\n", '[write]\nhubspot_owner_id = { from = "stage", policy = "own" }\n'),
        ),
    ),
    # money
    Fault(
        "currency never said",
        "rules",
        "does not say what amounts are in",
        "[currency]",
        mapping=(("[read]\n", f"[read]\n{AMOUNT}"),),
    ),
    Fault(
        "another currency than the portal's",
        "fields",
        "taken for GBP, and this organisation counts in USD",
        'from = "USD"',
        level="warning",
        mapping=amounts(CURRENCY),
    ),
    Fault(
        "currency without a rate",
        "fields",
        "there is no rate for",
        "rates",
        level="warning",
        settings={"several_currencies": True},
        mapping=amounts(CURRENCY),
    ),
    Fault(
        "rates of the CRM out of sight",
        "access",
        "settings.currencies.read is not granted",
        "add settings.currencies.read",
        settings={"several_currencies": True},
        acts=scope("settings.currencies.read"),
        mapping=amounts(CURRENCY.replace("{ USD = 0.92, GBP = 1.17 }", '"crm"')),
    ),
    # tasks
    Fault(
        "key of tasks misspelled",
        "tasks",
        "leadrelay_kye",
        "Did you mean 'leadrelay_key'",
        place="task",
        mapping=(("leadrelay_key", "leadrelay_kye"),),
    ),
    Fault(
        "key of tasks dropped",
        "tasks",
        "leadrelay_key",
        "leadrelay setup",
        acts=(act("drop_property", object="tasks", property="leadrelay_key"),),
    ),
    Fault(
        "key of tasks not unique", "tasks", "leadrelay_key", "unique", level="warning", settings={"unique_tasks": False}
    ),
    Fault(
        "key of tasks a number",
        "tasks",
        "planted",
        "text",
        fields=(("tasks.planted", {"type": "number", "fieldType": "number"}),),
        mapping=KEY,
    ),
    Fault(
        "key on contacts instead of tasks",
        "tasks",
        "planted",
        "'planted' is a field of contacts, and tasks need one of their own",
        fields=(("contacts.planted", {"hasUniqueValue": True}),),
        mapping=KEY,
    ),
    Fault(
        "field of the owner is none",
        "fields",
        "'company' holds no owner",
        "hubspot_owner_id",
        place="task",
        mapping=(('owner = "hubspot_owner_id"', 'owner = "company"'),),
    ),
    Fault(
        "reason is a number",
        "fields",
        "'visits' takes no free text",
        "text of 255",
        mapping=(("leadrelay_owner_reason", "visits"),),
    ),
    Fault(
        "reason dropped",
        "fields",
        "no field 'leadrelay_owner_reason'",
        "Create it",
        level="warning",
        acts=(act("drop_property", object="contacts", property="leadrelay_owner_reason"),),
    ),
    Fault(
        "closed, which HubSpot cannot count",
        "fields",
        "'closed' changes nothing",
        "Remove 'closed'",
        level="warning",
        mapping=(('key = "leadrelay_key"', 'key = "leadrelay_key"\nclosed = ["UNQUALIFIED"]'),),
    ),
    # people
    Fault(
        "member deactivated",
        "people",
        "has deactivated this user",
        "Take her out",
        level="warning",
        place="teams.sales.members[0].email",
        acts=(act("archive_owner", owner="ada.byrne@sandbox.example"),),
    ),
    Fault(
        "team of nobody",
        "people",
        "nobody of team 'sales' is an active user",
        "active",
        acts=(
            act("archive_owner", owner="ada.byrne@sandbox.example"),
            act("archive_owner", owner="ravi.menon@sandbox.example"),
        ),
    ),
    Fault(
        "member unknown",
        "people",
        "no user with this e-mail address",
        "mend the address",
        place="teams.sales.members[1].email",
        playbook=(("ravi.menon", "ravi.mennon"),),
    ),
    Fault(
        "manager deactivated",
        "people",
        "has deactivated this user",
        "active",
        place="teams.sales.manager",
        acts=(act("archive_owner", owner="grace.okafor@sandbox.example"),),
    ),
    Fault(
        "queue missing",
        "people",
        "no queue 'Inbound Queues'",
        "Inbound queue",
        place="assignment.rules[1]",
        playbook=(("Inbound queue", "Inbound Queues"),),
    ),
    # portal and quota
    Fault(
        "another portal",
        "access",
        "but the configuration means 4711",
        "organisation",
        config=(('kind = "hubspot"\n', 'kind = "hubspot"\norganisation = "4711"\n'),),
    ),
    Fault("token wrong", "sign-in", "", "", secrets={"TOKEN": "wrong"}),
    Fault("token missing", "connection", "TOKEN", "", secrets={}),
    Fault(
        "quota too small for the schedule",
        "API calls",
        "though nothing changes",
        "run less often",
        settings={"per_day": 1000},
        config=(("every 5 minutes", "every 1 minutes"),),
    ),
)
