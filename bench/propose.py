"""How good proposed mappings are: of those that would be taken, how many are right, and how many of the right ones are.

`python -m bench.propose [--wrong]`; the real leads are not part of the project (`../shared/data`).
"""

from __future__ import annotations

import argparse
import time
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from leadrelay import mappings
from leadrelay.connectors.base import Connector, FieldInfo
from leadrelay.connectors.hubspot import HubSpotConnector
from leadrelay.connectors.hubspot_wire import HubSpotSettings
from leadrelay.connectors.salesforce import SalesforceConnector
from leadrelay.connectors.salesforce_auth import SalesforceSettings
from leadrelay.connectors.transport import Pace
from leadrelay.mappings.proposing import propose
from leadrelay.mappings.proposing.proposals import fields_to_sample
from leadrelay.sandbox.server import Options, Sandbox

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[1] / "shared" / "data"
PRECISION, RECALL = 0.95, 0.85
ALSO_RIGHT = {("hubspot", "converted"): "converted"}
"""The sandbox's portal has a property of that name beside the lifecycle stage that the shipped mapping reads."""


@dataclass(frozen=True)
class Case:
    """A schema with a sample, and which fields are right for which lead field."""

    name: str
    kind: str
    schema: Mapping[str, FieldInfo]
    sample: pl.DataFrame
    truth: Mapping[str, frozenset[str]]


def main(*, wrong: bool = False) -> dict[str, Any]:
    """Measure and print."""
    print(f"{'schema':42}{'fields':>8}{'taken':>8}{'precision':>11}{'recall':>8}{'seconds':>9}")
    counts = [_measured(case, wrong=wrong) for case in cases()]
    taken, right, all_ = (sum(part) for part in zip(*counts, strict=True))
    precision, recall = right / taken, right / all_
    print(f"{'all':42}{'':8}{taken:>8}{precision:>11.3f}{recall:>8.3f}   (aims {PRECISION}, {RECALL})")
    return {"precision": precision, "recall": recall}


def cases() -> Iterator[Case]:
    """All of them."""
    yield from _sandboxes()
    written = tomllib.loads((HERE / "propose.toml").read_text(encoding="utf-8"))
    for name, org in written["orgs"].items():
        yield _org(name, org)
    for name, truth in written["files"].items():
        if (DATA / name).exists():
            yield _file(DATA / name, truth)


def _measured(case: Case, *, wrong: bool) -> tuple[int, int, int]:
    began = time.perf_counter()
    found = {one.lead.name: one for one in propose(case.schema, case.sample, case.kind)}
    seconds = time.perf_counter() - began
    taken = {name: one.best.field for name, one in found.items() if one.best}
    right = [name for name, field in taken.items() if field in case.truth.get(name, ())]
    precision, recall = len(right) / max(len(taken), 1), len(right) / len(case.truth)
    print(f"{case.name:42}{len(case.schema):>8}{len(taken):>8}{precision:>11.3f}{recall:>8.3f}{seconds:>9.2f}")
    for name in sorted({*taken, *case.truth} - {*right}) if wrong else ():
        told = [(one.info.label, round(one.score, 2), *one.reasons) for one in found[name].candidates[:2]]
        print(f"    {name}: right {sorted(case.truth.get(name, ()))}, taken {taken.get(name)}, {told}")
    return len(taken), len(right), len(case.truth)


def _sandboxes() -> Iterator[Case]:
    """Both CRMs without leadrelay; right is what the shipped mappings read."""
    with Sandbox(Options(leads=300, bare=True)) as sandbox:
        sf, hs = sandbox.announcement()["salesforce"], sandbox.announcement()["hubspot"]
        secrets = {"client_id": sf["client_id"], "client_secret": sf["client_secret"]}
        signed_in = SalesforceSettings(name="acme", instance_url=sf["url"], **secrets)
        portal = HubSpotSettings(name="portal", base_url=hs["url"], access_token=hs["token"])
        connectors: Mapping[str, tuple[Connector, str]] = {
            "salesforce": (SalesforceConnector.connect(signed_in, "Lead", Pace()), "salesforce-lead"),
            "hubspot": (HubSpotConnector.connect(portal, "contacts", Pace()), "hubspot-contact"),
        }
        for kind, (connector, shipped) in connectors.items():
            schema = dict(connector.describe())
            sample = next(iter(connector.changes(fields_to_sample(schema, kind), None))).records
            connector.close()
            yield Case(f"sandbox: {kind}", kind, schema, sample, _shipped(kind, shipped))


def _shipped(kind: str, name: str) -> dict[str, frozenset[str]]:
    reads = tomllib.loads(mappings.text(name))["read"]
    fields = {lead: read if isinstance(read, str) else read["field"] for lead, read in reads.items()}
    return {
        lead: frozenset([field, ALSO_RIGHT.get((kind, lead), field)])
        for lead, field in fields.items()
        if not lead.startswith("current_")
    }


def _org(name: str, org: Mapping[str, Any]) -> Case:
    """Nothing but the names and types of its fields is known."""
    schema, truth = {}, {}
    for number, line in enumerate(org["fields"].strip().splitlines()):
        label, type_, lead = line.split("|")
        own, _, label = label.rpartition("=")
        api = own or (label.title().replace(" ", "_") + "__c" if org.get("named") else f"F{number}__c")
        extra = {"external_options": True} if lead == "owner" and org["kind"] == "hubspot" else {}
        schema[api] = FieldInfo(api, label, type_, extra=extra)
        if lead:
            truth[lead] = frozenset([api])
    return Case(name, org["kind"], schema, pl.DataFrame(), truth)


def _file(path: Path, truth: Mapping[str, str]) -> Case:
    """A file's columns as texts of a Salesforce org; `Select` means that nothing is given."""
    sample = pl.read_csv(path, infer_schema=False, n_rows=500, null_values=["", "Select"])
    schema = {name: FieldInfo(name, name, "string") for name in sample.columns}
    return Case(
        path.name,
        "salesforce",
        schema,
        sample,
        {lead: frozenset(fields.split(" | ")) for lead, fields in truth.items()},
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--wrong", action="store_true", help="list what is wrong")
    main(wrong=parser.parse_args().wrong)
