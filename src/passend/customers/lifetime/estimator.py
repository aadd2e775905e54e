"""What each customer will still order, and what it will be worth: ``Lifetime().fit(orders).predict(365)``."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passend.customers.lifetime.bgnbd import fit_bgnbd
from passend.customers.lifetime.fit_report import FitReport, report
from passend.customers.lifetime.forecast import HoldOut, hold_out
from passend.customers.lifetime.histories import (
    WEEK_DAYS,
    Floats,
    Histories,
    Patterns,
    patterns,
    read_histories,
)
from passend.customers.lifetime.pareto import fit_pareto
from passend.customers.lifetime.rhythm import Outlook, Rhythm
from passend.customers.lifetime.spend import GammaGamma, fit_spend
from passend.customers.lifetime.value import Costs, cost_per_order, interval, net_value
from passend.errors import InvalidInput
from passend.estimator import Estimator
from passend.tables.frames import amounts, as_table, insist_on_names

MODELS: dict[str, Callable[[Patterns], Rhythm]] = {"bg/nbd": fit_bgnbd, "pareto/nbd": fit_pareto}
FEWEST_CUSTOMERS = 20
FEWEST_REPEATERS = 5
SHORTEST_WEEKS = 12.0
HOLD_OUT_SHARE = 1 / 3


class Lifetime(Estimator):
    """What customers without a contract will still order and bring, net of costs.

    Args:
        model: ``bg/nbd``, ``pareto/nbd``, or ``auto`` for the one under which the data are more likely.
        margin_share: share of an amount that is left after the cost of goods; 1 values revenue.
        level: chance with which what really comes lies between low and high.
        prior_orders: orders at the mean cost that every customer is credited with before their own count.

    Attributes:
        rhythm_: the fitted model of orders, with ``parameters`` and ``log_likelihood``.
        spend_: the fitted Gamma-Gamma model, or None where amounts are missing or alike.
        report_: whether the model fits (`FitReport`).
        histories_: what is known of each customer.
    """

    learned_in = "report_"
    learns_by = "fit(orders)"

    def __init__(
        self,
        *,
        model: str = "auto",
        margin_share: float = 1.0,
        level: float = 0.9,
        prior_orders: float = 5.0,
    ) -> None:
        self.model = model
        self.margin_share = margin_share
        self.level = level
        self.prior_orders = prior_orders

    def fit(self, orders: Any, until: date | datetime | None = None, costs: Any = None) -> "Lifetime":
        """Learn rhythm and amounts from orders.

        Args:
            orders: anything that speaks Arrow, with customer_id and ordered_at, and revenue_cents or quantity and
                unit_price_cents for the amounts. Orders of one day count as one.
            until: the last day to look at; by default the last in the data.
            costs: customer_id and cost_cents: what service and returns of a customer have cost so far, in all.

        Raises:
            InvalidInput: a column is missing, or there are too few customers to learn from.
        """
        if self.model not in (*MODELS, "auto"):
            raise InvalidInput(
                f"There is no model '{self.model}'.", remedy=f"choose auto, {' or '.join(MODELS)}"
            )
        if not 0 < self.level < 1:
            raise InvalidInput(f"level is {self.level}.", remedy="give a chance between 0 and 1, such as .9")
        table = as_table(orders)
        self.histories_: Histories = read_histories(table, until)
        self._patterns: Patterns = patterns(self.histories_)
        _enough(self.histories_)
        self.rhythm_: Rhythm = self._fitted(self._patterns)
        self.spend_: GammaGamma | None = fit_spend(self.histories_.repeats, self.histories_.spend)
        self._cost: Floats = self._cost_per_order(costs)
        self.report_: FitReport = report(self.rhythm_, self._patterns, self._hold_out(table))
        return self

    def predict(self, horizon_days: float = 365.0) -> pa.Table:
        """What each customer will order and bring in the days after the end of the data.

        Returns:
            customer_id, expected_orders, alive_probability (still a customer), orders_low, orders_high, value_cents,
            low_cents, high_cents. Low and high hold what really comes with the chance `level`. Values are empty where
            no amounts are known.
        """
        self.insist_fitted()
        if not horizon_days > 0:
            raise InvalidInput(f"horizon_days is {horizon_days}.", remedy="give a number of days above 0")
        place = self._patterns.place
        found = self.rhythm_.outlook(self._patterns, horizon_days / WEEK_DAYS)
        low, high = interval(found.none, found.orders, found.orders_square, self.level)
        each = Outlook(found.alive[place], found.orders[place], found.orders_square[place], found.none[place])
        value, square = net_value(each, self.histories_, self.spend_, Costs(self.margin_share, self._cost))
        value_low, value_high = interval(each.none, value, square, self.level)
        return pa.table(
            {
                "customer_id": self.histories_.customers,
                "expected_orders": each.orders,
                "alive_probability": each.alive,
                "orders_low": low[place],
                "orders_high": high[place],
                "value_cents": _cents(value),
                "low_cents": _cents(value_low),
                "high_cents": _cents(value_high),
            }
        )

    def next_order_days(self, chance: float = 0.5) -> pa.Array:
        """Days after the end of the data until each customer has ordered again with that chance.

        Empty where it takes longer than twice as long as the data go back: that is not foreseen.
        """
        self.insist_fitted()
        if not 0 < chance < 1:
            raise InvalidInput(f"chance is {chance}.", remedy="give a chance between 0 and 1, such as .5")
        weeks = self.rhythm_.waits(self._patterns, chance)[self._patterns.place]
        is_seen = weeks <= 2 * float(self.histories_.watched.max())
        days = np.ceil(np.where(is_seen, weeks, 0.0) * WEEK_DAYS)
        return pa.array(days.astype(np.int64), mask=~is_seen)

    def _fitted(self, found: Patterns) -> Rhythm:
        names = tuple(MODELS) if self.model == "auto" else (self.model,)
        fitted = [MODELS[name](found) for name in names]
        return max(fitted, key=lambda one: one.log_likelihood)

    def _hold_out(self, table: pa.Table) -> HoldOut | None:
        """A forecast of the last third of the data from the rest; None where that is too short."""
        span = float(self.histories_.watched.max())
        if span < SHORTEST_WEEKS:
            return None
        weeks = float(np.floor(span * HOLD_OUT_SHARE))
        before = read_histories(table, self.histories_.end - timedelta(weeks=weeks))
        try:
            _enough(before)
        except InvalidInput:
            return None
        found = patterns(before)
        return hold_out(self._fitted(found), before, self.histories_, (weeks, self.level))

    def _cost_per_order(self, costs: Any) -> Floats:
        """Service and return cost of an order of each customer, major units."""
        size = len(self.histories_)
        if costs is None:
            return np.zeros(size)
        table = as_table(costs)
        insist_on_names(table, ("customer_id", "cost_cents"), (), "costs")
        ids = self.histories_.customers
        try:
            who = table["customer_id"].cast(ids.type)
        except pa.ArrowInvalid as problem:
            raise InvalidInput(
                f"The customers of the costs are {table['customer_id'].type}, those of the orders {ids.type}.",
                remedy="give identifiers of the same type in both",
            ) from problem
        place = pc.index_in(who, ids)
        known = pc.is_valid(place).to_numpy() & pc.is_valid(table["cost_cents"]).to_numpy()
        rows = pc.fill_null(place, 0).to_numpy()[known]
        cents = pc.fill_null(amounts(table["cost_cents"], "cost_cents"), 0.0).to_numpy()[known]
        spent = np.bincount(rows, weights=cents / 100.0, minlength=size).astype(np.float64)
        return cost_per_order(spent, self.histories_.repeats + 1, self.prior_orders)


def _enough(histories: Histories) -> None:
    repeaters = int((histories.repeats > 0).sum())
    if len(histories) < FEWEST_CUSTOMERS or repeaters < FEWEST_REPEATERS:
        raise InvalidInput(
            f"Of {len(histories)} customers {repeaters} have ordered on a second day; lifetime value needs"
            f" {FEWEST_CUSTOMERS} customers and {FEWEST_REPEATERS} with a second order.",
            remedy="give a longer history",
        )


def _cents(amount: Floats) -> pa.Array:
    return pa.array(np.rint(np.nan_to_num(amount) * 100).astype(np.int64), mask=np.isnan(amount))
