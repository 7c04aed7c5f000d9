"""What a planted fault is, the sound configuration that it is planted in, and the sandbox that is looked at."""

import json
from dataclasses import dataclass, field
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from leadrelay.sandbox import credentials


@dataclass(frozen=True)
class Fault:
    """One fault, and what `check` has to say of it.

    `section`, `level`, `says`, `cure`, `place`: of one finding: its section, and words of its texts.
    `mapping`, `playbook`, `config`: pairs of texts, the first of which the second replaces.
    `acts`: what an admin of the CRM does; `settings`: the sandbox's. `fields`: new fields, by full name, with metadata.
    `store`: what is the matter with the state store. `files`: others, by name. `unset`: without secrets.
    """

    name: str
    section: str
    says: str
    cure: str
    level: str = "error"
    place: str = ""
    mapping: tuple[tuple[str, str], ...] = ()
    playbook: tuple[tuple[str, str], ...] = ()
    config: tuple[tuple[str, str], ...] = ()
    acts: tuple[dict, ...] = ()
    settings: dict = field(default_factory=dict)
    fields: tuple[tuple[str, dict], ...] = ()
    edits: tuple[tuple[str, str, dict], ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    store: str = ""
    secrets: dict = field(
        default_factory=lambda: {"SECRET": credentials.SF_CLIENT_SECRET, "TOKEN": credentials.HS_TOKEN}
    )


def read(line):
    """A change of the mapping: one more line of [read]."""
    return (("[read]\n", f"[read]\n{line}\n"),)


def write(line):
    """A change of the mapping: one more line of [write]."""
    return (("[write]\n", f"[write]\n{line}\n"),)


def act(action, **arguments):
    return {"action": action, **arguments}


PLAYBOOK = """\
name = "Small"

[calendars.office]
zone = "Europe/Berlin"
hours = ["mon-fri 09:00-17:00"]

[teams.sales]
calendar = "office"
manager = "MANAGER"
[[teams.sales.members]]
email = "FIRST"
[[teams.sales.members]]
email = "SECOND"

[assignment]
order = ["account-owner", "own-history", "fair"]
fallback = "MANAGER"
[[assignment.rules]]
name = "Large"
when = "employees >= 1000"
team = "sales"
[[assignment.rules]]
name = "Others"
queue = "QUEUE"

[bant.need]
met = { "Company known" = "company is not null" }
question = "Who are you?"

[qualification]
when = "bant_met >= 1"

[[score.fit]]
name = "Large"
about = "organisation"
when = "employees >= 1000"
points = 5

[[score.fit]]
name = "Germany"
about = "organisation"
when = "country = 'Germany'"
points = 3

[[stages]]
name = "sal"
side = "sales"
when = "qualified"
[[stages]]
name = "raw"
side = "lead-generation"

[handoff]
when = "qualified"
subject = "Call"
due = "1 hour"

[sla]
first_response = "1 hour"
[[sla.steps]]
after = "1 hour"
do = "remind"
[[sla.steps]]
after = "4 hours"
do = "escalate"
[escalation]
path = ["manager"]

[[topics]]
name = "Pricing"
when = "employees >= 5000"
to = "MANAGER"
within = "4 hours"
subject = "Price"
text = "Asks for a price."

[[examples]]
name = "A large company"
at = 2026-06-01T09:00:00Z
[examples.lead]
company = "Acme"
employees = 2000
[examples.expect]
stage = "sal"
fit = 5
"""

CONFIG = """\
[state]
url = "sqlite:///state.db"
[connections.acme]
CONNECTION
[jobs.inbound]
connection = "acme"
mapping = "mapping.toml"
playbook = "playbook.toml"
schedule = "every 5 minutes"
"""


@dataclass(frozen=True)
class Sound:
    """A configuration with which nothing is wrong. `base`, `settings`: what was done to the sandbox before."""

    name: str
    connection: str
    mapping: str
    people: tuple[tuple[str, str], ...]
    base: tuple[dict, ...] = ()
    settings: dict = field(default_factory=dict)

    @property
    def playbook(self):
        return changed(PLAYBOOK, self.people)

    def config(self, url):
        return changed(CONFIG, (("CONNECTION", changed(self.connection, (("URL", url),))),)).replace(
            "CLIENT", credentials.SF_CLIENT_ID
        )


def changed(text, changes):
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


class Site:
    """One CRM of a sandbox, as its admin changes it."""

    def __init__(self, sound, sandbox):
        salesforce = sound.name == "salesforce"
        self.sound = sound
        self.url = sandbox.salesforce_url if salesforce else sandbox.hubspot_url
        self.line = sandbox.salesforce_line if salesforce else sandbox.hubspot_line
        self._dirty = True

    def plant(self, fault):
        """Plant what is wrong with the CRM; everything that was planted before is gone."""
        wanted = bool(fault.acts or fault.settings or fault.fields or fault.edits)
        if wanted or self._dirty:
            self._post("/_sandbox/reset", {})
            self._post("/_sandbox/settings", self.sound.settings)
            for one in self.sound.base:
                self._post("/_sandbox/act", one)
        self._dirty = wanted
        for name, metadata in fault.fields:
            self._field(name, metadata)
        if fault.settings:
            self._post("/_sandbox/settings", fault.settings)
        for kind, where, fields in fault.edits:
            (row,) = self.line.store.select(f'SELECT * FROM "{kind}" WHERE {where}')
            body = {"object": kind, "id": str(row[self.line.store.key]), "fields": fields, "actor": "Ada"}
            self._post("/_sandbox/edit", body)
        for one in fault.acts:
            self._post("/_sandbox/act", one)
        self._post("/_sandbox/requests/reset", {})

    def calls(self):
        """How many requests came since."""
        with urlopen(f"{self.url}/_sandbox/requests", timeout=10) as answer:  # noqa: S310 - the sandbox on this machine
            return json.load(answer)["total"]

    def effects(self):
        return len(self.line.store.history(limit=1_000_000))

    def _field(self, name, metadata):
        if self.sound.name == "salesforce":
            secrets = f"client_id={credentials.SF_CLIENT_ID}&client_secret={credentials.SF_CLIENT_SECRET}"
            form = f"grant_type=client_credentials&{secrets}".encode()
            token = self._sent("/services/oauth2/token", form, "application/x-www-form-urlencoded")["access_token"]
            body = {"FullName": name, "Metadata": {"label": "Planted", "type": "Text", "length": 40, **metadata}}
            body["Metadata"] = {key: value for key, value in body["Metadata"].items() if value is not None}
            self._post("/services/data/v66.0/tooling/sobjects/CustomField/", body, token)
            table, _, column = name.partition(".")
            for owner in ("Task", "Event") if table == "Activity" else (table,):
                if not metadata.get("required"):
                    (parent,) = self.line.store.select("SELECT Id FROM PermissionSet LIMIT 1")
                    rights = {"PermissionsRead": True, "PermissionsEdit": True}
                    body = {"ParentId": parent["Id"], "SobjectType": owner, "Field": f"{owner}.{column}", **rights}
                    self._post("/services/data/v66.0/sobjects/FieldPermissions", body, token)
        else:
            table, _, column = name.partition(".")
            body = {
                "name": column,
                "label": "Planted",
                "type": "string",
                "fieldType": "text",
                "groupName": GROUPS[table],
            }
            self._post(f"/crm/v3/properties/{table}", {**body, **metadata}, credentials.HS_TOKEN)

    def _post(self, path, body, token=""):
        return self._sent(path, json.dumps(body).encode(), "application/json", token)

    def _sent(self, path, data, kind, token=""):
        headers = {"Content-Type": kind} | ({"Authorization": f"Bearer {token}"} if token else {})
        sent = Request(f"{self.url}{path}", data, headers, method="POST")  # noqa: S310 - the sandbox on this machine
        try:
            with urlopen(sent, timeout=10) as answer:  # noqa: S310 - the sandbox on this machine
                return json.loads(answer.read() or b"{}")
        except HTTPError as error:
            raise AssertionError(error.read().decode()) from None


GROUPS = {"contacts": "contactinformation", "tasks": "task_information"}
