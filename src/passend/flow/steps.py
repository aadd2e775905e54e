"""The steps of the main job: one table each, computed by the ``.sql`` file of that name in its room.

A ``$parameter`` in the SQL is the setting of that name in the same room: ``$min_together`` in ``products/`` is the
setting ``products.min_together``. The few that are computed from settings are in ``_computed``.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from passend.engines import sql_file
from passend.errors import EngineError, InvalidSetting
from passend.kernels.holdout import holdout_below
from passend.ports import Engine, Progress, Silence, Statement
from passend.settings import Settings, Value
from passend.tables import CONTRACTS

if TYPE_CHECKING:
    from passend.flow.deciding import Deciding


@dataclass(frozen=True)
class Step:
    """One table of the story.

    Attributes:
        room: the room whose ``sql`` folder holds the file.
        table: the table made, which is also the file's name.
        says: what happens, for the progress bar and ``passend story``.
        kept: whether the table has a contract and is stored, or is an intermediate result.
        made_with: the step that makes this table beside its own; there is no file of this name.
    """

    room: str
    table: str
    says: str
    kept: bool = False
    made_with: str = ""


STEPS: tuple[Step, ...] = (
    Step("intake", "superseded_lines", "Looking for newer exports of the same orders"),
    Step("intake", "product_names", "Collecting product names"),
    Step("intake", "same_product_lines", "Looking for products that an order holds twice"),
    Step("intake", "repeated_lines", "Looking for repeated lines"),
    Step("intake", "refund_lines", "Looking for refunds by amount"),
    Step("intake", "quarantine", "Setting unusable rows aside", kept=True),
    Step("intake", "order_reductions", "Spreading discounts of whole orders"),
    Step("intake", "sales", "Reading sales"),
    Step("intake", "returns", "Matching returns to their sales", kept=True),
    Step("intake", "orders", "Putting orders together", kept=True),
    Step("intake", "products", "Making the list of products", kept=True),
    Step("products", "families", "Finding variants of products"),
    Step("products", "basket_products", "Looking into the baskets"),
    Step("products", "seasons", "Looking for seasons"),
    Step("products", "order_cells", "Sorting orders by time and size"),
    Step("products", "product_places", "Weighing what chance would do"),
    Step("products", "pair_counts", "Counting pairs in baskets"),
    Step("products", "visit_products", "Following visitors"),
    Step("products", "visit_cells", "Sorting visits by time and size"),
    Step("products", "visit_places", "Weighing what chance would show"),
    Step("products", "visit_pairs", "Counting pairs in visits"),
    Step("products", "pair_evidence", "Adding carts to orders"),
    Step("products", "complements", "Finding complements"),
    Step("products", "first_purchases", "Following customers"),
    Step("products", "owned_products", "Looking at what customers have"),
    Step("products", "first_steps", "Ordering purchases in time"),
    Step("products", "arrivals", "Sorting purchases by time"),
    Step("products", "step_places", "Weighing where chance would lead"),
    Step("products", "follow_counts", "Counting what follows what"),
    Step("products", "followers", "Finding what is bought next"),
    Step("products", "lags", "Measuring the time between"),
    Step("products", "kin", "Looking for the same need"),
    Step("products", "rivals", "Looking for what might be shunned"),
    Step("products", "rival_orders", "Searching their orders"),
    Step("products", "alternatives", "Finding substitutes"),
    Step("products", "dearer", "Comparing prices"),
    Step("products", "upgrades", "Finding upgrades"),
    Step("products", "services", "Finding contracts that fit"),
    Step("products", "looked_alike", "Comparing views with purchases"),
    Step("products", "offer_outcomes", "Reading answers to offers"),
    Step("products", "welcome_offers", "Finding offers that were welcome"),
    Step("products", "typed_relations", "Giving each pair its type"),
    Step("products", "neighbours", "Helping products without history"),
    Step("products", "misfits", "Checking what fits what", kept=True),
    Step("products", "relations", "Writing relations and reasons", kept=True),
    Step("products", "likely_pairs", "Borrowing from names and categories"),
    Step("products", "likely_relations", "Saying what likely goes together", kept=True),
    Step("products", "kept_apart", "Keeping apart what is not offered together"),
    Step("products", "owned_fits", "Looking at what customers own"),
    Step("products", "ranked_products", "Learning what each customer buys next"),
    Step("products", "candidates", "Matching products to customers"),
    Step("products", "recommendations", "Choosing the next products", kept=True),
    Step("customers", "decision_date", "Setting the decision date"),
    Step("customers", "known_returns", "Looking for what had come back by then"),
    Step("customers", "sold_lines", "Reckoning up what was sold"),
    Step("customers", "customer_orders", "Reckoning up each order"),
    Step("customers", "customer_categories", "Looking at the breadth of purchases"),
    Step("customers", "price_tiers", "Sorting products by price"),
    Step("customers", "tier_shares", "Weighing how dear customers buy"),
    Step("customers", "customer_contacts", "Reckoning up contacts"),
    Step("customers", "purchase_facts", "Gathering facts on purchases"),
    Step("customers", "contact_facts", "Gathering facts on contacts"),
    Step("customers", "browsing_facts", "Gathering facts on searches and carts"),
    Step("customers", "contract_facts", "Gathering facts on contracts"),
    Step("customers", "customer_facts", "Putting the facts together", kept=True),
    Step("customers", "customer_profit", "Drawing up profit and loss", kept=True),
    Step("customers", "order_days", "Gathering days with orders"),
    Step("customers", "customer_costs", "Summing up what each customer cost"),
    Step("customers", "scores", "Scoring customers", kept=True),
    Step("customers", "customer_traits", "Counting habits"),
    Step("customers", "firm_habits", "Learning what is usual"),
    Step("customers", "customer_habits", "Judging lasting habits"),
    Step("customers", "customer_kinds", "Finding costly kinds of customer", kept=True),
    Step("customers", "answer_rates", "Learning when contacts are answered"),
    Step("customers", "latest_consents", "Reading consents", kept=True),
    Step("customers", "customer_channels", "Finding each customer's channel and time", kept=True),
    Step("customers", "customer_hours", "Finding the hour at which each customer is about", kept=True),
    Step("customers", "verdicts", "Deciding who is left alone", kept=True),
    Step("decisions", "decision_customers", "Looking up whom to ask"),
    Step("decisions", "decision_products", "Looking up prices and margins"),
    Step("decisions", "barred_offers", "Setting aside what does not fit"),
    Step("decisions", "lifted_offers", "Finding better products and services"),
    Step("decisions", "recent_contacts", "Reading contacts of late"),
    Step("decisions", "chosen_offers", "Weighing every offer, choosing within all limits"),
    Step("decisions", "funnel", "Counting what was lost where", kept=True, made_with="chosen_offers"),
    Step("decisions", "limits", "Pricing the limits", kept=True, made_with="chosen_offers"),
    Step("decisions", "why_not", "Saying why not", kept=True, made_with="chosen_offers"),
    Step("decisions", "needs", "Telling what customers need next", kept=True, made_with="chosen_offers"),
    Step("decisions", "learned_effects", "Summing up what offers add", kept=True, made_with="chosen_offers"),
    Step("decisions", "bought_products", "Looking up who bought what"),
    Step("decisions", "unexplained_offers", "Looking for offers that no relation explains"),
    Step("decisions", "offer_ties", "Asking which purchase speaks for an offer"),
    Step("decisions", "offer_reasons", "Saying why"),
    Step("decisions", "offers", "Making the plan", kept=True),
)


#: What the decision reads beside the firm's rules.
_DECIDED_FROM = (
    "orders", "known_returns", "events", "contacts", "costs", "decision_date", "decision_customers",
    "decision_products", "latest_consents", "recent_contacts", "owned_products", "barred_offers", "lifted_offers",
    "recommendations", "relations",
)  # fmt: skip


#: What the scores are learned from, beside all that the facts at an earlier date are made of.
_SCORED_FROM = ("customer_facts", "order_days", "customer_costs", "decision_date", "orders", "contacts")


#: What the ranker learns from, and what it leaves out.
_RANKED_FROM = ("basket_products", "products", "seasons", "kept_apart")


#: What likely pairs are learned from.
_LIKELY_FROM = ("order_cells", "basket_products", "product_places", "products", "typed_relations")


#: Up to so many rows SQL counts pairs sooner than the kernel's compiler is loaded (.6 s).
_FEW_LINES = 20_000
#: Who testifies for offers that no relation leads to.
_TESTIFIED_FROM = ("unexplained_offers", "bought_products", "products")


@dataclass(frozen=True)
class Origin:
    """Where a step's table comes from: the file that makes it, what that reads, and what one row is."""

    path: str
    reads: tuple[str, ...]
    grain: str


def origin(step: Step) -> Origin:
    """The origin of a step's table: its SQL file, or the Python file that makes it."""
    if step.table == "likely_pairs":
        return Origin("src/passend/products/likely_pairs.py", _LIKELY_FROM, "one pair of products")
    if step.table == "ranked_products":
        return Origin("src/passend/flow/ranking.py", _RANKED_FROM, "one product for one customer")
    if step.table == "offer_ties":
        return Origin(
            "src/passend/flow/testifying.py", _TESTIFIED_FROM, "one offered product of one customer"
        )
    if step.table == "scores":
        return Origin("src/passend/flow/scoring.py", _SCORED_FROM, CONTRACTS["scores"].grain)
    if step.made_with or step.table == "chosen_offers":
        grain = CONTRACTS[step.table].grain if step.table in CONTRACTS else CONTRACTS["offers"].grain
        return Origin("src/passend/decisions/deciding.py", _DECIDED_FROM, grain)
    file = sql_file(step.room, step.table)
    return Origin(file.path, tuple(file.reads), file.grain)


def steps_of(*rooms: str) -> tuple[Step, ...]:
    """The steps of some rooms, in order."""
    return tuple(step for step in STEPS if step.room in rooms)


def steps_until_relations(*, likely: bool = False) -> tuple[Step, ...]:
    """The steps of the products room that end in the relations, or in the likely ones after them."""
    steps = steps_of("products")
    end = "likely_relations" if likely else "relations"
    last = next(place for place, step in enumerate(steps) if step.table == end)
    return steps[: last + 1]


def facts_steps() -> tuple[Step, ...]:
    """The steps of the customers room that end in the facts."""
    steps = steps_of("customers")
    last = next(place for place, step in enumerate(steps) if step.table == "customer_facts")
    return steps[: last + 1]


def steps_to_choice() -> tuple[Step, ...]:
    """The steps to all that the choice of offers reads and that no plan stores: for other rules on the same day."""
    wanted, found = set(_DECIDED_FROM), []
    for step in reversed(STEPS):
        if step.table in wanted and not step.kept:
            found.append(step)
            wanted |= set(origin(step).reads)
    return tuple(reversed(found))


def run_steps(
    engine: Engine,
    steps: Iterable[Step],
    settings: Settings,
    progress: Progress,
    how: "Deciding | None" = None,
) -> dict[str, int]:
    """Compute the steps' tables in the engine; returns their numbers of rows.

    Args:
        engine: holds what the steps read.
        steps: in their order.
        settings: give the ``$parameters`` of the SQL files.
        progress: is told of each step.
        how: the firm's rules on offers, where they are not the defaults.
    """
    rows: dict[str, int] = {}
    for step in steps:
        progress.step(step.says)
        if step.made_with:
            continue
        if step.table == "chosen_offers":
            _choose(engine, settings, how)
        elif step.table in _BY_PYTHON:
            made = _BY_PYTHON[step.table](engine, settings)
            for table, found in made.items():
                engine.load(table, found)
            rows[step.table] = made[step.table].num_rows
        elif kernel := _kernel(step, engine, rows):
            counted = kernel(engine, settings)
            engine.load(step.table, counted)
            rows[step.table] = counted.num_rows
        else:
            order = CONTRACTS[step.table].order if step.kept else ()
            rows[step.table] = engine.create(step.table, statement(step.room, step.table, settings), order)
    return rows


# What learns and what counts is loaded by the step that needs it: an import needs neither LightGBM nor SciPy.


def _choose(engine: Engine, settings: Settings, how: "Deciding | None") -> None:
    from passend.flow.deciding import Deciding, choose_offers  # noqa: PLC0415

    choose_offers(engine, settings, how or Deciding())


def _rank(engine: Engine, settings: Settings) -> dict[str, pa.Table]:
    from passend.flow.ranking import rank_products  # noqa: PLC0415

    return {"ranked_products": rank_products(engine, settings)}


def _likely(engine: Engine, settings: Settings) -> dict[str, pa.Table]:
    from passend.products.likely_pairs import likely_pairs  # noqa: PLC0415

    return {"likely_pairs": likely_pairs(engine, settings)}


def _testify(engine: Engine, settings: Settings) -> dict[str, pa.Table]:
    del settings
    from passend.flow.testifying import offer_ties  # noqa: PLC0415

    return {"offer_ties": offer_ties(engine)}


def _score(engine: Engine, settings: Settings) -> dict[str, pa.Table]:
    from passend.flow.scoring import score_customers  # noqa: PLC0415

    return {"scores": score_customers(engine, settings, _facts)}


def _kernel(
    step: Step, engine: Engine, rows: Mapping[str, int]
) -> Callable[[Engine, Settings], pa.Table] | None:
    """What counts faster than the step's SQL. Few lines are counted sooner than its compiler is loaded."""
    if step.room != "products" or engine.name != "duckdb":
        return None
    if all(rows.get(table, _FEW_LINES + 1) <= _FEW_LINES for table in origin(step).reads):
        return None
    from passend.products.counting import KERNELS  # noqa: PLC0415

    return KERNELS.get(step.table)


_BY_PYTHON = {"likely_pairs": _likely, "ranked_products": _rank, "scores": _score, "offer_ties": _testify}


def _facts(engine: Engine, settings: Settings) -> pa.Table:
    run_steps(engine, facts_steps(), settings, Silence())
    return engine.fetch("customer_facts")


def statement(room: str, name: str, settings: Settings) -> Statement:
    """A room's SQL file with its parameters taken from the settings."""
    text = sql_file(room, name).text
    names = sorted(set(re.findall(r"\$([a-z_]+)", text)))
    return Statement(
        f"{room}/{name}", text, {parameter: _value(room, parameter, settings) for parameter in names}
    )


def _value(room: str, parameter: str, settings: Settings) -> Value | None:
    computed = _computed(settings)
    if parameter in computed:
        return computed[parameter]
    try:
        return settings[f"{room}.{parameter}"]
    except KeyError:
        raise EngineError(
            f"${parameter} in a file of the room {room} has no setting {room}.{parameter}.",
            remedy="Add the setting to settings.py.",
        ) from None


def _computed(settings: Settings) -> dict[str, Value | None]:
    return {
        "as_of": _moment(settings.text("customers.as_of")),
        "drop_duplicates": settings.text("intake.duplicates") == "quarantine",
        "return_cost_cents": settings["customers.return_cost_cents"],
        "resold_share": settings["customers.resold_share"],
        "holdout_below": holdout_below(settings.number("decisions.holdout_share")),
    }


def _moment(given: str) -> str | None:
    """A date or time as both engines read it alike, or none; zones are turned into UTC."""
    if not given:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise InvalidSetting(
            f"The setting customers.as_of cannot be {given!r}.", remedy="Write a date such as 2026-01-31."
        ) from None
    if moment.tzinfo:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat(sep=" ")
