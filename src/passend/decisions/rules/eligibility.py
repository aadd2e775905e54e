"""Step two of the funnel: which offers may be made at all, by the firm's own rules."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from passend.decisions.candidates import KINDS, Candidates, Side
from passend.decisions.reasons import Losses, Reason
from passend.decisions.rules.schema import Condition, Gate, Rules

Mask = NDArray[np.bool_]


def stop_ineligible(made: Candidates, rules: Rules, losses: Losses, owned: pa.Table | None) -> None:
    """Note what verdicts, owned products and the rules ``never`` and ``only`` forbid.

    Args:
        made: the candidates.
        rules: the firm's rules.
        losses: is written.
        owned: customer_id, product_id and last_bought_at of what customers have, for rules on it.
    """
    verdict = made.customers.texts("verdict")
    alone = (verdict == "leave alone")[made.customer]
    losses.stop(Reason("eligible", "left alone", "the customer is left alone"), alone)
    up_sell = (verdict == "up-sell instead")[made.customer]
    kinds = made.pairs.kind[made.pair]
    lifts = np.isin(kinds, [KINDS.index("upgrade"), KINDS.index("service")])
    losses.stop(Reason("eligible", "up-sell only", "the customer gets better products only, no further ones"),
                up_sell & ~lifts)  # fmt: skip
    inactive = ~made.products.flags("is_active", missing=True)
    losses.stop(Reason("eligible", "not on sale", "the product is not on sale"), inactive[made.product])
    stop_by_gates(made, rules, losses, owned)


def stop_by_gates(made: Candidates, rules: Rules, losses: Losses, owned: pa.Table | None) -> None:
    """Note what the rules ``never`` and ``only`` forbid."""
    has = _has(made, rules, owned)
    for gate in rules.gates:
        what = _what(gate.what, made)
        who = (_who(gate, made, has) & _bought(gate, made, owned))[made.customer] & gate.holds_in(
            made.as_of.month
        )
        forbidden = what & who if gate.kind == "never" else what & ~who
        losses.stop(Reason("eligible", f"rule {'.'.join(gate.path)}", _says(gate, rules)), forbidden)


def _says(gate: Gate, rules: Rules) -> str:
    where = rules.where(*gate.path)
    because = gate.because or f"the rule {gate.kind} forbids it"
    return f"{because} (rules.yaml, {where})"


def _has(made: Candidates, rules: Rules, owned: pa.Table | None) -> Mapping[str, Mask]:
    """For each product that a rule names as owned: who has it."""
    wanted = {word for gate in rules.gates for word in gate.who.texts.get("owns", ())}
    found = {word: np.zeros(len(made.customers), np.bool_) for word in wanted}
    if owned is None or not wanted:
        return found
    who = made.customers.codes_of(owned["customer_id"].cast(pa.string()))
    what = np.asarray(owned["product_id"].cast(pa.string()).to_pylist(), dtype=object)
    for word in wanted:
        codes = who[(what == word) & (who >= 0)]
        found[word][codes] = True
    return found


def _bought(gate: Gate, made: Candidates, owned: pa.Table | None) -> Mask:
    """Who bought of the products and categories that a rule names within its days; everybody where it does not ask."""
    days = gate.who.numbers.get("bought_within_days")
    if days is None:
        return np.ones(len(made.customers), np.bool_)
    bought = np.zeros(len(made.customers), np.bool_)
    if owned is None:
        return bought
    named = np.flatnonzero(_named(gate.what, made))
    day = np.datetime64(made.as_of) - np.timedelta64(days, "D")
    who = made.customers.codes_of(owned["customer_id"].cast(pa.string()))
    what = made.products.codes_of(owned["product_id"].cast(pa.string()))
    late = owned["last_bought_at"].cast(pa.timestamp("us")).to_numpy() >= day
    bought[who[late & (who >= 0) & np.isin(what, named)]] = True
    return bought


def _named(what: Condition, made: Candidates) -> Mask:
    """The products that a rule speaks of."""
    fits = np.ones(len(made.products), np.bool_)
    if "product" in what.texts:
        fits[:] = False
        known = made.products.codes_of(list(what.texts["product"]))
        fits[known[known >= 0]] = True
    if "category" in what.texts:
        categories = made.products.texts("category")
        fits &= np.any([under(categories, word) for word in what.texts["category"]], axis=0)
    return fits


def under(categories: NDArray[np.object_], wanted: str) -> Mask:
    """Which categories are the wanted one or below it."""
    return np.array([one == wanted or one.startswith(f"{wanted} > ") for one in categories], dtype=np.bool_)


def _what(condition: Condition, made: Candidates) -> Mask:
    fits = _named(condition, made)[made.product]
    for name, words in condition.texts.items():
        if name == "type":
            fits &= np.isin(made.pairs.kind[made.pair], [KINDS.index(word) for word in words])
        elif name == "channel":
            fits &= np.isin(
                made.channel, [made.channels.index(word) for word in words if word in made.channels]
            )
    return fits


def _who(gate: Gate, made: Candidates, has: Mapping[str, Mask]) -> Mask:
    """Whom it concerns; who is of unknown age or segment fits no rule that asks for it.

    Only the year of birth is known. In doubt a rule ``never`` holds and a rule ``only`` does not.
    """
    customers, condition = made.customers, gate.who
    fits = np.ones(len(customers), np.bool_)
    for name, words in condition.texts.items():
        if name == "owns":
            fits &= np.any([has[word] for word in words], axis=0)
        else:
            fits &= np.isin(customers.texts(name), list(words))
    oldest = made.as_of.year - customers.numbers("birth_year")
    youngest = oldest - 1
    doubt = gate.kind == "never"
    with np.errstate(invalid="ignore"):
        if "age_from" in condition.numbers:
            fits &= (oldest if doubt else youngest) >= condition.numbers["age_from"]
        if "age_below" in condition.numbers:
            fits &= (youngest if doubt else oldest) < condition.numbers["age_below"]
        if "returned_within_days" in condition.numbers:
            fits &= _days_since(customers, "last_return_at") <= condition.numbers["returned_within_days"]
    if "open_complaint" in condition.flags:
        fits &= customers.flags("has_complaint") == condition.flags["open_complaint"]
    return fits


def _days_since(customers: Side, name: str) -> NDArray[np.float64]:
    return customers.numbers("as_of") - customers.numbers(name)
