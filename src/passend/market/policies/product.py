"""What passend does, on a market's Mondays: the same calls as ``passend plan``, with no formula of its own."""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from passend.decisions.deciding import Decision, Firm, decide
from passend.decisions.knowledge import Knowledge, learn
from passend.decisions.knowledge.learning import known_today
from passend.decisions.options import candidates_of, open_shelf, options
from passend.decisions.permissions import permissions_of
from passend.decisions.rules import Rules, load_rules
from passend.kernels.holdout import is_held_out
from passend.market.offers import Limits, Offers, make_offers, no_offers
from passend.market.parameters import CHANNELS
from passend.market.policies.firm import FirmPast, consents_of, contacts_of, firm_past
from passend.market.policies.policy import Policy
from passend.market.view import View

#: Weeks until needs and answers are learned anew.
_AGAIN = 12
#: A budget beyond which there is no limit.
_ENDLESS = 1e8


class Passend(Policy):
    """The product itself: learns from the firm's tables, and decides under the market's limits.

    Attributes:
        holdout_share: customers who are kept without offers.
        explored: share of customers for whom an offer may be drawn.
    """

    name = "passend"
    holdout_share = 0.02
    explored = 0.2

    def __init__(self) -> None:
        self._learned = -_AGAIN
        self._knowledge: Knowledge
        self._willing = np.zeros(0)
        self._held: dict[str, bool] = {}

    def decide(self, view: View, limits: Limits, rng: np.random.Generator) -> Offers:
        """The plan of a Monday."""
        del rng
        rules = rules_of(limits, self.explored)
        firm = firm_past(view, rules)
        found = self.decision(view, firm, rules)
        self.considered = _offers(found, firm, np.flatnonzero(found.losses.alive))
        chosen = _offers(found, firm, found.chosen)
        return (
            replace(chosen, probability=found.probability * (1 - self.holdout_share))
            if len(chosen)
            else no_offers()
        )

    def decision(self, view: View, firm: FirmPast, rules: Rules) -> Decision:
        """All that was considered."""
        knowledge = self._known(view, firm)
        held = [self._is_held_out(one) for one in firm.customers.ids.to_pylist()]
        facts = firm.customers.facts.append_column("is_holdout", pa.array(held, pa.bool_()))
        customers = replace(firm.customers, facts=facts)
        words = consents_of(view, firm)
        found = options(firm.past, knowledge, rules, open_shelf(len(customers), len(firm.products)))
        made = candidates_of(found, (customers, firm.products), tuple(one.name for one in rules.used))
        return decide(
            made, found.informed, rules,
            Firm(words, contacts_of(view, firm), holdout_share=self.holdout_share,
                 permissions=permissions_of(made, rules, words, knowledge.patience)),
        )  # fmt: skip

    def _known(self, view: View, firm: FirmPast) -> Knowledge:
        if view.week - self._learned >= _AGAIN:
            self._learned, self._knowledge = view.week, learn(firm.past)
            self._willing = np.zeros(view.count)
            self._willing[firm.known] = self._knowledge.willing
            return self._knowledge
        return known_today(self._knowledge.taught, firm.past, self._willing[firm.known])

    def _is_held_out(self, customer: str) -> bool:
        if customer not in self._held:
            self._held[customer] = is_held_out(customer, "passend", self.holdout_share)
        return self._held[customer]


def rules_of(limits: Limits, explored: float) -> Rules:
    """A market's limits as the rules of a firm: a plan for a week, one offer a customer."""
    channels = {
        name: {"use": capacity > 0, "capacity": capacity, "cost_cents": cost, "needs": "consent"}
        for name, capacity, cost in zip(CHANNELS, limits.capacity, limits.cost, strict=True)
    }
    said = {
        "customer": {"most_offers": 1, "gap_days": 7 * limits.gap_weeks},
        "channels": channels,
        "explore": {"share": explored, "most_cost_share": 0.1},
        "values": {"discount_share": limits.discount},
    }
    if limits.budget < _ENDLESS:
        said["budget"] = {"money": limits.budget / 100}
    return load_rules(said)


def _offers(found: Decision, firm: FirmPast, rows: np.ndarray) -> Offers:
    made = found.made
    channels = np.array([CHANNELS.index(name) for name in made.channels])
    return make_offers(
        firm.known[made.customer[rows]], made.product[rows], channels[made.channel[rows]],
        made.pairs.given["discount"][made.pair[rows]], found.appraisal.value_cents[rows],
    )  # fmt: skip
