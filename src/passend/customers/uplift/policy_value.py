"""What a rule of whom to contact is worth: doubly robust (AIPW) value with an honest interval.

Athey and Wager, Policy Learning with Observational Data, Econometrica 89 (2021). Honest means: the rule was learned on
other customers than those it is judged by.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, rankdata

from passend.customers.uplift.design import Floats, Ints


@dataclass(frozen=True)
class PolicyValue:
    """Mean outcome a customer, net of the cost of contact, if the rule had been followed.

    Attributes:
        value: the estimate.
        low: lower end of the interval.
        high: upper end of the interval.
        error: standard error.
        customers: it was judged by.
    """

    value: float
    low: float
    high: float
    error: float
    customers: int


def mean_value(each: Floats, level: float = 0.9) -> PolicyValue:
    """The mean of the customers' scores, with its interval."""
    n = len(each)
    mean = float(each.mean())
    error = float(each.std(ddof=1) / np.sqrt(n)) if n > 1 else float("inf")
    wide = float(norm.ppf((1 + level) / 2)) * error
    return PolicyValue(mean, mean - wide, mean + wide, error, n)


def followed(scores: Floats, choice: Ints, cost: Floats) -> Floats:
    """Each customer's score under the arm that a rule chooses, less its cost.

    Args:
        scores: AIPW scores, customers x arms.
        choice: the arm chosen for each customer.
        cost: of each arm; 0 for the control.
    """
    return np.asarray(scores[np.arange(len(choice)), choice] - cost[choice], np.float64)


def ranking_gain(score: Floats, effect: Floats) -> Floats:
    """Each customer's part in what a ranking earns over chance, averaged over all budgets.

    The mean of these parts is the area between the AIPW gain curve and its diagonal, per customer: what contacting the
    best-ranked earns beyond contacting as many drawn by lot. Equal scores share their rank, so a constant earns 0.

    Args:
        score: the ranking.
        effect: AIPW scores of the effect: treated less control.
    """
    n = len(score)
    place = (rankdata(score) - 0.5) / n - 0.5
    return np.asarray((effect - effect.mean()) * place, np.float64)
