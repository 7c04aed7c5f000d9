"""What leadrelay owns in a portal: made, met, and taken away, with what HubSpot does not let anybody change."""

import pytest
import requests

from leadrelay.connectors.customising import LEAD, NOTE, TASK, OwnField, State
from leadrelay.core.lead import Type
from leadrelay.errors import Refused
from leadrelay.sandbox import credentials
from leadrelay.sandbox.line import HangUp

SCORE = OwnField(LEAD, "leadrelay_probe", "Leadrelay Probe", Type.INTEGER, "How good it is.")
TEXTS = OwnField(LEAD, "leadrelay_words", "Leadrelay Words", Type.TEXT, "Why.", 4000)
DAY = OwnField(LEAD, "leadrelay_day", "Leadrelay Day", Type.DATE, "When.")
FLAG = OwnField(LEAD, "leadrelay_flag", "Leadrelay Flag", Type.BOOLEAN, "Whether.")
LEAD_FIELDS = [SCORE, TEXTS, DAY, FLAG]
KEYS = [OwnField(on, "leadrelay_probe_key", "Key", Type.TEXT, "Once.", 40, unique=True) for on in (TASK, NOTE)]
PROPERTIES = "/crm/v3/properties"


@pytest.fixture
def crm(hubspot_crm):
    yield hubspot_crm
    hubspot_crm.app.faults.clear()


@pytest.fixture
def customiser(crm):
    with crm.connector() as connector:
        yield connector.customiser()


def told(steps):
    return {step.target: step.state for step in steps}


def take_all(customiser, fields):
    for step in customiser.steps(fields):
        if step.state is State.TO_DO:
            customiser.take(step)
    return customiser.steps(fields)


def api(crm, method, path, body=None):
    headers = {"Authorization": f"Bearer {credentials.HS_TOKEN}"}
    answer = requests.request(method, f"{crm.url}{path}", json=body, headers=headers, timeout=30)
    assert answer.ok, answer.text
    return answer.json() if answer.content else None


def define(crm, kind="contacts", **more):
    body = {"label": "Made by hand", "type": "number", "fieldType": "number", "groupName": "contactinformation"} | more
    api(crm, "POST", f"{PROPERTIES}/{kind}", body)


def defined(crm, name, kind="contacts"):
    return api(crm, "GET", f"{PROPERTIES}/{kind}/{name}")


def names(steps):
    return [step.target for step in steps]


def test_everything_is_made_once_in_a_call_for_each_object(crm, customiser):
    steps = customiser.steps([*LEAD_FIELDS, *KEYS])
    assert names(steps)[0] == "contacts.leadrelay"
    assert set(told(steps[1:]).values()) == {State.TO_DO}
    before = crm.calls()
    for step in steps[1:]:
        customiser.take(step)
    assert crm.calls() - before == 5  # a batch for each object, and the groups of tasks and notes

    assert set(told(customiser.steps([*LEAD_FIELDS, *KEYS])).values()) == {State.DONE}
    made = [defined(crm, field.name) for field in LEAD_FIELDS]
    forms = [(one["type"], one["fieldType"]) for one in made]
    assert forms == [("number", "number"), ("string", "textarea"), ("date", "date"), ("bool", "booleancheckbox")]
    assert {(one["groupName"], one["hasUniqueValue"], one["formField"]) for one in made} == {
        ("leadrelay", False, False)
    }
    assert (made[0]["label"], made[0]["description"]) == ("Leadrelay Probe", "How good it is.")
    assert all(defined(crm, "leadrelay_probe_key", kind)["hasUniqueValue"] for kind in ("tasks", "notes"))


def test_what_is_there_and_fits_is_taken_as_it_is(crm, customiser):
    define(crm, name="leadrelay_probe")
    define(
        crm,
        name="leadrelay_words",
        type="enumeration",
        fieldType="select",
        options=[{"label": "A", "value": "a", "displayOrder": 0, "hidden": False}],
    )
    steps = customiser.steps([SCORE, TEXTS])
    assert told(steps[1:]) == {"contacts.leadrelay_probe": State.DONE, "contacts.leadrelay_words": State.DONE}
    assert steps[1].told == "adopted from the group contactinformation"


@pytest.mark.parametrize(
    ("kind", "field", "more", "why"),
    [
        ("contacts", SCORE, {"type": "string", "fieldType": "text"}, "it holds text, not number"),
        ("contacts", TEXTS, {}, "it holds number, not text"),
        ("tasks", KEYS[0], {"type": "string", "fieldType": "text", "groupName": "task_information"}, "are not unique"),
    ],
)
def test_what_is_there_and_does_not_fit_is_a_conflict(crm, customiser, kind, field, more, why):
    define(crm, kind, name=field.name, **more)

    conflict = customiser.steps([field])[-1]

    assert (conflict.state, why in conflict.told) == (State.CONFLICT, True)
    assert "another name" in conflict.cure
    assert [step for step in customiser.removals([field]) if step.field] == []


def test_names_and_computed_properties_are_conflicts(customiser):
    upper = OwnField(LEAD, "Leadrelay_Upper", "U", Type.TEXT, "")
    computed = OwnField(LEAD, "hs_email_domain", "D", Type.TEXT, "")

    steps = customiser.steps([upper, computed])[-2:]

    assert [step.state for step in steps] == [State.CONFLICT, State.CONFLICT]
    assert "lower-case" in steps[0].told
    assert "cannot be written" in steps[1].told


def test_an_archived_property_comes_back_or_keeps_its_name(crm, customiser):
    take_all(customiser, [SCORE])
    define(crm, name="leadrelay_words")
    for name in ("leadrelay_probe", "leadrelay_words"):
        api(crm, "DELETE", f"{PROPERTIES}/contacts/{name}")

    _, score, words = customiser.steps([SCORE, TEXTS])

    assert (score.state, "from the archive" in score.told) == (State.TO_DO, True)
    assert (words.state, "an archived property of this name holds number" in words.told) == (State.CONFLICT, True)
    customiser.take(score)
    assert defined(crm, "leadrelay_probe")["type"] == "number"


def test_a_lost_answer_does_no_harm(crm, customiser):
    lost = []

    def hang_up(request, when):
        if when == "after" and request.path.endswith("/batch/create") and not lost:
            lost.append(request.path)
            raise HangUp

    crm.line.interceptors.append(hang_up)
    assert set(told(take_all(customiser, LEAD_FIELDS)).values()) == {State.DONE}
    assert lost


def test_a_sensitive_property_of_that_name_is_told(crm, customiser):
    define(crm, name="leadrelay_probe")
    crm.act("hide_property", object="contacts", property="leadrelay_probe")
    step = customiser.steps([SCORE])[-1]
    crm.post(
        "faults", {"faults": [{"kind": "status", "status": 404, "path": f"{PROPERTIES}/contacts/leadrelay_probe"}]}
    )

    with pytest.raises(Refused, match=r"is there already, and does not show it.*sensitive.*another name"):
        customiser.take(step)


def test_one_that_is_refused_says_why_and_the_others_are_made(crm, customiser):
    crm.post("settings", {"unique_tasks": False})
    steps = customiser.steps([SCORE, *KEYS])
    for step in steps:
        if step.target != "tasks.leadrelay_probe_key" and step.state is State.TO_DO:
            customiser.take(step)
    with pytest.raises(
        Refused, match=r"tasks\.leadrelay_probe_key \(VALIDATION_ERROR: .*cannot have unique values"
    ) as no:
        customiser.take(next(step for step in steps if step.target == "tasks.leadrelay_probe_key"))
    assert "by hand" in str(no.value)
    assert told(customiser.steps([KEYS[1]]))["notes.leadrelay_probe_key"] is State.DONE


def test_a_missing_scope_is_named(crm, customiser):
    steps = customiser.steps([SCORE])
    crm.act("scopes", remove=["crm.schemas.contacts.write"])
    with pytest.raises(Refused, match=r"create properties of contacts.*crm\.schemas\.contacts\.write"):
        customiser.take(steps[-1])
    with pytest.raises(Refused, match=r"remove properties of contacts.*crm\.schemas\.contacts\.write"):
        customiser.remove(steps[-1])


def test_what_goes_away_again_is_ours_and_counted(crm, customiser):
    take_all(customiser, [SCORE, TEXTS, KEYS[0]])
    define(crm, name="leadrelay_flag", type="string", fieldType="text")  # somebody else's: it does not fit
    company = OwnField(LEAD, "numemployees", "Employees", Type.INTEGER, "")
    for record in crm.fill(3)[:2]:
        crm.edit(record, {"leadrelay_probe": "7"})

    steps = customiser.removals([*LEAD_FIELDS, company, *KEYS])

    assert [(step.target, step.holds) for step in steps if step.field] == [
        ("tasks.leadrelay_probe_key", 0),
        ("contacts.leadrelay_probe", 2),
        ("contacts.leadrelay_words", 0),
    ]
    groups = {step.target: step for step in steps if step.field is None}
    assert groups["tasks.leadrelay"].state is State.TO_DO
    assert groups["contacts.leadrelay"].state is State.CONFLICT  # other fields of ours, that no job here writes
    for step in steps:
        if step.state is State.TO_DO:
            customiser.remove(step)
            customiser.remove(step)  # as after a lost answer
    assert [step for step in customiser.removals([*LEAD_FIELDS, *KEYS]) if step.field] == []


def test_what_a_workflow_uses_stays_and_is_told(crm, customiser):
    take_all(customiser, [SCORE])
    crm.act("use_property", object="contacts", property="leadrelay_probe", by="Welcome")
    with pytest.raises(Refused, match=r"currently used in 1 places.*WORKFLOW Welcome.*Take it out"):
        customiser.remove(customiser.removals([SCORE])[0])
