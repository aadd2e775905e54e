"""Why this, why not that: the first rule at which a product falls out of a placement, or why it stands where it stands.

The rules are walked in the order in which the code that answers shops walks them, with its own parts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow.compute as pc

from passend.engines.lookup import Wanted, look_up
from passend.flow.serving.answering import Case, Question
from passend.flow.serving.desk import Desk
from passend.flow.serving.looking_at import FIRM, case_of, decided, really
from passend.flow.serving.retrieving import Found, next_ones
from passend.flow.serving.shelf import LEFT_ALONE, PINNED, TYPES, TYPES_OF
from passend.language import phrase, retold
from passend.workspace import Workspace

#: Further down than this nobody looks for a product in a list.
_DEEP = 10_000


@dataclass(frozen=True)
class Why:
    """What became of a product.

    Attributes:
        product_id: the product.
        rule: ``shown``, or the first rule at which it fell out.
        place: in the whole list, 1 is first; None where it is not in it.
        says: the same in sentences.
        figures: what was counted: orders with both, how many chance explains, strength and its interval.
        decision: of a person, where one counts.
    """

    product_id: str
    rule: str
    place: int | None
    says: tuple[str, ...]
    figures: Mapping[str, Any] = field(default_factory=dict)
    decision: Mapping[str, Any] | None = None


def why(desk: Desk, workspace: Workspace, asked: Question, product_id: str) -> Why:
    """Why a product stands at a placement for a visitor, or why not.

    Raises:
        WorkspaceError: nothing is laid out for shops yet.
    """
    real = really(desk, asked)
    code = real.shelf.code.get(product_id)
    if code is None:
        return Why(
            product_id, "unknown", None, (phrase("There is no such product in the lists of this moment."),)
        )
    if real.held_out and real.trial is None:
        return Why(product_id, "held out", None, (_kept_without(FIRM),))
    case = case_of(real, asked)
    fell = _barred(desk, workspace, case, code) or _unsold(case, code)
    if fell is not None:
        return fell
    ranked = case.listed(_DEEP)[0]
    place = next((place for place, one in enumerate(ranked, 1) if one[0] == code), None)
    if place is None:
        return _not_found(workspace, case, code)
    found = _stands(desk, workspace, case, ranked[place - 1], place)
    if real.held_out:
        return replace(found, rule="held out", says=(_kept_without("placement"), *found.says))
    return found


def _kept_without(whose: str) -> str:
    if whose == FIRM:
        return phrase("This customer belongs to the firm's hold-out and gets no recommendations at all.")
    return phrase("At this placement this visitor sees nothing, to measure what the placement brings.")


def _barred(desk: Desk, workspace: Workspace, case: Case, code: int) -> Why | None:
    """The first rule that bars it."""
    product = case.shelf.product_ids[code]
    rule = next((rule for rule, codes in case.bars() if code in codes), None)
    if rule is None:
        return None
    decision = None
    if rule == "buried":
        decision = decided(desk, case).get((product, "bury"))
        says = _by(phrase("Buried at this placement"), decision)
    elif rule == "kept apart":
        says = _apart(workspace, case, product)
    else:
        says = {
            "at hand": phrase("It is the product of the page, or lies in the cart."),
            "excluded": phrase("The shop's question excludes it."),
            "owned": phrase("The customer has bought it already."),
        }[rule]
    return Why(product, rule, None, (says,), decision=decision)


def _apart(workspace: Workspace, case: Case, product: str) -> str:
    """Who forbade it, or what it replaces."""
    ids = case.shelf.product_ids
    hands = [ids[one] for one in case.hands]
    if workspace.has("relation_edits") and hands:
        said = workspace.find("relation_edits", "product_id", *hands)
        for row in sorted(said.to_pylist(), key=lambda row: row["edited_at"], reverse=True):
            if row["other_id"] == product and row["action"] == "release":
                break
            if (row["other_id"], row["action"]) == (product, "forbid"):
                return phrase(
                    "{author} forbade it beside {product} on {day:d}: {note}", author=row["author"],
                    product=row["product_id"], day=row["edited_at"], note=row["note"],
                )  # fmt: skip
    return phrase("It replaces a product at hand, so it is not offered beside it.")


def _unsold(case: Case, code: int) -> Why | None:
    if case.is_sold(code):
        return None
    return Why(
        case.shelf.product_ids[code],
        "stock",
        None,
        (phrase("It cannot be bought now: sold out, or not on sale."),),
    )


def _not_found(workspace: Workspace, case: Case, code: int) -> Why:
    """Nothing brings it: consent, rest, or too little that speaks for it."""
    product = case.shelf.product_ids[code]
    is_meant = code in {one[0] for one in next_ones(case.shelf, case.person)}
    is_pinned = case.words is not None and code in case.words.pinned
    if case.is_quiet and (is_meant or is_pinned):
        return Why(product, *_quiet(workspace, case))
    figures = _together(workspace, case, product)
    least = workspace.settings.whole("products.min_together")
    if figures and figures["support"] < least:
        says = phrase(
            "{support:n} order held both it and {product}; from {least:n} on it counts as a relation.",
            "{support:n} orders held both it and {product}; from {least:n} on it counts as a relation.",
            support=figures["support"], product=figures["with"], least=least,
        )  # fmt: skip
        return Why(product, "below the threshold", None, (says,), figures)
    if figures:
        says = phrase(
            "{support:n} order held both it and {product}: not more than chance explains, so there is no relation "
            "of this kind.",
            "{support:n} orders held both it and {product}: not more than chance explains, so there is no relation "
            "of this kind.",
            support=figures["support"], product=figures["with"],
        )  # fmt: skip
        return Why(product, "below the threshold", None, (says,), figures)
    says = phrase(
        "Nothing brings it here: no relation, no list of the customer, and it is not among what sells now."
    )
    return Why(product, "not retrieved", None, (says,))


def _quiet(workspace: Workspace, case: Case) -> tuple[str, None, tuple[str, ...]]:
    customer = case.asked.customer
    flags = case.shelf.customers.flags[case.person] if case.person >= 0 else 0
    is_alone = case.moment.alone.get(customer, bool(flags & LEFT_ALONE))
    if not is_alone or case.moment.refusing.get(customer):
        no = phrase(
            "The customer refused offers on the site: nothing personal is shown, and nothing that was placed."
        )
        return "consent", None, (no,)
    rows = (
        workspace.find("verdicts", "customer_id", customer).to_pylist() if workspace.has("verdicts") else []
    )
    alone = phrase("The customer is left alone: nothing personal is shown, and nothing that was placed.")
    reason = rows[0]["reason"] if rows else ""
    return "left alone", None, (alone, *([retold(reason)] if reason else []))


def _together(workspace: Workspace, case: Case, product: str) -> dict[str, Any]:
    """Orders that held it and the first product at hand; nothing where there are no orders or no product at hand."""
    if not case.hands or not workspace.has("orders"):
        return {}
    beside = case.shelf.product_ids[case.hands[0]]
    asked = Wanted("product_id", (product, beside))
    rows = look_up(workspace.files("orders"), asked, ("order_id", "product_id"))
    orders = {
        one: set(rows.filter(pc.equal(rows["product_id"], one))["order_id"].to_pylist())
        for one in (product, beside)
    }
    both = len(orders[product] & orders[beside])
    return {"with": beside, "support": both, "orders": len(orders[product]), "base": len(orders[beside])}


def _stands(desk: Desk, workspace: Workspace, case: Case, one: Found, place: int) -> Why:
    """Why it stands there: who placed it, which relation and what was counted."""
    code, kind, because, _, _ = one
    product = case.shelf.product_ids[code]
    name = TYPES[kind % PINNED]
    decision, says = _placed(desk, case, code, place)
    row = _relation(workspace, case, one) if because >= 0 else None
    if row is not None:
        says.append(retold(row["reason"]))
        if row["is_pinned"] and row["author"]:
            says.append(_by(phrase("People pinned this relation"), row))
    elif name == "popular":
        says.append(phrase("Nothing better is known, so it is here because it sells well now."))
    elif because >= 0 and one[4] is not None:
        says.append(retold(one[4].reason[one[3]]))
    figures = {} if row is None else {name: row[name] for name in _FIGURES}
    limit = case.asked.limit
    if place > limit:
        far = phrase("It stands at place {place:n}; {limit:n} are shown.", place=place, limit=limit)
        return Why(product, "limit", place, (far, *says), figures, decision)
    return Why(product, "shown", place, tuple(says), figures, decision)


_FIGURES = ("type", "support", "expected", "base", "strength", "low", "high")


def _placed(desk: Desk, case: Case, code: int, place: int) -> tuple[Mapping[str, Any] | None, list[str]]:
    """What somebody decided about it here."""
    if case.words is None or case.is_quiet:
        return None, []
    product, told = case.shelf.product_ids[code], decided(desk, case)
    if code in case.words.pinned:
        decision = told.get((product, "pin"))
        return decision, [_by(phrase("Pinned at this placement"), decision)]
    if code not in case.words.boosted:
        return None, []
    decision = told.get((product, "boost"))
    plain = replace(case, words=replace(case.words, boosted={})).listed(_DEEP)[0]
    before = next((at for at, one in enumerate(plain, 1) if one[0] == code), place)
    lifted = phrase("Boosted from place {before:n} to place {place:n}", before=before, place=place)
    return decision, [_by(lifted, decision)]


def _by(what: str, decision: Mapping[str, Any] | None) -> str:
    """By whom, and why."""
    if decision is None:
        return what + "."
    return phrase("{what} by {author}: {note}", what=what, author=decision["author"], note=decision["note"])


def _relation(workspace: Workspace, case: Case, one: Found) -> dict[str, Any] | None:
    """The relation that it comes from, with its counts."""
    ids = case.shelf.product_ids
    product, beside = ids[one[0]], ids[one[2]]
    if not workspace.has("relations"):
        return None
    kinds = {*TYPES_OF[case.asked.intent], TYPES[one[1] % PINNED]}
    rows = [
        row
        for row in workspace.find("relations", "product_id", beside).to_pylist()
        if row["other_id"] == product and row["type"] in kinds
    ]
    return min(rows, key=lambda row: (row["type"] != TYPES[one[1] % PINNED], row["rank"]), default=None)
