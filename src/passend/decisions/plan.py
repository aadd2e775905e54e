"""``Plan``: from offers that fit to a plan under the firm's rules, in a notebook or in the main job."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from passend.decisions.candidates import BY_CHANNEL, GIVEN, KINDS, Candidates, Side, candidates, side, subset
from passend.decisions.deciding import Decision, Firm, decide
from passend.decisions.funnel import Library, funnel_table, why_not_table
from passend.decisions.given import Given, discounts
from passend.decisions.limits import say_price
from passend.decisions.promise import ASSUMED, ASSUMED_SPREAD, Promise, Trust, promise_of
from passend.decisions.rules import Rules, findings, insist, load_rules
from passend.decisions.rules.consent import GROUNDS
from passend.decisions.schedule import schedule
from passend.decisions.value import BASES, HIERARCHICAL, MEASURED, PRIOR, Source, Worth
from passend.errors import EmptyAnswer, InvalidInput
from passend.estimator import Estimator
from passend.kernels.holdout import is_held_out
from passend.tables.frames import as_given, as_table, insist_on_names, insist_on_values
from passend.vocabulary import Channel

#: The terms of an offer's value, as columns.
TERMS = (
    "effect",
    "effect_low",
    "effect_high",
    "margin_cents",
    "returns_cents",
    "own_sales_cents",
    "service_cents",
    "contact_cents",
    "discount_cents",
    "annoyance_cents",
    "value_cents",
    "value_low_cents",
    "value_high_cents",
)
_CUSTOMER_FACTS = (
    "verdict", "verdict_reason", "treatment", "returned_share", "revenue_cents", "orders", "first_order_at",
    "lifetime_cents", "lifetime_low_cents", "lifetime_high_cents",
    "best_hour", "segment", "region", "language", "birth_year", "has_complaint", "last_return_at", "is_holdout",
)  # fmt: skip
_USEFUL = ("channel", "type", "score", "because_of", "currency")
_PRODUCT_FACTS = ("category", "price_cents", "usual_cents", "unit_cost_cents", "is_active")


@dataclass(frozen=True)
class Totals:
    """A plan in numbers.

    Attributes:
        value_cents: expected incremental profit; None where no price is known.
        low_cents: lower end of its 95 % interval.
        high_cents: upper end of its 95 % interval.
        bound_cents: no plan under these rules is worth more.
        gap: share of the bound that this plan lacks at most, before exploring.
        explore_cost_cents: expected profit given up to learn.
        basis: measured, prior, not measured, or how much of the value is measured.
    """

    value_cents: float | None
    low_cents: float | None
    high_cents: float | None
    bound_cents: float | None
    gap: float
    explore_cost_cents: float | None
    offers: int
    customers: int
    held_out: int
    contact_cents: float
    basis: str


class Plan(Estimator):
    """The most valuable offers that rules, consent, caps, stock, staff and budget allow.

    Args:
        rules: a ``rules.yaml`` (path or text), nested dictionaries, or None for the defaults.
        budget: money for contacts in major units; the same as ``budget.money`` in the rules.
        holdout_share: share of customers who are kept without offers, to measure.
        salt: another one draws another hold-out.

    Attributes:
        in_force: the rules, read and checked.
        offers_: the plan, as ``choose`` answers it.
        decision_: all that was considered (after ``choose``).
        funnel_: what was lost at which step, and why.
        limits_: use and price of each limit.
        why_not_: the reason for each customer without an offer.
        totals_: the plan in numbers, with interval and certificate.
    """

    learned_in = "decision_"
    learns_by = "choose(offers)"

    def __init__(
        self,
        rules: Rules | str | Path | Mapping[str, Any] | None = None,
        *,
        budget: float | None = None,
        holdout_share: float = 0.1,
        salt: str = "passend",
    ) -> None:
        self.rules = rules
        self.budget = budget
        self.holdout_share = holdout_share
        self.salt = salt
        changes = [] if budget is None else [f"budget={budget}"]
        if isinstance(rules, Rules):
            if changes:
                raise InvalidInput(
                    "Rules that are read already cannot take a budget.", remedy="Put it into the rules."
                )
            self.in_force = rules
        else:
            self.in_force = load_rules(_source(rules), changes)
        insist(findings(self.in_force))
        self._firm = Firm(holdout_share=holdout_share, salt=salt)

    def choose(
        self, offers: Any, *, consents: Any = None, contacts: Any = None, as_of: datetime | None = None
    ) -> pa.Table:
        """The plan for a table of offers that fit.

        Args:
            offers: customer_id and product_id; where known channel, type, score, because_of, effect (with effect_low
                and effect_high; or by channel: email_effect, email_low ...), value_cents, price_cents,
                unit_cost_cents, category, and facts on the customer such as returned_share or segment. Without
                effects, documented priors are used.
            consents: the latest word of customers on channels: customer_id, channel, is_given, basis.
            contacts: contacts of late: customer_id, channel, days_ago.
            as_of: the day of the decision; it matters for ages and the schedule only.

        Returns:
            The chosen offers, and what the hold-out would have got (``chosen`` is false), with channel, time,
            probability of the choice, every term of the value, and reason.

        Raises:
            InvalidInput: a column is missing, or an offer stands twice.
        """
        table = as_table(offers)
        insist_on_names(table, ("customer_id", "product_id"), (*_USEFUL, *GIVEN, *BY_CHANNEL), "offers")
        facts = (*_USEFUL, *GIVEN, *BY_CHANNEL, *_CUSTOMER_FACTS, *_PRODUCT_FACTS)
        insist_on_values(table, [name for name in facts if name in table.column_names])
        day = as_of or datetime(2000, 1, 1)
        customers, products = _sides(table, self._firm, day)
        fits = table.select(
            [name for name in ("customer_id", "product_id", "channel", "type", "score", "because_of", *GIVEN,
                          *BY_CHANNEL)
             if name in table.schema.names]
        )  # fmt: skip
        used = tuple(one.name for one in self.in_force.used)
        made = candidates(customers, products, fits, used, day)
        firm = Firm(
            None if consents is None else as_table(consents),
            None if contacts is None else as_table(contacts),
            None,
            self._firm.holdout_share,
            self._firm.salt,
            _currency(table),
        )
        chosen = self.decide(made, Given(self.in_force), firm, None)
        if not pc.any(chosen["chosen"]).as_py():
            warnings.warn(self._why_nothing(), EmptyAnswer, stacklevel=2)
        for name in ("customer_id", "product_id"):
            ids = as_given(chosen[name], table.schema.field(name).type)
            chosen = chosen.set_column(chosen.column_names.index(name), name, ids)
        self.offers_: pa.Table = chosen
        return chosen

    def _why_nothing(self) -> str:
        lost = [row for row in self.funnel_.to_pylist() if row["reason_code"] and row["offers"]]
        if not lost:
            return "Nothing is offered: the table of offers has no row."
        most = sorted(lost, key=lambda row: -row["offers"])[:3]
        return (
            "Nothing is offered: "
            + "; ".join(f"{row['offers']:,} times {row['reason']}" for row in most)
            + "."
        )

    def decide(self, made: Candidates, source: Source, firm: Firm, library: Library | None) -> pa.Table:
        """The plan for candidates that are coded already; fills the attributes, as ``choose`` does."""
        found = decide(made, source, self.in_force, firm)
        self.decision_ = found
        self.funnel_ = funnel_table(made, found.losses, library)
        self.limits_ = limits_table(found, self.in_force, firm.currency)
        self.why_not_ = why_not_table(made, found.losses, found.appraisal.value_cents)
        self.totals_ = totals(found, firm.trust, firm.effects)
        return offers_table(found, self.in_force, firm)

    def explain(self, customer_id: str, product_id: str) -> list[dict[str, Any]]:
        """Every term of an offer's value on each channel, and why it was chosen or not."""
        self.insist_fitted()
        found = self.decision_
        made = found.made
        who, what = made.customers.codes_of([customer_id])[0], made.products.codes_of([product_id])[0]
        rows = np.flatnonzero((made.customer == who) & (made.product == what) & (who >= 0) & (what >= 0))
        chosen = set(found.chosen.tolist())
        terms = found.terms(rows)
        return [
            {
                "channel": made.channels[made.channel[row]],
                **{name: float(getattr(terms, name)[place]) for name in TERMS},
                "basis": BASES[terms.basis[place]],
                "doubt_cents": {
                    name: float(getattr(terms.doubt, name)[place])
                    for name in ("effect_low", "effect_high", "margin", "returns", "annoyance")
                },
                "chosen": row in chosen,
                "why": "chosen"
                if found.losses.why[row] < 0
                else found.losses.reasons[found.losses.why[row]].says,
            }
            for place, row in enumerate(rows.tolist())
        ]


def _source(rules: str | Path | Mapping[str, Any] | None) -> str | Path | Mapping[str, Any] | None:
    """A path may come as text: a text of one line that names a file is one."""
    if isinstance(rules, str) and "\n" not in rules and rules.endswith((".yaml", ".yml")):
        return Path(rules)
    return rules


def _sides(table: pa.Table, firm: Firm, day: datetime) -> tuple[Side, Side]:
    def one_each(key: str, facts: tuple[str, ...]) -> pa.Table:
        if key not in table.schema.names:
            raise InvalidInput(f"The offers have no column '{key}'.", remedy=f"Name the column {key}.")
        kinds = dict(zip(table.schema.names, table.schema.types, strict=True))
        names = [name for name in facts if name in kinds and not pa.types.is_null(kinds[name])]
        part = table.select([key, *names]).set_column(0, key, table[key].cast(pa.string()))
        part = part.sort_by([(name, "ascending") for name in (key, *names)])
        grouped = part.group_by([key], use_threads=False).aggregate([(name, "first") for name in names])
        return grouped.rename_columns([name.removesuffix("_first") for name in grouped.schema.names])

    people = one_each("customer_id", _CUSTOMER_FACTS)
    people = people.append_column("as_of", pa.array([day] * people.num_rows, pa.timestamp("us")))
    if "is_holdout" not in people.schema.names:
        held = [is_held_out(one, firm.salt, firm.holdout_share) for one in people["customer_id"].to_pylist()]
        people = people.append_column("is_holdout", pa.array(held, pa.bool_()))
    goods = one_each("product_id", _PRODUCT_FACTS)
    if "because_of" in table.schema.names:
        known = set(goods["product_id"].to_pylist())
        others = sorted({one for one in table["because_of"].cast(pa.string()).to_pylist() if one} - known)
        goods = pa.concat_tables([goods, pa.table({"product_id": pa.array(others, pa.string())})],
                                 promote_options="default")  # fmt: skip
    return side(people, "customer_id"), side(goods, "product_id")


def _currency(table: pa.Table) -> str | None:
    if "currency" not in table.schema.names:
        return None
    counts = sorted(
        (-one["counts"], one["values"])
        for one in pc.value_counts(table["currency"]).to_pylist()
        if one["values"]
    )
    return str(counts[0][1]) if counts else None


def totals(found: Decision, trust: Trust | None, effects: str = "") -> Totals:
    """The plan in numbers; ``trust`` is what was learned of how much comes true, ``effects`` how effects are known."""
    rows, terms = found.chosen, found.terms(found.chosen)
    made = found.made
    priced = bool(found.appraisal.priced.any()) or not len(made)
    every = list(Channel)
    codes = np.array([every.index(Channel(name)) for name in made.channels], np.int64)
    channel = codes[made.channel[rows].astype(np.int64)] if len(codes) else np.zeros(0, np.int64)
    nothing = Trust(ASSUMED, ASSUMED * ASSUMED_SPREAD, 0, np.zeros(len(every), np.bool_))
    told = promise_of(terms, channel, trust or nothing, _basis(terms, effects))
    if found.appraisal.told:
        worth = found.value_cents
        told = Promise(worth, worth, worth, told.basis)
    permissions = float((terms.lost * found.permission_cents).sum())
    return Totals(
        value_cents=told.value_cents if priced else None,
        low_cents=told.low_cents if priced else None,
        high_cents=told.high_cents if priced else None,
        bound_cents=found.allocation.bound + permissions if priced else None,
        gap=found.allocation.gap,
        explore_cost_cents=found.explore_cost if priced else None,
        offers=len(rows),
        customers=len(np.unique(found.made.customer[rows])),
        held_out=int(made.customers.flags("is_holdout").sum()),
        contact_cents=float(terms.contact_cents.sum()),
        basis=told.basis,
    )


def _basis(terms: Worth, effects: str) -> str:
    """How the effects of the plan's offers are known: what share of the value rests on what, and on which contacts."""
    value = np.maximum(terms.value_cents, 0.0)
    total = value.sum() or 1.0
    words = ("a prior, not measured", "taken from contacts like it", "measured")
    parts = [
        f"{value[terms.basis == one].sum() / total:.0%} of the value {words[one]}"
        for one in (MEASURED, HIERARCHICAL, PRIOR)
        if (terms.basis == one).any()
    ]
    kinds = np.unique(terms.basis)
    first = BASES[kinds[0]] if len(kinds) == 1 else ", ".join(parts) if len(kinds) else BASES[PRIOR]
    return f"{first}; {effects}" if effects else first


def limits_table(found: Decision, rules: Rules, currency: str | None) -> pa.Table:
    """Each limit: how much there is, how much is used, what one more would earn."""
    rows = [
        {
            "kind": limit.kind,
            "name": limit.name,
            "unit": limit.unit,
            "capacity": float(limit.capacity),
            "used": float(used),
            "price_cents": float(price),
            "rule": rules.where(*limit.path),
            "says": say_price(limit, float(price), currency),
        }
        for limit, used, price in zip(
            found.limits, found.allocation.usage, found.allocation.prices, strict=True
        )
    ]
    numbers = [(name, pa.float64()) for name in ("capacity", "used", "price_cents")]
    texts = [(name, pa.string()) for name in ("kind", "name", "unit")]
    return pa.Table.from_pylist(
        rows, schema=pa.schema([*texts, *numbers, ("rule", pa.string()), ("says", pa.string())])
    )


def offers_table(found: Decision, rules: Rules, firm: Firm) -> pa.Table:
    """The chosen offers and what the hold-out would have got, best first for each customer."""
    made, value = found.made, found.appraisal.value_cents
    rows = np.concatenate([found.chosen, found.instead])
    is_chosen = np.concatenate([np.ones(len(found.chosen), np.bool_), np.zeros(len(found.instead), np.bool_)])
    chance = np.concatenate(
        [found.probability * (1 - firm.holdout_share), np.full(len(found.instead), firm.holdout_share)]
    )
    drawn = np.concatenate([found.drawn, np.zeros(len(found.instead), np.bool_)])
    order = np.lexsort((made.channel[rows], made.product[rows], -value[rows], made.customer[rows]))
    rows, is_chosen, chance, drawn = rows[order], is_chosen[order], chance[order], drawn[order]
    rank = _ranks(made.customer[rows].astype(np.int64))
    on_channel = _ranks_within(made.customer[rows].astype(np.int64) * len(made.channels) + made.channel[rows])
    picked, terms = subset(made, rows), found.terms(rows)
    slots = schedule(picked, rules, on_channel, is_chosen, firm.zone)
    ground = found.permission.ground[rows]
    similar = found.permission.similar_to[rows]
    return pa.table(
        {
            "customer_id": made.customers.ids.take(pa.array(made.customer[rows])),
            "rank": pa.array(rank + 1, pa.int64()),
            "product_id": made.products.ids.take(pa.array(made.product[rows])),
            "channel": pa.array(made.channels, pa.string()).take(pa.array(made.channel[rows])),
            "placement": slots.placement,
            "send_at": slots.send_at,
            "type": pa.array(KINDS).take(pa.array(made.pairs.kind[picked.pair])),
            "because_of": made.products.ids.take(_known(made.pairs.because[picked.pair])),
            "score": pa.array(made.pairs.score[picked.pair]),
            "chosen": pa.array(is_chosen),
            "probability": pa.array(chance),
            "discount_share": pa.array(_discount(picked, rules)),
            **_terms(terms),
            "basis": pa.array(BASES, pa.string()).take(pa.array(terms.basis)),
            "evidence": pa.array(_evidence(terms), pa.string()),
            **_weeks(picked),
            "legal_basis": pa.array(GROUNDS).take(pa.array(ground)),
            "similar_to": made.products.ids.take(pa.array(similar, mask=similar < 0)),
            "reason_code": pa.array(_codes(is_chosen, drawn), pa.string()),
        }
    )


def _terms(terms: Worth) -> dict[str, pa.Array]:
    """Amounts are left empty where no price is known: the value then ranks offers and is no money."""
    unpriced = ~terms.priced
    return {
        name: pa.array(getattr(terms, name), pa.float64(), mask=unpriced & name.endswith("_cents"))
        for name in TERMS
    }


def _evidence(terms: Worth) -> list[str | None]:
    """How much each contact adds by what was learned, in a sentence; of the others, where some were learned."""
    if (terms.basis == PRIOR).all():
        return [None] * len(terms.basis)
    ways = ("", "learned from contacts like it", "measured on {:,.0f} contacts with such products")
    out: list[str | None] = []
    for place, basis in enumerate(terms.basis.tolist()):
        if basis == PRIOR:
            out.append("What the contact adds is assumed, not measured.")
        elif np.isnan(terms.contacts[place]):
            out.append(None)
        else:
            low, effect, high = (
                100 * one[place] for one in (terms.effect_low, terms.effect, terms.effect_high)
            )
            how = ways[basis].format(terms.contacts[place])
            out.append(
                f"A hundred such contacts add {effect:.2g} purchases within a week ({low:.2g} to {high:.2g}), {how}."
            )
    return out


def _discount(picked: Candidates, rules: Rules) -> NDArray[np.float64]:
    """The reduction of each offer: that of its option, else the one that comes with all offers."""
    own = picked.pairs.given.get("discount")
    return discounts(picked.customers, rules)[picked.customer] if own is None else own[picked.pair]


def _weeks(picked: Candidates) -> dict[str, pa.Array]:
    """The customer's own usual weeks between purchases of each offer's need, and those after which it is over."""
    given = picked.pairs.given
    return {
        name: pa.array(given[name][picked.pair], from_pandas=True)
        for name in ("usual_weeks", "over_weeks")
        if name in given
    }


def _known(codes: NDArray[np.int32]) -> pa.Array:
    """Codes for taking; empty where there is none."""
    return pa.array(codes, mask=codes < 0)


def _codes(is_chosen: NDArray[np.bool_], drawn: NDArray[np.bool_]) -> list[str]:
    words = np.where(~is_chosen, "hold-out", np.where(drawn, "drawn to learn", "fits"))
    return [str(word) for word in words]


def _ranks(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """The place of each row within its group; groups stand together."""
    if not len(groups):
        return np.zeros(0, np.int64)
    first = np.flatnonzero(np.concatenate([[True], groups[1:] != groups[:-1]]))
    return np.arange(len(groups)) - np.repeat(first, np.diff(np.concatenate([first, [len(groups)]])))


def _ranks_within(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """The place of each row among those of its group, in their order; groups may be scattered."""
    order = np.argsort(groups, kind="stable")
    ranks = np.empty(len(groups), np.int64)
    ranks[order] = _ranks(groups[order])
    return ranks
