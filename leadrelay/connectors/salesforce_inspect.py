"""A Salesforce organisation as a whole, in few calls: queries and descriptions travel together in composite requests.

Descriptions may be part of them: "All sObject resources", says
https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-composite-post.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from leadrelay.connectors import salesforce_sharing as sharing
from leadrelay.connectors import soql
from leadrelay.connectors.base import FieldInfo, Guarantee, Owner
from leadrelay.connectors.inspection import PARTS, Currencies, Inspection, Rule, RuleKind
from leadrelay.connectors.moments import stamp
from leadrelay.connectors.people import Lack
from leadrelay.connectors.salesforce_auth import Account
from leadrelay.connectors.salesforce_batch import Found, Questions, Told
from leadrelay.connectors.salesforce_describe import Description, undescribed
from leadrelay.connectors.salesforce_handoff import HandOffs
from leadrelay.connectors.salesforce_lacks import OBJECTS, Sight
from leadrelay.connectors.salesforce_needs import SYSTEM_PERMISSIONS
from leadrelay.connectors.salesforce_tasks import Tasks
from leadrelay.connectors.transport import Answer, Rejection

PEOPLE = (
    "SELECT Id, Name, Email, IsActive FROM User WHERE UserType IN ('Standard', 'PowerPartner')",
    "SELECT Id, Name, Email FROM Group WHERE Type = 'Queue'",
)
"""Users who can own leads. Guests, and customers of communities, of whom there may be a hundred thousand, cannot:
https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_user.htm
"""
_ORGANISATION = "SELECT Id, Name, IsSandbox, TimeZoneSidKey FROM Organization"
_FLAGS = tuple(f"Permissions{name}" for name in SYSTEM_PERMISSIONS)
_PERMISSIONS = soql.select("UserPermissionAccess", _FLAGS)
"""The running user's own, also for who may not view the set-up:
https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_userpermissionaccess.htm
"""
_ASSIGNMENT = "SELECT Name, SobjectType, Active FROM AssignmentRule"
_DUPLICATES = "SELECT MasterLabel, SobjectType, IsActive FROM DuplicateRule"
"""What a rule does with a duplicate is in its metadata only:
https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_duplicaterule.htm
"""
_CURRENCIES = "SELECT IsoCode, ConversionRate, IsCorporate, IsActive FROM CurrencyType"
"""In an organisation of a single currency there is no such object."""
_ABSENT = frozenset({"INVALID_TYPE"})
_QUERIES: Mapping[str, tuple[str, ...]] = {
    "owners": PEOPLE,
    "granted": (_PERMISSIONS,),
    "rules": (_ASSIGNMENT, _DUPLICATES),
    "currencies": (_CURRENCIES,),
}
"""By the part of an inspection that they are for."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """What was answered, by query and by object."""

    queries: Mapping[str, Found]
    objects: Mapping[str, Told]

    def rows(self, query: str) -> list[_Row] | None:
        """The records; None where the query was refused, or not asked."""
        found = self.queries.get(query)
        if found is None or isinstance(found, Rejection):
            return None
        return [msgspec.json.decode(row, type=_Row) for row in found]

    def refused(self, query: str) -> Rejection | None:
        """Why the query was refused."""
        found = self.queries.get(query)
        return found if isinstance(found, Rejection) else None

    def described(self, name: str) -> Description | None:
        """What the object is like, as far as that is told."""
        told = self.objects.get(name)
        return told if isinstance(told, Description) else None


class Inspector:
    """Looks at one organisation."""

    def __init__(
        self, account: Account, object_type: str, questions: Questions, tasks: Tasks, desk: HandOffs, sight: Sight
    ) -> None:
        self._account = account
        self._type = object_type
        self._questions = questions
        self._tasks = tasks
        self._desk = desk
        self._sight = sight

    def inspect(self, parts: Collection[str], related: Sequence[str]) -> Inspection:
        """Two composite calls for all but the company's currency and the guarantee, which take three."""
        soql.checked(related, self._account.settings.place)
        wanted = PARTS & set(parts)
        heard = self._asked(wanted, related)
        self._learn(heard)
        own = heard.objects.get(self._type)
        if isinstance(own, Rejection):
            raise undescribed(self._account, self._type, own)
        guarantee = self._guarantee() if "guarantee" in wanted else None
        granted = self._granted(heard) if "granted" in wanted else None
        company = self._company() if "currencies" in wanted else None
        told = heard.rows(_ORGANISATION) or [_Row()]
        return Inspection(
            kind="salesforce",
            object=self._type,
            organisation=self._account.organisation or told[0].id,
            organisation_name=told[0].name or "",
            test=told[0].is_sandbox,
            zone=told[0].time_zone_sid_key or "",
            currencies=_currencies(heard, company),
            fields=own.infos() if own and "fields" in wanted else {},
            task_fields=_infos(heard, "Task") if "task_fields" in wanted else {},
            related={name: _infos(heard, name) for name in related if heard.described(name)},
            owners=_owners(heard),
            granted=granted,
            lacks=(
                *self._lacks(heard, wanted, related, granted),
                *([guarantee] if isinstance(guarantee, Lack) else []),
            ),
            guarantee=guarantee if isinstance(guarantee, Guarantee) else None,
            rules=tuple(_rules(heard, self._type)),
            records=_count(heard, self._counting),
            usage=self._account.transport.usage if "usage" in wanted else None,
            taken_at=self._account.now or stamp(datetime.now(UTC)),
        )

    def _guarantee(self) -> Guarantee | Lack:
        try:
            return self._desk.guarantee()
        except Rejection as no:
            message = f"whether tasks can be created exactly once cannot be told ({no.code})."
            return Lack(message, f"Let the API user read {self._type} and its standard fields.")

    def _shared(self) -> tuple[str, ...]:
        return sharing.questions(self._type, self._account.user())

    @property
    def _counting(self) -> str:
        return f"SELECT COUNT(Id) n FROM {self._type}"

    def _asked(self, wanted: Collection[str], related: Sequence[str]) -> _Heard:
        queries = [_ORGANISATION, *(query for part, some in _QUERIES.items() if part in wanted for query in some)]
        queries += [self._counting] if "records" in wanted else []
        queries += self._shared() if "granted" in wanted else ()
        described = {
            "fields": (self._type,),
            "granted": (self._type, "User", *OBJECTS),
            "task_fields": ("Task",),
            "guarantee": ("Task",),
            "lacks": OBJECTS,
            "related": tuple(related),
        }
        names = list(dict.fromkeys(name for part, some in described.items() if part in wanted for name in some))
        found, told = self._questions.get(queries, names)
        heard = dict(zip(queries, found, strict=True))
        if "granted" in wanted:
            heard[_PERMISSIONS] = self._known_permissions(heard[_PERMISSIONS])
        return _Heard(heard, dict(zip(names, told, strict=True)))

    def _known_permissions(self, found: Found) -> Found:
        """Not every edition has every permission; one that it has not is refused by name, and the others asked for."""
        left = list(_FLAGS)
        while isinstance(found, Rejection) and found.code == "INVALID_FIELD":
            asked, left = left, [name for name in left if name not in found.fields]
            if not left or left == asked:
                break
            [found] = self._questions.each([soql.select("UserPermissionAccess", left)])
        return found

    def _learn(self, heard: _Heard) -> None:
        """What others of the connector would ask for again."""
        for name in heard.objects:
            found = heard.described(name)
            fields = found.by_name if found else None
            self._sight.learn(name, fields)
            if name == "Task":
                self._tasks.learn(fields or {})
            if name == "Note":
                self._tasks.notes.learn(fields)

    def _company(self) -> _Company | None:
        """What the organisation counts in, which no object tells where there is a single currency.

        https://developer.salesforce.com/docs/atlas.en-us.chatterapi.meta/chatterapi/connect_responses_features.htm
        """
        try:
            return self._account.call(lambda client: client.restful("connect/organization"), _company)
        except Rejection:
            return None

    def _granted(self, heard: _Heard) -> frozenset[str] | None:
        found = _granted(heard)
        return found if found is None else found | sharing.added(self._type, self._sharing(heard))

    def _sharing(self, heard: _Heard) -> list[Found | None]:
        return [heard.queries.get(query) for query in self._shared()]

    def _lacks(
        self, heard: _Heard, wanted: Collection[str], related: Sequence[str], granted: Collection[str] | None
    ) -> Iterator[Lack]:
        if "granted" in wanted and (lack := sharing.lack(self._type, self._sharing(heard), granted or ())):
            yield lack
        if "lacks" in wanted:
            yield from self._sight.lacks()
        if "related" in wanted:
            yield from (_unseen(name) for name in related if not heard.described(name))
        for part, query, follows, cure in _REFUSALS:
            no = heard.refused(query)
            if no and not (part == "currencies" and no.code in _ABSENT):
                yield Lack(f"{follows} ({no.code}).", cure)


_VIEW_SETUP = "Give the API user the permission View Setup and Configuration."
_REFUSALS = (
    ("owners", PEOPLE[0], "the API user may not see users: no owner can be checked", "Let it read User."),
    ("owners", PEOPLE[1], "the API user may not see queues: none can be checked", "Let it read Group."),
    ("granted", _PERMISSIONS, "Salesforce does not tell this user's permissions", _VIEW_SETUP),
    ("rules", _ASSIGNMENT, "the API user may not see assignment rules", _VIEW_SETUP),
    ("rules", _DUPLICATES, "the API user may not see duplicate rules", _VIEW_SETUP),
    ("currencies", _CURRENCIES, "the API user may not see the currencies and their rates", "Let it read CurrencyType."),
)
"""By part and query: what is not known where it is refused, and the way out."""


def _unseen(name: str) -> Lack:
    cure = f"Give the API user read access to {name}, in its permission set."
    return Lack(f"the API user may not see {name}, or there is none: its fields are not known.", cure)


class _Row(msgspec.Struct, rename="pascal"):
    """A record of any of the queries."""

    id: str = ""
    name: str | None = None
    email: str | None = None
    is_active: bool = True
    is_sandbox: bool = False
    time_zone_sid_key: str | None = None
    master_label: str | None = None
    sobject_type: str | None = None
    active: bool = True
    iso_code: str = ""
    conversion_rate: float = 0.0
    is_corporate: bool = False


class _Features(msgspec.Struct, rename="camel"):
    default_currency_iso_code: str | None = None
    multi_currency: bool = False


class _Company(msgspec.Struct):
    features: _Features = msgspec.field(default_factory=_Features)


def _company(answer: Answer) -> _Company:
    return msgspec.json.decode(answer.body, type=_Company)


def _infos(heard: _Heard, name: str) -> dict[str, FieldInfo]:
    found = heard.described(name)
    return found.infos() if found else {}


def _owners(heard: _Heard) -> tuple[Owner, ...] | None:
    users, queues = (heard.rows(query) for query in PEOPLE)
    if users is None:
        return None
    return tuple(_people(users, queues or ()))


def owners_of(users: Iterable[msgspec.Raw], queues: Iterable[msgspec.Raw]) -> list[Owner]:
    """The answers to `PEOPLE` as our own values."""
    rows = [[msgspec.json.decode(row, type=_Row) for row in some] for some in (users, queues)]
    return list(_people(*rows))


def _people(users: Iterable[_Row], queues: Iterable[_Row]) -> Iterator[Owner]:
    for user in users:
        yield Owner(user.id, user.name or "", user.email or "", user.is_active)
    for queue in queues:
        yield Owner(queue.id, queue.name or "", queue.email or "", active=True, queue=True)


def _granted(heard: _Heard) -> frozenset[str] | None:
    """The user's permissions (`ApiEnabled`), and what it may do with objects (`Lead.Read`)."""
    found = heard.queries.get(_PERMISSIONS)
    if not found or isinstance(found, Rejection):
        return None
    told = msgspec.json.decode(found[0], type=dict[str, msgspec.Raw])
    system = {name for name in SYSTEM_PERMISSIONS if bytes(told.get(f"Permissions{name}", b"")) == b"true"}
    objects = [one.access(name) for name in heard.objects if (one := heard.described(name))]
    return frozenset(system).union(*objects)


def _rules(heard: _Heard, object_type: str) -> Iterator[Rule]:
    for rule in heard.rows(_ASSIGNMENT) or ():
        if (rule.sobject_type or "").lower() == object_type.lower():
            yield Rule(RuleKind.ASSIGNMENT, rule.name or "", active=rule.active)
    for rule in heard.rows(_DUPLICATES) or ():
        if (rule.sobject_type or "").lower() == object_type.lower():
            yield Rule(RuleKind.DUPLICATE, rule.master_label or "", active=rule.is_active, blocks=None)


def _currencies(heard: _Heard, company: _Company | None) -> Currencies:
    """A rate of Salesforce's says how much of a currency one unit of the corporate one is."""
    features = company.features if company else _Features()
    rows = heard.rows(_CURRENCIES) or []
    rates = {row.iso_code: 1 / row.conversion_rate for row in rows if row.is_active and row.conversion_rate > 0}
    corporate = next((row.iso_code for row in rows if row.is_corporate), "")
    return Currencies(
        corporate or features.default_currency_iso_code or "",
        several=bool(rows) or features.multi_currency,
        rates=rates,
    )


def _count(heard: _Heard, query: str) -> int | None:
    found = heard.queries.get(query)
    if not found or isinstance(found, Rejection):
        return None
    return msgspec.json.decode(found[0], type=_Counted).n


class _Counted(msgspec.Struct):
    n: int = 0
