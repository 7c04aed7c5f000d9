"""`learn` on real leads, beside a naive Bayes that sees the same fields: areas under the ROC curve, five folds each.

`python -m bench.learn`; the leads are not part of the project (`../shared/data/x_education_leads.csv`).
"""

from __future__ import annotations

import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.naive_bayes import CategoricalNB

from leadrelay.core.lead import Type
from leadrelay.core.learn import FOLDS, Lesson, learn
from leadrelay.core.playbook.loading import Playbook, load
from leadrelay.mappings.mapping import Mapping, Reader
from leadrelay.mappings.mapping import load as load_mapping

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data" / "x_education_leads.csv"
RULES = ROOT / "tests" / "real"
NOW = datetime(2026, 6, 1, tzinfo=UTC)
TARGET = 0.885
BINS = 8
"""Values that a number is cut into for the naive Bayes, which counts categories."""


def main() -> dict[str, Any]:
    """Measure and print."""
    if not DATA.exists():
        sys.exit(f"the leads are not at {DATA}")
    playbook = load((RULES / "x_education_playbook.toml").read_text(), "playbook")
    mapping = load_mapping((RULES / "x_education_mapping_salesforce.toml").read_text(), "mapping", playbook)
    raw = pl.read_csv(DATA, infer_schema=False)
    leads, won = Reader(mapping, playbook).read(records(raw, mapping)), raw["Converted"] == "1"
    began = time.perf_counter()
    lesson = learn(leads, won, playbook, NOW)
    seconds = time.perf_counter() - began
    fields = sorted(known(playbook, mapping))
    found = {
        "leads": lesson.leads,
        "seconds": seconds,
        "fields": fields,
        "learned": lesson.learned,
        "now": lesson.now,
        "unrounded": lesson.unrounded,
        "naive_bayes": naive_bayes(leads.select(fields), won, playbook),
    }
    _show(lesson, found)
    return found


def records(raw: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """The file's columns under the names that `leadrelay sandbox --load` gives them in Salesforce."""
    columns = {_api_name(column): column for column in raw.columns} | {
        "DoNotCall": "Do Not Call",
        "LeadSource": "Lead Source",
        "Country": "Country",
        "City": "City",
    }
    fed = [name for name in mapping.crm_fields() if name in columns]
    texts = [pl.col(columns[name]).alias(name) for name in fed]
    lacking = [pl.lit(None, pl.String).alias(name) for name in mapping.crm_fields() if name not in columns]
    return raw.select(pl.col("Prospect ID").alias("id"), pl.lit("").alias("modified"), *texts, *lacking)


def _api_name(column: str) -> str:
    return f"{column.replace(' ', '_')[:40].rstrip('_')}__c"


def known(playbook: Playbook, mapping: Mapping) -> frozenset[str]:
    """The lead fields that the rules look at and the file feeds: all known before anybody talked to the lead."""
    return playbook.fields_used & {read.lead for read in mapping.reads}


def naive_bayes(leads: pl.DataFrame, won: pl.Series, playbook: Playbook) -> tuple[float, ...]:
    """A categorical naive Bayes on the same fields; numbers are cut at their quantiles, what is missing is a value."""
    codes = leads.select(_coded(leads[name], playbook.schema[name].type) for name in leads.columns).to_numpy()
    least = codes.max(axis=0) + 1
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    areas = cross_val_score(CategoricalNB(min_categories=least), codes, won.to_numpy(), scoring="roc_auc", cv=folds)
    return tuple(map(float, areas))


def _coded(values: pl.Series, kind: Type) -> pl.Series:
    if kind in {Type.INTEGER, Type.NUMBER}:
        cuts = np.unique(np.quantile(values.drop_nulls().to_numpy(), np.linspace(0, 1, BINS + 1)[1:-1]))
        values = values.cut(cuts.tolist()).cast(pl.String)
    return values.cast(pl.String).fill_null("").rank("dense").cast(pl.Int64).alias(values.name)


def _show(lesson: Lesson, found: dict[str, Any]) -> None:
    print(
        f"learn: {found['leads']:,} leads, {lesson.won:,} won, {len(lesson.proposals)} rules, {found['seconds']:.1f} s"
    )
    for name, what in (
        ("learned", f"learned whole points within the caps    target {TARGET}"),
        ("unrounded", "the regression itself"),
        ("now", "the playbook's points by hand, which were chosen on the same leads"),
        ("naive_bayes", f"naive Bayes on the same {len(found['fields'])} fields"),
    ):
        each = found[name]
        print(f"  {statistics.mean(each):.4f} (each fold {min(each):.4f} to {max(each):.4f})  {what}")


if __name__ == "__main__":
    main()
