"""The records of an object that changed last, for a look at what its fields hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from leadrelay.connectors import soql
from leadrelay.connectors.salesforce_query import Reader, Walk, fields_by_name, framed


def sample(reader: Reader, object_type: str, fields: Sequence[str], count: int) -> pl.DataFrame:
    """`id` and these fields as text. One call, and more where the fields do not fit into the address of one query."""
    newest = f"{soql.select(object_type, ['Id'], order='SystemModstamp DESC, Id')} LIMIT {count}"
    portions = list(_portions(fields, soql.uri_bytes(newest)))
    frame = _read(reader, Walk(object_type, portions[0], None), f"ORDER BY SystemModstamp DESC, Id LIMIT {count}")
    ids = frame["id"].to_list()
    for portion in portions[1:]:
        walk = Walk(object_type, portion, None)
        more = [
            _read(reader, walk, f"WHERE {soql.one_of(some)}") for some in soql.parts(ids, walk.query(ordered=False))
        ]
        frame = frame.join(pl.concat(more), on="id", how="left", maintain_order="left") if more else frame
    missing = [pl.lit(None, pl.String).alias(name) for name in fields if name not in frame.columns]
    return frame.with_columns(missing).select("id", *dict.fromkeys(fields))


def _read(reader: Reader, walk: Walk, rest: str) -> pl.DataFrame:
    with fields_by_name(walk.fields):
        rows = list(reader.rows(f"{walk.query(ordered=False)} {rest}"))
        return framed(rows, walk, reader.spelling(walk, rows)).drop("modified")


def _portions(fields: Sequence[str], taken: int) -> Iterator[list[str]]:
    """At least one, of which half the address is left for ids."""
    some: list[str] = []
    room = soql.LONGEST_URI // 2 - taken
    for field in dict.fromkeys(fields):
        if some and sum(soql.uri_bytes(f"{name}, ") for name in [*some, field]) > room:
            yield some
            some = []
        some.append(field)
    yield some
