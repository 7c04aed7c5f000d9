"""How large a company is, as a band: of its people, and of its yearly revenue."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from leadrelay.core.lookup import PLACE, gather

EMPLOYEES = ((1, "1"), (2, "2-10"), (11, "11-50"), (51, "51-200"), (201, "201-500"), (501, "501-1000"),
             (1_001, "1001-5000"), (5_001, "5001-10000"), (10_001, "10001+"))  # fmt: skip
"""The least number of people of each band, and its name: the bands of LinkedIn, which most providers tell too."""

_M = 1_000_000
REVENUE = ((0, "under 1M"), (_M, "1M-10M"), (10 * _M, "10M-50M"), (50 * _M, "50M-100M"), (100 * _M, "100M-250M"),
           (250 * _M, "250M-500M"), (500 * _M, "500M-1B"), (1_000 * _M, "1B-10B"), (10_000 * _M, "10B+"))  # fmt: skip
"""The least revenue of each band, in the CRM's currency, and its name."""


def employee_band(employees: pl.Expr) -> pl.Expr:
    """The band of a number of people; none of 0 and less, which say that nobody knows.

    >>> pl.DataFrame({"a": [1, 10, 11, 5000, 250_000, 0, None]}).select(b=employee_band(pl.col("a")))["b"].to_list()
    ['1', '2-10', '11-50', '1001-5000', '10001+', None, None]
    """
    return _band(employees, EMPLOYEES)


def revenue_band(revenue: pl.Expr) -> pl.Expr:
    """The band of a yearly revenue; none of 0 and less.

    >>> leads = pl.DataFrame({"a": [5e5, 1e6, 9_999_999.0, 5e8, 2e10, 0.0, -3.0]})
    >>> leads.select(b=revenue_band(pl.col("a")))["b"].to_list()
    ['under 1M', '1M-10M', '1M-10M', '500M-1B', '10B+', None, None]
    """
    return _band(revenue, REVENUE)


def _band(number: pl.Expr, bands: Sequence[tuple[int, str]]) -> pl.Expr:
    place = pl.sum_horizontal((number >= least).cast(PLACE) for least, _ in bands[1:])
    return pl.when(number > 0).then(gather([name for _, name in bands], place, pl.String()))
