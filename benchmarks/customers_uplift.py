"""Uplift on Hillstrom's e-mails, 20 random halves: policy value and Qini beside plain learners and simple rules.

python -m benchmarks.customers_uplift [--json] [--only visit|conversion|spend] [--halves 20]

One half learns, the other judges. The data is read from the folder that PASSEND_DATA names. Halves overlap, so the mean
over 20 of them is about as sure as the whole file: intervals are 1.96 standard deviations over the halves / sqrt(2).
"""

import argparse
import sys
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from benchmarks.data import DATA
from benchmarks.kept import kept
from benchmarks.row import Bar, Row, not_measured
from benchmarks.showing import show
from benchmarks.uplift_peers import Half, econml, plain_learners
from passend import Uplift
from passend.customers.uplift.bases import linear
from passend.customers.uplift_metrics import qini

OUTCOMES = ("visit", "conversion", "spend")
MAILS = ("Mens E-Mail", "Womens E-Mail")
#: Visits in the convention of causalml, for comparison with what is published; the rest per customer, because a curve
#: scaled by a small total effect says nothing.
CONVENTION = {"visit": "causalml", "conversion": "per customer", "spend": "per customer"}
OURS, RULE, UNIFORM, RANDOM = "passend", "rule: bought women's", "best uniform", "random"
ECONML = "econml LinearDR"
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def contacts() -> pa.Table:
    """The 64,000 customers with their arm as a number: 0 none, 1 men's mail, 2 women's mail."""
    table = pacsv.read_csv(DATA / "hillstrom" / "hillstrom.csv")
    arm = pc.index_in(table["segment"], pa.array(["No E-Mail", *MAILS]))
    return table.append_column("arm", arm)


def one_half(outcome: str, seed: int) -> dict[str, dict[str, float]]:
    """Measures by method for one split: value of its policy, and Qini of each mail."""
    table = contacts()
    learns = np.random.default_rng(seed).permutation(table.num_rows) < table.num_rows // 2
    a, b = table.filter(pa.array(learns)), table.filter(pa.array(~learns))
    model = Uplift(ignore=[*OUTCOMES, "arm"], seed=seed).fit(a, "segment", outcome)
    x = model._encoder.encode(table)  # noqa: SLF001  # the same features for everybody
    arm, y = table["arm"].to_numpy().astype(np.int64), table[outcome].to_numpy().astype(np.float64)
    half = Half(x[learns], arm[learns], y[learns])
    effects = plain_learners(half, x[~learns])
    peer = econml(half, x[~learns])
    if peer is not None:
        effects[ECONML] = peer
    policies = {name: _argmax(found) for name, found in effects.items()}
    policies["response model"] = effects["response model"].argmax(axis=1) + 1
    names = model.arms_.names
    effects[OURS] = np.asarray(model.predict(b)["effect"]).reshape(-1, 2)
    policies[OURS] = pc.index_in(model.choose(b)["treatment"], pa.array(names)).to_numpy().astype(np.int64)
    womens = b["womens"].to_numpy()
    effects[RULE], policies[RULE] = np.column_stack([1 - womens, womens]), np.where(womens > 0, 2, 1)
    lot = np.random.default_rng(seed + 1000)
    effects[RANDOM], policies[RANDOM] = lot.normal(size=(len(womens), 2)), lot.integers(0, 3, len(womens))
    best = int(np.argmax([half.y[half.arm == one].mean() for one in range(3)]))
    policies[UNIFORM] = np.full(len(womens), best)
    scores = _scores(Half(x[~learns], arm[~learns], y[~learns]))
    rows = np.arange(len(womens))
    found: dict[str, dict[str, float]] = {
        name: {"value": float(scores[rows, chosen].mean())} for name, chosen in policies.items()
    }
    gain = scores[rows, policies[OURS]] - scores[rows, policies[UNIFORM]]
    found[OURS]["gain"] = float(gain.mean())
    found[OURS]["gain_error"] = float(gain.std(ddof=1) / np.sqrt(len(gain)))
    found[OURS]["opened"] = float(getattr(model.result_, "opened", False))
    for place, mail in enumerate(MAILS):
        pair = (arm[~learns] == 0) | (arm[~learns] == place + 1)
        got = (arm[~learns][pair] > 0).astype(int)
        for name, score in effects.items():
            found[name][mail] = qini(
                y[~learns][pair], score[pair, place], got, convention=CONVENTION[outcome]
            )
    return found


def rows(only: tuple[str, ...] = (), halves: int = 20) -> Iterator[Row]:
    """Every bar of the effect of offers."""
    if not (DATA / "hillstrom").is_dir():
        yield not_measured("Hillstrom", f"there is no folder hillstrom in {DATA}")
        return
    for outcome in OUTCOMES:
        if only and outcome not in only:
            continue
        found = [kept(one_half, outcome, seed) for seed in range(halves)]
        _tell(outcome, found)
        yield from _rows_of(outcome, found)


def _argmax(effects: Floats) -> Ints:
    return np.asarray(np.column_stack([np.zeros(len(effects)), effects]).argmax(axis=1), np.int64)


def _scores(b: Half) -> Floats:
    """AIPW scores on the judging half: known chances of a third, outcomes adjusted by cross-fitted lines."""
    usual = np.zeros((len(b.y), 3))
    fold = np.arange(len(b.y)) % 2
    for one in (0, 1):
        for arm in range(3):
            known = (fold != one) & (b.arm == arm)
            usual[fold == one, arm] = linear(b.x[known], b.y[known])(b.x[fold == one])
    places = np.arange(len(b.y))
    usual[places, b.arm] += (b.y - usual[places, b.arm]) * 3
    return usual


def _named(values: dict[str, float]) -> str:
    """The peers, the best first."""
    said = [f"{name} {values[name]:.4g}" for name in sorted(values, key=lambda one: -values[one])]
    return ", ".join(said if ECONML in values else [*said, "econml: peer not installed"])


def _series(found: list[dict[str, dict[str, float]]], name: str, measure: str) -> Floats:
    return np.array([one[name][measure] for one in found])


def _spread(values: Floats) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else float("nan")


def _interval(values: Floats) -> tuple[float, float, float]:
    # One half has no spread: nothing can be judged.
    wide = 1.96 * float(values.std(ddof=1)) / np.sqrt(2) if len(values) > 1 else float("nan")
    return float(values.mean()), float(values.mean() - wide), float(values.mean() + wide)


def _rows_of(outcome: str, found: list[dict[str, dict[str, float]]]) -> Iterator[Row]:
    command = f"python -m benchmarks.customers_uplift --only {outcome}"
    gain, error = _series(found, OURS, "gain"), _series(found, OURS, "gain_error")
    below = int((gain < -1.645 * error).sum())
    mean, low, high = _interval(gain)
    values = {name: float(_series(found, name, "value").mean()) for name in found[0]}
    opened = int(_series(found, OURS, "opened").sum())
    bar = "not below 0 beyond noise (interval; at most 1 half in 20 below by 1.645 errors)"
    yield Row(
        f"Hillstrom {outcome}, {len(found)} halves",
        f"AIPW value {values[OURS]:.4g}, over best uniform (gate open in {opened})",
        mean,
        Bar(bar, None if np.isnan(high) else bool(high >= 0 and below <= max(1, len(found) // 20))),
        _named(values),
        low,
        high,
        command,
    )
    for mail in MAILS:
        peers = {
            name: float(_series(found, name, mail).mean()) for name in found[0] if mail in found[0][name]
        }
        ours = peers.pop(OURS)
        best = max(peers, key=lambda one: peers[one])
        mean, low, high = _interval(_series(found, OURS, mail) - _series(found, best, mail))
        yield Row(
            f"Hillstrom {outcome}, {mail}",
            f"Qini {ours:.4g} ({CONVENTION[outcome]}), less the best peer's",
            mean,
            Bar("within noise of the best", None if np.isnan(high) else bool(high >= 0)),
            _named(peers),
            low,
            high,
            command,
        )


def _tell(outcome: str, found: list[dict[str, dict[str, float]]]) -> None:
    print(f"\nHillstrom {outcome}: mean over {len(found)} halves (standard deviation)", file=sys.stderr)
    for name in sorted(found[0], key=lambda one: -float(_series(found, one, "value").mean())):
        cells = [
            f"{measure} {_series(found, name, measure).mean():.4g} ({_spread(_series(found, name, measure)):.2g})"
            for measure in ("value", *MAILS)
            if measure in found[0][name]
        ]
        print(f"  {name:22} {'  '.join(cells)}", file=sys.stderr)
    if ECONML not in found[0]:
        print("  econml: peer not installed", file=sys.stderr)


def main(arguments: list[str] | None = None) -> int:
    """Print the bars; exit code 1 when one is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", action="append", choices=OUTCOMES, default=[])
    parser.add_argument("--halves", type=int, default=20)
    given = parser.parse_args(arguments)
    return show(rows(tuple(given.only), given.halves), as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())
