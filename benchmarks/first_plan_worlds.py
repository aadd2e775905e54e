"""Firms whose first plan is judged: a market's own tables, imported and planned by what the command line calls."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from passend.flow.importing import import_sources
from passend.flow.planning import make_plan
from passend.flow.sources import ImportRequest
from passend.market.parameters import CHANNELS
from passend.market.scenario import load_scenario
from passend.market.truth import effects
from passend.market.world import Market
from passend.ports import Silence
from passend.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from passend.flow.planning import PlanSummary

#: What a firm with orders alone does not have.
_MORE = ("returns", "products", "customers", "contracts", "events", "contacts", "consents", "costs")


@dataclass(frozen=True)
class FirstPlan:
    """A plan beside the truth. Amounts in cents; one row an offer that leads its customer's list.

    Attributes:
        market: in which it would be carried out.
        customer: place in the market, as are ``product`` and ``channel``.
        expected: what the plan says the offer brings.
        true: what it would bring.
        asked: customers who may be offered something: known to the firm, and not held out.
        error: of the truth, from what the replays leave to chance.
        summary: the plan as the command line tells it.
        offers: the plan's table.
    """

    market: Market
    customer: NDArray[np.int64]
    product: NDArray[np.int64]
    channel: NDArray[np.int64]
    expected: NDArray[np.float64]
    true: NDArray[np.float64]
    error: NDArray[np.float64]
    asked: NDArray[np.int64]
    summary: PlanSummary
    offers: pa.Table


def market_of(scenario: str, seed: int, customers: int = 3000) -> Market:
    """A market of a shipped scenario."""
    return Market(load_scenario(scenario).changed({"customers.number": customers}), seed)


def first_plan(
    market: Market,
    folder: Path | None = None,
    *,
    orders_alone: bool = False,
    settings: Mapping[str, str] = {},
) -> FirstPlan:
    """Import a market's files, make the first plan, and judge the offer that leads each customer's list."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        files = written(market, Path(place), orders_alone=orders_alone)
        workspace = Workspace(
            Path(place) / "workspace", [f"{name}={value}" for name, value in settings.items()]
        )
        import_sources(workspace, [ImportRequest(str(file)) for file in files], Silence())
        summary = make_plan(workspace, Silence())
        offers = workspace.read("offers")
        known = workspace.read("verdicts")["customer_id"]
    leading = offers.filter(pc.and_(offers["chosen"], pc.equal(offers["rank"], 1)))
    held = pc.unique(offers.filter(pc.invert(offers["chosen"]))["customer_id"])
    asked = known.filter(pc.invert(pc.is_in(known, held)))
    return judged(market, leading, summary, offers, asked)


def written(market: Market, folder: Path, *, orders_alone: bool = False) -> list[Path]:
    """The firm's files, as ``passend market make`` writes them."""
    files = [folder / "orders.csv"]
    market.write_orders(files[0])
    for name in () if orders_alone else _MORE:
        table = market.table(name)
        if table.num_rows:
            files.append(folder / f"{name}.parquet")
            pq.write_table(table, files[-1])
    return files


def judged(
    market: Market, leading: pa.Table, summary: PlanSummary, offers: pa.Table, asked: pa.ChunkedArray
) -> FirstPlan:
    """The true effects of some offers of a plan."""
    products = market.catalogue.ids
    people = pa.array([f"K{1000 + one}" for one in range(len(market.people.kind))])
    who = pc.index_in(leading["customer_id"].combine_chunks(), people).to_numpy(zero_copy_only=False)
    what = pc.index_in(leading["product_id"].combine_chunks(), pa.array(list(products))).to_numpy(
        zero_copy_only=False
    )
    channel = np.array([CHANNELS.index(one) for one in leading["channel"].to_pylist()], np.int64)
    who, what = who.astype(np.int64), what.astype(np.int64)
    found = effects(market, who, (what, channel, leading["discount_share"].to_numpy()), replicas=8)
    return FirstPlan(
        market, who, what, channel, leading["value_cents"].to_numpy(zero_copy_only=False), found.effect, found.error,
        pc.index_in(asked.combine_chunks(), people).to_numpy(zero_copy_only=False).astype(np.int64),
        summary, offers,
    )  # fmt: skip
