"""What passend does today: its relations, recommendations and verdicts, made anew every quarter."""

import numpy as np
import pyarrow as pa

from passend.engines import DuckDBEngine
from passend.flow.steps import run_steps, steps_of
from passend.market.offers import Limits, Offers, make_offers, no_offers
from passend.market.policies.plain import shared_out
from passend.market.policies.policy import Policy
from passend.market.view import Ints, View
from passend.ports import Silence
from passend.settings import Settings

_AGAIN = 13


class Passend(Policy):
    """The product's own plan: recommendations for whoever is not left alone, best scores first."""

    name = "passend"

    def __init__(self) -> None:
        self._planned = -_AGAIN
        self._customer: Ints = np.empty(0, dtype=np.int64)
        self._product: Ints = np.empty(0, dtype=np.int64)
        self._score = np.empty(0)

    def decide(self, view: View, limits: Limits, rng: np.random.Generator) -> Offers:
        """Each customer's best recommendation that was not bought or offered since, up to the limits."""
        del rng
        if view.week - self._planned >= _AGAIN:
            self._plan(view)
            self._planned = view.week
        done = np.zeros((view.count, len(view.price)), dtype=bool)
        done[view.sales.customer, view.sales.product] = True
        recent = view.weeks_ago(view.contacts.at) < _AGAIN
        done[view.contacts.customer[recent], view.contacts.product[recent]] = True
        open_ = np.flatnonzero(~done[self._customer, self._product])
        _, first = np.unique(self._customer[open_], return_index=True)
        rows = open_[first]
        product = np.full(view.count, -1, dtype=np.int64)
        product[self._customer[rows]] = self._product[rows]
        order = self._customer[rows][np.argsort(-self._score[rows], kind="stable")]
        offers = no_offers()
        for channel, who in shared_out(view, limits, order):
            offers = offers.with_rows(make_offers(who, product[who], channel))
        return offers

    def _plan(self, view: View) -> None:
        engine = DuckDBEngine()
        try:
            for name in ("orders", "returns", "products"):
                engine.load(name, view.table(name))
            engine.load("relation_edits", _no_edits())
            run_steps(engine, steps_of("products", "customers"), Settings(), Silence())
            found = engine.fetch("recommendations")
            verdicts = engine.fetch("verdicts")
        finally:
            engine.close()
        welcome = {row["customer_id"] for row in verdicts.to_pylist() if row["verdict"] == "offer"}
        found = found.sort_by([("customer_id", "ascending"), ("rank", "ascending")])
        ids = found["customer_id"].to_pylist()
        keep = np.array([one in welcome for one in ids], dtype=bool)
        place = {one: number for number, one in enumerate(view.table("products")["product_id"].to_pylist())}
        self._customer = np.array([int(one[1:]) - 1000 for one in ids], dtype=np.int64)[keep]
        self._product = np.array([place[one] for one in found["product_id"].to_pylist()], dtype=np.int64)[
            keep
        ]
        self._score = found["score"].to_numpy()[keep]


def _no_edits() -> pa.Table:
    from passend.tables import contract  # noqa: PLC0415 - only here

    return contract("relation_edits").empty()
