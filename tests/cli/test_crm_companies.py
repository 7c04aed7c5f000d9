"""Both sandboxes as providers of what they know of companies: what a run fills in, and what `check` says."""

import pytest

PROVIDER = """
[providers.crm]
kind = "crm"
fields = {{ employees = "{column}" }}
"""
PLAYBOOK = """
name = "small"
[qualification]
when = "employees >= 1000"
[[stages]]
name = "rest"
label = "Rest"
side = "lead-generation"
[enrichment.fields.employees]
from = ["crm"]
"""
MAPPING = """
object = "{object}"
[read]
email = "{email}"
website = "{website}"
[write]
{target} = {{ from = "employees", policy = "fill" }}
"""
SPELLED = {
    "salesforce": ("Lead", "Email", "Website", "NumberOfEmployees", "NumberOfEmployees"),
    "hubspot": ("contacts", "email", "website", "numemployees", "numberofemployees"),
}


@pytest.fixture
def shop(desk, crm, tmp_path):
    object_type, email, website, target, column = SPELLED[crm.name]
    (tmp_path / "own.toml").write_text(MAPPING.format(object=object_type, email=email, website=website, target=target))
    (tmp_path / "small.toml").write_text(PLAYBOOK)
    shipped = "salesforce-lead" if crm.name == "salesforce" else "hubspot-contact"
    text = desk.config.read_text().replace(f'mapping = "{shipped}"', 'mapping = "own.toml"')
    text = text.replace('playbook = "it-discovery"', 'playbook = "small.toml"')
    desk.config.write_text(text + PROVIDER.format(column=column))
    return desk


def test_a_run_fills_in_what_the_crm_knows_of_the_company(shop, crm):
    target = SPELLED[crm.name][3]
    if crm.name == "salesforce":
        for account in crm.rows("Account"):
            crm.post("edit", object="Account", id=account, fields={"NumberOfEmployees": 4321}, actor="Ada")
    site = "Website" if crm.name == "salesforce" else "website"
    lead = next(lead for lead, row in crm.rows(crm.kind).items() if row[site] and _has_company(crm, row[site]))
    crm.edit(lead, **{target: None if crm.name == "salesforce" else ""})
    done = shop.json("run", crm.name)["enrichment"]["crm"]
    assert done["hits"] > 0
    assert (done["spent"], done["failed"]) == (0, 0)
    assert float(crm.rows(crm.kind)[lead][target]) > 0
    assert shop.json("run", crm.name, "--all")["enrichment"]["crm"]["asked"] == 0


def _has_company(crm, site):
    kind, name = ("Account", "Website") if crm.name == "salesforce" else ("companies", "domain")
    plain = site.lower().split("//")[-1].removeprefix("www.").split("/")[0]
    found = [row for row in crm.rows(kind).values() if plain in str(row[name]).lower()]
    return found and (crm.name == "salesforce" or found[0]["numberofemployees"])


def test_check_offers_the_nearest_field(shop, crm):
    column = SPELLED[crm.name][4]
    shop.config.write_text(shop.config.read_text().replace(f'"{column}"', f'"{column}s"'))
    said = shop.run("check", crm.name)
    assert f"no field '{column}s'" in " ".join(said.stdout.split())
    assert f"'{column}'?" in " ".join(said.stdout.split())
    done = shop.json("run", crm.name)
    assert done["complete"]
    assert done["enrichment"]["crm"]["hits"] == 0
