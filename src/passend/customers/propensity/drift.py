"""Where the world drifts: how much each model counts, and how high the chances are, learned anew with every answer.

Dynamic logistic regression (West, Harrison and Migon 1985): the weights wander. How fast is not known, so several
speeds are followed at once, and count by how well they told the latest answers before they came (dynamic model
averaging, McCormick, Raftery, Madigan and Burd 2012). Only the past is ever used.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from passend.customers.propensity.columns import Numbers

#: Variance that the height of the log odds gains with each row, from "nothing drifts" to "half of it is new after
#: some hundred rows"; the weights of the models wander more slowly by one of these factors.
SPEEDS = (0.0, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3)
SLOWER = (0.01, 0.1)
#: How much the loss of a step counts for with each step after it (Raftery, Karny and Ettler 2010).
FORGETTING = 0.99
#: How much of a row's loss counts when speeds are compared. Rows that come together share one fate (a day, a campaign)
#: and are worth fewer: of 1, .3, .1, .03 and .01, this told best in six kinds of planted drift.
TEMPER = 0.03
#: Rows that come at once, if nothing else is known; what is older than the most that are replayed says no more.
STEP = 200
MOST_REPLAYED = 20_000
#: Beforehand: standard deviations of the height, and of what the models' log odds count for together (1, if right).
HEIGHT_DOUBT = 2.0
SLOPE_DOUBT = 0.3


@dataclass
class _Path:
    """One pair of speeds, and where its weights stand."""

    gain: Numbers
    mean: Numbers
    spread: Numbers
    loss: float = 0.0


class Follower:
    """What several models say, made into chances that come true, while the world drifts.

    Args:
        said: log odds by each model (columns) of rows that it had not seen, in the order of time.
        came: what came of these rows, 0 or 1.
    """

    def __init__(self, said: Numbers, came: Numbers) -> None:
        models = said.shape[1]
        mean = np.concatenate([[0.0], np.full(models, 1 / models)])
        spread = np.diag([HEIGHT_DOUBT**2, *[SLOPE_DOUBT**2 / models] * models])
        pairs = [
            (speed, speed * slower) for speed in SPEEDS for slower in SLOWER if speed or slower == SLOWER[0]
        ]
        self._paths = [
            _Path(np.array([height, *[weight] * models]), mean.copy(), spread.copy())
            for height, weight in pairs
        ]
        self.follow(said[-MOST_REPLAYED:], came[-MOST_REPLAYED:])

    @property
    def weights(self) -> Numbers:
        """The expected height of the log odds, and then what each model counts for at present."""
        return np.asarray(self._trust() @ np.vstack([path.mean for path in self._paths]))

    def say(self, said: Numbers) -> tuple[Numbers, Numbers]:
        """Log odds of what is to come, and their standard deviations."""
        terms = _terms(said)
        trust = self._trust()
        middle = np.vstack([terms @ path.mean for path in self._paths])
        doubt = np.vstack([_doubt(terms, path) for path in self._paths])
        odds = logit(np.clip(trust @ _told(middle, doubt), 1e-12, 1 - 1e-12))
        return odds, np.sqrt(trust @ (doubt + (middle - trust @ middle) ** 2))

    def follow(self, said: Numbers, came: Numbers) -> None:
        """Take in what came of the next rows, in their order."""
        for begin in range(0, len(came), STEP):
            terms, target = _terms(said[begin : begin + STEP]), came[begin : begin + STEP]
            for path in self._paths:
                chance = np.clip(_told(terms @ path.mean, _doubt(terms, path)), 1e-12, 1 - 1e-12)
                loss = -float(np.log(np.where(target == 1, chance, 1 - chance)).sum())
                path.loss = path.loss * FORGETTING + loss
                _learn(path, terms, target)

    def _trust(self) -> Numbers:
        losses = np.array([path.loss for path in self._paths])
        grown = np.exp(TEMPER * (losses.min() - losses))
        return np.asarray(grown / grown.sum())


def _terms(said: Numbers) -> Numbers:
    return np.column_stack([np.ones(len(said)), said])


def _doubt(terms: Numbers, path: _Path) -> Numbers:
    """Variance of the log odds of rows that come within a step from now."""
    spread = path.spread + np.diag(path.gain * STEP)
    return np.asarray(np.einsum("ij,jk,ik->i", terms, spread, terms))


def _told(middle: Numbers, doubt: Numbers) -> Numbers:
    """The mean chance over the doubt (MacKay 1992): what is doubtful is told nearer to one half."""
    return np.asarray(expit(middle / np.sqrt(1 + np.pi * doubt / 8)))


def _learn(path: _Path, terms: Numbers, target: Numbers) -> None:
    """The weights after a step's answers: the mode of their distribution, and a normal one around it (Laplace).

    A model may count for nothing but not against what it says: its weight stays at zero or above.
    """
    before = np.linalg.inv(path.spread + np.diag(path.gain * len(target)))
    mean = path.mean.copy()
    sharpness = before
    for _ in range(20):
        chance = expit(terms @ mean)
        slope = terms.T @ (target - chance) - before @ (mean - path.mean)
        sharpness = (terms * (chance * (1 - chance))[:, None]).T @ terms + before
        is_free = (mean > 0) | (slope > 0)
        is_free[0] = True
        step = np.zeros(len(mean))
        step[is_free] = np.linalg.solve(sharpness[np.ix_(is_free, is_free)], slope[is_free])
        moved = mean + step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        moved[1:] = np.maximum(moved[1:], 0)
        largest = float(np.abs(moved - mean).max())
        mean = moved
        if largest < 1e-6:
            break
    path.mean, path.spread = mean, np.linalg.inv(sharpness)
