import pickle
from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pyarrow as pa
import pytest

from leadrelay.batch import Batch
from leadrelay.core.outputs import TEXTS
from leadrelay.core.qualify import qualify
from leadrelay.core.salvage import MOST_FAILED, Salvage
from leadrelay.errors import ConfigError, LeadrelayError
from leadrelay.mappings.mapping import load as load_mapping
from leadrelay.mappings.mapping import read

PLAYBOOK = """
name = "Small"
[fields.score_there]
type = "number"
meaning = "Another's score"
[bant.budget]
met = "budget_amount >= 1000"
evidence = ["budget_amount", "project_start"]
question = "Which budget?"
[[score.fit]]
name = "Big"
about = "organisation"
when = "employees >= 1000 or score_there > 1 or opted_out or created_at > '2020-01-01' or 'x' = any(pains)"
points = 20
[qualification]
when = "bant_met >= 1"
[[stages]]
name = "sal"
side = "sales"
when = "qualified and industry is not null"
[[stages]]
name = "name"
side = "lead-generation"
"""
MAPPING = """
object = "Lead"
[read]
employees = "Size"
budget_amount = "Budget"
created_at = "Created"
project_start = "Start"
opted_out = "Out"
pains = { field = "Pains", separator = "|" }
industry = "Industry"
score_there = "Score"
"""
FIELDS = ("employees", "budget_amount", "created_at", "project_start", "opted_out", "pains", "industry", "score_there")
CRM = ("Size", "Budget", "Created", "Start", "Out", "Pains", "Industry", "Score")
LEAD = (5000, 2000.5, datetime(2026, 1, 2, 3, tzinfo=UTC), date(2026, 3, 4), True, ["x", "y"], "Banking", 0.5)


@pytest.fixture(scope="module")
def plain(now):
    """Typed leads, a small playbook."""
    return Batch(PLAYBOOK, None, now, ["reasons", "bant_evidence"])


@pytest.fixture(scope="module")
def mapped(now):
    """Records of a CRM, the same playbook."""
    return Batch(PLAYBOOK, MAPPING, now, ["reasons", "bant_evidence"])


def verdicts(table):
    return pl.from_arrow(table).drop("error")


def test_typed_leads_get_the_verdicts_of_the_core(leads, texts, shipped, now):
    batch = Batch(texts[0], None, now, list(TEXTS))
    found = batch(leads.to_arrow())
    assert verdicts(found).equals(qualify(leads, shipped, now, frozenset(TEXTS)))
    assert found["error"].null_count == leads.height
    assert found.schema == batch.schema


def test_records_get_the_verdicts_of_what_the_mapping_reads(records, texts, shipped, now):
    mapping = load_mapping(texts[1], "salesforce-lead.toml", shipped)
    batch = Batch(*texts, now, ["reasons"])
    found = verdicts(batch(records.to_arrow())).drop("misfits")
    assert found.equals(qualify(read(records, mapping, shipped), shipped, now, frozenset(["reasons"])))
    assert found["score"].n_unique() > 10
    assert batch(records.head(7).to_arrow().to_batches()[0]).num_rows == 7


def test_a_batch_travels_light_and_decides_the_same_elsewhere(records, texts, now):
    batch = Batch(*texts, now)
    before = batch(records.to_arrow())
    sent = pickle.dumps(batch)
    assert len(sent) < len(texts[0]) + len(texts[1]) + 1_000
    there = pickle.loads(sent)  # noqa: S301 - our own
    assert there == batch
    assert there.fingerprint == batch.fingerprint
    assert there(records.to_arrow()).equals(before)


def test_dicts_are_leads_too(leads, texts, now):
    batch = Batch(texts[0], None, now, ["questions"])
    few = leads.head(50)
    assert batch.dicts(few.to_dicts()) == batch.frame(few).to_dicts()
    assert batch.dicts([]) == []


def test_what_a_dict_does_not_hold_is_not_known(plain, mapped):
    [lead] = plain.dicts([{"id": "1", "employees": 1000, "something": {}}])
    assert (lead["id"], lead["score"], lead["bant_budget"], lead["error"]) == ("1", 20, "unknown", None)
    [lead] = mapped.dicts([{"id": 2, "Budget": "1000"}])
    assert (lead["id"], lead["score"], lead["bant_budget"]) == ("2", 0, "met")


def test_records_need_not_be_text(mapped, plain):
    spelled = ("5000", "2000.5", "2026-01-02T03:00:00Z", "2026-03-04", "true", "x|y", "Banking", "0.5")
    rows = [dict(zip(CRM, values, strict=True)) | {"id": "1"} for values in (spelled, LEAD)]
    [text], [typed] = mapped.dicts(rows[:1]), mapped.dicts(rows[1:])
    assert text == typed
    [lead] = plain.dicts([dict(zip(FIELDS, LEAD, strict=True)) | {"id": "1"}])
    assert lead | {"misfits": None} == typed


@pytest.mark.parametrize(
    ("name", "column"),
    {
        "employees": pa.array([1000.0], pa.float32()),
        "score_there": pa.array([2], pa.uint8()),
        "created_at": pa.array(
            [datetime(2020, 1, 1, 1, tzinfo=timezone(timedelta(hours=-1)))], pa.timestamp("ns", "+09:00")
        ),
        "pains": pa.array([["x"]], pa.large_list(pa.string())),
        "budget_amount": pa.array([1000], pa.decimal128(10, 2)),
        "project_start": pa.array([datetime(2026, 1, 1, tzinfo=UTC)], pa.timestamp("us")),
        "industry": pa.array(["Banking"]).dictionary_encode(),
        "opted_out": pa.array([True]),
    }.items(),
)
def test_types_beside_ours_are_taken(name, column, plain):
    table = pa.table({"id": pa.array([1]), **{field: pa.nulls(1) for field in plain.columns if field != "id"}})
    alone = plain(table).to_pylist()[0]
    found = plain(table.set_column(table.column_names.index(name), name, column)).to_pylist()[0]
    assert found["error"] is None
    assert (found == alone) is (name == "industry")


@pytest.mark.parametrize(
    ("name", "values"),
    {
        "employees": [2**60, -(2**63), 1000.5, None],
        "score_there": [float("inf"), float("nan"), float("-inf"), None],
        "budget_amount": [float("inf"), float("nan"), None],
        "pains": [[], [None], None],
        "industry": ["", None],
    }.items(),
)
def test_what_no_rule_can_count_on_counts_as_missing(name, values, plain):
    kind = {"industry": pl.String, "pains": pl.List(pl.String)}.get(name)
    for value in values:
        column = pl.Series(name, [value], kind) if kind else pl.Series(name, [value])
        table = pl.DataFrame({"id": ["1"], **dict.fromkeys(plain.columns[1:], None)}).with_columns(column)
        assert plain.frame(table).equals(plain.frame(table.with_columns(pl.lit(None).alias(name))))


def test_years_beyond_ours_do_not_fail_the_batch(plain):
    """To tell them as text, Polars would panic."""
    days = pl.Series("project_start", [2**30, -(2**30), 0], pl.Int32).cast(pl.Date)
    moments = pl.Series("created_at", [2**62, -(2**62), 0]).cast(pl.Datetime("ms", "UTC"))
    nothing = dict.fromkeys(plain.columns[1:], None)
    found = plain.frame(pl.DataFrame({"id": ["1", "2", "3"], **nothing}).with_columns(days, moments))
    assert found["error"].null_count() == 3
    assert found["bant_evidence"].str.contains("project_start").to_list() == [False, False, True]


def test_columns_that_are_not_as_needed_are_told_all_at_once(plain, mapped):
    leads = pa.table({"id": [1.5], "employees": ["many"], "pains": [[1]], "opted_out": [1], "created_at": [True]})
    with pytest.raises(ConfigError) as found:
        plain(leads)
    assert [str(problem) for problem in found.value.problems] == [
        "column id: holds Float64, where text or an integer is needed. Cast it before."
    ]
    with pytest.raises(ConfigError) as found:
        plain(leads.drop(["id"]).append_column("id", pa.array(["1"])))
    assert {problem.place.split()[1] for problem in found.value.problems} == set(plain.columns) - {"id"}
    assert "column employees: holds String, where integer is needed." in str(found.value)
    assert "column industry: is missing; the playbook looks at it as text. Add it;" in str(found.value)
    with pytest.raises(ConfigError, match="column Size: is missing; the mapping reads it"):
        mapped(pa.table({"id": ["1"]}))
    with pytest.raises(ConfigError, match="column id: is missing"):
        mapped(pa.table({"Size": ["1"]}))
    with pytest.raises(ConfigError, match="column Size: holds values of several types"):
        mapped.dicts([{"id": "1", "Size": "1"}, {"id": "2", "Size": {"n": 1}}])


def test_what_a_batch_is_made_of_is_checked(now):
    with pytest.raises(ConfigError, match=r"there is no output 'reason'\. Did you mean 'reasons'"):
        Batch(PLAYBOOK, None, now, ["reason"])
    with pytest.raises(ConfigError, match="without a time zone"):
        Batch(PLAYBOOK, None, now.replace(tzinfo=None))
    with pytest.raises(ConfigError, match="playbook:"):
        Batch("name = 1", None, now).columns  # noqa: B018 - the texts are read when they are first needed


def test_values_that_did_not_fit_are_named(mapped):
    rows = [{"id": "1", "Size": "many", "Start": "soon"}, {"id": "2", "Size": "5"}]
    assert [lead["misfits"] for lead in mapped.dicts(rows)] == ["employees, project_start", None]


# -- leads on which Polars fails ---------------------------------------------------------------------------------------


def told(leads):
    """Panics on moments beyond all calendars."""
    return leads.select("id", pl.col("at").dt.to_string("%Y"))


def moments(values):
    return pl.DataFrame({"id": map(str, range(len(values))), "at": values}).cast({"at": pl.Datetime("ms", "UTC")})


def test_a_lead_that_makes_polars_panic_is_set_apart():
    leads = moments([0, 2**62, 0, 0, 2**62])
    with pytest.raises(pl.exceptions.PanicException):
        told(leads)
    found = Salvage(told, leads).verdicts()
    assert found["id"].to_list() == ["0", "1", "2", "3", "4"]
    assert found["at"].to_list() == ["1970", None, "1970", "1970", None]
    assert [error and error.split(":")[1] for error in found["error"]] == [None, " PanicException"] + [None] * 2 + [
        " PanicException"
    ]


def test_rules_that_polars_cannot_carry_out_are_no_fault_of_the_leads():
    with pytest.raises(LeadrelayError, match="more than 100 leads of one batch: PanicException"):
        Salvage(told, moments([2**62] * (MOST_FAILED + 1))).verdicts()
    with pytest.raises(LeadrelayError, match="cannot carry out these rules: ColumnNotFoundError"):
        Salvage(lambda leads: leads.select("nothing"), moments([0])).verdicts()
