"""The customers' scores and costly kinds, judged by the truth of the simulated market.

python -m benchmarks.customers_market [--seeds 3] [--customers 2000] [--scenario gym] [--only chance|kinds]

The scores may see the firm's tables alone. What they are judged by is hidden from them: what customers then did,
and which kind a customer was drawn as.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score

from benchmarks.kept import kept
from benchmarks.row import REPORTED, Bar, Row, at_least, at_most, estimated
from benchmarks.showing import show
from passend.customers.lifetime.bgnbd import fit_bgnbd
from passend.customers.lifetime.histories import patterns, read_histories
from passend.engines import DuckDBEngine
from passend.flow.steps import run_steps, steps_of
from passend.market.league import estimate
from passend.market.people import KINDS, MAXIMISER, ORDINARY
from passend.market.world import Market
from passend.ports import Silence
from passend.settings import Settings
from passend.tables import contract
from passend.workspace import OPTIONAL

COMMAND = "python -m benchmarks.customers_market"
SCENARIOS = ("bicycle-shop", "electronics", "gym")
PARTS = ("chance", "kinds")
_YEAR, _DAYS = 364, 90
#: When a row of each table happened, to cut the past off.
_TIMES = {
    "orders": "ordered_at", "returns": "returned_at", "contacts": "happened_at", "events": "happened_at",
    "contracts": "started_at",
}  # fmt: skip
#: Enough to tell a habit by: orders, and months with an order.
_ORDERS, _MONTHS = 4, 2
Floats = NDArray[np.float64]
Tables = dict[str, pa.Table]


def rows(
    seeds: int = 3, customers: int = 2000, scenarios: Sequence[str] = SCENARIOS, only: Sequence[str] = PARTS
) -> Iterator[Row]:
    """Every bar, by scenario; the kinds also over all of them."""
    people: list[dict[str, Any]] = []
    work = f"simulated market, {seeds} markets of {customers:,}"
    for name in scenarios:
        markets = [kept(_one_market, name, seed, customers, tuple(only)) for seed in range(1, seeds + 1)]
        if "chance" in only:
            yield from _chance_rows(f"{work}: {name}", [one["chance"] for one in markets])
        people += [group for one in markets for group in one.get("kinds", ())]
    yield from _kind_rows(work, people)


def _one_market(name: str, seed: int, customers: int, only: tuple[str, ...]) -> dict[str, Any]:
    """By part what was found in one market."""
    market = Market(name, seed, {"customers.number": customers})
    found: dict[str, Any] = {}
    market.step(days=_YEAR)  # nobody is contacted
    tables = market.tables()
    engine = _scored(tables, market.today, kinds_only="chance" not in only)
    if "kinds" in only:
        recent = _since(tables, market.today - timedelta(days=_YEAR))
        last = _scored(recent, market.today, kinds_only=True)
        found["kinds"] = [
            _kinds(last, recent, market, "one year"),
            _kinds(engine, tables, market, "2.5 years"),
        ]
    if "chance" in only:
        found["chance"] = _chances(engine, tables, market)
    return found


# What the firm's tables say ------------------------------------------------------------------------------------------


def _scored(tables: Tables, today: datetime, *, kinds_only: bool) -> DuckDBEngine:
    engine = DuckDBEngine()
    for name in (*OPTIONAL, "orders", "returns", "products", "recommendations"):
        engine.load(name, tables[name] if name in tables else contract(name).empty())
    steps = [
        step
        for step in steps_of("customers")
        if step.table not in ("answer_rates", "customer_channels", "verdicts")
        and not (kinds_only and step.table == "scores")
    ]
    run_steps(engine, steps, Settings({"customers.as_of": today.isoformat(sep=" ")}), Silence())
    return engine


def _since(tables: Tables, first: datetime) -> Tables:
    return {
        name: table.filter(pc.greater_equal(table[_TIMES[name]], pa.scalar(first, pa.timestamp("us"))))
        if name in _TIMES
        else table
        for name, table in tables.items()
    }


def _places(names: pa.ChunkedArray) -> NDArray[np.int64]:
    """By customer the place in the market: K1000 is the first."""
    return np.array([int(name[1:]) - 1000 for name in names.to_pylist()], dtype=np.int64)


# The chance to order -------------------------------------------------------------------------------------------------


def _chances(engine: DuckDBEngine, tables: Tables, market: Market) -> dict[str, Floats]:
    """For one market: by customer who ever ordered what came (1 or 0), and the chance that each method gave."""
    today = market.today
    histories = read_histories(engine.fetch("order_days"), today)
    found = patterns(histories)
    none = fit_bgnbd(found).outlook(found, _DAYS / 7).none[found.place]
    names = engine.fetch("scores").sort_by("customer_id")
    scores = names.filter(pc.is_in(names["customer_id"], histories.customers.cast(pa.string())))
    orders = tables["orders"].filter(pc.is_valid(tables["orders"]["customer_id"]))
    who, at = _places(orders["customer_id"]), _days_before(orders["ordered_at"], today)
    customers = _places(scores["customer_id"])
    recent = at <= _DAYS
    known = np.unique(who[~recent])
    bought_then = np.isin(known, who[recent])
    recency_then = _recency(who[~recent], at[~recent] - _DAYS, known)
    recency_now = _recency(who, at, customers)
    later = market.twin()
    later.step(days=91)
    after = later.table("orders")
    inside = pc.and_(
        pc.greater_equal(after["ordered_at"], pa.scalar(today, pa.timestamp("us"))),
        pc.less(after["ordered_at"], pa.scalar(today + timedelta(days=_DAYS), pa.timestamp("us"))),
    )
    buyers = _places(after.filter(pc.and_(inside, pc.is_valid(after["customer_id"])))["customer_id"])
    return {
        "came": np.isin(customers, buyers).astype(float),
        "passend": np.asarray(scores["buy_probability"].to_numpy(), float),
        "overall rate": np.full(len(customers), bought_then.mean()),
        "recency rule": _by_recency(recency_then, bought_then, recency_now),
        "BG/NBD": 1 - none,
    }


def _days_before(times: pa.ChunkedArray, today: datetime) -> Floats:
    stamps = times.to_numpy().astype("datetime64[us]")
    return np.asarray((np.datetime64(today, "us") - stamps) / np.timedelta64(1, "D"), float)


def _recency(who: NDArray[np.int64], days: Floats, customers: NDArray[np.int64]) -> Floats:
    least = np.full(int(max(who.max(), customers.max())) + 1, np.inf)
    np.minimum.at(least, who, days)
    return least[customers]


def _by_recency(then: Floats, bought: NDArray[np.bool_], now: Floats) -> Floats:
    """The rate of customers of like recency, in ten groups, in the 90 days before."""
    edges = np.quantile(then, np.linspace(0.1, 0.9, 9))
    group = np.searchsorted(edges, then)
    rate = np.bincount(group, bought, 10) / np.maximum(np.bincount(group, minlength=10), 1)
    return np.asarray(rate[np.searchsorted(edges, now)])


def calibration_error(chance: Floats, came: Floats, groups: int = 10) -> float:
    """Mean distance between chance and frequency over ten groups of equal size by chance."""
    group = (rankdata(chance, method="ordinal") - 1).astype(int) * groups // len(chance)
    size = np.bincount(group, minlength=groups)
    gap = np.bincount(group, came, groups) - np.bincount(group, chance, groups)
    return float(np.abs(gap).sum() / size.sum())


def _chance_rows(work: str, found: list[dict[str, Floats]]) -> list[Row]:
    methods = [name for name in found[0] if name != "came"]
    errors = {
        name: np.array([calibration_error(one[name], one["came"]) for one in found]) for name in methods
    }
    sharp = {name: np.array([roc_auc_score(one["came"], one[name]) for one in found]) for name in methods}
    told = np.mean([one["passend"].mean() for one in found])
    came = np.mean([one["came"].mean() for one in found])
    beside = [name for name in methods if name != "passend"]
    best_auc = max(sharp[name].mean() for name in beside)
    error, auc = errors["passend"].mean(), sharp["passend"].mean()
    return [
        _row(
            work,
            f"chance to order: calibration error, 10 groups (told {told:.3f}, came {came:.3f})",
            errors["passend"],
            at_most(0.05, error),
            ", ".join(f"{name} {errors[name].mean():.3f}" for name in beside),
        ),
        _row(
            work,
            "chance to order: AUC",
            sharp["passend"],
            Bar("best", bool(auc >= best_auc)),
            ", ".join(f"{name} {sharp[name].mean():.3f}" for name in beside),
        ),
    ]


# The costly kinds ----------------------------------------------------------------------------------------------------


def _kinds(engine: DuckDBEngine, tables: Tables, market: Market, span: str) -> dict[str, Any]:
    """By buyer the true kind, what was found, its probabilities, and the raw shares that a firm would rank by."""
    kinds, traits = (
        engine.fetch(name).sort_by("customer_id") for name in ("customer_kinds", "customer_traits")
    )
    contacts = tables["contacts"].filter(pc.equal(tables["contacts"]["direction"], "in"))
    minutes = np.zeros(len(market.people.kind))
    np.add.at(minutes, _places(contacts["customer_id"]), contacts["minutes"].to_numpy())
    orders = tables["orders"].filter(pc.is_valid(tables["orders"]["customer_id"]))
    customer, spent, saved = _places(orders["customer_id"]), np.zeros(len(minutes)), np.zeros(len(minutes))
    np.add.at(spent, customer, orders["unit_price_cents"].to_numpy())
    np.add.at(saved, customer, orders["discount_cents"].to_numpy())
    who = _places(kinds["customer_id"])
    found = [KINDS.index(one) if one else ORDINARY for one in kinds["kind"].to_pylist()]
    raw = {
        "revenue reverser": _ratio(traits["returned_cents"].to_numpy(), traits["revenue_cents"].to_numpy()),
        "service demander": minutes[who],
        "promotion maximiser": _ratio(saved[who], spent[who]),
    }
    return {
        "span": span,
        "true": market.people.kind[who],
        "found": np.array(found),
        "enough": (traits["orders"].to_numpy() >= _ORDERS) & (traits["periods"].to_numpy() >= _MONTHS),
        **{one: kinds[f"{one.replace(' ', '_')}_probability"].to_numpy() for one in KINDS[1:]},
        **{f"raw {name}": column for name, column in raw.items()},
        f"known {KINDS[MAXIMISER]}": _known_shares(traits, market.people.kind[who] == MAXIMISER),
    }


def _known_shares(traits: pa.Table, true: NDArray[np.bool_]) -> Floats:
    """How much a customer's lines speak for a maximiser, to one who knew the mean share of bargains of both sorts.

    No counting of bargains can rank much better: it is the bound of what a firm can find.
    """
    lines, bargains = traits["lines"].to_numpy(), traits["discounted_lines"].to_numpy()
    theirs, usual = (
        np.clip(bargains[one].sum() / max(lines[one].sum(), 1), 1e-3, 1 - 1e-3) for one in (true, ~true)
    )
    return np.asarray(
        bargains * np.log(theirs / usual) + (lines - bargains) * np.log((1 - theirs) / (1 - usual)), float
    )


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.asarray(above / np.maximum(below, 1), float)


def _kind_rows(work: str, people: list[dict[str, Any]]) -> list[Row]:
    out = []
    for span in dict.fromkeys(one["span"] for one in people):
        mine = [one for one in people if one["span"] == span]
        joined = {name: np.concatenate([one[name] for one in mine]) for name in mine[0] if name != "span"}
        for who in ("with 4 orders in 2 months", "all buyers"):
            kept = joined["enough"] if who != "all buyers" else np.ones(len(joined["true"]), bool)
            group = {name: column[kept] for name, column in joined.items()}
            out += [_kind_row(f"{work}, {span}, {who}", group, place) for place in range(1, len(KINDS))]
            out.append(_pooled_row(f"{work}, {span}, {who}", group))
    return out


def _kind_row(work: str, group: dict[str, NDArray[Any]], place: int) -> Row:
    name = KINDS[place]
    true = group["true"] == place
    at = precision_at(group[name], true)
    named = _named(group["found"] == place, true)
    told = []
    raw = group.get(f"raw {name}")
    if raw is not None:
        top = raw >= max(np.quantile(raw, 0.9), 1e-9)
        told.append(f"raw share {precision_at(raw, true):.2f}; its top tenth: {_named(top, true)}")
    known = group.get(f"known {name}")
    if known is not None:
        told.append(f"if the shares of both sorts were known {precision_at(known, true):.2f}")
    return _row(
        work,
        f"{name}: precision at recall .6 (named: {named}, of {true.sum()})",
        np.array([at]),
        at_least(0.8, at) if name != "spending limiter" else REPORTED,
        "; ".join(told),
    )


def _pooled_row(work: str, group: dict[str, NDArray[Any]]) -> Row:
    """The three kinds that show themselves without offers, and a pair of customer and kind as one case."""
    shown = range(1, len(KINDS) - 1)
    chance = np.concatenate([group[KINDS[place]] for place in shown])
    true = np.concatenate([group["true"] == place for place in shown])
    found = np.concatenate([group["found"] == place for place in shown])
    at = precision_at(chance, true)
    said = f"three kinds pooled: precision at recall .6 (named: {_named(found, true)}, of {true.sum()})"
    return _row(work, said, np.array([at]), at_least(0.8, at))


def precision_at(score: Floats, true: NDArray[np.bool_], recall: float = 0.6) -> float:
    """Precision at the highest threshold that finds this share; equal scores stand or fall together."""
    if not true.any():
        return float("nan")
    threshold = np.sort(score[true])[::-1][int(np.ceil(recall * true.sum())) - 1]
    return float(true[score >= threshold].mean())


def _named(named: NDArray[np.bool_], true: NDArray[np.bool_]) -> str:
    right = int((named & true).sum())
    return f"precision {right / max(int(named.sum()), 1):.2f}, recall {right / max(int(true.sum()), 1):.2f}"


def _row(work: str, measure: str, values: Floats, bar: Bar = REPORTED, baseline: str = "") -> Row:
    return estimated(work, measure, estimate(np.asarray(values, float)), bar, baseline, COMMAND)


def main(arguments: list[str]) -> int:
    """Print the rows; exit code 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--scenario", action="append", choices=SCENARIOS)
    parser.add_argument("--only", action="append", choices=PARTS)
    given = parser.parse_args(arguments)
    asked = (given.scenario or SCENARIOS, given.only or PARTS)
    return show(rows(given.seeds, given.customers, *asked))


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main(sys.argv[1:]))
