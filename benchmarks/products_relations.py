"""Typed relations against planted truth, and what is found where nothing is: shops of known truth, fresh seeds.

Baselines see the same orders and products. *Lift rules*: together at least 5 times, lift at least 1.2 and confidence at
least 5 % make a complement; the same of customers' later purchases makes a next; a shelf shared with a lift below .8
makes a substitute, or an upgrade of what is a fifth dearer; a contract with a lift above 1.2 is a service. *Raw
counts*: the products most often bought together.

    python -m benchmarks.products_relations [--json] [--shops 8] [--null-shops 60]
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import duckdb
import numpy as np
import pyarrow as pa
from scipy import stats

from benchmarks.kept import kept
from benchmarks.planted_events import ThinShop, ThinWorld, make_thin
from benchmarks.planted_relations import Pair, Shop, Truth, World, make
from benchmarks.row import Row, at_least, at_most
from benchmarks.showing import show
from passend.engines import DuckDBEngine
from passend.flow.steps import run_steps, steps_until_relations
from passend.ports import Silence
from passend.settings import Settings
from passend.tables import contract
from passend.tables.firm import FIRM_TABLES

TYPES = ("complement", "next", "substitute", "upgrade", "service")
LEAST_F1, LEAST_PRECISION, LEAST_THIN_F1 = 0.85, 0.9, 0.7
FIRST_SEED = 1000
"""Seeds below were used while the rules were made; these were not."""
VIEWS: dict[str, dict[str, bool]] = {
    "categories and prices": {},
    "no categories": {"categories": False},
    "orders alone": {"categories": False, "prices": False},
}
COMMAND = "python -m benchmarks.products_relations"
Found: TypeAlias = dict[str, list[Pair]]
"""By type the pairs, best first for each product."""


@dataclass(frozen=True)
class Score:
    """How one method did in one shop."""

    f1: float
    precision: float
    found: int


def rows(shops: int = 8, null_shops: int = 60) -> Iterator[Row]:
    """The bars, each with its baseline and interval."""
    for view in VIEWS:
        yield from kept(_planted_rows, view, shops)
    yield kept(_null_row, null_shops)
    yield kept(_thin_row, shops)
    yield kept(_thin_null_row, max(null_shops // 2, 1))


def _planted_rows(view: str, shops: int) -> list[Row]:
    worlds = [make(Shop(FIRST_SEED + number, **VIEWS[view])) for number in range(shops)]
    ours = [score(world.truth, learned(world)) for world in worlds]
    lift = [score(world.truth, lift_rules(world)) for world in worlds]
    raw = [score(world.truth, raw_counts(world)) for world in worlds]
    work, f1, precise = (
        f"{shops} planted shops, {view}",
        [one.f1 for one in ours],
        [one.precision for one in ours],
    )
    return [
        _row(work, "type macro-F1", f1, LEAST_F1, _told(lift, raw, "f1")),
        _row(work, "precision at 5", precise, LEAST_PRECISION, _told(lift, raw, "precision")),
    ]


def learned(world: World | ThinWorld, sources: Mapping[str, pa.Table] | None = None) -> Found:
    """What passend finds; `sources` are the firm's further tables, where it has some."""
    engine = DuckDBEngine()
    try:
        engine.load("orders", world.orders)
        engine.load("products", world.products)
        for made in (contract("relation_edits"), contract("compatibility"), *FIRM_TABLES):
            engine.load(made.name, (sources or {}).get(made.name, made.empty()))
        run_steps(engine, steps_until_relations(), Settings(), Silence())
        relations = engine.fetch("relations").to_pylist()
    finally:
        engine.close()
    found: Found = defaultdict(list)
    for row in sorted(relations, key=lambda row: (row["product_id"], row["rank"])):
        if row["evidence"] != "neighbours":
            found[row["type"]].append((row["product_id"], row["other_id"]))
    return found


def _thin_row(shops: int) -> Row:
    """Shops whose orders are too few, with the visits and offers that tell."""
    ours: list[float] = []
    alone: list[float] = []
    for number in range(shops):
        world = make_thin(ThinShop(FIRST_SEED + 300 + number))
        ours.append(_thin_f1(world, _learned_thin(world)))
        alone.append(_thin_f1(world, learned(world)))
    told = f"the same from orders alone {np.mean(alone):.3f}"
    return _row(f"{shops} thin shops with visits and offers", "type macro-F1", ours, LEAST_THIN_F1, told)


def _thin_null_row(shops: int) -> Row:
    """The same with nothing to tell."""
    found = []
    for number in range(shops):
        world = make_thin(ThinShop(FIRST_SEED + 800 + number, planted=False))
        found.append(sum(map(len, _learned_thin(world).values())))
    work = f"{shops} thin null shops with visits and offers"
    return _null(found, work, "no method without a null beside it")


def _learned_thin(world: ThinWorld) -> Found:
    return learned(world, {"events": world.events, "contacts": world.contacts})


def _thin_f1(world: ThinWorld, found: Found) -> float:
    f1 = []
    for kind in ("complement", "substitute", "next"):
        planted: set[Pair] = getattr(world, kind)
        said = {_as_planted(kind, pair) for pair in found.get(kind, [])}
        f1.append(2 * len(said & planted) / (len(said) + len(planted)))
    return float(np.mean(f1))


def lift_rules(world: World) -> Found:
    """The rules of a common market-basket analysis, spread over the types as well as they can be."""
    together, later = _lifts(world)
    facts = {row["product_id"]: row for row in world.products.to_pylist()}
    found: Found = defaultdict(list)
    for one, other, count, lift, confidence in together:
        a, b = facts[one], facts[other]
        if count >= 5 and lift >= 1.2 and confidence >= 0.05:
            found["service" if b["kind"] != "good" else "complement"].append((one, other))
        elif a["category"] and a["category"] == b["category"] and lift < 0.8:
            dearer = bool(
                a["price_cents"] and b["price_cents"] and b["price_cents"] >= 1.2 * a["price_cents"]
            )
            found["upgrade" if dearer else "substitute"].append((one, other))
    found["next"] = [
        (one, other)
        for one, other, count, lift, confidence in later
        if count >= 5 and lift >= 1.2 and confidence >= 0.05
    ]
    return found


def raw_counts(world: World) -> Found:
    """The five products most often bought with each, and the five most often bought later."""
    found: Found = defaultdict(list)
    for kind, pairs in zip(("complement", "next"), _lifts(world), strict=True):
        taken: dict[str, int] = defaultdict(int)
        for one, other, *_ in sorted(pairs, key=lambda row: (-row[2], row[0], row[1])):
            if taken[one] < 5:
                taken[one] += 1
                found[kind].append((one, other))
    return found


def _lifts(world: World) -> tuple[list[Any], list[Any]]:
    """Pairs in one order and in later orders, with count, lift and confidence; highest lift first."""
    connection = duckdb.connect()
    connection.register("orders", world.orders)
    together = """
        with one as (select distinct order_id as unit, product_id from orders),
        sold as (select product_id, count(*) as n from one group by 1),
        total as (select count(distinct unit) as n from one),
        pairs as (select a.product_id as a, b.product_id as b, count(*) as n
                  from one a join one b on a.unit = b.unit and a.product_id <> b.product_id group by 1, 2)
    """
    later = """
        with one as (select customer_id as unit, product_id, min(ordered_at) as at from orders group by 1, 2),
        sold as (select product_id, count(*) as n from one group by 1),
        total as (select count(distinct unit) as n from one),
        pairs as (select a.product_id as a, b.product_id as b, count(*) as n
                  from one a join one b on a.unit = b.unit and b.at > a.at and b.at <= a.at + interval 90 day
                  group by 1, 2)
    """
    ask = """
        select p.a, p.b, p.n, p.n * t.n / (x.n * y.n) as lift, p.n / x.n as confidence
        from pairs p join sold x on x.product_id = p.a join sold y on y.product_id = p.b cross join total t
        order by lift desc, p.a, p.b
    """
    return connection.execute(together + ask).fetchall(), connection.execute(later + ask).fetchall()


def score(truth: Truth, found: Found) -> Score:
    """Macro-F1 over the types that were planted, and the share of truth among the first five of each list."""
    planted = {kind: getattr(truth, kind) for kind in TYPES if getattr(truth, kind)}
    f1 = []
    for kind, pairs in planted.items():
        said = {_as_planted(kind, pair) for pair in found.get(kind, [])}
        hits = len(said & pairs)
        f1.append(2 * hits / (len(said) + len(pairs)))
    precision = []
    for kind, said_pairs in found.items():
        lists: dict[str, list[bool]] = defaultdict(list)
        for pair in said_pairs:
            lists[pair[0]].append(_as_planted(kind, pair) in planted.get(kind, set()))
        precision += [float(np.mean(hits[:5])) for hits in lists.values()]
    return Score(
        float(np.mean(f1)) if f1 else float("nan"),
        float(np.mean(precision)) if precision else 0.0,
        sum(map(len, found.values())),
    )


def _as_planted(kind: str, pair: Pair) -> Pair:
    return (min(pair), max(pair)) if kind in {"complement", "substitute"} else pair


def _row(work: str, measure: str, values: Sequence[float], least: float, baseline: str) -> Row:
    low, high = _interval(values)
    mean = float(np.mean(values))
    bar = at_least(least, mean)
    return Row(work, measure, round(mean, 3), bar, baseline, round(low, 3), round(high, 3), COMMAND)


def _told(lift: Iterable[Score], raw: Iterable[Score], measure: str) -> str:
    means = [float(np.mean([getattr(one, measure) for one in scores])) for scores in (lift, raw)]
    return f"lift rules {means[0]:.3f}, raw counts {means[1]:.3f}"


def _interval(values: Sequence[float]) -> tuple[float, float]:
    """A 95 % bootstrap interval of the mean over shops."""
    random = np.random.default_rng(0)
    means = random.choice(np.asarray(values), (2000, len(values))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def _null_row(shops: int) -> Row:
    """The share of null shops in which anything at all is found: each such finding is false."""
    worlds = [make(Shop(FIRST_SEED + 500 + number, planted=False)) for number in range(shops)]
    ours = [sum(map(len, learned(world).values())) for world in worlds]
    lift = [sum(map(len, lift_rules(world).values())) for world in worlds[:5]]
    # Pairs that were looked at, in both directions: the denominator of the stated rate.
    pairs = sum(world.products.num_rows * (world.products.num_rows - 1) for world in worlds)
    told = f"lift rules: {np.mean(lift):.0f} false relations a shop; "
    told += f"passend: {sum(ours)} in {pairs:,} ordered pairs of all shops"
    return _null(ours, f"{shops} null shops", told)


def _null(found: Sequence[int], work: str, baseline: str) -> Row:
    """The share of null shops with any finding, with Clopper and Pearson's interval."""
    rate = Settings().number("products.false_discovery_rate")
    shops = len(found)
    bad = sum(count > 0 for count in found)
    with_any = bad / shops
    # None in 60 shops does not prove none in a thousand.
    low = float(stats.beta.ppf(0.025, bad, shops - bad + 1)) if bad else 0.0
    high = float(stats.beta.ppf(0.975, bad + 1, shops - bad)) if bad < shops else 1.0
    return Row(
        work,
        "share of shops with any false relation (whole-shop error rate)",
        round(with_any, 4),
        at_most(rate, with_any),
        baseline,
        round(low, 4),
        round(high, 4),
        COMMAND,
    )


def main(arguments: list[str] | None = None) -> int:
    """Print the bars; 1 when one is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--shops", type=int, default=8)
    parser.add_argument("--null-shops", type=int, default=60)
    options = parser.parse_args(arguments)
    return show(rows(options.shops, options.null_shops), as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
