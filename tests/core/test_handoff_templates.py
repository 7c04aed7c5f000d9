"""Templates of hand-offs: what they may say, what is found wrong with one, and that no value is more than a value."""

from datetime import UTC, datetime, time, timedelta
from html.parser import HTMLParser

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.core.handoff.documents import Documents
from leadrelay.core.handoff.grammar import MOST_LOOPS
from leadrelay.core.handoff.markup import CUT, HEADING, LONGEST_HTML, LONGEST_TEXT
from leadrelay.core.handoff.templates import LONGEST_TEMPLATE, MOST_TURNS
from leadrelay.core.handoff.values import Around, Fellow
from leadrelay.core.hours import Calendar
from leadrelay.core.lints.lint import lint
from leadrelay.core.playbook.loading import load
from leadrelay.core.qualify import Decider
from leadrelay.errors import ConfigError

NOW = datetime(2026, 11, 6, 15, 30, tzinfo=UTC)  # a Friday
BASE = """\
name = "Small"
[bant.budget]
met = "budget_amount >= 1000"
question = "How much?"
[qualification]
when = "bant_met >= 1"
[[stages]]
name = "new"
side = "sales"
[handoff]
"""
AT_WORK = ((time(8), time(17)),)
BERLIN = Calendar("berlin", "Europe/Berlin", (*[AT_WORK] * 5, (), ()))


def handed(text, around=None, **lead):
    """The document of one lead of a small playbook."""
    return of(load(BASE + text, "my.toml"), around, **lead)


def of(playbook, around=None, **lead):
    schema = {"id": pl.String, **{name: field.type.dtype for name, field in playbook.schema.items()}}
    leads = pl.DataFrame([dict.fromkeys(schema) | lead | {"id": "1"}], schema=schema)
    verdicts = Decider(playbook, NOW, frozenset(["reasons", "gate_missing"]))(leads)
    [found] = Documents(playbook, NOW).of(leads, verdicts, {"1": around} if around else {})
    return found


def body(template, around=None, **lead):
    """What a template of the body says."""
    return handed(f"body = '''\n{template}'''", around, **lead)


def problem(text):
    with pytest.raises(ConfigError) as found:
        load(BASE + text, "my.toml")
    return str(found.value)


# -- what a template says ----------------------------------------------------------------------------------------------


def test_one_template_gives_text_and_html():
    found = body(
        "# The **lead**\n- **Name:** {{ lead.first_name }}\n- more,\n  on two lines\n\nA paragraph\nof two lines.\n\n"
        "Another",
        first_name="Ann & Co",
    )
    assert (
        found.text
        == f"{HEADING}The lead\n- Name: Ann & Co\n- more, on two lines\n\nA paragraph of two lines.\n\nAnother"
    )
    assert found.html == (
        "<p><strong>The lead</strong></p><ul><li><strong>Name:</strong> Ann &amp; Co</li>"
        "<li>more, on two lines</li></ul>"
        "<p>A paragraph of two lines.</p><p>Another</p>"
    )


def test_what_is_not_known_leaves_no_line_and_no_heading_behind():
    name = "{{ lead.first_name }} {{ lead.last_name }}, {{ lead.title }}"
    template = f"# City\n- in {{{{ lead.city }}}} {{{{ lead.state }}}}\n# Name\n{name}"
    assert body(template, last_name="Lee").text == f"{HEADING}Name\nLee"
    assert body(template).text == ""


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("lead.employees", "12,345"),
        ("lead.revenue", "1,234.5"),
        ("lead.pains", "audit, shadow IT"),
        ("lead.opted_out", "yes"),
        ("lead.meeting_at", "Mon 2026-11-09 09:00 CET"),
        ("lead.project_start | day", "2027-01-31"),
        ("lead.pains | join(' and ')", "audit and shadow IT"),
        ("lead.pains | first | upper", "AUDIT"),
        ("lead.pains | count", "2"),
        ("lead.city | default('nowhere')", "nowhere"),
        ("verdict.stage", "new"),
        ("'big' if lead.revenue else 'small'", "big"),
        ("due", "Mon 2026-11-09 08:30 CET"),
        ("today", "2026-11-06"),
        ("account.name", "Acme"),
        ("questions", "How much?"),
        ("(bant | first).label", "Budget"),
    ],
)
def test_places(place, said):
    lead = {
        "employees": 12_345,
        "revenue": 1_234.5,
        "pains": ["audit", "shadow IT"],
        "opted_out": True,
        "meeting_at": datetime(2026, 11, 9, 8, tzinfo=UTC),
        "project_start": datetime(2027, 1, 31).date(),  # noqa: DTZ001 - a day has no zone
        "company": "Acme",
    }
    found = handed(f'due = "1 hour"\nbody = "{{{{ {place} }}}}"', Around(calendar=BERLIN), **lead)
    assert found.text == said
    assert found.troubles == ()


def test_the_first_talk_track_that_holds_and_every_answer_that_does():
    text = """
body = '''
# {{ talk_track.name }}
{{ talk_track.text }}
{% for one in answers %}
- {{ one.objection }}: {{ one.text }}
{% endfor %}
'''
[[handoff.talk_tracks]]
name = "Large"
when = "employees > 1000"
text = "Large: {{ lead.company }}"
[[handoff.talk_tracks]]
name = "Any"
text = '''
First.

- {{ lead.company }}
'''
[[handoff.answers]]
objection = "Price"
when = "any_of(objections, 'no budget')"
text = "Cheap for {{ lead.company }}."
[[handoff.answers]]
objection = "Time"
when = "any_of(objections, 'too busy')"
text = "Quick."
"""
    busy = ["no budget", "too busy"]
    large = handed(text, company="Acme", employees=2000, objections=busy)
    assert large.text == f"{HEADING}Large\nLarge: Acme\n- Price: Cheap for Acme.\n- Time: Quick."
    unknown = handed(text, company="Acme", objections=["too busy"])
    assert unknown.text == f"{HEADING}Any\nFirst.\n- Acme\n- Time: Quick."


def test_who_else_is_known_and_why_it_is_hers():
    fellows = tuple(Fellow(f"Fellow {number}", role="user") for number in range(MOST_TURNS + 5))
    found = handed("", Around(fellows, owner="Zoe", why="Her account."))
    assert found.text.count("Fellow") == MOST_TURNS
    assert f"{HEADING}Why this lead is yours\nHer account." in found.text


# -- when --------------------------------------------------------------------------------------------------------------

CADENCE = """
due = "2 hours"
remind = "30 minutes"
note = true
[[handoff.cadence]]
kind = "email"
after = "1 day"
subject = "Write to {first_name}"
text = "On {{ lead.company }}."
[[handoff.cadence]]
kind = "call"
after = "4 hours"
subject = "Call {company}"
text = "- {{ lead.first_name }}"
"""


def test_due_reminder_note_and_cadence_in_hours_of_work():
    found = handed(CADENCE, Around(calendar=BERLIN), first_name="Ann", company="Acme")
    assert found.due == datetime(2026, 11, 9, 8, 30, tzinfo=UTC)  # 30 minutes on Friday, 90 on Monday
    assert found.remind == datetime(2026, 11, 9, 8, tzinfo=UTC)
    assert (found.note_title, found.note_text, found.note_html) == (
        "Hand-off: Qualified: Ann, Acme",
        found.text,
        found.html,
    )
    email, call = found.follow_ups
    assert (email.kind, email.subject, email.text, email.html) == (
        "email",
        "Write to Ann",
        "On Acme.",
        "<p>On Acme.</p>",
    )
    assert email.due == datetime(2026, 11, 9, 15, 30, tzinfo=UTC)
    assert (call.kind, call.html, call.due) == (
        "call",
        "<ul><li>Ann</li></ul>",
        datetime(2026, 11, 9, 10, 30, tzinfo=UTC),
    )


def test_without_a_calendar_time_is_time_and_nothing_reminds_in_the_past():
    found = handed('due = "10 minutes"\nremind = "2 hours"')
    assert (found.due, found.remind) == (NOW + timedelta(minutes=10), NOW)
    assert (found.note_title, found.note_text, found.note_html, found.follow_ups) == ("", "", "", ())


# -- what is found wrong -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ ''.__class__ }}", "nothing stands behind the point before '__class__'."),
        ("{{ lead.__class__ }}", "'__class__' is not a name of what a hand-off tells."),
        ("{{ lead.company.__class__.__mro__ }}", "nothing stands behind the point before '__class__'."),
        ("{{ lead['company'] }}", "brackets mean nothing here."),
        ("{{ lead.items() }}", "nothing can be called."),
        ("{{ self }}", "'self' is not a name of what a hand-off tells."),
        ("{{ lead | attr('__class__') }}", "there is no filter 'attr'."),
        ("{{ lead.company | safe }}", "there is no filter 'safe'."),
        ("{{ lead.company is callable }}", "there is no test 'callable'."),
        ("{{ range(9999999) }}", "nothing can be called."),
        ("{% for n in range(9999999) %}{% endfor %}", "nothing can be called."),
        ("{{ 'x' * 999999999 }}", "only + and - can be computed."),
        ("{{ 9 ** 9 ** 9 }}", "only + and - can be computed."),
        ("{{ ('x' * 999999999) | upper }}", "only + and - can be computed."),
        ("{{ (9 ** 9 ** 9) is none }}", "only + and - can be computed."),
        ("{{ ('x' * 999999999).x }}", "only + and - can be computed."),
        ("{% for n in 'x' * 999999999 %}{% endfor %}", "only + and - can be computed."),
        ("{{ [9 ** 9 ** 9] | join }}", "only + and - can be computed."),
        ("{{ lead.city | default(9 ** 9 ** 9) }}", "only + and - can be computed."),
        ("{{ lead.company() | upper }}", "nothing can be called."),
        ("{{ lead.pains[0] | upper }}", "brackets mean nothing here."),
        ("{{ 'a' ~ 'b' }}", "'~' is not needed"),
        ("{% set x = [1, 1] %}", "nothing can be set."),
        ("{% macro m() %}{{ m() }}{% endmacro %}", "there are no blocks but if and for."),
        ("{% include 'x' %}", "no file can be read."),
        ("{% extends 'x' %}", "no file can be read."),
        ("{% import 'x' as x %}", "no file can be read."),
        ("{% block a %}{% endblock %}", "there are no blocks but if and for."),
        ("{% filter upper %}a{% endfilter %}", "there are no blocks but if and for."),
        ("{% for a in bant recursive %}{{ loop(a) }}{% endfor %}", "a loop goes through one list, one name at a time."),
        ("{% for a, b in bant %}{% endfor %}", "a loop goes through one list, one name at a time."),
        ("{% for a in lead.company %}{{ a }}{% endfor %}", "what the loop goes through is no list."),
        ("{{ lead.compny }}", "'compny' is not a name of what a hand-off tells. Did you mean 'company' or"),
        ("{{ led.company }}", "'led' is not a name of what a hand-off tells. Did you mean 'lead'?"),
        ("{% for one in bant %}{{ one.lable }}{% endfor %}", "'lable' is not a name of what a hand-off tells. Did you"),
        ("{{ one.label }}", "'one' is not a name of what a hand-off tells."),
        ("{{ lead.company | uper }}", "there is no filter 'uper'. Did you mean 'upper'?"),
        ("{{ lead.company", "is no template: "),
        ("{% if lead.company %}", "is no template: 'if' is never closed."),
        ("{% endfor %}", "is no template: "),
        ("{{ lead.employees > 1000 }}", "fails for a lead of which nothing is known: something is missing"),
        ("{{ 'yes' if lead.company > 7 }}", "fails for a lead of which nothing is known"),
        ("{{ lead.company - 1 if lead.company }}", "fails for a lead of which everything is known: something is"),
        ("a\u202eb", "holds a character that cannot be seen."),
        ("x" * (LONGEST_TEMPLATE + 1), "a template has at most 16,000 characters."),
        ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", "stands too deep in itself"),
        ("{% if lead.company %}" * 300 + "{% endif %}" * 300, "stands too deep in itself"),
        ("{{ " + "not " * 3000 + "1 }}", "stands too deep in itself"),
        ("{{ " + "9" * 5000 + " }}", "stands too deep in itself, or holds a number too long."),
    ],
)
def test_what_is_wrong_with_a_template_is_told_where_it_stands(template, message):
    text = f"body = '''\nFirst line.\n{template}'''\n"
    if any(ord(letter) > 127 for letter in template):
        text = 'body = """\nFirst line.\na\\u202Eb"""\n'
    told = problem(text)
    assert told.startswith(("my.toml:13:1 handoff.body: ", "my.toml:12:1 handoff.body: ", "my.toml:11"))
    assert message in told


def test_loops_stand_only_so_deep():
    deep = MOST_LOOPS + 1
    loops = "".join(f"{{% for n{at} in reasons %}}" for at in range(deep)) + "{% endfor %}" * deep
    assert "loops stand more than 2 deep in one another." in problem(f'body = "{loops}"')


def test_a_talk_track_cannot_speak_of_talk_tracks():
    table = '[[handoff.talk_tracks]]\nname = "A"\ntext = "{{ talk_track.text }}"'
    assert "handoff.talk_tracks[0].text: 'talk_track' is not a name" in problem(table)


def test_a_reminder_is_counted_in_hours_of_work():
    assert "handoff.remind: '1 day' is a number of business days" in problem('remind = "1 day"')


def test_every_problem_of_the_table_is_told_at_once():
    told = problem("""
due = "1 fortnight"
remind = "0 minutes"
note = 1
body = "{{ lead.x }}"
[[handoff.talk_tracks]]
name = "First"
text = "{{ lead.y }}"
[[handoff.talk_tracks]]
name = "Second"
when = "employes > 1"
[[handoff.answers]]
objection = "Price"
text = "Cheap."
[[handoff.cadence]]
kind = "fax"
after = "soon"
subject = "{compny}"
text = "Hello"
extra = 1
""")
    for expected in (
        "my.toml:12 handoff.due: '1 fortnight' is no interval of business time.",
        "my.toml:13 handoff.remind: '0 minutes' is no interval of business time.",
        "my.toml:14 handoff.note: must be true or false.",
        "handoff.body: 'x' is not a name",
        "handoff.talk_tracks[0].text: 'y' is not a name",
        "handoff.talk_tracks[0]: speaks to every lead, so that none behind it ever does.",
        "handoff.talk_tracks[1]: lacks 'text'.",
        "handoff.talk_tracks[1].when: unknown field 'employes'.",
        "handoff.answers[0]: lacks 'when'.",
        "handoff.cadence[0].kind: unknown kind 'fax'.",
        "handoff.cadence[0].after: 'soon' is no interval of business time.",
        "handoff.cadence[0].subject: '{compny}' is neither a lead field nor an output.",
        "handoff.cadence[0].extra: unknown key 'extra'.",
    ):
        assert expected in told


def test_due_is_said_once():
    assert "says in business time what due_hours says" in problem('due = "1 hour"\ndue_hours = 4')


def test_words_that_no_lead_gets_are_seen_by_the_lints():
    track = "[[handoff.talk_tracks]]\nname = '{}'\nwhen = \"{}\"\ntext = 'x'\n"
    tracks = [("Large", "employees > 100"), ("Larger", "employees > 1000"), ("Odd", "employees < 1 and employees > 2")]
    text = "".join(track.format(*one) for one in tracks)
    answer = (
        "[[handoff.answers]]\nobjection = 'All'\nwhen = \"employees is null or employees is not null\"\ntext = 'x'\n"
    )
    found = [one.message for one in lint(load(BASE + text + answer, "my.toml"), NOW)]
    assert "talk track 'Odd' can never hold: employees < 1 and employees > 2." in found
    assert "no lead comes to talk track 'Larger': 'Large' stands before it, and takes all of its leads." in found
    assert "answer 'All' is told of every lead." in found
    assert "a talk track 'Large' is there already." in problem(text + track.format("Large", "employees > 5"))


# -- a template that fails for one lead --------------------------------------------------------------------------------


def test_a_template_that_fails_for_one_lead_is_told_and_shipped_words_stand_there():
    shaky = "{% if lead.employees and lead.employees > lead.revenue %}big{% endif %}ok"
    text = f"""
body = '''
{{{{ talk_track.text }}}}
{shaky}'''
[[handoff.talk_tracks]]
name = "Any"
text = "{shaky}"
"""
    assert handed(text, employees=5, revenue=1.0).text == "bigok bigok"
    found = handed(text, employees=5, company="Secret Ltd")
    assert found.text.startswith(f"{HEADING}Qualification\n")
    assert "Secret Ltd" in found.text
    assert [trouble.split(":")[1] for trouble in found.troubles] == [
        "17 handoff.talk_tracks[0].text fails in line 1",
        "12 handoff.body fails in line 2",
    ]
    assert "Secret" not in " ".join(found.troubles)


# -- values ------------------------------------------------------------------------------------------------------------


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.words = [], []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data):
        self.words.append(data)


def tags(html):
    parser = _Tags()
    parser.feed(html)
    return parser.found


TEMPLATE = """
# Known
{{ lead.company }}
- {{ lead.title }}
{{ lead.city }}, {{ lead.state }}

**{{ lead.need_summary }}** {{ lead.website }}
"""
NASTY = st.one_of(
    st.text(max_size=80),
    st.text(alphabet="<>&\"'/=#-*{}%\n\r\t \u2028\u202e\x00\x01\x02\x03■a:", max_size=40),
    st.sampled_from(
        ["# Known", "■ Known", "- item", "**b**", "<script>", "\x03\n# Known\n\x02", "{{ 7 * 7 }}", "&lt;b&gt;"]
    ),
)
PLAYBOOK = load(f"{BASE}body = '''{TEMPLATE}'''", "my.toml")


@given(st.fixed_dictionaries(dict.fromkeys(("company", "title", "city", "state", "need_summary", "website"), NASTY)))
@settings(deadline=None, max_examples=100)
def test_no_value_is_more_than_a_value(lead):
    found = of(PLAYBOOK, **lead)
    lines = found.text.splitlines()
    assert [line for line in lines if line.startswith(HEADING.strip())] in ([f"{HEADING}Known"], [])
    assert len([line for line in lines if line.startswith("- ")]) <= 1
    assert len(lines) <= 8
    allowed = {("p", ()), ("strong", ()), ("ul", ()), ("li", ()), ("a", ("href",))}
    assert set(tags(found.html)) <= allowed
    assert len(tags(found.html)) <= 9
    assert found.troubles == ()


@pytest.mark.parametrize(
    ("value", "paragraph", "item"),
    [
        ("+49 89 555", "+49 89 555", "- +49 89 555"),
        ("-5", "-5", "- -5"),
        ("# Known", "Known", "- # Known"),
        ("- more", "more", "- - more"),
        ("■ Known", "Known", "- ■ Known"),
        ("(Acme)", "(Acme)", "- (Acme)"),
        ("***", "", "- ***"),
    ],
)
def test_a_value_that_begins_a_line_begins_no_heading_and_no_item(value, paragraph, item):
    assert body("{{ lead.company }}", company=value).text == paragraph
    assert body("- {{ lead.company }}", company=value).text == item


@pytest.mark.parametrize(
    ("website", "links"),
    [
        ("https://acme.example", 1),
        ("http://acme.example:8080/a?b=c&d=%20#e", 1),
        ("javascript:alert(1)", 0),
        ('https://acme.example" onclick="x', 0),
        ("https://user@evil.example", 0),
        ("data:text/html,x", 0),
        ("acme.example", 0),
        ("https://acme.example/<b>", 0),
    ],
)
def test_only_the_web_site_becomes_a_link_and_only_if_it_is_one(website, links):
    found = body("{{ lead.website }} {{ lead.requirements }}", website=website, requirements="see https://evil.example")
    assert [tag for tag, _ in tags(found.html)].count("a") == links
    assert "see https://evil.example" in found.text


def test_what_is_too_long_is_cut_at_whole_lines_and_seen_to_be():
    wide = {"requirements": "\U0001f600<" * 5_000, "pains": ["<&>" * 400] * 60}
    found = body("{% for one in lead.pains %}\n- {{ one }}\n{{ lead.requirements }}\n{% endfor %}", **wide)
    assert len(found.text.encode("utf-16-le")) // 2 <= LONGEST_TEXT
    assert len(found.html.encode("utf-16-le")) // 2 <= LONGEST_HTML
    assert found.text.endswith(f"\n{CUT}")
    assert found.html.endswith(f"</ul><p>{CUT}</p>")
    assert all(line.startswith("- ") for line in found.text.splitlines()[:-1] if line)


def test_a_template_cannot_say_more_than_there_is_room_for():
    wide = {"pains": ["x" * 1_000] * 60}
    loops = "{% for a in lead.pains %}{% for b in lead.pains %}{{ b }}{% endfor %}{% endfor %}"
    found = body(loops, **wide)
    assert ["it says more than 200,000 characters." in trouble for trouble in found.troubles] == [True]
    assert found.text.startswith(f"{HEADING}Qualification")
