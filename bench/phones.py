"""Does the quick way to telephone numbers say what the library says? python -m bench.phones [numbers] [seed].

Hunts for a number about which they differ: example numbers of every region and type, changed in a digit or in their
length, and random ones, as people write them; then measures both ways on the sample population's spellings.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from time import perf_counter

import phonenumbers
import polars as pl

from leadrelay.core.clean.phone import number, numbers

COUNTRIES = sorted(phonenumbers.SUPPORTED_REGIONS)
CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
MARKS = ("", "", "", " ", " ", "-", ".", "/", ") ", " (", "  ", "\u00a0", "x", "~", "*", ",")
TAILS = ("",) * 12 + (
    " x12",
    "x123",
    " ext. 7",
    " EXT 99",
    " x12345678",
    "#",
    " -",
    ".",
    ";ext=3",
    " ext",
    "x",
    " x ",
    "/x5",
)


def examples() -> list[tuple[str, int | None, str]]:
    """Region, calling code and national number of every example that the library has."""
    kinds = phonenumbers.PhoneNumberType.values()
    of_countries = [(each, phonenumbers.example_number_for_type(each, kind)) for each in COUNTRIES for kind in kinds]
    of_the_world = [("001", phonenumbers.example_number_for_non_geo_entity(code)) for code in CODES]
    plain = phonenumbers.national_significant_number
    return [(each, one.country_code, plain(one)) for each, one in [*of_countries, *of_the_world] if one]


def hunted(draw: random.Random) -> Iterator[tuple[str, str | None]]:
    """Numbers as people write them, with the country that the lead is from."""
    known = examples()
    while True:
        region, code, national = draw.choice(known)
        national = _changed(draw, national)
        country = draw.choice((region, region, region, region, draw.choice(COUNTRIES), None, "ZZ"))
        yield _written(draw, code, national), None if country == "001" else country


def _changed(draw: random.Random, national: str) -> str:
    chance = draw.random()
    if chance < 0.35:
        return national
    if chance < 0.75:
        place = draw.randrange(len(national))
        return national[:place] + draw.choice("0123456789") + national[place + 1 :]
    if chance < 0.9:
        return national[: draw.randint(1, len(national))] + "".join(draw.choices("0123456789", k=draw.randint(0, 4)))
    return "".join(draw.choices("0123456789", k=draw.randint(1, 18)))


def _written(draw: random.Random, code: int | None, national: str) -> str:
    prefix = draw.choice(
        (
            "",
            "",
            "0",
            "1",
            "8",
            "06",
            "0",
            "+{c}",
            "+{c} ",
            "+{c}(0)",
            "00{c}",
            "011{c}",
            "{c}",
            "{c}0",
            "+",
            "++{c}",
            "(+{c}) ",
            "00",
            "0011{c}",
            "810{c}",
            "+0{c}",
            "90",
            "015",
            "(",
        )
    ).format(c=code)
    body = national
    for _ in range(draw.choice((0, 0, 1, 2, 3))):
        place = draw.randint(0, len(body))
        body = body[:place] + draw.choice(MARKS) + body[place:]
    return draw.choice(("", "", "", " ", "Tel. ")) + prefix + body + draw.choice(TAILS)


def differences(
    rows: list[tuple[str, str | None]], worth: int = 1
) -> list[tuple[str, str | None, str | None, str | None]]:
    """Rows about which the two ways differ: text, country, what the quick one says, what the library says."""
    frame = pl.DataFrame(rows, schema={"text": pl.String, "country": pl.String}, orient="row")
    quick = numbers(frame["text"], frame["country"], worth).to_list()
    slow = [number(text, country) or None for text, country in rows]
    return [(*row, one, other) for row, one, other in zip(rows, quick, slow, strict=True) if one != other]


def hunt(count: int, seed: int) -> int:
    """How many numbers were looked at; stops at a difference."""
    source = hunted(random.Random(seed))
    done = 0
    while done < count:
        rows = [next(source) for _ in range(min(100_000, count - done))]
        if wrong := differences(rows):
            print(f"{len(wrong)} differ of {len(rows)}, such as {wrong[:20]}")
            raise SystemExit(1)
        done += len(rows)
        print(f"{done:,} numbers, no difference", flush=True)
    return done


def measured(count: int, seed: int = 1) -> None:
    """Hunt, and tell how long that took."""
    started = perf_counter()
    done = hunt(count, seed)
    print(f"{done:,} numbers hunted in {perf_counter() - started:,.0f} s: the quick way says what the library says")


if __name__ == "__main__":
    measured(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
