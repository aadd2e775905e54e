"""What a player is."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the names of players are told without the world that they play in
    import numpy as np

    from passend.market.offers import Limits, Offers
    from passend.market.view import View


class Policy:
    """Decides each Monday who is offered what. Derive from it, give it a name, and write ``decide``.

    Attributes:
        name: as it stands in the table.
        considered: what it chose from in the last decision, with its scores, if it wants its loss split into
            estimation and allocation.
    """

    name = "policy"
    considered: "Offers | None" = None

    def decide(self, view: "View", limits: "Limits", rng: "np.random.Generator") -> "Offers":
        """The offers of the coming week.

        Args:
            view: all that a firm sees.
            limits: to be kept: capacities by channel, gap, discount, budget.
            rng: the only source of chance, so that a play can be repeated.
        """
        raise NotImplementedError
