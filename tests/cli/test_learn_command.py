"""`learn` at the command line: from an export to a playbook that `backtest` tries."""

import re
from random import Random

import polars as pl
import pytest

from leadrelay.jobs import learn as lessons

PLAYBOOK = """\
name = "Learned"
[qualification]
when = "score >= 10"
# -- who they are
[[score.fit]]
name = "Large"  # a company
about = "organisation"
when = "employees >= 1000"
points = 1
[[score.fit]]
name = "Free mail"
about = "contact"
when = "email ilike '%@gmail.com'"
points = 5
[[stages]]
name = "all"
side = "sales"
"""
MAPPING = """\
object = "Lead"
[read]
employees = "NumberOfEmployees"
email = "Email"
[write]
Leadrelay_Score__c = "score"
"""
CONFIG = """\
[connections.crm]
kind = "salesforce"
instance_url = "http://127.0.0.1:9"
client_id = "x"
client_secret = { env = "SECRET" }
[jobs.small]
connection = "crm"
mapping = "mapping.toml"
playbook = "playbook.toml"
"""


@pytest.fixture
def folder(tmp_path):
    rng = Random(5)
    rows = []
    for number in range(1200):
        large, free = rng.random() < 0.3, rng.random() < 0.3
        won = rng.random() < 0.3 + 0.5 * large - 0.25 * free
        email = f"p{number}@gmail.com" if free else f"p{number}@firm.example"
        rows.append([f"00Q{number}", "5000" if large else "20", email, "yes" if won else "no"])
    table = pl.DataFrame(rows, ["Id", "Number of Employees", "Email", "Won"], orient="row")
    table.write_csv(tmp_path / "export.csv")
    for name, text in (("playbook.toml", PLAYBOOK), ("mapping.toml", MAPPING), ("config.toml", CONFIG)):
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def learn(folder, tell_in):
    """learn(*words): the command on the export."""

    def run(*words, outcome="Won = 'yes'"):
        source = ("--from", str(folder / "export.csv"))
        return tell_in(folder, "learn", "small", "--outcome", outcome, *source, *words)

    return run


def test_the_learned_playbook_can_be_tried(learn, folder, tell_in):
    out = folder / "new.toml"
    told = learn("--out", str(out), "--patch", str(folder / "new.patch"), "--json")
    assert told.code == 0, told.err
    points = {found["rule"]: found["learned"] for found in told.json["proposals"]}
    assert points["Large"] > 0 > points["Free mail"]
    assert re.sub(r"points = \S+", "points = *", out.read_text()) == re.sub(r"points = \S+", "points = *", PLAYBOOK)
    assert re.findall(r"points = (\S+)", out.read_text()) == [str(points["Large"]), str(points["Free mail"])]
    assert (folder / "new.patch").read_text() == told.json["patch"]
    source = ("--from", str(folder / "export.csv"), "--outcome", "Won = 'yes'")
    tried = tell_in(folder, "backtest", "small", "--playbook", str(out), *source, "--json")
    assert tried.code == 0, tried.err


def test_the_screen_says_what_to_do_next(learn, folder):
    told = learn("--out", str(folder / "new.toml"))
    assert told.code == 0, told.err
    assert "Free mail" in told.out
    assert "the opposite" in told.out
    assert "leadrelay backtest small --playbook" in told.out


def test_too_few_leads_of_one_kind_are_told(learn):
    told = learn(outcome="Won = 'never'")
    assert told.code == 2
    assert "0 leads were won" in told.err


def test_an_export_without_a_lead_is_told(learn, folder):
    (folder / "none.csv").write_text("Id,Won\n")
    told = learn("--from", str(folder / "none.csv"), "--allow-missing")
    assert (told.code, "not one lead to learn from" in told.err) == (2, True)


def test_where_nothing_can_be_written_is_told_first(learn, folder):
    for option in ("--out", "--patch"):
        told = learn(option, str(folder / "gone" / "new.toml"))
        assert (told.code, option in told.err, "there is no folder" in " ".join(told.err.split())) == (2, True, True)


def test_a_wrong_predicate_is_told_with_its_place(learn):
    told = learn(outcome="Wonn = 'yes'")
    assert told.code == 2
    assert "Did you mean 'Won'?" in told.err
    assert "--outcome" in told.err


def test_of_many_leads_the_same_share_is_taken_every_time_in_the_same_order():
    frames = [pl.DataFrame({"id": [f"{start + n}" for n in range(50_000)]}) for start in range(0, 300_000, 50_000)]
    pools = [lessons._Pool(), lessons._Pool()]
    for pool, order in zip(pools, (frames, frames[::-1]), strict=True):
        for frame in order:
            pool.add(frame)
    kept = [pool.leads()["id"].to_list() for pool in pools]
    assert kept[0] == kept[1]
    assert lessons.MOST / 2 < len(kept[0]) <= lessons.MOST
    assert [pool.read for pool in pools] == [300_000, 300_000]
