"""Replay against the truth of a made-up world: how often its 95 % intervals hold what the other policy earns.

python -m benchmarks.decisions_replay [--trials 200]

A customer's taste decides what each of five offers earns; most offers earn nothing, some much (log-normal). The log
comes from a policy that follows the taste the wrong way with some chance of everything; judged is one that takes the
best offer in nine of ten cases.
"""

import argparse
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.row import REPORTED, Row, at_least
from benchmarks.showing import show
from passend.decisions.replay import Replay, replay

OFFERS = 5
LEAST_COVERED = 0.93
COMMAND = "python -m benchmarks.decisions_replay --trials {}"


def _means(taste: Any) -> Any:
    """Expected earnings of each offer (rows: customers)."""
    wish = 0.5 * np.exp(0.3 * taste[:, None] * (np.arange(OFFERS) - 1))
    return np.exp(3 + 0.5) * wish / (1 + wish)


def _truth() -> float:
    taste = np.random.default_rng(2026).normal(size=400_000)
    means = _means(taste)
    return float((0.1 * means.mean(axis=1) + 0.9 * means.max(axis=1)).mean())


TRUTH = _truth()


def logged_world(
    seed: int, decisions: int = 3000, *, with_model: bool = False
) -> tuple[dict[str, Any], float]:
    """A log with the chances of both policies, and what the other one truly earns a decision."""
    random = np.random.default_rng([7, seed])
    taste = random.normal(size=decisions)
    lean = np.exp(0.5 * taste[:, None] * (np.arange(OFFERS) - 2))
    logged = 0.8 * lean / lean.sum(axis=1, keepdims=True) + 0.2 / OFFERS
    rows = np.arange(decisions)
    offer = np.minimum((random.random(decisions)[:, None] > logged.cumsum(axis=1)).sum(axis=1), OFFERS - 1)
    means = _means(taste)
    bought = random.random(decisions) < means[rows, offer] / np.exp(3.5)
    reward = np.where(bought, random.lognormal(3, 1, decisions), 0.0)
    new = np.full((decisions, OFFERS), 0.1 / OFFERS)
    new[rows, means.argmax(axis=1)] += 0.9
    log = {"probability": logged[rows, offer], "reward": reward, "new_probability": new[rows, offer]}
    if with_model:
        log |= {"model_logged": means[rows, offer], "model_new": (new * means).sum(axis=1)}
    return log, TRUTH


def rows(trials: int = 200) -> Iterator[Row]:
    """How often the interval of each estimator holds the truth."""
    hits: dict[str, int] = {"doubly robust": 0, "SNIPS": 0, "IPS": 0}
    effective, widths = [], []
    for seed in range(trials):
        log, truth = logged_world(1000 + seed)
        found = replay(log)
        if not isinstance(found, Replay):
            raise SystemExit(f"the log of trial {seed} was refused: {found.because}")
        effective.append(found.effective)
        widths.append((found.best.high - found.best.low) / truth)
        for name in hits:
            hits[name] += int(found.estimates[name].low <= truth <= found.estimates[name].high)
    work = f"logged decisions of a made-up world, {trials} trials of 3,000"
    told = f"worth {np.mean(effective):.0f} decisions each; the interval is {np.mean(widths):.0%} wide"
    for name, count in hits.items():
        share = count / trials
        bar = at_least(LEAST_COVERED, share) if name == "doubly robust" else REPORTED
        measure = f"95 % intervals that hold the truth, {name}"
        yield Row(work, measure, share, bar, told, command=COMMAND.format(trials))


def main() -> int:
    """Print the rows alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=200)
    return show(rows(parser.parse_args().trials))


if __name__ == "__main__":
    sys.exit(main())
