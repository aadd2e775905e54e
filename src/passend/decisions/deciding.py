"""The decision itself: library -> eligible -> permitted -> suitable -> worth it -> chosen."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from passend.decisions.allocate import Allocation, Ask, Problem, allocate, gains, respond
from passend.decisions.candidates import Candidates, subset
from passend.decisions.explore import Belief, Explored, explore
from passend.decisions.limits import Limit, families, grouping, limit_name, problem, without_limits
from passend.decisions.permissions import Permissions, permission_limit, worth_of_permission
from passend.decisions.promise import Trust
from passend.decisions.reasons import Losses, Reason
from passend.decisions.rules.consent import Permission, contacts_left, stop_forbidden
from passend.decisions.rules.eligibility import stop_ineligible
from passend.decisions.rules.schema import Rules
from passend.decisions.value import (
    BRINGS,
    BRINGS_NOTHING,
    DOES_HARM,
    Appraisal,
    Source,
    Worth,
    appraise,
    worth,
)

#: An offer has to bring at least this share of the best offer to a usual customer: few, and well placed.
ATTENTION = 0.2


@dataclass(frozen=True)
class Firm:
    """What else is known when offers are decided.

    Attributes:
        consents: the latest word of customers on channels: customer_id, channel, is_given, basis.
        contacts: contacts of late, outwards: customer_id, channel, days_ago.
        owned: customer_id, product_id and last_bought_at of what customers have; needed for rules on it only.
        holdout_share: share of customers who are kept without offers.
        salt: draws the hold-out and the exploration.
        currency: of the amounts.
        zone: time zone of the hours in the rules.
        permissions: what is known of withdrawals.
        trust: how much of what was foreseen came true, where that is known.
        asking: makes what lets the customers choose elsewhere, on many machines; None for here.
        effects: how the effects that come with the offers are known, in words, or why they cannot be measured.
    """

    consents: pa.Table | None = None
    contacts: pa.Table | None = None
    owned: pa.Table | None = None
    holdout_share: float = 0.1
    salt: str = "passend"
    currency: str | None = None
    zone: str = "UTC"
    effects: str = ""
    permissions: Permissions = field(default_factory=Permissions)
    trust: Trust | None = None
    asking: Callable[[Problem], Ask | None] | None = None


@dataclass(frozen=True)
class Decision:
    """What was decided, and all that led to it.

    Attributes:
        made: all candidates.
        source: tells what is known of each.
        rules: the rules in force.
        appraisal: what each is worth; ``terms`` tells why.
        losses: for each candidate the reason that stopped it, if any.
        permission: the legal ground of each.
        chosen: int64, the candidates that are offered.
        instead: int64, what the hold-out would have been offered, at the same prices.
        probability: float64 (chosen), the chance with which each was chosen.
        drawn: bool (chosen), whether chance put it in the place of a better one.
        allocation: prices, use of limits, value before exploring, bound and gap.
        limits: in the order of the prices.
        explore_cost: expected value that exploring gives up.
        explore_share: share of choices that is drawn, after the bound on its cost.
        permission_cents: the least that a lost permission costs.
    """

    made: Candidates
    source: Source
    rules: Rules
    appraisal: Appraisal
    losses: Losses
    permission: Permission
    chosen: NDArray[np.int64]
    instead: NDArray[np.int64]
    probability: NDArray[np.float64]
    drawn: NDArray[np.bool_]
    allocation: Allocation
    limits: list[Limit] = field(default_factory=list)
    explore_cost: float = 0.0
    explore_share: float = 0.0
    permission_cents: float = 0.0

    @property
    def value_cents(self) -> float:
        """Expected incremental profit of the offers that are made."""
        return float(self.appraisal.value_cents[self.chosen].sum())

    def terms(self, rows: NDArray[np.int64]) -> Worth:
        """Every term of the value of some candidates."""
        return worth(self.source(subset(self.made, rows)))


def decide(made: Candidates, source: Source, rules: Rules, firm: Firm) -> Decision:
    """Choose offers for all customers under the rules.

    Args:
        made: the offers that might be made.
        source: tells what is known of each.
        rules: the firm's rules.
        firm: what else is known.
    """
    terms = appraise(made, source)
    losses = Losses(np.full(len(made), -1, np.int16))
    stop_ineligible(made, rules, losses, firm.owned)
    permission = stop_forbidden(made, rules, losses, firm.consents, firm.contacts)
    _stop_unsuitable(made, rules, terms, losses)
    # Whoever is not asked loses no permission: of two offers of equal value the one that annoys less is better.
    permission_cents = worth_of_permission(made, terms.value_cents, rules)
    priced = terms.value_cents - terms.lost * permission_cents
    _stop_worthless(terms, priced, _attention(made, priced, terms), losses)
    held = made.customers.flags("is_holdout")[made.customer]
    rooms = contacts_left(made, rules, firm.contacts)
    groups = grouping(made, rules)

    def arrays(rows: NDArray[np.int64]) -> tuple[Problem, NDArray[np.int64], list[Limit]]:
        part = subset(made, rows)
        found = families(part, rules, terms.contact_cents[rows], firm.currency)
        found += permission_limit(part, terms.lost[rows], rules, firm.permissions)
        one, order, limits = problem(part, priced[rows], found, rooms, groups)
        return one, rows[order], limits

    offered, rows, limits = arrays(np.flatnonzero(losses.alive & ~held))
    found = allocate(offered, ask=firm.asking(offered) if firm.asking else None)
    drawn = _explored(offered, found, (terms, rows), rules, (made, firm.salt))
    chosen = drawn.chosen
    spare, spare_rows, _ = arrays(np.flatnonzero(losses.alive & held))
    instead = spare_rows[respond(without_limits(spare), found.prices)]
    losses.stop(
        Reason("chosen", "hold-out", "kept without offers, to measure what offers bring"), losses.alive & held
    )
    _stop_unchosen(losses, (offered, rows, limits), found, drawn)
    picked = np.argsort(rows[chosen], kind="stable")
    return Decision(
        made, source, rules, terms, losses, permission, rows[chosen][picked], np.sort(instead),
        drawn.probability[chosen][picked], drawn.drawn[chosen][picked], found, limits, drawn.cost, drawn.share,
        permission_cents,
    )  # fmt: skip


def _stop_unsuitable(made: Candidates, rules: Rules, terms: Appraisal, losses: Losses) -> None:
    if terms.priced.any():
        losses.stop(
            Reason("suitable", "no price", "the product's price is not known, so its worth cannot be told"),
            ~terms.priced,
        )
    if not terms.told:
        losses.stop(
            Reason(
                "suitable", "no margin", "a sale of the product earns nothing after its cost and the discount"
            ),
            ~terms.has_margin,
        )
    out = [name for name, pieces in rules.stock.items() if pieces == 0]
    if out:
        sold_out = np.isin(made.product, made.products.codes_of(out))
        losses.stop(Reason("suitable", "out of stock", "the product is out of stock"), sold_out)


def _attention(made: Candidates, priced: NDArray[np.float64], terms: Appraisal) -> float:
    """What an offer has to bring beside its costs: a share of the best offer to a usual customer."""
    if terms.told or not len(priced):
        return 0.0
    best = np.full(len(made.customers), 0.0)
    np.maximum.at(best, made.customer, priced)
    return ATTENTION * float(best[best > 0].mean()) if (best > 0).any() else 0.0


def _stop_worthless(terms: Appraisal, priced: NDArray[np.float64], attention: float, losses: Losses) -> None:
    """Stop what was learned to bring nothing, or less than it costs; then what is assumed to."""
    learned = np.zeros_like(terms.learned) if terms.told else terms.learned
    for found, code, says in (
        (DOES_HARM, "does harm", "such contacts lowered sales where they were tried (measured)"),
        (
            BRINGS_NOTHING,
            "brings nothing",
            "such contacts brought no extra sales where they were tried (measured)",
        ),
    ):
        losses.stop(Reason("worth it", code, says), learned == found)
    costly = priced <= 0
    says = "the contact costs more than it is expected to bring"
    by_contacts = "the contact costs more than such contacts brought where they were tried (measured)"
    losses.stop(Reason("worth it", "measured to cost more", by_contacts), costly & (learned == BRINGS))
    if terms.priced.any():  # without a single price nothing can be said to cost more than it brings
        losses.stop(Reason("worth it", "costs more", says), costly)
    says = "it would bring so little that it is not worth the customer's attention"
    losses.stop(Reason("worth it", "too little", says), costly | (priced < attention))


def _explored(
    offered: Problem,
    found: Allocation,
    believed: tuple[Appraisal, NDArray[np.int64]],
    rules: Rules,
    who: tuple[Candidates, str],
) -> Explored:
    made, salt = who
    terms, rows = believed
    belief = Belief(offered.value.astype(np.float64), terms.error_cents[rows].astype(np.float64))
    return explore(
        offered,
        found.chosen,
        belief,
        rules.explore,
        lambda place: f"{salt}:{made.as_of:%Y-%m-%d}:{made.customers.ids[place].as_py()}",
    )


def _stop_unchosen(
    losses: Losses, arrays: tuple[Problem, NDArray[np.int64], list[Limit]], found: Allocation, drawn: Explored
) -> None:
    """Name what stood in the way of each offer that was worth it and is not in the plan."""
    offered, rows, limits = arrays
    passed = ~drawn.chosen
    gain = gains(offered, found.prices)
    tops = found.usage >= offered.capacity - np.maximum(1e-6 * offered.capacity, 1e-9)
    dearest, most = np.full(len(rows), -1, np.int64), np.zeros(len(rows))
    for family in range(offered.limit.shape[1]):
        at = offered.limit[:, family]
        cost = (
            np.where(at >= 0, found.prices[at] * offered.weight[:, family], 0.0)
            if len(limits)
            else np.zeros(len(rows))
        )
        full = (
            (at >= 0) & tops[at] & (offered.weight[:, family] > 0)
            if len(limits)
            else np.zeros(len(rows), np.bool_)
        )
        cost = np.where(full & (cost <= 0), 1e-9, cost)
        dearest = np.where(cost > most, at, dearest)
        most = np.maximum(most, cost)
    owner = np.repeat(np.arange(offered.n_customers), np.diff(offered.starts))
    taken = np.bincount(owner[drawn.chosen], minlength=offered.n_customers)
    out_of_room = offered.room[owner] == 0
    channel_shut = offered.channel_room[owner, offered.channel] == 0
    mask = np.zeros(len(losses.why), np.bool_)

    def stop(reason: Reason, where: NDArray[np.bool_]) -> None:
        mask[:] = False
        mask[rows[where & passed]] = True
        losses.stop(reason, mask)

    stop(
        Reason("chosen", "contacts", "the customer had as many contacts as the rules allow"),
        out_of_room | channel_shut,
    )
    beaten = (gain > 0) & (taken[owner] > 0)
    stop(Reason("chosen", "better offers", "better offers take the customer's places"), beaten)
    for place, limit in enumerate(limits):
        says = f"{limit_name(limit)} goes to offers that bring more"
        stop(Reason("chosen", limit.code, says), dearest == place)
    stop(Reason("chosen", "better offers", "better offers take the customer's places"), passed)
