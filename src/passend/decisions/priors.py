"""What an offer is assumed to bring while nothing has been measured: small, and very uncertain.

The figures are extra purchases by one contact, as a share of the customers contacted. The one published randomised
figure behind them is that of a clothing retailer's two e-mail campaigns (Hillstrom, MineThatData challenge, 2008):
of those left out .57 % bought within two weeks, of those mailed .88 % and 1.25 %, so .3 to .7 points more, by mails
that showed many products. One product in one message gets less. The other channels are set beside that by judgement.
The relation scales the effect; a known fit (the recommendation's score) moves it by at most a factor of two.
The 95 % interval runs from about a twelfth to about four times the mean (log-normal, sigma 1).
"""

import numpy as np
from numpy.typing import NDArray

from passend.decisions.candidates import KINDS
from passend.vocabulary import Channel

#: Extra purchases a contact, by channel, for a complement.
BY_CHANNEL = {
    Channel.EMAIL: 0.003,
    Channel.ONSITE: 0.004,
    Channel.DESK: 0.02,
    Channel.PHONE: 0.01,
    Channel.WEBHOOK: 0.002,
    Channel.AUDIENCE: 0.0005,
}
#: How the effect of other relations compares.
BY_KIND = {"complement": 1.0, "next": 1.0, "substitute": 0.3, "upgrade": 0.5, "service": 0.5, "popular": 0.3}
#: Share of the extra sales that the customer would have made later or elsewhere in the shop anyway.
OWN_SALES = {
    "complement": 0.1,
    "next": 0.3,
    "substitute": 0.9,
    "upgrade": 1.0,
    "service": 0.1,
    "popular": 0.3,
}
#: Chance of buying the product in the time without any offer, where nobody has estimated it.
BASE_PROBABILITY = 0.01
SIGMA = 1.0
#: Half-width of the 95 % interval of a margin's share where the cost is not known: retail margins differ that much.
MARGIN_DOUBT = 0.2
#: Contacts with a product, or its category, from which on its effect counts as measured.
LEAST_COUNTED = 100


def prior_effect(
    channels: tuple[str, ...], channel: NDArray[np.int8], kind: NDArray[np.int8], fit: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The assumed effect of each candidate: extra purchases a contact."""
    by_channel = np.array([BY_CHANNEL[Channel(name)] for name in channels])
    by_kind = np.array([BY_KIND[name] for name in KINDS])
    return np.asarray(by_channel[channel] * by_kind[kind] * fit, dtype=np.float64)


def prior_interval(effect: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The 95 % interval of a log-normal with this mean."""
    median = effect * np.exp(-(SIGMA**2) / 2)
    return median * np.exp(-1.96 * SIGMA), median * np.exp(1.96 * SIGMA)
