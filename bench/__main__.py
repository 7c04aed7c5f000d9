"""`make bench`: every figure, one after the other. About ten minutes; HubSpot's own rate limit takes most of it."""

from __future__ import annotations

import argparse
import platform

from bench import calls, decide, engines, house, load, pull, snapshot


def main(rounds: int) -> None:
    """Measure and print everything."""
    print(f"Python {platform.python_version()} on {platform.machine()}; medians where there are rounds\n")
    calls.main(10_000)
    print()
    pull.main(100_000, rounds)
    print()
    pull.main(20_000, 1)
    print()
    for typed in (False, True):
        decide.main(1_000_000, 0.05, typed=typed)
        print()
    snapshot.main(1_000_000, 7)
    print()
    engines.main(2_000, 3)
    print()
    load.main(200, 7)
    print()
    house.main(100_000)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=1)
    main(parser.parse_args().rounds)
