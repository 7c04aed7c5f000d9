"""4,644 real leads of somebody else, through the public commands, in both CRMs."""

from pathlib import Path

import polars as pl
import pytest

from leadrelay.sandbox.server import Options, Sandbox

HERE = Path(__file__).parent
DATA = HERE.parents[2] / "shared" / "data" / "x_education_leads.csv"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"the real leads are not at {DATA}")

FIELDS = {
    "salesforce": ("Lead", "Converted__c", "Leadrelay_Score__c", "Leadrelay_Stage__c", "Leadrelay_Reasons__c"),
    "hubspot": ("contacts", "converted", "leadrelay_score", "leadrelay_stage", "leadrelay_reasons"),
}


def held(line, kind, *fields):
    """What the CRM holds, looked up in its own store, which has no limit of calls."""
    return [list(row.values()) for row in line.store.select(f'SELECT {", ".join(fields)} FROM "{kind}"')]


def effects(line):
    """How many effects the sandbox has acknowledged."""
    return line.store.db.execute("SELECT count(*) FROM _history").fetchone()[0]


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(Options(load=DATA)) as running:
        yield running


@pytest.fixture(scope="module")
def desk(make_desk, sandbox, tmp_path_factory):
    folder = tmp_path_factory.mktemp("x_education")
    for file in HERE.glob("x_education_*.toml"):
        (folder / file.name).write_text(file.read_text())
    return make_desk(folder, sandbox).write(our_rules)


def our_rules(config):
    ours = {
        "salesforce-lead": "x_education_mapping_salesforce.toml",
        "hubspot-contact": "x_education_mapping_hubspot.toml",
        "it-discovery": "x_education_playbook.toml",
    }
    for shipped, file in ours.items():
        config = config.replace(f'"{shipped}"', f'"{file}"')
    return config


def roc_area(scores, outcomes):
    """The chance that a converted lead scores above one that is not (ties count half)."""
    frame = pl.DataFrame({"score": scores, "converted": outcomes}).with_columns(rank=pl.col("score").rank("average"))
    ranks, good = frame.filter(pl.col("converted"))["rank"], int(frame["converted"].sum())
    bad = frame.height - good
    return (ranks.sum() - good * (good + 1) / 2) / (good * bad)


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_every_real_lead_is_decided_once(crm, sandbox, desk):
    leads = pl.read_csv(DATA, infer_schema=False).height
    assert desk.json("check", crm)["findings"]
    first = desk.json("run", crm)
    assert first["read"] == leads
    assert first["read"] == first["unchanged"] + first["done"] + first["pending"] + first["parked"]
    assert first["done"] == leads

    line = getattr(sandbox, f"{crm}_line")
    names = ["converted", "score", "stage", "reasons"]
    rows = pl.DataFrame(held(line, *FIELDS[crm]), schema=names, orient="row", infer_schema_length=None)
    assert rows.height == leads
    assert rows.select(pl.col("score", "stage", "reasons").null_count()).row(0) == (0, 0, 0)
    converted = rows["converted"].cast(pl.String).is_in(["1", "1.0", "true"])
    area = roc_area(rows["score"].cast(pl.Float64), converted)
    shares = dict(rows.group_by("stage").len().sort("len", descending=True).iter_rows())
    print(f"\n{crm}: area under the ROC curve {area:.4f}, stages {shares}")  # noqa: T201 - figures of the note
    assert area > 0.85

    before = effects(line)
    second = desk.json("run", crm)
    assert (second["changed"], second["done"], second["pending"], second["parked"]) == (0, 0, 0, 0)
    assert second["read"] == second["unchanged"]
    assert effects(line) == before


def test_the_area_is_the_one_of_the_textbook():
    assert roc_area([1, 2, 3, 4], [False, False, True, True]) == 1.0
    assert roc_area([1, 1, 1, 1], [False, True, False, True]) == 0.5
    assert roc_area([1, 3, 2, 4], [False, False, True, True]) == 0.75
