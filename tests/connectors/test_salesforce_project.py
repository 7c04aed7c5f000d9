"""The project for a Salesforce administrator, held against Salesforce's own schema of its metadata."""

import json
from xml.etree import ElementTree as ET

import pytest

from leadrelay import mappings, playbooks
from leadrelay.connectors.customising import LEAD, TASK, OwnField
from leadrelay.connectors.salesforce_project import MANIFEST, Part, project, save
from leadrelay.core.lead import Type
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.core.references import Reference
from leadrelay.errors import ConfigError
from leadrelay.mappings.mapping import load
from leadrelay.mappings.owned import owned
from tests.connectors.wsdl import NAMESPACE, problems
from tests.mappings.conftest import TEAM

MAIN = "force-app/main/default"


@pytest.fixture(scope="module")
def fields():
    playbook = load_playbook(playbooks.text("it-discovery") + TEAM, "it-discovery")
    return owned(load(mappings.text("salesforce-lead"), "salesforce-lead", playbook), playbook, "salesforce")


@pytest.fixture(scope="module")
def files(fields):
    more = [OwnField(LEAD, f"Leadrelay_{kind}__c", f"Leadrelay {kind}", kind, "It.") for kind in Type]
    more.append(OwnField(LEAD, "Rep__c", "Rep", Type.TEXT, "A user.", 255, reference=Reference.OWNER))
    more.append(OwnField(LEAD, "Why__c", "Why", Type.TEXT, "Why this owner.", 255))
    lead = Part("Lead", (*fields, *more), {"Lead.Visits__c": False, "Lead.Budget__c": True})
    return project([lead, Part("My_Lead__c", fields)], "66.0")


def parsed(files, path):
    return ET.fromstring(files[f"{MAIN}/{path}"])  # noqa: S314 - our own text


def texts(node, *path):
    return [one.text for one in node.findall("/".join(f"{NAMESPACE}{name}" for name in path))]


def test_every_file_keeps_to_salesforces_own_schema(files):
    found = {path: problems(text) for path, text in files.items() if path.endswith(".xml")}
    assert len(found) == 2 * 22 + 1 + len(Type) + 2 + 1 + 4 + 2
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("<type>Number</type>", "<type>Nummer</type>"), "'Nummer' is no FieldType"),
        (("<precision>18</precision>", "<precision>many</precision>"), "'many' is no xsd:int"),
        (("<label>", "<lable>x</lable><label>"), "no lable in CustomField"),
        (("<type>Number</type>", "<type>Number</type><label>x</label>"), "2 times label"),
    ],
)
def test_the_schema_would_tell_what_is_wrong(files, change, words):
    text = files[f"{MAIN}/objects/Lead/fields/Leadrelay_Score__c.field-meta.xml"]
    assert change[0] in text
    assert any(words in problem for problem in problems(text.replace(*change)))


def test_a_field_and_the_key_are_told_in_full(files):
    score = parsed(files, "objects/Lead/fields/Leadrelay_Score__c.field-meta.xml")
    assert [(child.tag.removeprefix(NAMESPACE), child.text) for child in score] == [
        ("fullName", "Leadrelay_Score__c"),
        ("description", "Fit, engagement, intent and BANT together, after the cap."),
        ("inlineHelpText", "Fit, engagement, intent and BANT together, after the cap."),
        ("label", "Leadrelay Score"),
        ("precision", "18"),
        ("scale", "0"),
        ("type", "Number"),
    ]
    key = parsed(files, "objects/Activity/fields/Leadrelay_Key__c.field-meta.xml")
    assert (texts(key, "unique"), texts(key, "externalId"), texts(key, "caseSensitive")) == (
        ["true"],
        ["true"],
        ["false"],
    )


def test_the_permission_set_grants_what_is_needed_and_no_more(files):
    granted = {
        texts(one, "field")[0]: (texts(one, "readable")[0], texts(one, "editable")[0])
        for one in parsed(files, "permissionsets/Leadrelay.permissionset-meta.xml").findall(
            f"{NAMESPACE}fieldPermissions"
        )
    }
    assert granted["Lead.Leadrelay_Score__c"] == granted["Task.Leadrelay_Key__c"] == ("true", "true")
    assert (granted["Lead.Visits__c"], granted["Lead.Budget__c"]) == (("true", "false"), ("true", "true"))
    assert not [name for name in granted if name.startswith(("Activity.", "Event."))]
    assert {name.partition(".")[0] for name in granted} == {"Lead", "My_Lead__c", "Task"}


def test_the_page_shows_every_field_once_and_every_facet_is_used(files, fields):
    page = parsed(files, "flexipages/Leadrelay_Lead_Record_Page.flexipage-meta.xml")
    shown = texts(page, "flexiPageRegions", "itemInstances", "fieldInstance", "fieldItem")
    names = [f"Record.{one.name}" for one in fields if one.on != TASK]
    assert set(names) <= set(shown)
    assert len(shown) == len(set(shown))
    facets = {
        texts(region, "name")[0]
        for region in page.findall(f"{NAMESPACE}flexiPageRegions")
        if texts(region, "type") == ["Facet"]
    }
    told = page.findall(f".//{NAMESPACE}componentInstanceProperties")
    used = [texts(one, "value")[0] for one in told if texts(one, "name")[0] in {"body", "columns"}]
    assert sorted(used) == sorted(facets)
    identifiers = [one.text for one in page.iter(f"{NAMESPACE}identifier")]
    assert len(identifiers) == len(set(identifiers))
    first = [texts(one, "value") for one in told if texts(one, "name") == ["label"]]
    assert first == [["Leadrelay"], ["Leadrelay: why"], ["Leadrelay: more"]]


def test_a_compact_layout_has_ten_fields_at_most_and_no_long_one(files):
    lead = texts(parsed(files, "objects/Lead/compactLayouts/Leadrelay.compactLayout-meta.xml"), "fields")
    assert lead[:6] == ["Name", "Company", "Title", "Leadrelay_Score__c", "Leadrelay_Grade__c", "Leadrelay_Stage__c"]
    assert len(lead) <= 10
    assert "Leadrelay_Reasons__c" not in lead
    custom = texts(parsed(files, "objects/My_Lead__c/compactLayouts/Leadrelay.compactLayout-meta.xml"), "fields")
    assert custom[:2] == ["Name", "Leadrelay_Score__c"]


def test_what_is_removed_is_named_one_by_one_and_no_object_is(files, fields):
    gone = ET.fromstring(files["remove/destructiveChanges.xml"])  # noqa: S314 - our own text
    named = {texts(one, "name")[0]: texts(one, "members") for one in gone.findall(f"{NAMESPACE}types")}
    assert set(named) == {"CustomField", "CompactLayout", "FlexiPage", "PermissionSet"}
    assert "Activity.Leadrelay_Key__c" in named["CustomField"]
    assert {f"Lead.{one.name}" for one in fields if one.on != TASK} <= set(named["CustomField"])
    assert "Lead.Why__c" not in named["CustomField"], "ours by use, not by name"
    assert named["CompactLayout"] == ["Lead.Leadrelay", "My_Lead__c.Leadrelay"]


def test_the_readme_has_the_commands_and_the_project_says_what_it_is(files):
    readme = files["README.md"]
    for command in (
        "sf project deploy start --source-dir force-app --target-org acme --dry-run",
        "sf org assign permset --name Leadrelay --target-org acme --on-behalf-of USERNAME",
        "--post-destructive-changes remove/destructiveChanges.xml",
        "Object Manager → My_Lead__c → Compact Layouts",
    ):
        assert command in readme
    told = json.loads(files["sfdx-project.json"])
    assert told["sourceApiVersion"] == "66.0"
    assert told["packageDirectories"] == [{"path": "force-app", "default": True}]


# -- the folder --------------------------------------------------------------------------------------------------------


def there(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_written_again_it_replaces_its_own_and_leaves_the_rest(tmp_path):
    folder = tmp_path / "sub" / "project"
    save(folder, {"a/one.xml": "1", "two.xml": "2", MANIFEST: json.dumps({"files": ["a/one.xml", "two.xml"]})})
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("theirs")
    save(folder, {"a/one.xml": "new", MANIFEST: json.dumps({"files": ["a/one.xml"]})})
    assert there(folder) == {"a/one.xml", MANIFEST, ".git/HEAD"}
    assert (folder / "a/one.xml").read_text() == "new"


@pytest.mark.parametrize("manifest", [None, "{}", "no JSON", '{"files": 3}'])
def test_a_folder_that_is_not_ours_is_left_alone(tmp_path, manifest):
    (tmp_path / "theirs.txt").write_text("theirs")
    if manifest:
        (tmp_path / MANIFEST).write_text(manifest)
    before = there(tmp_path)
    with pytest.raises(ConfigError, match="is not empty, and no earlier export"):
        save(tmp_path, {"one.xml": "1"})
    assert there(tmp_path) == before


def test_a_manifest_cannot_make_it_delete_what_lies_elsewhere(tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text("theirs")
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / MANIFEST).write_text(json.dumps({"files": ["../outside.txt", str(outside), "gone.xml"]}))
    save(folder, {"one.xml": "1"})
    assert outside.exists()


def test_a_file_in_the_way_of_the_folder_is_told_and_nothing_is_written(tmp_path):
    (tmp_path / "project").write_text("a file")
    with pytest.raises(ConfigError):
        save(tmp_path / "project", {"one.xml": "1"})
    with pytest.raises(ConfigError, match="cannot be written"):
        save(tmp_path / "project" / "below", {"one.xml": "1"})
    assert there(tmp_path) == {"project"}
