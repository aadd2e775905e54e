"""Whether the simulated market is honest: ceilings in order, trials with a known right answer, truth against trials.

python -m benchmarks.market_play [--seeds 5] [--weeks 52] [--customers 3000]
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np

from passend.market.league import Estimate, estimate

COMMAND = "python -m benchmarks.market_play"
TRADES = ("bicycle-shop", "electronics", "insurer", "gym", "b2b-parts", "odd")
RIVALS = ("random", "blanket", "lift-rules", "response", "one-column", "uniform", "passend")


def rows(seeds: int = 5, weeks: int = 52, customers: int = 3000) -> list[dict[str, Any]]:
    """The bars of all scenarios; hours on a small machine."""
    found = []
    for name in (*TRADES, "alike", "harmful"):
        found += _scenario(name, seeds, weeks, customers)
    return found


def _scenario(name: str, seeds: int, weeks: int, customers: int) -> list[dict[str, Any]]:
    from passend.market.league import league
    from passend.market.play import play
    from passend.market.scenario import load_scenario

    scenario = load_scenario(name).changed({"customers.number": customers})
    outcomes = play(scenario, (*RIVALS, "observables", "clairvoyant"), weeks, range(1, seeds + 1))
    gain = {
        policy: np.array([one.incremental for one in outcomes if one.policy == policy]) / 100
        for policy in (*RIVALS, "observables", "clairvoyant")
    }
    work = f"{name}: {customers:,} customers, {weeks} weeks, {seeds} markets"
    made = []
    for one in league(outcomes):
        added = one.incremental
        made.append(_row(work, f"added profit, {one.policy}", added.mean / 100, _euros(added)))
    if name == "harmful":
        best = max(gain, key=lambda policy: float(gain[policy].mean()))
        won = estimate(gain[best])
        judged = ("not above 0", (won.low or won.mean) <= 0)
        return [*made, _row(work, "most that anybody wins", won.mean, (won.low, won.high), judged)]
    ceiling = "uniform" if name == "alike" else "clairvoyant"
    for policy, values in gain.items():
        if policy == ceiling:
            continue
        lead = estimate(values - gain[ceiling])
        judged = (f"not above the {ceiling}'s beyond noise", (lead.low or lead.mean) <= 0)
        made.append(_row(work, f"{policy} less {ceiling}", lead.mean, (lead.low, lead.high), judged))
    return made


def _euros(value: Estimate) -> tuple[float | None, float | None]:
    if value.low is None or value.high is None:
        return None, None
    return value.low / 100, value.high / 100


def _row(
    work: str,
    measure: str,
    value: float,
    ends: tuple[float | None, float | None],
    judged: tuple[str | None, bool | None] = (None, None),
) -> dict[str, Any]:
    return {
        "work": work,
        "measure": measure,
        "value": value,
        "low": ends[0],
        "high": ends[1],
        "baseline": "EUR",
        "bar": judged[0],
        "met": judged[1],
        "command": COMMAND,
    }


def main(arguments: list[str]) -> int:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--customers", type=int, default=3000)
    options = parser.parse_args(arguments)
    for row in rows(options.seeds, options.weeks, options.customers):
        print(
            row["work"], "|", row["measure"], "|", round(row["value"]), "|", row["bar"] or "", "|", row["met"]
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
