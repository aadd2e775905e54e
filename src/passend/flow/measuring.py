"""What offers added: from exposures and outcomes to effects, in a workspace or alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passend.engines import open_engine
from passend.errors import InvalidInput
from passend.estimator import Estimator
from passend.flow.cohorts import sum_up
from passend.flow.doubled_lines import doubled_lines
from passend.flow.steps import statement
from passend.ports import Engine
from passend.results import PROFIT, Measured, Sums, measure
from passend.results.evidence import Doubled, OrderDays
from passend.results.verdict import NO_DATA
from passend.settings import Settings
from passend.tables import contract
from passend.tables.frames import amounts, as_table, insist_on_names, moments

#: By what customers are told apart, beside what exposures and outcomes say; each may be empty.
TELLS_APART = ("relations", "customers", "products")
_MONEY = ("revenue_cents", "returned_cents", "goods_cents", "service_cents", "contact_cents")


def measured_on(
    engine: Engine,
    settings: Settings,
    former: Mapping[str, Sequence[Path]] | None = None,
    doubled: Mapping[tuple[str, int], Doubled] | None = None,
) -> list[Measured]:
    """Compute all effects from ``exposure_log``, ``outcomes``, ``goals``, ``decision_date`` and ``TELLS_APART``.

    Args:
        engine: holds these; exposures and outcomes of cohorts of which nothing changed are put aside.
        settings: of the results.
        former: files of the sums of the last time, which are gone on from.
        doubled: lines that stand twice, where the outcomes did not come through an import, which tells them.
    """
    sum_up(engine, settings, former)
    as_of = engine.fetch("decision_date")["as_of"][0].as_py()
    if as_of is None:
        return []
    names = ("effect_sums", "slice_sums", "exposure_tallies", "campaign_goals", "attributed", "exposure_days")
    sums, slices, tallies, goals, claims, days = (engine.fetch(name) for name in names)
    return measure(
        Sums(sums, slices, tallies, goals, claims, as_of, days, _order_days(engine), doubled or {})
    )


def _order_days(engine: Engine) -> OrderDays:
    rows = engine.fetch("firm_days").sort_by("day")
    days = np.asarray(rows["day"].to_pylist(), dtype="datetime64[D]")
    return OrderDays(days, np.asarray(rows["orders"].to_pylist(), dtype=np.float64))


class Effects(Estimator):
    """What offers really added: treated against held-out customers, from first eligibility on.

    Args:
        window_days: days from first eligibility in which outcomes count.
        history_days: days before it whose outcomes take chance out of the comparison.
        look_rule: ``any time`` (look every day), ``weekly``, or ``once`` (at the planned end).
        planned_days: days after which it ends undecided.
        target: what an eligible customer must bring for it to be worth the work, in whole units of money.
        returns_days: days after the window until its returns are taken to be complete.
        engine: ``duckdb`` or ``spark``.

    Attributes:
        measured_: every phase of every campaign, with health, slices and the figure that a mail tool would claim.
    """

    learned_in = "measured_"
    learns_by = "measure(exposures, outcomes)"

    def __init__(
        self,
        *,
        window_days: int = 30,
        history_days: int = 180,
        look_rule: str = "any time",
        planned_days: int = 60,
        target: float = 0.0,
        returns_days: int = 0,
        engine: str = "duckdb",
    ) -> None:
        self.window_days = window_days
        self.history_days = history_days
        self.look_rule = look_rule
        self.planned_days = planned_days
        self.target = target
        self.returns_days = returns_days
        self.engine = engine

    def measure(self, exposures: object, outcomes: object, *, until: datetime | None = None) -> pa.Table:
        """Measure what was added.

        Args:
            exposures: a row a customer and campaign: customer_id, arm (treated or held-out), eligible_at; and, where
                known, campaign, phase, chance, exposed_at, is_contacted, channel, product_id.
            outcomes: a row an order line or other event: customer_id, happened_at, amount (what it brought, in whole
                units of money); and, where known, order_id, product_id, contact_cost.
            until: the end of what is known; by default the last outcome.

        Returns:
            a row a campaign, phase and metric (contract ``effects``, amounts in cents), with verdict and reason.

        Raises:
            InvalidInput: a column is missing or holds what cannot be read; it is named.
        """
        log, brought = _exposures(exposures), _outcomes(outcomes)
        has_orders = "order_id" in as_table(outcomes).schema.names
        twice = doubled_lines(
            log, brought, has_orders=has_orders, days=self.history_days + 2 * self.window_days
        )
        settings = Settings(
            {
                "results.window_days": self.window_days, "results.history_days": self.history_days,
                "results.look_rule": self.look_rule, "results.planned_days": self.planned_days,
                "results.returns_days": self.returns_days, "engine.name": self.engine,
            }
        )  # fmt: skip
        ends = (pc.max(one).as_py() for one in (brought["happened_at"], log["eligible_at"]))
        as_of = until or max((one for one in ends if one is not None), default=None)
        engine = open_engine(settings)
        try:
            engine.load("exposure_log", log)
            engine.load("outcomes", brought)
            for name in ("goals", *TELLS_APART):
                engine.load(name, contract(name).empty())
            engine.load("decision_date", pa.table({"as_of": pa.array([as_of], pa.timestamp("us"))}))
            if self.target:
                self._freeze(engine, settings)
            self.measured_ = measured_on(engine, settings, doubled=twice)
        finally:
            engine.close()
        return effects_table(self.measured_, None, as_of)

    def _freeze(self, engine: Engine, settings: Settings) -> None:
        """The goal with the target that was given, else as usual."""
        for name in ("exposure_history", "campaign_goals"):
            engine.create(name, statement("results", name, settings))
        goals = engine.fetch("campaign_goals")
        target = pa.array([self.target * 100] * goals.num_rows, pa.float64())
        goals = goals.set_column(goals.column_names.index("target_cents"), "target_cents", target)
        engine.load("goals", goals.select(contract("goals").schema.names).cast(contract("goals").schema))


def effects_table(
    measured: Sequence[Measured], currency: str | None, until: datetime | None = None
) -> pa.Table:
    """The effects as their contract says, on data until a moment."""
    rows: list[dict[str, Any]] = []
    for one in measured:
        about = {"campaign": one.campaign, "phase": one.phase, "is_provisional": one.is_provisional}
        about |= {"slice": "all", "slice_value": "all", "currency": currency, "until": until}
        if one.cannot is not None:
            is_unsent = one.verdict == NO_DATA
            said = f"{'No data' if is_unsent else 'It cannot be measured'}: {one.cannot.because}"
            rows.append(
                {
                    **about, "metric": PROFIT, "people": sum(one.people), "held_out": one.people[1],
                    "verdict": one.verdict, "reason": said,
                }
            )  # fmt: skip
        rows += [{**about, **_row(effect)} for effect in one.effects.values()]
        rows += [
            {**about, "slice": name, "slice_value": value, **_row(effect)}
            for (name, value), effect in one.slices.items()
        ]
    return contract("effects").check(pa.Table.from_pylist(rows, schema=contract("effects").schema))


def _row(effect: Any) -> dict[str, Any]:
    names = ("metric", "people", "held_out", "per_person", "low", "high", "total", "total_low", "total_high")
    return {
        **{name: getattr(effect, name) for name in names},
        "without": effect.without, "cut": effect.cut, "verdict": effect.verdict, "days_left": effect.days_left,
        "reason": effect.why, "reach": effect.reach,
    }  # fmt: skip


def _exposures(given: object) -> pa.Table:
    table = as_table(given)
    known = [column.name for column in contract("exposures").columns]
    insist_on_names(table, ("customer_id", "arm", "eligible_at"), known, "exposures")
    rows = table.num_rows
    filled = {
        "campaign": pa.array(["offers"] * rows, pa.string()),
        "phase": pa.array([1] * rows, pa.int64()),
        "exposed_at": pa.nulls(rows, pa.timestamp("us")),
        "is_contacted": pc.fill_null(
            pc.equal(_of_type(table["arm"], pa.string(), "arm"), "treated"), fill_value=False
        ),
    }
    columns = {}
    for name, kind in zip(
        contract("exposures").schema.names, contract("exposures").schema.types, strict=True
    ):
        if name in table.schema.names:
            column = moments(table[name], name) if name.endswith("_at") else table[name]
            columns[name] = _of_type(column, kind, name)
        else:
            columns[name] = filled.get(name, pa.nulls(rows, kind))
    odd = sorted({str(one) for one in columns["arm"].unique().to_pylist()} - {"treated", "held-out"})
    if odd:
        raise InvalidInput(
            f"There is no arm '{odd[0]}'.",
            record="column arm",
            remedy="Write treated or held-out in each row.",
        )
    chances = columns["chance"]
    wrong = pc.index(
        pc.and_(pc.greater_equal(chances, 0.0), pc.less_equal(chances, 1.0)), value=False
    ).as_py()
    if wrong >= 0:
        raise InvalidInput(
            f"The chance to be treated is {chances[wrong].as_py()}, which is no chance.",
            record=f"column chance, row {wrong + 1}",
            remedy="Give a share between 0 and 1: .9 for 90 %.",
        )
    return contract("exposures").check(pa.table(columns))


def _outcomes(given: object) -> pa.Table:
    table = as_table(given)
    useful = ("order_id", "product_id", "contact_cost", "complaints")
    insist_on_names(table, ("customer_id", "happened_at", "amount"), useful, "outcomes")
    rows = table.num_rows
    zero = pa.array([0.0] * rows, pa.float64())
    cents = pc.multiply(_finite(table, "amount"), 100.0)
    cost = (
        pc.fill_null(pc.multiply(_finite(table, "contact_cost"), 100.0), 0.0)
        if "contact_cost" in table.schema.names
        else zero
    )
    orders = (
        table["order_id"] if "order_id" in table.schema.names else pa.array([str(n) for n in range(rows)])
    )
    columns: Mapping[str, Any] = {
        "customer_id": _of_type(table["customer_id"], pa.string(), "customer_id"),
        "happened_at": moments(table["happened_at"], "happened_at"),
        "order_id": _of_type(orders, pa.string(), "order_id"),
        "orders": _first_lines(orders),
        "product_id": _of_type(table["product_id"], pa.string(), "product_id")
        if "product_id" in table.schema.names
        else pa.nulls(rows, pa.string()),
        **dict.fromkeys(_MONEY, zero),
        "answers": pa.array([0] * rows, pa.int64()),
        "complaints": pa.array([0] * rows, pa.int64()),
    }
    return pa.table({**columns, "revenue_cents": cents, "contact_cents": cost})


def _finite(table: pa.Table, name: str) -> pa.ChunkedArray:
    """A column of amounts, each of which can be added up."""
    column = amounts(table[name], name)
    wrong = pc.index(pc.is_finite(column), value=False).as_py()
    if wrong >= 0:
        raise InvalidInput(
            f"The column '{name}' holds '{column[wrong].as_py()}', which is no amount.",
            record=f"row {wrong + 1}",
            remedy="Give a number in each row; leave out rows without an amount.",
        )
    return column


def _first_lines(orders: Any) -> pa.Array:
    """1 in the first line of each order, so that a sum counts orders."""
    first = np.zeros(len(orders), dtype=np.int64)
    rows = pa.table({"order": orders, "row": np.arange(len(orders))})
    first[rows.group_by("order").aggregate([("row", "min")])["row_min"].to_numpy()] = 1
    return pa.array(first)


def _of_type(column: Any, kind: pa.DataType, name: str) -> Any:
    try:
        return column.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as problem:
        raise InvalidInput(
            f"The column '{name}' cannot be read: {problem}.", remedy=f"It takes values of type {kind}."
        ) from problem
