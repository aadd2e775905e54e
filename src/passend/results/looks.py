"""How far an interval reaches, so that it stays true however often people look.

Three rules, one of which is frozen before the start:

``once``      one look at the planned end: 1.96 standard errors. A verdict before the end is not valid.
``weekly``    group-sequential: a look each week, with bounds of O'Brien and Fleming's kind (Lan and DeMets, Biometrika
              1983): the least loss of power when the planned size is known.
``any time``  every day, for ever: the asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas
              (Annals of Statistics 2024, equation 9), narrowest at the planned size.
"""

from functools import lru_cache

import numpy as np

from passend.errors import InvalidInput
from passend.results.distributions import ndtr, ndtri
from passend.results.moments import Numbers

RULES = ("any time", "weekly", "once")
ALPHA = 0.05
#: Points of the grid on which the chance of staying within all bounds is carried forward.
_GRID = 401


def once(alpha: float = ALPHA) -> float:
    """Standard errors of an interval that is looked at once."""
    return float(ndtri(1 - alpha / 2))


def any_time(people: Numbers | float, planned: float, alpha: float = ALPHA) -> Numbers:
    """Standard errors of an interval that holds at all times.

    Args:
        people: eligible customers so far, both arms.
        planned: eligible customers at which it is to be narrowest.
        alpha: chance of ever being wrong.
    """
    n = np.maximum(np.asarray(people, dtype=np.float64), 1.0)
    tuned = np.sqrt((-2 * np.log(alpha) + np.log(-2 * np.log(alpha) + 1)) / planned)
    grown = n * tuned**2 + 1
    return np.asarray(np.sqrt(2 * grown / (n * tuned**2) * np.log(np.sqrt(grown) / alpha)))


def weekly(fractions: tuple[float, ...], alpha: float = ALPHA) -> tuple[float, ...]:
    """Standard errors at each of several planned looks.

    Args:
        fractions: share of the planned customers at each look, growing, the last at most 1.
        alpha: chance of being wrong at any of them.

    Raises:
        InvalidInput: the shares do not grow from above 0 to at most 1.
    """
    if not fractions or fractions[0] <= 0 or fractions[-1] > 1 or np.any(np.diff(fractions) <= 0):
        raise InvalidInput(
            "The looks of a group-sequential rule must be shares that grow, above 0 and at most 1.",
            record=str(fractions[:5]),
            remedy="Give for each look the customers until then over the customers planned.",
        )
    return _bounds(tuple(round(one, 9) for one in fractions), alpha)


def _spent(fraction: float, alpha: float) -> float:
    """The chance of error that may be used up by a share of the planned size, each side by itself."""
    return float(4 * ndtr(-ndtri(1 - alpha / 4) / np.sqrt(fraction)))


def _density(x: Numbers) -> Numbers:
    """Of the standard normal distribution."""
    return np.asarray(np.exp(-np.square(x) / 2) / np.sqrt(2 * np.pi))


@lru_cache(maxsize=64)
def _bounds(fractions: tuple[float, ...], alpha: float) -> tuple[float, ...]:
    """Each bound uses up the error that is due by then; the density of those still inside is carried forward.

    Numerical integration as by Armitage, McPherson and Rowe (1969), on the scale of the score statistic, whose
    increments are independent.
    """
    bounds: list[float] = []
    points = np.zeros(1)
    mass = np.ones(1)
    before, used = 0.0, 0.0
    for fraction in fractions:
        due = max(_spent(fraction, alpha) - used, 1e-15)
        step = float(np.sqrt(fraction - before))
        bound = _bound(points, mass, step, float(np.sqrt(fraction)), due)
        bounds.append(bound)
        edge = bound * np.sqrt(fraction)
        grid = np.linspace(-edge, edge, _GRID)
        weight = np.full(_GRID, grid[1] - grid[0])
        weight[1:-1:2] *= 4 / 3
        weight[2:-1:2] *= 2 / 3
        weight[[0, -1]] *= 1 / 3
        mass = (_density((grid[:, None] - points) / step) / step) @ mass * weight
        points, before, used = grid, fraction, used + due
    return tuple(bounds)


def _bound(points: Numbers, mass: Numbers, step: float, scale: float, due: float) -> float:
    from scipy.optimize import brentq  # noqa: PLC0415 - slow to import, and only here

    def beyond(bound: float) -> float:
        edge = bound * scale
        out = ndtr((points - edge) / step) + ndtr((-edge - points) / step)
        return float(out @ mass) - due

    return float(brentq(beyond, 0.1, 38.0, xtol=1e-10)) if beyond(38.0) < 0 else 38.0
