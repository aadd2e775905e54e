"""What an offer is assumed to bring while nothing has been measured: small, and very uncertain.

Where a firm's past is known, the prior is that of ``knowledge/answers.py``: log odds by channel, need, price and
discount. Where only a table of offers is given, what is usual by channel is taken from the same prior; the relation
scales it, and a known fit (the recommendation's score) moves it by at most a factor of two. The 95 % interval runs from
about a twelfth to about four times the mean (log-normal, sigma 1).
"""

import numpy as np
from numpy.typing import NDArray

from passend.decisions.candidates import KINDS
from passend.decisions.knowledge.answers import usual_effect
from passend.vocabulary import Channel

#: How the effect of other relations compares with a complement's.
BY_KIND = {"complement": 1.0, "next": 1.0, "substitute": 0.3, "upgrade": 0.5, "service": 0.5, "popular": 0.3}
#: Share of the extra sales that the customer would have made later anyway, where no purchases are known.
ANYWAY = {"complement": 0.1, "next": 0.3, "substitute": 0.9, "upgrade": 1.0, "service": 0.1, "popular": 0.3}
#: Share of an added sale that customers save elsewhere in the shop, as far as they spend there at all.
MOVED = 0.2
#: Chance of buying the product in the time without any offer, where nobody has estimated it.
BASE_PROBABILITY = 0.01
SIGMA = 1.0
#: Half-width of the 95 % interval of a margin's share where the cost is not known: retail margins differ that much.
MARGIN_DOUBT = 0.2
#: Where no price is known at all, a sale counts as one unit of this many cents, so that offers can still be ranked.
NOMINAL_CENTS = 100.0
#: Contacts on a channel from which on its effect counts as measured.
LEAST_COUNTED = 100


def prior_effect(
    channels: tuple[str, ...], channel: NDArray[np.int8], kind: NDArray[np.int8], fit: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The assumed effect of each candidate: extra purchases a contact."""
    by_channel = np.array([usual_effect(Channel(name)) for name in channels])
    by_kind = np.array([BY_KIND[name] for name in KINDS])
    return np.asarray(by_channel[channel] * by_kind[kind] * fit, dtype=np.float64)


def prior_interval(effect: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The 95 % interval of a log-normal with this mean."""
    median = effect * np.exp(-(SIGMA**2) / 2)
    return median * np.exp(-1.96 * SIGMA), median * np.exp(1.96 * SIGMA)
