"""leadrelay's own fields in a Salesforce as a company has it before leadrelay came."""

from contextlib import closing

import pytest
import requests

from leadrelay.connectors.customising import LEAD, TASK, OwnField, State
from leadrelay.connectors.salesforce_auth import Account, SalesforceSettings
from leadrelay.connectors.salesforce_describe import Field
from leadrelay.connectors.salesforce_holdings import Holdings
from leadrelay.connectors.salesforce_setup import SalesforceCustomiser
from leadrelay.connectors.transport import Pace
from leadrelay.core.lead import Type
from leadrelay.errors import ConfigError, Refused
from leadrelay.sandbox import credentials
from leadrelay.sandbox.server import Options, Sandbox

SCORE = OwnField(LEAD, "Leadrelay_Score__c", "Leadrelay Score", Type.INTEGER, "The score.", source="score")
STAGE = OwnField(LEAD, "Leadrelay_Stage__c", "Leadrelay Stage", Type.TEXT, "The stage.", 40, source="stage")
REASONS = OwnField(LEAD, "Leadrelay_Reasons__c", "Leadrelay Reasons", Type.TEXT, "Why.", 4000, source="reasons")
FLAG = OwnField(LEAD, "Leadrelay_Flag__c", "Leadrelay Flag", Type.BOOLEAN, "A flag.", source="qualified")
DAY = OwnField(LEAD, "Leadrelay_Day__c", "Leadrelay Day", Type.DATE, "A day.", source="reengage_on")
KEY = OwnField(TASK, "Leadrelay_Key__c", "Leadrelay Key", Type.TEXT, "A key.", 40, unique=True)
FIELDS = (SCORE, STAGE, REASONS, KEY)
FEW = (SCORE, KEY)


class Org:
    """The sandbox, and our way into it."""

    def __init__(self, sandbox):
        self.sandbox, self.url = sandbox, sandbox.salesforce_url
        self.store = sandbox.salesforce_line.store
        self.account = Account(
            SalesforceSettings(
                name="acme",
                client_id=credentials.SF_CLIENT_ID,
                client_secret=credentials.SF_CLIENT_SECRET,
                instance_url=self.url,
            ),
            Pace(sleep=lambda _: None),
        )

    def customiser(self, object_type="Lead", **mapped):
        return SalesforceCustomiser(self.account, object_type, **mapped)

    def call(self, method, path, body=None):
        """As an admin who is in no hurry."""
        return self.account.call(lambda client: client.restful(path, method=method, json=body), lambda answer: answer)

    def define(self, name, **metadata):
        body = {"FullName": name, "Metadata": {"label": "Theirs", "type": "Text", "length": 40, **metadata}}
        self.call("POST", "tooling/sobjects/CustomField/", body)

    def set_up(self, fields=FIELDS, **mapped):
        customiser = self.customiser(**mapped)
        for step in customiser.steps(fields):
            if step.state is State.TO_DO:
                customiser.take(step)

    def act(self, action, **arguments):
        """As an admin, by the sandbox's own door."""
        answer = requests.post(f"{self.url}/_sandbox/act", json={"action": action, **arguments}, timeout=30)
        assert answer.ok, answer.text

    def lead(self, **fields):
        body = {"LastName": "Doe", "Company": "Acme", **fields}
        return self.account.call(
            lambda client: client.restful(
                "sobjects/Lead/", method="POST", json=body, headers={"Sforce-Auto-Assign": "FALSE"}
            ),
            lambda answer: answer,
        )

    def seen(self, name="Lead"):
        answer = requests.get(
            f"{self.url}/services/data/v60.0/sobjects/{name}/describe",
            headers={"Authorization": f"Bearer {self.account.client().session_id}"},
            timeout=30,
        )
        return {field["name"]: field for field in answer.json()["fields"]}


@pytest.fixture(scope="module")
def house():
    with Sandbox(Options(bare=True)) as sandbox:
        yield Org(sandbox)


@pytest.fixture
def org(house):
    yield house
    requests.post(f"{house.url}/_sandbox/reset", timeout=30).raise_for_status()


def told(steps):
    return [(step.what, step.target, str(step.state)) for step in steps]


def left(steps):
    return [step.target for step in steps if step.state is not State.DONE]


def test_fields_then_the_permission_set_then_access_then_its_user(org):
    steps = org.customiser().steps(FIELDS)
    assert told(steps) == [
        ("field", "Lead.Leadrelay_Score__c", "to do"),
        ("field", "Lead.Leadrelay_Stage__c", "to do"),
        ("field", "Lead.Leadrelay_Reasons__c", "to do"),
        ("field", "Activity.Leadrelay_Key__c", "to do"),
        ("permission set", "Leadrelay", "to do"),
        ("access", "Lead.Leadrelay_Score__c", "to do"),
        ("access", "Lead.Leadrelay_Stage__c", "to do"),
        ("access", "Lead.Leadrelay_Reasons__c", "to do"),
        ("access", "Task.Leadrelay_Key__c", "to do"),
        ("assignment", "Leadrelay", "to do"),
    ]
    assert [step.told for step in steps[:4]] == ["Number(18, 0)", "Text(40)", "Long Text Area(4000)", "Text(40)"]


def test_what_is_made_is_of_the_type_that_goes_in(org):
    org.set_up((*FIELDS, FLAG, DAY))
    lead, task = org.seen(), org.seen("Task")
    types = {name: field["type"] for name, field in lead.items() if name.startswith("Leadrelay_")}
    assert types == {
        "Leadrelay_Score__c": "double",
        "Leadrelay_Stage__c": "string",
        "Leadrelay_Reasons__c": "textarea",
        "Leadrelay_Flag__c": "boolean",
        "Leadrelay_Day__c": "date",
    }
    assert lead["Leadrelay_Reasons__c"]["length"] == 4000
    assert lead["Leadrelay_Score__c"]["updateable"]
    key = task["Leadrelay_Key__c"]
    assert (key["unique"], key["externalId"], key["length"], key["caseSensitive"]) == (True, True, 40, False)
    assert "Leadrelay_Key__c" not in org.seen("Event"), "nobody asked for access to events"


def test_killed_after_any_step_it_goes_on_from_there(org):
    taken = 0
    while waiting := [step for step in org.customiser().steps(FEW) if step.state is State.TO_DO]:
        customiser = org.customiser()
        customiser.take(waiting[0])
        customiser.take(waiting[0])  # as after an answer that was lost
        taken += 1
    assert taken == 6
    assert {step.state for step in org.customiser().steps(FEW)} == {State.DONE}
    assert len(org.store.select("SELECT Id FROM FieldPermissions")) == 2


@pytest.mark.parametrize("kind", ["drop-reply", "twice"])
def test_an_answer_that_is_lost_and_a_request_that_comes_twice_change_nothing(org, kind):
    faults = [{"kind": kind, "method": "POST PATCH DELETE", "path": "/services/data/*", "every": 2}]
    requests.post(f"{org.url}/_sandbox/faults", json={"faults": faults}, timeout=30).raise_for_status()
    org.set_up(FEW)
    assert left(org.customiser().steps(FEW)) == []
    assert len(org.store.select("SELECT Id FROM FieldPermissions")) == 2
    for step in org.customiser().removals(FEW):
        org.customiser().remove(step)
    assert org.customiser().removals(FEW) == []


def test_what_is_there_and_would_do_is_taken_as_it_is(org):
    org.define("Lead.Leadrelay_Stage__c", length=80)
    org.define("Lead.Leadrelay_Score__c", type="Number", precision=4, scale=0)
    steps = org.customiser().steps(FIELDS)
    assert [(step.target, str(step.state)) for step in steps[:3]] == [
        ("Lead.Leadrelay_Score__c", "done"),
        ("Lead.Leadrelay_Stage__c", "done"),
        ("Lead.Leadrelay_Reasons__c", "to do"),
    ]
    org.set_up()
    assert (org.seen()["Leadrelay_Stage__c"]["length"], org.seen()["Leadrelay_Score__c"]["precision"]) == (80, 4)


def test_a_field_of_ours_that_is_too_narrow_is_widened(org):
    org.define("Lead.Leadrelay_Stage__c", length=20, description="An admin's words.")
    org.define("Lead.Leadrelay_Score__c", type="Number", precision=2, scale=0)
    org.define("Activity.Leadrelay_Key__c")
    steps = org.customiser().steps(FIELDS)
    assert {step.told for step in steps if step.state is State.TO_DO and step.what == "field"} == {
        "has 20 characters, and needs 40: becomes Text(40)",
        "has room for 2 digits, and needs 3: becomes Number(18, 0)",
        "is not unique and external id: becomes Text(40)",
        "Long Text Area(4000)",
    }
    org.set_up()
    assert org.seen()["Leadrelay_Stage__c"]["length"] == 40
    assert org.seen("Task")["Leadrelay_Key__c"]["unique"]
    assert left(org.customiser().steps(FIELDS)) == []
    kept = org.store.columns("Lead")["leadrelay_stage__c"].meta["metadata"]
    assert (kept["description"], kept["label"]) == ("An admin's words.", "Theirs")


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"type": "Date", "length": None}, "is there as Date, where Text(40) is needed."),
        ({"type": "Checkbox", "length": None, "defaultValue": "false"}, "is there as Checkbox, where Text(40)"),
    ],
)
def test_a_field_of_another_type_is_a_persons_to_decide(org, metadata, words):
    org.define("Lead.Leadrelay_Stage__c", **{name: value for name, value in metadata.items() if value})
    (step,) = [step for step in org.customiser().steps([STAGE]) if step.state is State.CONFLICT]
    assert step.told.startswith(words)
    assert step.cure.startswith("Give it another name in the mapping, or change it to Text(40) in Setup")
    with pytest.raises(Refused, match="Leadrelay_Stage__c is there as"):
        org.customiser().take(step)
    assert org.customiser().steps([STAGE])[0].state is State.CONFLICT
    assert org.customiser().removals([STAGE]) == []


def test_a_short_text_does_not_become_a_long_one_by_itself(org):
    org.define("Lead.Leadrelay_Reasons__c", length=255)
    (step,) = [step for step in org.customiser().steps([REASONS]) if step.state is State.CONFLICT]
    assert step.told == "is there as Text(255), where Long Text Area(4000) is needed."


def test_a_field_that_is_not_ours_by_name_is_never_changed(org):
    why = OwnField(LEAD, "Why__c", "Why", Type.TEXT, "", 255)
    standard = OwnField(LEAD, "Nowhere", "Nowhere", Type.TEXT, "", 255)
    org.define("Lead.Why__c")
    steps = org.customiser().steps([why, standard])
    assert [(step.target, str(step.state)) for step in steps] == [
        ("Lead.Why__c", "conflict"),
        ("Lead.Nowhere", "conflict"),
    ]
    assert org.customiser().removals([why]) == []
    with pytest.raises(Refused, match="is not leadrelay's, and stays"):
        org.customiser().remove(steps[0])


def test_hidden_fields_of_the_mapping_get_the_access_they_need_and_no_more(org):
    org.define("Lead.Read__c")
    org.define("Lead.Write__c")
    mapped = {"reads": ["Read__c", "Email", "Visits__c", "Gone__c"], "writes": ["Write__c", "Visits__c"]}
    steps = org.customiser(**mapped).steps([SCORE])
    assert [(step.target, step.told) for step in steps if step.what == "access"] == [
        ("Lead.Leadrelay_Score__c", "read and edit"),
        ("Lead.Write__c", "read and edit"),
        ("Lead.Read__c", "read"),
    ]
    org.set_up([SCORE], **mapped)
    seen = org.seen()
    assert (seen["Read__c"]["updateable"], seen["Write__c"]["updateable"]) == (False, True)
    assert left(org.customiser(**mapped).steps([SCORE])) == []
    wider = {"reads": [], "writes": ["Read__c"]}
    assert left(org.customiser(**wider).steps([SCORE])) == ["Lead.Read__c"]
    org.set_up([SCORE], **wider)
    assert org.seen()["Read__c"]["updateable"]


def test_an_object_that_an_admin_made_may_hold_the_leads(org):
    org.act("create_object", name="Prospect__c")
    customiser = org.customiser("Prospect__c")
    for step in customiser.steps(FEW):
        customiser.take(step)
        customiser.take(step)
    assert left(org.customiser("Prospect__c").steps(FEW)) == []
    assert "Leadrelay_Score__c" in org.seen("Prospect__c")
    assert [name for name in org.seen() if name.startswith("Leadrelay")] == []
    assert left(org.customiser().steps([SCORE, KEY])) == ["Lead.Leadrelay_Score__c"] * 2, "the key is there for both"
    for step in customiser.removals(FEW):
        customiser.remove(step)
    assert customiser.removals(FEW) == []


def test_taken_away_again_in_an_order_that_can_be_resumed(org):
    org.set_up(FEW)
    steps = org.customiser().removals(FEW)
    assert [(step.what, step.target, step.holds) for step in steps] == [
        ("field", "Lead.Leadrelay_Score__c", 0),
        ("field", "Activity.Leadrelay_Key__c", 0),
        ("assignment", "Leadrelay", None),
        ("permission set", "Leadrelay", None),
    ]
    for count, step in enumerate(steps, 1):
        org.customiser().remove(step)
        org.customiser().remove(step)
        assert len(org.customiser().removals(FEW)) == len(steps) - count
    assert not [name for name in (*org.seen(), *org.seen("Task")) if name.startswith("Leadrelay")]
    assert org.store.select("SELECT Id FROM FieldPermissions") == []


def test_whoever_else_has_the_permission_set_is_counted(org):
    org.set_up([SCORE])
    (key,) = (row["Id"] for row in org.store.select("SELECT Id FROM PermissionSet WHERE Name = 'Leadrelay'"))
    (rep, *_) = (row["Id"] for row in org.store.select("SELECT Id FROM User WHERE Title = 'Sales manager'"))
    org.call("POST", "sobjects/PermissionSetAssignment/", {"PermissionSetId": key, "AssigneeId": rep})
    told = {step.what: step.told for step in org.customiser().steps([SCORE])}
    assert told["permission set"] == "1 other user may read and edit the same, as they have it"
    gone = org.customiser().removals([SCORE])
    assert [step.told for step in gone if step.what == "assignment"] == ["from 2 users"]
    for step in gone:
        org.customiser().remove(step)
    assert org.customiser().removals([SCORE]) == []


def test_what_would_be_lost_is_counted(org):
    org.set_up((*FIELDS, FLAG))
    org.lead(Leadrelay_Score__c=7, Leadrelay_Reasons__c="because", Leadrelay_Flag__c=True)
    org.lead(Leadrelay_Score__c=8)
    holds = {step.target: step.holds for step in org.customiser().removals((*FIELDS, FLAG)) if step.field}
    assert list(holds.values()) == [2, 0, 1, 0, 1]


def test_a_field_that_no_aggregate_takes_is_counted_by_itself(org):
    org.lead(Technologies__c="ServiceNow", Visits__c=3)
    org.lead(Visits__c=4, Competitor_Research__c=True)
    kinds = {"Technologies__c": "multipicklist", "Visits__c": "double", "Competitor_Research__c": "boolean"}
    fields = [Field(name, kind) for name, kind in kinds.items()]
    held = Holdings(org.account).of("Lead", fields)
    assert held == {"Technologies__c": 1, "Visits__c": 2, "Competitor_Research__c": 1}
    assert Holdings(org.account).of("Lead", [Field("Gone__c", "double")]) == {}


def test_of_a_long_text_nothing_found_in_some_records_proves_nothing(org):
    org.set_up([SCORE, REASONS])
    names = org.sandbox.salesforce.org.store
    rows = [(f"00Q{number:015}", "Doe", "Acme", "2026-01-01T00:00:00.000Z") for number in range(201)]
    names.db.executemany(
        'INSERT INTO "Lead" (Id, LastName, Company, SystemModstamp, IsDeleted) VALUES (?,?,?,?,0)', rows
    )
    (score, reasons, *_) = org.customiser().removals([SCORE, REASONS])
    assert (score.holds, reasons.holds) == (0, None)
    assert reasons.told.startswith("Records were not all counted")


def test_a_field_that_is_hidden_from_us_may_hold_anything(org):
    org.set_up([SCORE])
    org.act("hide_field", object="Lead", field="Leadrelay_Score__c")
    assert org.customiser().removals([SCORE])[0].holds is None


def test_names_that_no_field_can_have_are_refused_before_anything_is_asked(org):
    with pytest.raises(ConfigError):
        SalesforceCustomiser(org.account, "Lead", reads=["x' OR 'y"])
    calls = org.account.calls
    with pytest.raises(ConfigError):
        org.customiser().steps([OwnField(LEAD, "a'b__c", "", Type.TEXT, "", 40)])
    assert org.account.calls == calls


def test_it_signs_in_by_itself(org):
    with closing(SalesforceCustomiser.connect(org.account.settings, "Lead")) as customiser:
        assert customiser.removals(FIELDS) == []


@pytest.mark.parametrize(
    ("permission", "at", "words"),
    [
        (
            "CustomizeApplication",
            "field",
            "create custom fields .* 'Customize Application', or write files .* --export",
        ),
        ("ManageProfilesPermissionsets", "permission set", "'Manage Profiles and Permission Sets', or write files"),
        ("ManageProfilesPermissionsets", "access", "grant access to fields .* 'Manage Profiles and Permission Sets'"),
        ("AssignPermissionSets", "assignment", "assign permission sets .* 'Assign Permission Sets'"),
    ],
)
def test_without_the_permission_it_tells_which_and_the_other_way(org, permission, at, words):
    customiser = org.customiser()
    for step in customiser.steps([SCORE]):
        if step.what == at:
            org.act("revoke", permission=permission)
            with pytest.raises(Refused, match=words):
                customiser.take(step)
            org.act("grant", permission=permission)
        customiser.take(step)
    assert left(customiser.steps([SCORE])) == []


def test_without_the_permission_nothing_is_taken_away_either(org):
    org.set_up([SCORE])
    org.act("revoke", permission="CustomizeApplication")
    step = org.customiser().removals([SCORE])[0]
    with pytest.raises(Refused, match=r"delete custom fields .* 'Customize Application' and 'View All Data'"):
        org.customiser().remove(step)


def test_an_object_that_is_full_is_told_with_the_way_out(org):
    for number in range(25):
        org.define(f"Lead.Id{number}__c", externalId=True)
    unique = OwnField(LEAD, "Leadrelay_Id__c", "Id", Type.TEXT, "", 40, unique=True)
    with pytest.raises(Refused, match=r"CUSTOM_FIELD_INDEX_LIMIT_EXCEEDED. The object has as many"):
        org.customiser().take(org.customiser().steps([unique])[0])
