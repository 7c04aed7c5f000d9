"""Who holds a title, and who only works for somebody who does: real titles, and the same answer from every engine."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest

from leadrelay.core.lead import LEAD
from leadrelay.core.predicates import PredicateError, parse, text, to_closure, to_duckdb, to_polars
from leadrelay.core.predicates.titles import CUT, titles

TITLES = [
    ("Director of IT", "director", True),
    ("IT DIRECTOR", "director", True),
    ("Director, Reporting", "director", True),
    ("Managing Director", "director", True),
    ("Assistant Director", "director", True),
    ("Deputy Director of Operations", "director", True),
    ("Associate Director", "director", True),
    ("Co-Director", "director", True),
    ("Interim Director", "director", True),
    ("Director - IT Infrastructure", "director", True),
    ("Sr.Director,IT", "director", True),
    ("Director (IT & Security)", "director", True),
    ("Director/Head of Sales", "director", True),
    ("Order to Cash Director", "director", True),
    ("Go to Market Director", "director", True),
    ("Director of Children's Services", "director", True),
    ("Director, Office of Innovation", "director", True),
    ("Director Office of Technology", "director", True),
    ("Project Management Office Director", "director", True),
    ("Director to the Board", "director", True),
    ("Director & PA to CEO", "director", True),
    ("Director, reporting to the CIO", "director", True),
    ("Director, Physician Assistant Program", "director", True),
    ("Assistant to the Director", "director", False),
    ("assistant  to the director", "director", False),
    ("Executive Assistant to Managing Director", "director", False),
    ("Assistant to the Managing Director, EMEA", "managing director", False),
    ("Director's assistant", "director", False),
    ("Managing Director\u2019s Office", "managing director", False),
    ("Director Assistant", "director", False),
    ("Assistant, Director's Office", "director", False),
    ("Directorate Officer", "director", False),
    ("Subdirector", "director", False),
    ("Former Director of IT", "director", False),
    ("Director's Cut Editor", "director", False),
    ("Special Advisor to the Director", "director", False),
    ("Director of Nursing Secretary", "director", False),
    ("Asst. to Director", "director", False),
    ("PA to CEO", "ceo", False),
    ("PA/EA to CEO", "ceo", False),
    ("P.A. to the C.E.O.", "ceo", False),
    ("EA to the CEO, COO and CFO", "cfo", False),
    ("PA to the CEO; CFO of Acme Ltd", "cfo", True),
    ("CEO & Founder", "ceo", True),
    ("CEO Assistant", "ceo", False),
    ("CEO Executive Assistant", "ceo", False),
    ("Ex-CEO", "ceo", False),
    ("CEO (retired)", "ceo", False),
    ("Advisor to Group CEO", "ceo", False),
    ("Chief of Staff to the CEO", "ceo", False),
    ("Chief of Staff and CIO", "cio", True),
    ("Chief of Staff, CIO Office", "cio", False),
    ("C.I.O.", "cio", True),
    ("CIO/CISO", "cio", True),
    ("Group-CIO", "cio", True),
    ("Deputy CIO", "cio", True),
    ("Deputy to the CIO", "cio", False),
    ("Executive Assistant, Office of the CIO", "cio", False),
    ("Analyst reporting to the CIO", "cio", False),
    ("Liaison to CIO", "cio", False),
    ("CIOs network manager", "cio", False),
    ("Secretary for the VP", "vp", False),
    ("V.P. Sales", "vp", True),
    ("VP, Assistant Treasurer", "vp", True),
    ("SVP", "vp", False),
    ("Vice-President, Infrastructure", "vice president", True),
    ("Vice\u2013President", "vice president", True),
    ("Vice  President", "vice president", True),
    ("Assistant Vice President", "vice president", True),
    ("Vice President and Corporate Secretary", "vice president", True),
    ("Vice President", "president", False),
    ("President & CEO", "president", True),
    ("Executive Assistant and Office Manager", "office manager", True),
    ("Executive Assistant to the CEO", "executive assistant", True),
    ("Company Secretary", "company secretary", True),
    ("Assistant to the Director", "assistant to the director", True),
    ("Head of IT, EMEA", "head of it", True),
    ("Head of Italy", "head of it", False),
    ("R&D Director", "r&d director", True),
    ("Assistenz der Geschäftsführung", "geschäftsführung", False),
    ("Assistentin der Geschäftsleitung", "geschäftsleitung", False),
    ("Assistent(in) des Direktors / Direktor", "direktor", True),
    ("Assistenz Geschäftsführung", "geschäftsführung", False),
    ("Sekretärin des Vorstands", "vorstands", False),
    ("Vorstandsassistentin", "vorstand", False),
    ("Referent des Vorstands", "vorstands", False),
    ("Büro des CIO", "cio", False),
    ("Mitglied der Geschäftsführung", "geschäftsführung", True),
    ("Stellvertretender Direktor", "direktor", True),
    ("Direktor*in IT", "direktor", True),
    ("Ehemaliger Leiter IT", "leiter it", False),
    ("Leiter IT-Infrastruktur", "leiter it", True),
    ("assistante du directeur", "directeur", False),
    ("Assistante de direction", "direction", False),
    ("Assistante DSI", "dsi", False),
    ("Secrétaire du directeur général", "directeur général", False),
    ("Directeur adjoint", "directeur", True),
    ("Adjointe au directeur", "directeur", False),
    ("Directrice des systèmes d'information", "directrice des systèmes d'information", True),
    ("Ancien directeur commercial", "directeur", False),
    ("asistente del director", "director", False),
    ("Secretaria del director general", "director general", False),
    ("Director adjunto de sistemas", "director", True),
    ("Adjunto al director", "director", False),
    ("", "director", False),
    (None, "director", None),
]  # fmt: skip


def predicate(asked: str) -> str:
    quoted = asked.replace("'", "''")
    return f"holds_title(title, '{quoted}')"


@pytest.mark.parametrize(("title", "asked", "expected"), TITLES)
def test_a_title_is_held_or_somebody_elses(title, asked, expected):
    node = parse(predicate(asked), LEAD, "test")
    assert to_closure(node)({"title": title}) is expected
    assert pl.DataFrame({"title": [title]}, schema={"title": pl.String}).select(to_polars(node)).item() is expected


def test_duckdb_agrees_on_every_title():
    names = list(dict.fromkeys(asked for _, asked, _ in TITLES))
    rows = [title for title, _, _ in TITLES]
    nodes = [parse(predicate(name), LEAD, "test") for name in names]
    nodes += [parse("holds_title(title, 'director', 'executive assistant', 'cio')", LEAD, "test")]
    nodes += [parse("holds_title(coalesce(title, company), 'director')", LEAD, "test")]
    frame = pl.DataFrame(
        {"title": rows, "company": ["Director"] * len(rows)}, schema={"title": pl.String, "company": pl.String}
    )
    with duckdb.connect() as connection:
        connection.register("leads", frame.to_arrow())
        for node in nodes:
            judged = [row[0] for row in connection.execute(f"select {to_duckdb(node)} from leads").fetchall()]
            assert frame.select(to_polars(node)).to_series().to_list() == judged


HELPERS = """assistant asst assist pa p.a. ea e.a. aide|chief of staff|assistentin assistenz referent berater assistante
adjoint asistente ayudante adjunto secretary secy sekretärin sekretariat secrétariat secretaria|office of|reporting to
reports into|support to|on behalf of|büro des|buro der|stab des|berichtet an|bureau du|cabinet de|rattachée au|auprès de
oficina del|reporta al|former formerly ex retired past aspiring ehemaliger ehem ancien antigua""".replace("\n", "|")


@pytest.mark.parametrize("helper", [word for part in HELPERS.split("|") for word in (part, *part.split())])
def test_a_title_of_a_helper_counts_wherever_it_stands(helper):
    """A title asked for that the cut would take away itself is looked for in the whole text."""
    for asked in (f"{helper} to the board", f"senior {helper} director", f"{helper} director"):
        cut = pl.Series([asked]).str.replace_all(titles([]).cut, CUT)[0]
        assert (cut != asked) is bool(titles([asked]).whole), asked


def test_one_of_several_is_enough_and_a_deputy_can_be_left_out():
    node = parse("holds_title(title, 'cio', 'director') and not holds_title(title, 'deputy director')", LEAD, "test")
    holds = to_closure(node)
    assert [holds({"title": title}) for title in ("Director", "CIO", "Deputy Director", "Clerk")] == [
        True,
        True,
        False,
        False,
    ]


def test_what_is_printed_asks_for_the_same():
    node = parse("holds_title(title, 'CIO', 'executive assistant', 'it''s')", LEAD, "test")
    assert text(node) == "holds_title(title, 'CIO', 'executive assistant', 'it''s')"
    assert parse(text(node), LEAD, "test") == node


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("holds_title(title)", "takes a text and the titles"),
        ("holds_title(technologies, 'a')", "takes a text and the titles"),
        ("holds_title(title, company)", "texts in quotes, not for company"),
        ("holds_title(title, ' ')", "' ' is no title: it is empty"),
        ("holds_title(title, '%director%')", "it has to begin and end with a letter or digit"),
    ],
)
def test_what_is_no_title_is_refused(written, message):
    with pytest.raises(PredicateError, match=message):
        parse(written, LEAD, "test")


def test_a_long_title_takes_linear_time():
    node = parse("holds_title(title, 'director', 'c.i.o.')", LEAD, "test")
    for title in ("assistant to " * 4000 + "director", "director " * 6000 + "assistant", "c.i.o " * 8000 + "'s office"):
        answer = to_closure(node)({"title": title})
        assert pl.DataFrame({"title": [title]}).select(to_polars(node)).item() is answer
