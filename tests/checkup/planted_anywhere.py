"""Faults that have nothing to do with which CRM it is."""

from tests.checkup.planting import Fault

PROVIDER = (
    "[jobs.inbound]",
    '[providers.pdl]\nkind = "http"\ndescription = "people-data-labs-company"\n'
    'secrets = { key = { env = "NOT_SET" } }\n[jobs.inbound]',
)
ASKS = (("[bant.need]", '[enrichment.fields.revenue]\nfrom = ["pdl"]\n[bant.need]'),)
FAULTS = (
    Fault(
        "state store of another organisation",
        "state store",
        "it was made with organisation",
        "a state store of its own",
        store="of another organisation",
    ),
    Fault(
        "state store read only",
        "state store",
        "cannot be written",
        "Let the user that runs leadrelay write",
        store="read only",
    ),
    Fault("state store of a newer leadrelay", "state store", "", "", store="newer"),
    Fault("state store that is none", "state store", "", "", store="garbage"),
    Fault(
        "state store in no folder",
        "state store",
        "",
        "",
        config=(("sqlite:///state.db", "sqlite:///no/such/state.db"),),
    ),
    Fault(
        "schedule that is none",
        "",
        '"every 5 mins" is no schedule',
        "every 5 minutes",
        place="jobs.inbound.schedule",
        config=(("every 5 minutes", "every 5 mins"),),
    ),
    Fault(
        "schedule that never comes",
        "schedule",
        "never comes",
        "Name a day that exists",
        place="jobs.inbound.schedule",
        config=(("every 5 minutes", "0 0 30 2 *"),),
    ),
    Fault("example fails", "examples", "fit", "", place="examples[0]", playbook=(("fit = 5\n", "fit = 8\n"),)),
    Fault(
        "rule that can never hold",
        "rules",
        "never",
        "",
        level="warning",
        playbook=(('when = "employees >= 5000"', 'when = "employees >= 5000 and employees < 10"'),),
    ),
    Fault(
        "word that no record brings",
        "fields",
        "asks whether status is 'wrking', which neither the mapping nor the CRM's options give",
        "Mend the rule",
        level="warning",
        playbook=(("when = \"country = 'Germany'\"", "when = \"status = 'wrking'\""),),
    ),
    Fault(
        "field that nothing fills",
        "rules",
        "visits",
        "mapping",
        level="warning",
        playbook=(("when = \"country = 'Germany'\"", 'when = "visits >= 3"'),),
    ),
    Fault(
        "unknown field in a rule",
        "rules",
        "contry",
        "country",
        place="score.fit[1].when",
        playbook=(("country = 'Germany'", "contry = 'Germany'"),),
    ),
    Fault(
        "calendar in an unknown zone",
        "rules",
        "Europe/Belrin",
        "Europe/Berlin",
        playbook=(("Europe/Berlin", "Europe/Belrin"),),
    ),
    Fault("unknown key of the mapping", "rules", "unknown key 'wirte'", "write", mapping=(("[write]\n", "[wirte]\n"),)),
    Fault(
        "calendar that never opens",
        "rules",
        "the calendar would never open",
        "Such as",
        place="calendars.office.hours",
        playbook=(('hours = ["mon-fri 09:00-17:00"]', "hours = []"),),
    ),
    Fault(
        "mapping file missing",
        "rules",
        "there is no such file",
        "Mend the path",
        config=(('"mapping.toml"', '"mappings.toml"'),),
    ),
    Fault("provider without a secret", "providers", "NOT_SET", "", config=(PROVIDER,), playbook=ASKS),
    Fault(
        "provider that nobody knows",
        "providers",
        "pld",
        "pdl",
        config=(PROVIDER,),
        playbook=((ASKS[0][0], ASKS[0][1].replace("pdl", "pld")),),
    ),
)
