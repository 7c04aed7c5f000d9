"""Every key that a mapping may hold: where, what it takes, what holds without it, and what it means.

The loader knows no other key, and the reference in docs/ is made of this table.
"""

from __future__ import annotations

from dataclasses import dataclass

TOP, CURRENCY, READ, WRITE, TASK = "", "currency", "read", "write", "task"
"""The parts of a mapping. `[read]` and `[write]` have a table for each field; their own keys are the admin's."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of one part. `default`: what holds without it; "" where it has to be there, or nothing does."""

    part: str
    name: str
    takes: str
    meaning: str
    default: str = ""
    needed: bool = False


KEYS: tuple[Key, ...] = (
    Key(TOP, "object", "text", "The CRM object, by its API name.", needed=True),
    Key(TOP, "empty", "texts", 'Texts that mean "not given", in every field read.', "none"),
    Key(TOP, "leave", "predicate", "Leads for which it holds are read and decided, but never written.", "none"),
    Key(TOP, "zone", "time zone", "Of dates and times that come without one, and of texts that tell times.", "UTC"),
    Key(TOP, "currency", "table", "What amounts are counted in.", "amounts stay as they are"),
    Key(TOP, "read", "table", "Lead fields, each with what it comes from.", needed=True),
    Key(TOP, "write", "table", "CRM fields, each with what goes into it.", "nothing is written"),
    Key(TOP, "task", "table", "How hand-off tasks are kept.", "no tasks are created"),
    Key(CURRENCY, "to", "currency code", "What amounts of lead fields are in.", needed=True),
    Key(CURRENCY, "field", "CRM field", "The field with the record's own currency.", "every record is in `from`"),
    Key(CURRENCY, "from", "currency code", "The currency of records that name none.", "their amounts are not known"),
    Key(
        CURRENCY,
        "rates",
        'table, file name or "crm"',
        "What one unit of a currency is worth in `to`: here, in a CSV file beside the mapping, or as the CRM has it.",
        needed=True,
    ),
    Key(
        CURRENCY,
        "on",
        "CRM field",
        "The date whose rate holds, where the CSV file has rates from several days on.",
        "rates without a day",
    ),
    Key(READ, "field", "CRM field", "Where the value comes from."),
    Key(READ, "first", "CRM fields", "In place of `field`: the first of them that is given."),
    Key(READ, "template", "text", "In place of `field`: a text with CRM fields in braces."),
    Key(READ, "constant", "value", "In place of `field`: the same for every lead."),
    Key(READ, "values", "table", "What texts stand for; in a list, each entry.", "every text stands for itself"),
    Key(READ, "other", "value", "What every text stands for that `values` leaves out.", "itself"),
    Key(READ, "true", "texts", "Texts that mean yes.", "true, yes, 1"),
    Key(READ, "false", "texts", "Texts that mean no.", "false, no, 0"),
    Key(READ, "empty", "texts", 'Texts that mean "not given" here, besides those at the top.', "none"),
    Key(READ, "default", "value", "What an empty field stands for.", "nothing is known"),
    Key(READ, "separator", "text", "What parts the entries of a list.", ";"),
    Key(READ, "number", '"text"', "The number is looked for within a text.", "the text is a number"),
    Key(READ, "decimal", '"." or ","', "With `number`: the mark before the fraction.", "."),
    Key(READ, "range", '"low", "high" or "middle"', "With `number`: which number of a range counts.", "low"),
    Key(READ, "zone", "time zone", "Where a date's day begins, and in which a moment's day lies.", "`zone` at the top"),
    Key(
        READ,
        "reference",
        '"owner"',
        "The field holds a user's id, which is read as an e-mail address.",
        "texts are text",
    ),
    Key(READ, "currency", "true or false", "The amount is in the record's currency.", "false"),
    Key(WRITE, "from", "output or lead field", "What goes into the CRM field."),
    Key(WRITE, "constant", "value", "In place of `from`: the same for every lead."),
    Key(WRITE, "template", "text", "In place of `from`: a text with outputs and lead fields in braces."),
    Key(
        WRITE,
        "policy",
        '"own", "fill" or "unless-edited"',
        "Who wins in that field.",
        "own, of fields whose name begins with leadrelay_; others need one",
    ),
    Key(WRITE, "initial", "texts", "With `unless-edited`: values that nobody chose.", "none"),
    Key(WRITE, "values", "table", "What texts, or true and false, become.", "themselves"),
    Key(WRITE, "backward", "true or false", "Whether it goes back where the CRM only moves it forward.", "false"),
    Key(WRITE, "cut", "whole number", "The longest text that the field takes, in characters.", "texts stay whole"),
    Key(WRITE, "entries", '"replace" or "append"', "Whether a list is replaced, or only ever added to.", "replace"),
    Key(
        WRITE,
        "null",
        '"clear" or "leave"',
        "What becomes of the field when there is nothing to say.",
        "own clears, the others leave",
    ),
    Key(
        WRITE,
        "zone",
        "time zone, or true",
        "A date goes into a datetime field as midnight there, a datetime into a date field as the day there.",
        "a date goes into a date, a datetime into a datetime",
    ),
    Key(WRITE, "currency", "true or false", "The amount is written in the record's currency.", "false"),
    Key(
        WRITE,
        "reference",
        '"owner" or "account"',
        "The field holds the id of a user, whom an e-mail address names, or of a company, which a domain names.",
        "texts are texts",
    ),
    Key(TASK, "key", "task field", "The field that keeps a task's unique key.", needed=True),
    Key(TASK, "owner", "CRM field", "The lead's field that gets the chosen owner.", "the lead's owner stays"),
    Key(TASK, "reason", "CRM field", "The lead's field for the line, why this owner.", "no line"),
    Key(TASK, "closed", "texts", "Statuses of leads that are nobody's work any more.", "none"),
)


def names(part: str) -> tuple[str, ...]:
    """The keys of one part."""
    return tuple(key.name for key in KEYS if key.part == part)
