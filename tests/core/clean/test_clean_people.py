"""Names, titles, industries and what texts name, from hostile input to the usual."""

import polars as pl
import pytest

from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.clean.fields import DERIVED
from leadrelay.core.clean.known import known_compliance, known_technologies
from leadrelay.core.clean.names import first_name_clean, last_name_clean
from leadrelay.core.clean.recipes import RECIPES
from leadrelay.core.clean.sectors import SECTORS, sector
from leadrelay.core.clean.titles import job_function, seniority
from leadrelay.core.lead import LEAD, Type

TEXTS = [
    "",
    " ",
    "x" * 10_000,
    "😀🚀",
    "\u202eadmin\u202c",
    "مدير تقنية المعلومات",
    "\x00\x01",
    "a\nb",
    "İI",
    "ǆ",
    "'",
    "-",
    "(",
    "\\",
    "%",
]


def told(expr, *columns):
    frame = pl.DataFrame({str(place): column for place, column in enumerate(columns)})
    return frame.select(found=expr(*map(pl.col, frame.columns)))["found"].to_list()


@pytest.mark.parametrize("field", sorted(RECIPES))
@pytest.mark.parametrize("text", TEXTS)
def test_nothing_breaks_it(field, text):
    inputs = {name: LEAD[name].type for name in Cleaner([field]).inputs}
    values = {Type.TEXT: text, Type.LIST: [text, ""], Type.INTEGER: -(2**53), Type.NUMBER: -1e300}
    row = {name: [values[kind], None] for name, kind in inputs.items()}
    found = Cleaner([field])(pl.DataFrame(row, schema={name: kind.dtype for name, kind in inputs.items()}))
    assert found[field].dtype == DERIVED[field].type.dtype
    assert found[field][1] is None


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("MACASKILL", "MacAskill"),
        ("macron", "Macron"),
        ("VAN DUINHOVEN", "van Duinhoven"),
        ("LE GOFF", "Le Goff"),
        ("ΚΥΡΙΑΚΟΠΟΥΛΟΣ", "Κυριακοπουλος"),
        ("İBRAHİM", "İbrahim"),
        ("WEISSGERBER", "Weissgerber"),
        ("smith jr", "Smith Jr."),
        ("Ma", "Ma"),
        ("DeSouza", "DeSouza"),
        ("العلي", "العلي"),
        ("[not provided]", None),
        ("Nguyen 🚀", "Nguyen"),
    ],
)
def test_family_names(name, found):
    assert told(last_name_clean, [name]) == [found]


@pytest.mark.parametrize(
    ("name", "found"),
    [("JP", "JP"), ("j.p.", "J.P."), ("Prof. Dr. med. Anna", "Anna"), ("Dr.", None), ("maria da luz", "Maria da Luz")],
)
def test_given_names(name, found):
    assert told(first_name_clean, [name]) == [found]


@pytest.mark.parametrize(
    ("title", "rank", "function"),
    [
        ("PA to the Managing Director", "staff", "administration"),
        ("Sekretärin der Geschäftsführung", "staff", "administration"),
        ("部長秘書", "staff", "administration"),
        ("ex-CEO", None, None),
        ("CIO Office", None, None),
        ("Reporting to the CFO", None, None),
        ("Senior Vice President, Sales", "vp", "sales"),
        ("President", "c-level", "general management"),
        ("Co-Founder & CTO", "c-level", "it"),
        ("V.P. Engineering", "vp", "engineering"),
        ("Directeur des systèmes d'information", "c-level", "it"),
        ("Responsable de Seguridad de la Información", "manager", "security"),
        ("Abteilungsleiter Rechenzentrum", "director", "it"),
        ("Lead Developer", "senior", "engineering"),
        ("Werkstudent IT", "entry", "it"),
        ("Order to Cash Director", "director", None),
        ("取締役 IT担当", "c-level", "it"),
        ("Jongleur", None, None),
    ],
)
def test_titles(title, rank, function):
    assert told(seniority, [title]) == [rank]
    assert told(job_function, [title], pl.Series([None], dtype=pl.String)) == [function]


def test_the_department_counts_where_the_title_tells_no_function():
    assert told(job_function, ["Consultant", None], ["Einkauf", "情報システム部"]) == ["procurement", "it"]


def test_sectors():
    options = ["CONSUMER_SERVICES", "Oil & Energy", "Not For Profit", "Maschinenbau", "banca", "製造業", "Quux"]
    assert told(sector, options) == [
        "Other Services",
        "Mining, Oil and Gas",
        "Other Services",
        "Manufacturing",
        "Finance and Insurance",
        "Manufacturing",
        None,
    ]
    assert told(sector, list(SECTORS)) == list(SECTORS)
    assert len(SECTORS) == 20


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Azure blue", None),
        ("ASAP, sapphire", None),
        ("Azure AD and azure", ["Active Directory", "Azure"]),
        ("Jira Service Desk", ["Jira Service Management"]),
        ("oracle netsuite", ["NetSuite"]),
        ("Tableau de bord", None),
        ("in Palo Alto, CA", None),
        ("für VM-Ware über Übersee", ["VMware"]),
        ("Configuration Manager", None),
    ],
)
def test_technologies_in_texts(text, names):
    assert told(known_technologies, [["x y"]], [text]) == [names]


@pytest.mark.parametrize(
    ("entry", "names"),
    [
        ("cis", ["CIS Controls"]),
        ("nist sp 800-53 rev 5", ["NIST 800-53"]),
        ("NIS-2-Richtlinie", ["NIS2"]),
        ("EU-DSGVO", ["GDPR"]),
        ("sox", ["SOX"]),
        ("red sox fan", None),
        ("Dora", ["DORA"]),
        ("Dora Miller", None),
    ],
)
def test_frameworks_in_lists(entry, names):
    assert told(known_compliance, [[entry]]) == [names]
