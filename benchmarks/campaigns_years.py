"""Ten years of a firm: campaigns run, are paused and edited, clocks change, people buy and object.

No message may leave outside consent, caps, quiet hours, hold-out, budget and expiry. The quick form of the same game is
a test of the suite.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.kept import kept
from benchmarks.row import Row, at_least, at_most
from tests.flow.campaigns.years import played

YEARS, TURNS, SEEDS = 10, 120, range(1, 4)


def one_seed(seed: int) -> dict[str, float]:
    """Play on until ten years are over, game after game; what was broken, and how many messages left."""
    years, sent, games, broken = 0.0, 0, 0, 0
    while years < YEARS and not broken:
        games += 1
        with tempfile.TemporaryDirectory() as folder:
            try:
                passed, messages = played(Path(folder), 1000 * seed + games, TURNS)
            except AssertionError:
                broken += 1
            else:
                years, sent = years + passed, sent + messages
    return {"years": years, "sent": sent, "broken": broken}


def rows() -> Iterator[Row]:
    """Promises broken over the years."""
    told = [kept(one_seed, seed) for seed in SEEDS]
    years, sent = sum(one["years"] for one in told), sum(one["sent"] for one in told)
    broken = sum(one["broken"] for one in told)
    work = f"seeds {SEEDS.start}-{SEEDS.stop - 1}, at least {YEARS} years each"
    yield Row(work, "years played", years, at_least(YEARS * len(told), years), f"{sent:,.0f} messages left")
    yield Row(work, "games in which a promise was broken", broken, at_most(0, broken))
