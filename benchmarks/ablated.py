"""The product as a player, each time without one of its parts: what is each worth?"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING
from unittest import mock

import numpy as np

from passend.decisions import deciding, options
from passend.decisions.knowledge.answers import CHANNELS, Contacts, learn_answers
from passend.decisions.knowledge.knowledge import BLOCK, Knowledge, Wants
from passend.decisions.promise import trust_of
from passend.market.policies.product import Passend

if TYPE_CHECKING:
    from collections.abc import Iterator

    from passend.decisions.deciding import Decision
    from passend.decisions.knowledge import Past
    from passend.decisions.knowledge.history import Ints
    from passend.decisions.rules import Rules
    from passend.market.policies.firm import FirmPast
    from passend.market.view import View


class Alike(Knowledge):
    """All that was learned, but every customer wants what is usual at the firm."""

    def wants(self, past: Past, customers: Ints) -> Iterator[tuple[Ints, Wants]]:
        """The usual interest of each need, for everybody."""
        del past
        usual = self.usual.activity * self.usual.share * self.usual.season
        for begin in range(0, len(customers), BLOCK):
            some = customers[begin : begin + BLOCK]
            interest = np.tile(usual, (len(some), 1))
            nothing = np.zeros_like(interest)
            yield some, Wants(interest, interest * self.usual.bought, nothing, nothing.astype(bool))


class WithoutNeeds(Passend):
    """Does not tell what a customer wants now."""

    name = "without needs"

    def _known(self, view: View, firm: FirmPast) -> Knowledge:
        known = super()._known(view, firm)
        return Alike(**{one.name: getattr(known, one.name) for one in fields(known)})


class WithoutEffects(Passend):
    """Learns nothing from answers to offers: what is assumed of a channel holds for ever."""

    name = "without effects"

    def _known(self, view: View, firm: FirmPast) -> Knowledge:
        known = super()._known(view, firm)
        none = np.zeros(0)
        nobody = Contacts(none, none.astype(int), none.astype(int), none, none, none, none)
        learned = known.taught.answers
        assumed = learn_answers(nobody, none.astype(bool), learned.centre, firm.past.groups)
        taught = replace(
            known.taught, answers=assumed, trust=trust_of(none, none, none, np.zeros(CHANNELS, bool))
        )
        return replace(known, taught=taught, willing=np.zeros_like(known.willing))


class WithoutRules(Passend):
    """Offers whatever promises most: what was just bought, what is far too dear, what brings next to nothing."""

    name = "without rules"

    def decision(self, view: View, firm: FirmPast, rules: Rules) -> Decision:
        """As the product, with its bounds at nothing."""
        with (
            mock.patch.object(options, "RELEVANT", 0.0),
            mock.patch.object(options, "_DEARER", 50.0),
            mock.patch.object(deciding, "ATTENTION", 0.0),
            mock.patch.object(deciding, "worth_of_permission", return_value=0.0),
        ):
            return super().decision(view, firm, rules)
