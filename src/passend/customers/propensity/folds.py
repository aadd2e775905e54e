"""Which rows models learn from, and by which they are judged: never the same."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedKFold

from passend.customers.propensity.columns import Numbers

Rows = npt.NDArray[np.int64]
FOLDS = 5


@dataclass(frozen=True)
class Fold:
    """Rows to learn from, and rows to be judged by."""

    learn: Rows
    judge: Rows


def stratified_folds(came: Numbers, seed: int) -> list[Fold]:
    """Each row is judged once by models that learned from the others; buyers are spread evenly."""
    split = StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(came, came)
    return [Fold(learn, judge) for learn, judge in split]


def later_folds(came: Numbers) -> list[Fold]:
    """Each fold learns from the past and is judged by what follows; the last learns from everything."""
    return list(_forward(came))


def _forward(came: Numbers) -> Iterator[Fold]:
    n = len(came)
    rows = np.arange(n)
    cuts = [n * part // (2 * FOLDS) for part in range(FOLDS, 2 * FOLDS + 1)]
    for begin, end in itertools.pairwise(cuts):
        if 0 < came[:begin].sum() < begin:
            yield Fold(rows[:begin], rows[begin:end])
    yield Fold(rows, rows[:0])
