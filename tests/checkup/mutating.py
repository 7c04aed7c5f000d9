"""Hundreds of ways to spoil a configuration, its mapping and its playbook: seeded, one to three at a time."""

import random
import re

VALUES = (
    "3", "-1", "0.5", "nan", "inf", "true", '""', '" "', '"\\u0000"', '"\\u001b[31m"', "[]", "[[]]", '["a", 1]', "{}",
    "{ a = { b = [1] } }", "2026-11-22", "2026-11-22T12:00:00Z", "2026-13-45", "9" * 400, "9" * 5_000, "1e999",
    "[" * 500, '"' + "a" * 70_000 + '"', "'''", "", '"é\u202eß"', '"EURO"', '"Europe/Belrin"', '"every 0 minutes"',
    '"every 99999999999 days"', '"* * * * * * *"', '"99 99 99 99 99"', '"../../etc/passwd"', '"/dev/null"', '"."',
    '"config.toml"', '"Lead"', '"contacts"', '"leads"', '"2-345"', '"Owner.Email"', '"a.b.c.d"', '"hs_lead_status"',
    '"LeadSource"', '"SystemModstamp"', '"score"', '"stage"', '"{"', '"{}"', '"{stage"', '"{stage}{email}"',
    '"sqlite:///"', '"postgresql://u:pa55phrase@127.0.0.1:1/x"', '"http://["', '"https://u:pa55phrase@acme.example"',
    '{ env = "X" }', '{ file = "." }', "{ command = [] }", '"salesforce"', '"hubspot"', '"nobody"', '"manager"',
    '"when"', '"employees >= "', '"employees >= employees"', '"stage = stage"', '"not " * 9', '"1 business day"',
    "{ USD = 0 }", '{ USD = "much" }', "{ EUR = 1e400 }", '"rates.csv"', '"crm"', '"append"', '"own"', '"fill"',
    '["mon-fri 25:00-26:00"]', '["sun-mon 09:00-08:00"]', '"DE-XX"',
)  # fmt: skip
KEYS = ("object", "read", "write", "jobs", "state", "connections", "task", "currency", "when", "name", "teams", "x")


def _pick(chance, pattern, text):
    places = list(re.finditer(pattern, text, re.MULTILINE))
    return chance.choice(places) if places else None


def _put(text, place, new):
    return text if place is None else text[: place.start()] + new + text[place.end() :]


def drop_line(text, chance):
    return _put(text, _pick(chance, r"^[^#\n]+\n", text), "")


def twice(text, chance):
    place = _pick(chance, r"^[^#\n]+\n", text)
    return _put(text, place, place[0] * 2 if place else "")


def other_value(text, chance):
    return _put(text, _pick(chance, r"(?<== )[^\n]+$", text), chance.choice(VALUES))


def inner_value(text, chance):
    return _put(text, _pick(chance, r'"[^"\n]*"|\b\d+\b', text), chance.choice(VALUES))


def swap_values(text, chance):
    """One line gets the value of another: other types, references to oneself, names of other parts."""
    one, other = (_pick(chance, r"(?<== )[^\n]+$", text) for _ in range(2))
    return _put(text, one, other[0]) if one and other else text


def slip(text, chance):
    place = _pick(chance, r"\w{4,}", text)
    return _put(text, place, place[0][0] + place[0][2] + place[0][1] + place[0][3:] if place else "")


def upper(text, chance):
    place = _pick(chance, r"\w{3,}", text)
    return _put(text, place, place[0].swapcase() if place else "")


def lose(text, chance):
    return _put(text, _pick(chance, r"""["'\[\]{}=,().]""", text), "")


def strange(text, chance):
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice("\0\x1b\ufeff\u202e€\r\t\"'[]{}=#\\,.") + text[at:]


def header(text, chance):
    new = chance.choice(("[x]", "[[x]]", "[read.read]", "[[write]]", "[]", "[[", "[a.b.c]", "[jobs.a]", "[[teams]]"))
    return _put(text, _pick(chance, r"^\[[^\n]*", text), new)


def list_or_table(text, chance):
    place = _pick(chance, r"^\[\[?[\w.\"-]+\]\]?$", text)
    if place is None:
        return text
    return _put(text, place, place[0][1:-1] if place[0].startswith("[[") else f"[{place[0]}]")


def ahead(text, chance):
    return f"{chance.choice(KEYS)} = {chance.choice(VALUES)}\n{text}"


def cut(text, chance):
    return text[: chance.randrange(len(text) + 1)]


def exchange(text, chance):
    lines = text.splitlines(keepends=True)
    if len(lines) > 1:
        one, other = chance.sample(range(len(lines)), 2)
        lines[one], lines[other] = lines[other], lines[one]
    return "".join(lines)


def thousand(text, chance):
    return text + "".join(f"\n[[x{number}]]\n" for number in range(chance.choice((1, 1_000))))


TEXTS = (
    drop_line, twice, other_value, other_value, inner_value, inner_value, swap_values, swap_values, slip, upper, lose,
    strange, header, list_or_table, ahead, cut, exchange, thousand,
)  # fmt: skip


def spoil(folder, files, chance):
    """Write the files with one to three things wrong; what was done, for the one who has to look."""
    texts, done = dict(files), []
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        name, mutation = chance.choice(sorted(texts)), chance.choice(TEXTS)
        texts[name] = mutation(texts[name], chance)
        done.append(f"{name}: {mutation.__name__}")
    for name, text in texts.items():
        encoding = chance.choice(("utf-8",) * 12 + ("utf-16", "cp500", "latin-1"))
        (folder / name).write_bytes(text.encode(encoding, errors="replace"))
    if chance.random() < _WHOLE_FILE:
        name, whole = chance.choice(sorted(texts)), chance.choice(sorted(WHOLE))
        (folder / name).unlink()
        WHOLE[whole](folder / name)
        done.append(f"{name}: {whole}")
    return done


_WHOLE_FILE = 0.15
WHOLE = {
    "missing": lambda path: path.unlink(missing_ok=True),
    "empty": lambda path: path.write_bytes(b""),
    "folder": lambda path: path.mkdir(),
    "nul": lambda path: path.write_bytes(b"\0" * 1_000),
    "noise": lambda path: path.write_bytes(random.Random(1).randbytes(1_000)),
    "link to itself": lambda path: path.symlink_to(path.name),
    "mark of the order of bytes": lambda path: path.write_bytes(b"\xef\xbb\xbf"),
}
