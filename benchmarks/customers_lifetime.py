"""Lifetime value on CDNOW: published parameters, a forecast beside simple ones, and speed up to a million customers.

python -m benchmarks.customers_lifetime [--json]

The data is read from the folder that PASSEND_DATA names. Speed is measured on all 23,570 customers, and on a million
made by drawing them again, each with amounts and first days moved a little.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks import cdnow
from benchmarks.data import DATA
from benchmarks.kept import kept
from benchmarks.row import Bar, Row, at_most, not_measured
from benchmarks.showing import show
from passend import Lifetime
from passend.customers.lifetime.bgnbd import fit_bgnbd
from passend.customers.lifetime.histories import patterns, read_histories
from passend.customers.lifetime.pareto import fit_pareto
from passend.customers.lifetime.spend import fit_spend

COMMAND = "python -m benchmarks.customers_lifetime"
#: Fader, Hardie and Lee (2005), table 2; Fader and Hardie (2013), section 4. With the digits they print.
PUBLISHED: dict[str, tuple[dict[str, float], int, float, int]] = {
    "BG/NBD": ({"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}, 3, -9582.4, 1),
    "Pareto/NBD": ({"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}, 3, -9594.976, 3),
    "Gamma-Gamma": ({"p": 6.25, "q": 3.74, "v": 15.44}, 2, -4055.92, 2),
}


def published() -> list[Row]:
    """Parameters and log-likelihood of each model against what is printed."""
    sample = read_histories(cdnow.sample_orders(), cdnow.CALIBRATION_ENDS)
    found = patterns(sample)
    spend = fit_spend(sample.repeats, sample.spend)
    out: list[Row] = []
    for model in (fit_bgnbd(found), fit_pareto(found), spend):
        if model is None:
            continue
        name = getattr(model, "name", "Gamma-Gamma")
        printed, digits, likelihood, places = PUBLISHED[name]
        off = max(abs(round(value, digits) - printed[key]) for key, value in model.parameters.items())
        off = max(off, abs(round(model.log_likelihood, places) - likelihood))
        said = ", ".join(f"{key} {value:.{digits}f}" for key, value in model.parameters.items())
        out.append(
            _row(
                f"CDNOW sample, {name}",
                f"{said}, LL {model.log_likelihood:.3f}; greatest difference in printed digits",
                off,
                ", ".join(f"{key} {value}" for key, value in printed.items()) + f", LL {likelihood}",
                Bar("0", off <= 1e-9),
            )
        )
    return out


def forecast() -> list[Row]:
    """Hold-out of the sample's last 39 weeks beside 'nobody buys' and 'as before'; no bar, for the record."""
    orders = cdnow.sample_orders()
    model = Lifetime().fit(orders, until=cdnow.CALIBRATION_ENDS)
    after = read_histories(orders)
    before = model.histories_
    days = (after.end - before.end).days
    seen = after.repeats - before.repeats
    expected = np.asarray(model.predict(days)["expected_orders"])
    pace = before.repeats / np.maximum(before.watched, 1) * days / 7
    off = {name: float(np.abs(one - seen).mean()) for name, one in
           (("nobody buys", np.zeros(len(seen))), ("as before", pace))}  # fmt: skip
    total = float(expected.sum() / seen.sum() - 1)
    likeness = float(np.corrcoef(expected, seen)[0, 1])
    return [
        _row(
            f"CDNOW sample, next {days} days",
            f"mean absolute error; total {total:+.1%}, correlation {likeness:.3f}",
            float(np.abs(expected - seen).mean()),
            ", ".join(f"{name} {value:.3f}" for name, value in off.items()),
            Bar("none: the error rewards 'nobody buys'", None),
        )
    ]


def speed() -> list[Row]:
    """Seconds to fit and score."""
    every = cdnow.orders()
    out = [_timed("all 23,570 customers", every, 2.0)]
    out.append(_timed("a million customers", many(every, 1_000_000), 20.0))
    return out


def many(orders: pa.Table, customers: int, seed: int = 1) -> pa.Table:
    """A million customers: drawn from those there are, moved by up to 60 days, amounts by up to a tenth."""
    random = np.random.default_rng(seed)
    ids = orders["customer_id"].to_numpy()
    first = np.flatnonzero(np.r_[True, ids[1:] != ids[:-1]])
    size = np.diff(np.r_[first, len(ids)])
    drawn = random.integers(0, len(first), customers)
    lines = np.repeat(first[drawn], size[drawn]) + (
        np.arange(size[drawn].sum()) - np.repeat(np.cumsum(size[drawn]) - size[drawn], size[drawn])
    )
    moved = np.repeat(random.integers(0, 61, customers), size[drawn]).astype("timedelta64[D]")
    when = orders["ordered_at"].cast(pa.timestamp("s")).to_numpy().astype("datetime64[D]")[lines] + moved
    amount = np.rint(orders["revenue_cents"].to_numpy()[lines] * random.uniform(0.9, 1.1, len(lines)))
    return pa.table({"customer_id": np.repeat(np.arange(customers), size[drawn]), "ordered_at": when,
                     "revenue_cents": amount})  # fmt: skip


def _timed(work: str, orders: pa.Table, bar: float) -> Row:
    until = pc.max(orders["ordered_at"].cast(pa.timestamp("us"))).as_py() - timedelta(days=180)
    started, busy = time.perf_counter(), time.process_time()
    scored = Lifetime().fit(orders, until=until).predict(365)
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    return _row(
        f"CDNOW, {work} ({orders.num_rows:,} purchases, {scored.num_rows:,} scored)",
        f"both models fitted, checked on a hold-out, and scored ({busy:.1f} s of processor): seconds",
        seconds,
        "",
        at_most(bar, seconds),
    )


def _row(work: str, measure: str, value: float, baseline: str, bar: Bar) -> Row:
    return Row(work, measure, value, bar, baseline, command=COMMAND)


def rows() -> Iterator[Row]:
    """Every bar of lifetime value."""
    if not (DATA / "cdnow").is_dir():
        yield not_measured("CDNOW", f"there is no folder cdnow in {DATA}", COMMAND)
        return
    for part in (published, forecast, speed):
        yield from kept(part)


def main(arguments: list[str] | None = None) -> int:
    """Print the bars; exit code 1 when one is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    return show(rows(), as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())
