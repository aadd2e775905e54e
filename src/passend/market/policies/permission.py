"""What a lost permission costs: as much as keeps withdrawals to a share of those of a firm that never holds back."""

import numpy as np

from passend.customers.offer_effects import Patience
from passend.customers.offer_effects.patience import FullUse
from passend.market.offers import Limits, Offers
from passend.market.view import View


class PermissionPrice:
    """A price that rises while more would be lost than may be, and falls else, week by week.

    Attributes:
        weeks: the price, in weeks of what the best offer to a customer brings.
    """

    def __init__(self, least_weeks: float, customers: int) -> None:
        self._least = least_weeks
        self.weeks = 4.0 * least_weeks
        self._full = FullUse(customers)

    def move(
        self,
        view: View,
        limits: Limits,
        patience: Patience,
        chosen: Offers,
        share: float,
        rng: np.random.Generator,
    ) -> None:
        """Look at a week's offers, before they are sent.

        Losses that are only assumed do not count: where nobody ever withdrew, nothing has to be saved up.

        Args:
            view: what the firm knows.
            limits: the firm's.
            patience: what is known of annoyance.
            chosen: the offers.
            share: of those whom full use of all channels would lose, how many may be lost.
            rng: draws whom full use would contact.
        """
        lost = patience.seen * float(patience.lost(chosen.channel, chosen.customer).sum())
        resting = view.contacts.customer[view.weeks_ago(view.contacts.at) < limits.gap_weeks]
        known = np.setdiff1d(view.customers, resting)
        may = (known, view.permitted[known])
        full = self._full.week(view.week, may, limits.capacity, limits.gap_weeks, rng)
        most = share * patience.hazard * full
        # Small steps: a price that jumps would send everything in one week and nothing in the next.
        step = float(np.clip(lost / max(most, 1e-12), 0.25, 4.0)) ** 0.25
        self.weeks = max(self.weeks * step, self._least)
