"""`make bench`: every figure, one after the other. Forty minutes, of which ten million leads take half."""

from __future__ import annotations

import argparse
import platform

from bench import (
    assign,
    calls,
    clean,
    decide,
    engines,
    house,
    http_lookups,
    journal,
    learn,
    load,
    lookup,
    people,
    phones,
    propose,
    pull,
    relevance,
    report,
    scale,
    snapshot,
)


def main(rounds: int) -> None:
    """Measure and print everything."""
    print(f"Python {platform.python_version()} on {platform.machine()}; medians where there are rounds\n")
    calls.main(10_000)
    print()
    pull.main(100_000, rounds)
    print()
    pull.main(20_000, 1)
    print()
    for typed, plain in ((False, False), (True, False), (True, True)):
        decide.main(1_000_000, 0.05, typed=typed, plain=plain)
        print()
    clean.main(1_000_000)
    phones.measured(50_000)
    print()
    snapshot.main(1_000_000, 7)
    print()
    engines.main(2_000, 3)
    print()
    load.main(200, 7)
    print()
    lookup.main()
    print()
    http_lookups.main(10_000)
    print()
    relevance.main(1_000)
    print()
    journal.main(100_000, 2_000)
    print()
    people.main(100_000)
    print()
    propose.main()
    print()
    assign.main()
    print()
    report.main(200_000, 5_000)
    print()
    house.main(100_000)
    print()
    scale.main(10_000_000, 1_000_000, 3)
    if learn.DATA.exists():
        print()
        learn.main()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=1)
    main(parser.parse_args().rounds)
