"""Faults of a Salesforce org, of its mapping and its playbook, and what `check` says of each."""

from tests.checkup.planting import Fault, Sound, act, read, write

SOUND = Sound(
    "salesforce",
    'kind = "salesforce"\ninstance_url = "URL"\nclient_id = "CLIENT"\nclient_secret = { env = "SECRET" }\n',
    """\
object = "Lead"
leave = "converted"

[read]
email = "Email"
company = "Company"
employees = "NumberOfEmployees"
country = "Country"
converted = "IsConverted"
created_at = "CreatedDate"
status = "Status"
technologies = "Technologies__c"

[write]
Leadrelay_Score__c = "score"
Leadrelay_Reasons__c = { from = "reasons", cut = 4000 }

[write.Status]
from = "stage"
policy = "unless-edited"
initial = ["Open - Not Contacted"]
values = { sal = "Working - Contacted" }

[task]
key = "Leadrelay_Key__c"
owner = "OwnerId"
reason = "Leadrelay_Owner_Reason__c"
closed = ["Closed - Not Converted"]
""",
    (
        ("MANAGER", "farid.haddad@sandbox.example"),
        ("FIRST", "ada.okafor@sandbox.example"),
        ("SECOND", "ben.lindqvist@sandbox.example"),
        ("QUEUE", "Inbound Leads"),
    ),
    (act("assignment_rule", active=False),),
)

ORGANISATION = "00D000000000001AAA"
CURRENCY = (
    '[currency]\nto = "EUR"\nfield = "CurrencyIsoCode"\nrates = { USD = 0.92, GBP = 1.17, JPY = 0.006 }\n[read]\n'
)
AMOUNT = 'budget_amount = { field = "Budget_Amount__c", currency = true }\n'
KEY = (("Leadrelay_Key__c", "Planted__c"),)


def amounts(currency):
    return (("[read]\n", f"{currency}{AMOUNT}"),)


FAULTS = (
    # names
    Fault(
        "name misspelled",
        "fields",
        "no field 'Emial'",
        "Did you mean 'Email'?",
        place="mapping.toml:5 read.email",
        mapping=(('"Email"', '"Emial"'),),
    ),
    Fault(
        "name of a field of ours misspelled",
        "fields",
        "no field 'Leadrelay_Scroe__c'",
        "Did you mean 'Leadrelay_Score__c' or",
        place="write.Leadrelay_Scroe__c",
        mapping=(("Leadrelay_Score__c", "Leadrelay_Scroe__c"),),
    ),
    Fault(
        "label in place of the name",
        "rules",
        "'Lead Source' is no",
        "API name",
        place="read.source",
        mapping=read('source = "Lead Source"'),
    ),
    Fault(
        "suffix forgotten",
        "fields",
        "no field 'Visits'",
        "Did you mean 'Visits__c'?",
        place="read.visits",
        mapping=read('visits = "Visits"'),
    ),
    Fault(
        "name of HubSpot", "fields", "no field 'jobtitle'", "", place="read.title", mapping=read('title = "jobtitle"')
    ),
    Fault(
        "relation misspelled",
        "fields",
        "no relation 'Ownr'",
        "Owner",
        place="read.owner",
        mapping=read('owner = "Ownr.Email"'),
    ),
    Fault(
        "object misspelled",
        "fields",
        "does not describe 'Laed'",
        "'object' of the mapping",
        place="jobs.inbound.mapping",
        mapping=(('"Lead"', '"Laed"'),),
    ),
    Fault(
        "lead field misspelled",
        "rules",
        "employes",
        "employees",
        place="read.employes",
        mapping=(("employees", "employes"),),
    ),
    Fault(
        "output misspelled",
        "rules",
        "scoer",
        "score",
        place="write.Leadrelay_Score__c",
        mapping=(('"score"', '"scoer"'),),
    ),
    Fault(
        "field of ours not created",
        "fields",
        "no field 'Leadrelay_Group__c'",
        "leadrelay setup",
        mapping=write('Leadrelay_Group__c = "stage"'),
    ),
    Fault(
        "name within first",
        "fields",
        "no field 'Phoen'",
        "'Phone'",
        place="read.phone",
        mapping=read('phone = { first = ["Phoen", "MobilePhone"] }'),
    ),
    Fault(
        "name within a template",
        "fields",
        "no field 'LsatName'",
        "LastName",
        place="read.last_name",
        mapping=read('last_name = { template = "{FirstName} {LsatName}" }'),
    ),
    # types
    Fault(
        "boolean for a moment",
        "fields",
        "'HasOptedOutOfEmail' holds a boolean, and lead field 'meeting_at' a datetime",
        "Read another field",
        place="read.meeting_at",
        mapping=read('meeting_at = "HasOptedOutOfEmail"'),
    ),
    Fault(
        "picklist for a number",
        "fields",
        "'Hot', 'Warm', 'Cold' of 'Rating' would count as not given",
        "values",
        level="warning",
        place="read.servers",
        mapping=read('servers = "Rating"'),
    ),
    Fault(
        "compound field",
        "fields",
        "'Address' is made up of other fields",
        "Read one of its parts",
        place="read.city",
        mapping=read('city = "Address"'),
    ),
    Fault(
        "type changed in the CRM",
        "fields",
        "'Visits__c' holds a boolean, and lead field 'visits' an integer",
        "Read another field",
        acts=(act("retype_field", object="Lead", field="Visits__c", kind="boolean"),),
        mapping=read('visits = "Visits__c"'),
    ),
    Fault(
        "text into a number",
        "fields",
        "'NumberOfEmployees' cannot take text",
        "Write another field",
        place="write.NumberOfEmployees",
        mapping=write('NumberOfEmployees = { from = "stage", policy = "own" }'),
    ),
    Fault(
        "number into a date",
        "fields",
        "'Project_Start__c' cannot take a",
        "Write another field",
        mapping=write('Project_Start__c = { from = "score", policy = "own" }'),
    ),
    Fault(
        "date into a datetime",
        "fields",
        "'Meeting_At__c' cannot take a date",
        "zone",
        mapping=write('Meeting_At__c = { from = "reengage_on", policy = "own" }'),
    ),
    Fault(
        "datetime into a date",
        "fields",
        "'Project_Start__c' cannot take a datetime",
        "zone",
        mapping=write('Project_Start__c = { from = "created_at", policy = "fill" }'),
    ),
    Fault(
        "day without a zone",
        "fields",
        "the organisation is in Europe/Berlin",
        'zone = "Europe/Berlin"',
        level="warning",
        place="read.project_start",
        settings={"time_zone": "Europe/Berlin"},
        mapping=read('project_start = "CreatedDate"'),
    ),
    Fault(
        "zone misspelled",
        "rules",
        "Europe/Belrin",
        "Europe/Berlin",
        place="zone",
        mapping=(("leave = ", 'zone = "Europe/Belrin"\nleave = '),),
    ),
    Fault(
        "decimals into whole numbers",
        "fields",
        "'NumberOfEmployees' rounds to whole numbers",
        "decimal places",
        level="warning",
        mapping=(
            ("[read]\n", '[read]\nrevenue = "AnnualRevenue"\n'),
            ("[write]\n", '[write]\nNumberOfEmployees = { from = "revenue", policy = "fill" }\n'),
        ),
    ),
    Fault(
        "too few digits",
        "fields",
        "'Planted__c' has room for 2 digits",
        "Give it 3",
        level="warning",
        fields=(("Lead.Planted__c", {"type": "Number", "precision": 2, "scale": 0, "length": None}),),
        mapping=write('Planted__c = { from = "score", policy = "own" }'),
    ),
    Fault(
        "list into a single picklist",
        "fields",
        "'Rating' takes one of its options, and 'technologies' may have several",
        "several",
        mapping=write('Rating = { from = "technologies", policy = "fill" }'),
    ),
    Fault(
        "append into a single picklist",
        "fields",
        "'Rating' takes one of its options, and 'technologies' may have several",
        "several",
        mapping=write('Rating = { from = "technologies", policy = "unless-edited", entries = "append" }'),
    ),
    # lengths and options
    Fault(
        "text too long",
        "fields",
        "'PostalCode' holds 20 characters, too few for 'A stage whose name is too long'",
        "Shorten",
        mapping=(
            (
                "[task]\n",
                '[write.PostalCode]\nfrom = "stage"\npolicy = "own"\n'
                'values = { sal = "A stage whose name is too long" }\n[task]\n',
            ),
        ),
    ),
    Fault(
        "cut too late",
        "fields",
        "'Leadrelay_Reasons__c' holds 4000 characters only",
        "cut = 4000",
        mapping=(("cut = 4000", "cut = 5000"),),
    ),
    Fault(
        "not cut",
        "fields",
        "'Leadrelay_Bant__c' holds 255 characters, and 'bant' can be longer",
        "cut = 255",
        level="warning",
        mapping=write('Leadrelay_Bant__c = "bant"'),
    ),
    Fault(
        "lead field longer than the CRM's",
        "fields",
        "'Leadrelay_Grade__c' holds 40 characters",
        "cut = 40",
        level="warning",
        mapping=write('Leadrelay_Grade__c = { from = "company", policy = "own" }'),
    ),
    Fault(
        "option that is not there",
        "fields",
        "'Status' has no option 'Working - Contcated'",
        "Working - Contacted",
        level="warning",
        place="write.Status",
        mapping=(("Working - Contacted", "Working - Contcated"),),
    ),
    Fault(
        "restricted picklist without the option",
        "fields",
        "'Status' has no option 'Working - Contacted'",
        "Options: 'Open - Not Contacted', 'Nurturing'",
        acts=(
            act(
                "restrict",
                object="Lead",
                field="Status",
                values=["Open - Not Contacted", "Nurturing", "Closed - Not Converted"],
            ),
        ),
    ),
    Fault(
        "free text into a restricted picklist",
        "fields",
        "'Rating' takes its own options only",
        "values",
        level="warning",
        acts=(act("restrict", object="Lead", field="Rating", values=["Hot", "Cold"]),),
        mapping=write('Rating = { from = "company", policy = "fill" }'),
    ),
    Fault(
        "constant that is no option",
        "fields",
        "'Rating' has no option 'hto'",
        "",
        acts=(act("restrict", object="Lead", field="Rating", values=["Hot", "Cold"]),),
        mapping=write('Rating = { constant = "hto", policy = "own" }'),
    ),
    Fault(
        "multi-select without the entry",
        "fields",
        "'Technologies__c' has no option 'Abacus'",
        "Options",
        level="warning",
        mapping=write('Technologies__c = { constant = "Abacus", policy = "fill" }'),
    ),
    Fault(
        "initial that is no option",
        "fields",
        "'Status' has no option 'Open', which 'initial' names",
        "",
        level="warning",
        mapping=(('initial = ["Open - Not Contacted"]', 'initial = ["Open"]'),),
    ),
    Fault(
        "closed that is no status",
        "fields",
        "'Closed - Lost' in 'closed' is no value of 'Status'",
        "",
        level="warning",
        place="task",
        mapping=(('closed = ["Closed - Not Converted"]', 'closed = ["Closed - Lost"]'),),
    ),
    # access
    Fault(
        "field hidden that is read",
        "fields",
        "no field 'Country', or this user may not see it",
        "grant",
        place="read.country",
        acts=(act("hide_field", object="Lead", field="Country"),),
    ),
    Fault(
        "field hidden that is written",
        "fields",
        "no field 'Leadrelay_Score__c', or this user may not see it",
        "leadrelay setup",
        acts=(act("hide_field", object="Lead", field="Leadrelay_Score__c"),),
    ),
    Fault(
        "field read only",
        "fields",
        "'Leadrelay_Score__c' cannot be written by this user",
        "Grant edit access",
        acts=(act("read_only", object="Lead", field="Leadrelay_Score__c"),),
    ),
    Fault(
        "field of the CRM itself",
        "fields",
        "'CreatedDate' cannot be written by this user",
        "write another field",
        mapping=write('CreatedDate = { from = "created_at", policy = "own" }'),
    ),
    Fault(
        "formula",
        "fields",
        "'Campaign__c' is a formula",
        "Write another field",
        acts=(act("formula", object="Lead", field="Campaign__c"),),
        mapping=write('Campaign__c = { from = "stage", policy = "own" }'),
    ),
    Fault(
        "object hidden",
        "fields",
        "does not describe 'Lead'",
        "may the API user see it",
        acts=(act("hide_object", object="Lead"),),
    ),
    Fault(
        "tasks hidden", "access", "Task.Create is not granted", "Edit Tasks", acts=(act("hide_object", object="Task"),)
    ),
    Fault(
        "events hidden",
        "access",
        "Event.Read is not granted",
        "Edit Events",
        acts=(act("hide_object", object="Event"),),
    ),
    Fault(
        "accounts hidden",
        "access",
        "Account.Read is not granted",
        "Read",
        level="warning",
        acts=(act("hide_object", object="Account"),),
    ),
    Fault(
        "may not give leads away",
        "access",
        "TransferAnyLead is not granted",
        "Transfer Leads",
        level="warning",
        acts=(act("revoke", permission="TransferAnyLead"),),
    ),
    Fault(
        "no access to the API",
        "sign-in",
        "API_DISABLED_FOR_ORG",
        "API Enabled",
        acts=(act("revoke", permission="ApiEnabled"),),
    ),
    Fault(
        "may do everything",
        "access",
        "ModifyAllData",
        "Take it away",
        level="warning",
        acts=(act("grant", permission="ModifyAllData"),),
    ),
    Fault("leads are private", "people", "private", "", level="warning", settings={"lead_access": "None"}),
    Fault(
        "field dropped",
        "fields",
        "no field 'Technologies__c'",
        "",
        acts=(act("drop_field", object="Lead", field="Technologies__c"),),
    ),
    # required, unique, lookups
    Fault(
        "required field cleared",
        "fields",
        "'Company' is required, so that leadrelay cannot clear it",
        "unless-edited",
        level="warning",
        mapping=write('Company = { from = "company", policy = "own" }'),
    ),
    Fault(
        "tasks need a field that nobody fills",
        "tasks",
        "'Planted__c' of tasks is required, and leadrelay does not fill it",
        "default value",
        place="mapping.toml:24 task",
        fields=(("Activity.Planted__c", {"required": True}),),
    ),
    Fault(
        "one text into a unique field",
        "fields",
        "'Planted__c' is unique",
        "Write another field",
        fields=(("Lead.Planted__c", {"unique": True, "caseSensitive": False}),),
        mapping=write('Planted__c = { from = "stage", policy = "own" }'),
    ),
    Fault(
        "verdict into a lookup",
        "fields",
        "'OwnerId' holds the id of a record, and 'stage' is none",
        "",
        mapping=(
            ('owner = "OwnerId"\n', ""),
            ('reason = "Leadrelay_Owner_Reason__c"\n', ""),
            ("[write]\n", '[write]\nOwnerId = { from = "stage", policy = "own" }\n'),
        ),
    ),
    Fault(
        "reference read from a text",
        "fields",
        "'Email' holds no ids of users",
        "lookup field to User",
        mapping=read('owner = { field = "Email", reference = "owner" }'),
    ),
    Fault(
        "reference into a text",
        "fields",
        "'Company' holds no ids of companies",
        "lookup field to Account",
        mapping=write('Company = { from = "company", policy = "fill", reference = "account" }'),
    ),
    Fault(
        "verdict into an e-mail address",
        "fields",
        "'Email' takes e-mail addresses only",
        "Write another field",
        mapping=write('Email = { from = "stage", policy = "fill" }'),
    ),
    Fault(
        "lead field into a lookup",
        "fields",
        "'Planted__c' holds the id of a record, and 'email' is none",
        "Write another field",
        fields=(
            (
                "Lead.Planted__c",
                {"type": "Lookup", "length": None, "referenceTo": "User", "relationshipName": "Planted"},
            ),
        ),
        mapping=write('Planted__c = { from = "email", policy = "fill" }'),
    ),
    # money
    Fault(
        "currency never said",
        "rules",
        "does not say what amounts are in",
        "[currency]",
        place="read.budget_amount",
        mapping=(("[read]\n", f"[read]\n{AMOUNT}"),),
    ),
    Fault(
        "one currency, field named", "fields", "counts in one currency, USD", 'from = "USD"', mapping=amounts(CURRENCY)
    ),
    Fault(
        "another currency than the org's",
        "fields",
        "taken for GBP, and this organisation counts in USD",
        'from = "USD"',
        level="warning",
        mapping=amounts(CURRENCY.replace('field = "CurrencyIsoCode"', 'from = "GBP"')),
    ),
    Fault(
        "several currencies taken for one",
        "fields",
        "'Budget_Amount__c': each record says its own currency",
        "currency = true",
        level="warning",
        settings={"several_currencies": True},
        mapping=read('budget_amount = "Budget_Amount__c"'),
    ),
    Fault(
        "currency without a rate",
        "fields",
        "no rate for 'JPY'",
        "rates",
        level="warning",
        settings={"several_currencies": True},
        mapping=amounts(CURRENCY.replace(", JPY = 0.006", "")),
    ),
    Fault(
        "rates of the CRM out of sight",
        "fields",
        "tells no exchange rates",
        "[currency]",
        settings={"several_currencies": True},
        acts=(act("hide_object", object="CurrencyType"),),
        mapping=amounts(CURRENCY.replace("{ USD = 0.92, GBP = 1.17, JPY = 0.006 }", '"crm"')),
    ),
    Fault(
        "currency misspelled",
        "rules",
        "'EURO' is no code of a currency",
        "ISO 4217",
        place="currency.to",
        mapping=amounts(CURRENCY.replace('"EUR"', '"EURO"')),
    ),
    Fault(
        "rates file missing",
        "rules",
        "there is no such file",
        "",
        mapping=amounts(CURRENCY.replace("{ USD = 0.92, GBP = 1.17, JPY = 0.006 }", '"rates.csv"')),
    ),
    Fault(
        "rates file with a text",
        "rules",
        "the rate of USD is no number",
        "0.92",
        place="rates.csv:2",
        files=(("rates.csv", "currency,rate\nUSD,much\n"),),
        mapping=amounts(CURRENCY.replace("{ USD = 0.92, GBP = 1.17, JPY = 0.006 }", '"rates.csv"')),
    ),
    # tasks
    Fault(
        "key of tasks misspelled",
        "tasks",
        "Task.Leadrelay_Kye__c does not exist",
        "Did you mean 'Leadrelay_Key__c'",
        place="task",
        mapping=(("Leadrelay_Key__c", "Leadrelay_Kye__c"),),
    ),
    Fault(
        "key of tasks dropped",
        "tasks",
        "Leadrelay_Key__c",
        "leadrelay setup",
        acts=(act("drop_field", object="Task", field="Leadrelay_Key__c"),),
    ),
    Fault(
        "key of tasks hidden",
        "tasks",
        "Leadrelay_Key__c",
        "",
        acts=(act("hide_field", object="Task", field="Leadrelay_Key__c"),),
    ),
    Fault(
        "key of tasks read only",
        "tasks",
        "Leadrelay_Key__c",
        "",
        acts=(act("read_only", object="Task", field="Leadrelay_Key__c"),),
    ),
    Fault("key of tasks not unique", "tasks", "Planted__c", "", fields=(("Activity.Planted__c", {}),), mapping=KEY),
    Fault(
        "key of tasks no external id",
        "tasks",
        "Task.Planted__c is no external id",
        "",
        fields=(("Activity.Planted__c", {"unique": True, "caseSensitive": False}),),
        mapping=KEY,
    ),
    Fault(
        "key of tasks too short",
        "tasks",
        "Task.Planted__c is shorter than 40",
        "40",
        fields=(("Activity.Planted__c", {"unique": True, "externalId": True, "caseSensitive": False, "length": 20}),),
        mapping=KEY,
    ),
    Fault(
        "key on leads instead of tasks",
        "tasks",
        "Task.Planted__c does not exist",
        "'Planted__c' is a field of Lead, and tasks need one of their own",
        fields=(("Lead.Planted__c", {"unique": True, "externalId": True, "caseSensitive": False}),),
        mapping=KEY,
    ),
    Fault(
        "field of the owner is none",
        "fields",
        "'Company' holds no owner",
        "OwnerId",
        place="task",
        mapping=(('owner = "OwnerId"', 'owner = "Company"'),),
    ),
    Fault(
        "reason read only",
        "fields",
        "'Leadrelay_Owner_Reason__c' cannot be written by this user",
        "Grant edit access",
        acts=(act("read_only", object="Lead", field="Leadrelay_Owner_Reason__c"),),
    ),
    Fault(
        "reason too short",
        "fields",
        "'Leadrelay_Grade__c' takes 40 characters",
        "255",
        mapping=(("Leadrelay_Owner_Reason__c", "Leadrelay_Grade__c"),),
    ),
    Fault(
        "reason is a number",
        "fields",
        "'Visits__c' takes no free text",
        "text of 255",
        mapping=(("Leadrelay_Owner_Reason__c", "Visits__c"),),
    ),
    Fault(
        "reason dropped",
        "fields",
        "no field 'Leadrelay_Owner_Reason__c'",
        "Create it",
        level="warning",
        acts=(act("drop_field", object="Lead", field="Leadrelay_Owner_Reason__c"),),
    ),
    # people and rules of the CRM
    Fault(
        "member deactivated",
        "people",
        "has deactivated this user",
        "Take her out",
        level="warning",
        place="teams.sales.members[0].email",
        acts=(act("deactivate_user", user="ada.okafor@sandbox.example"),),
    ),
    Fault(
        "team of nobody",
        "people",
        "nobody of team 'sales' is an active user",
        "active",
        acts=(
            act("deactivate_user", user="ada.okafor@sandbox.example"),
            act("deactivate_user", user="ben.lindqvist@sandbox.example"),
        ),
    ),
    Fault(
        "member unknown",
        "people",
        "no user with this e-mail address",
        "mend the address",
        place="teams.sales.members[1].email",
        playbook=(("ben.lindqvist", "ben.linqvist"),),
    ),
    Fault(
        "manager deactivated",
        "people",
        "has deactivated this user",
        "active",
        place="teams.sales.manager",
        acts=(act("deactivate_user", user="farid.haddad@sandbox.example"),),
    ),
    Fault(
        "two users with an address",
        "people",
        "several active users",
        "an address of their own",
        level="warning",
        edits=(("User", "Email = 'emi.tanaka@sandbox.example'", {"Email": "ada.okafor@sandbox.example"}),),
    ),
    Fault(
        "queue missing",
        "people",
        "no queue 'Inbound Ledas'",
        "Inbound Leads",
        place="assignment.rules[1]",
        playbook=(("Inbound Leads", "Inbound Ledas"),),
    ),
    Fault(
        "topic for nobody",
        "people",
        "no user with this e-mail address",
        "mend the address",
        place="topics[0].to",
        playbook=(('to = "farid.haddad@sandbox.example"', 'to = "nobody@sandbox.example"'),),
    ),
    Fault(
        "escalation to nobody",
        "people",
        "no user with this e-mail address",
        "mend the address",
        place="escalation.path[0]",
        playbook=(('path = ["manager"]', 'path = ["nobody@sandbox.example"]'),),
    ),
    Fault(
        "assignment rule on",
        "rules of the CRM",
        "gives new leads to owners, and so does the playbook",
        "Deactivate it",
        level="warning",
        acts=(act("assignment_rule", active=True),),
    ),
    Fault(
        "duplicate rule",
        "rules of the CRM",
        "duplicate rule",
        "bypass",
        level="warning",
        acts=(act("duplicates", object="Lead", rule="block", fields=["Email"]),),
    ),
    # organisation and quota
    Fault(
        "another organisation",
        "access",
        f"but the configuration means {ORGANISATION}",
        "organisation",
        config=(('kind = "salesforce"\n', f'kind = "salesforce"\norganisation = "{ORGANISATION}"\n'),),
    ),
    Fault("secret wrong", "sign-in", "", "", secrets={"SECRET": "wrong"}),
    Fault("secret missing", "connection", "SECRET", "", secrets={}),
    Fault(
        "quota too small for the schedule",
        "API calls",
        "though nothing changes",
        "run less often",
        settings={"daily_requests": 1000},
        config=(("every 5 minutes", "every 1 minutes"),),
    ),
    Fault(
        "backward for nothing",
        "fields",
        "'Status' goes back anyway",
        "Remove 'backward'",
        level="warning",
        mapping=(('initial = ["Open - Not Contacted"]', 'backward = true\ninitial = ["Open - Not Contacted"]'),),
    ),
)
