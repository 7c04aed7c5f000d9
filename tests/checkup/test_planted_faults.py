"""Every fault planted in a CRM, a mapping, a playbook or a configuration is found before anything is written."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from leadrelay.checkup.examine import examine
from leadrelay.errors import ConfigError
from leadrelay.findings import Finding
from leadrelay.sandbox.server import Options, Sandbox
from leadrelay.wiring import House
from tests.checkup import planted_anywhere, planted_hubspot, planted_salesforce
from tests.checkup.planting import Fault, Site, changed
from tests.stores import new_store

MOST_CALLS = 12
SOUND = {sound.name: sound for sound in (planted_salesforce.SOUND, planted_hubspot.SOUND)}
PLANTED = [
    *(("salesforce", fault) for fault in (*planted_salesforce.FAULTS, *planted_anywhere.FAULTS)),
    *(("hubspot", fault) for fault in planted_hubspot.FAULTS),
]


@pytest.fixture(scope="module")
def sites():
    """Both CRMs; of a fault only what has to be undone is undone before the next."""
    with Sandbox(Options(leads=3, seed=5)) as running:
        yield {name: Site(sound, running) for name, sound in SOUND.items()}


@pytest.mark.parametrize("crm", SOUND)
def test_nothing_is_wrong_where_nothing_is_planted(crm, sites, tmp_path):
    fault = Fault("nothing", "", "", "")
    sites[crm].plant(fault)
    found = found_by(sites[crm], fault, tmp_path)
    assert [one for one in found if one.level in {"error", "warning"}] == []


@pytest.mark.parametrize(("crm", "fault"), PLANTED, ids=lambda value: getattr(value, "name", value))
def test_a_planted_fault_is_found_before_anything_is_written(crm, fault, sites, tmp_path):
    site = sites[crm]
    site.plant(fault)
    before = site.effects()
    found = found_by(site, fault, tmp_path)
    assert [one for one in found if fits(fault, one)], told(found)
    assert not [one for one in found if one.level == "error" and not one.place and not one.cure], told(found)
    assert (site.effects(), site.calls() <= MOST_CALLS) == (before, True)


def told(found):
    return [(one.section, one.level, one.place, one.message, one.cure) for one in found if one.level != "ok"]


def house_of(site, fault, folder):
    sound = site.sound
    files = {
        "mapping.toml": changed(sound.mapping, fault.mapping),
        "playbook.toml": changed(sound.playbook, fault.playbook),
        "config.toml": changed(sound.config(site.url), fault.config),
        **dict(fault.files),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    new_store(folder / "state.db")
    if fault.store:
        STORES[fault.store](folder / "state.db")
    return House.open(folder / "config.toml", fault.secrets)


def found_by(site, fault, folder):
    """What `check` finds; of a configuration that cannot be read, what the command says."""
    try:
        return examine(house_of(site, fault, folder), datetime.now(UTC))
    except ConfigError as error:
        return [Finding.of("", problem) for problem in error.problems]


def fits(fault, finding):
    section = finding.section.partition(": ")[2] or finding.section
    return (
        (finding.level, section) == (fault.level, fault.section)
        and fault.says in finding.message
        and fault.cure in f"{finding.message} {finding.cure}"
        and fault.place in finding.place
    )


def of_another_organisation(file):
    with closing(sqlite3.connect(file)) as store, store:
        store.execute("INSERT INTO pins (connection, organisation) VALUES ('acme', 'another')")


def newer(file):
    with closing(sqlite3.connect(file)) as store, store:
        store.execute("UPDATE alembic_version SET version_num = '9999'")


def read_only(file):
    with closing(sqlite3.connect(file)) as store, store:
        store.execute("INSERT INTO pins (connection, organisation) VALUES ('', '')")
        store.execute("CREATE TRIGGER no BEFORE DELETE ON pins BEGIN SELECT RAISE(FAIL, 'read only'); END")


STORES = {
    "read only": read_only,
    "of another organisation": of_another_organisation,
    "newer": newer,
    "garbage": lambda file: file.write_bytes(b"no database at all" * 100),
}
