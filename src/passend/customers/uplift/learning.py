"""From contacts to an effect for each customer: fit all learners, keep the believable ones, set them right."""

from dataclasses import dataclass, replace

import numpy as np

from passend.customers.uplift.design import Campaign, Floats, Ints
from passend.customers.uplift.learners import Models, aipw, fit_models
from passend.customers.uplift.selection import Choice, choose_learners, set_right

SAMPLE = 4000  # customers whose predictions give the spread


@dataclass(frozen=True)
class Fitted:
    """All learners with the mean and spread of what they predict for the customers they were fitted on."""

    models: Models
    mean: Floats  # learners x treatments
    spread: Floats

    def standard(self, x: Floats) -> tuple[Floats, Floats]:
        """Predictions in standard deviations (0 for a learner that sees no differences), and expected outcomes.

        The shapes are customers x learners x treatments, and customers x arms.
        """
        flat = self.spread <= 1e-12
        predicted, outcomes = self.models.predict(x)
        return np.where(flat, 0.0, (predicted - self.mean) / np.where(flat, 1.0, self.spread)), outcomes


@dataclass(frozen=True)
class Unseen:
    """Predictions and doubly robust scores by models that have not seen the customer.

    Attributes:
        standard: customers x learners x treatments.
        scores: customers x arms.
        spread: learners x treatments.
        fold: of each customer.
    """

    standard: Floats
    scores: Floats
    spread: Floats
    fold: Ints


def fit_all(c: Campaign, bases: tuple[str, ...], seed: int) -> Fitted:
    """Fit every learner on these customers."""
    models = fit_models(c, bases, seed)
    some = np.random.default_rng(seed).permutation(len(c))[:SAMPLE]
    predicted = models.predict(c.x[some])[0]
    return Fitted(models, predicted.mean(axis=0), predicted.std(axis=0))


def judge(c: Campaign, fold: Ints, fitted: list[Fitted]) -> Unseen:
    """Let the models of each fold predict the customers left out of it."""
    learners = len(fitted[0].models.names)
    standard = np.zeros((len(c), learners, c.treatments))
    scores = np.zeros((len(c), c.treatments + 1))
    for place, one in enumerate(fitted):
        rows = fold == place
        part = c.take(rows)
        standard[rows], outcomes = one.standard(part.x)
        scores[rows] = aipw(part, outcomes)
    return Unseen(standard, scores, np.mean([one.spread for one in fitted], axis=0), fold)


def conclude(names: tuple[str, ...], unseen: Unseen) -> tuple[Choice, ...]:
    """Choose the learners of each treatment and set their effects right."""
    choices: list[Choice] = []
    for place in range(unseen.standard.shape[2]):
        effect = unseen.scores[:, place + 1] - unseen.scores[:, 0]
        choice = choose_learners(names, unseen.standard[:, :, place], effect, unseen.fold)
        rows = [names.index(name) for name in choice.chosen]
        spread = float(np.median(unseen.spread[rows, place]))
        predicted = spread * unseen.standard[:, rows, place].mean(axis=1)
        mean, error, slope, slope_error, middle = set_right(predicted, effect)
        choices.append(
            replace(
                choice,
                spread=spread,
                effect=mean,
                effect_error=error,
                slope=slope,
                slope_error=slope_error,
                middle=middle,
            )
        )
    return tuple(choices)


def effects(names: tuple[str, ...], choices: tuple[Choice, ...], standard: Floats) -> tuple[Floats, Floats]:
    """The effect of each treatment on each customer, and its standard error: two arrays, customers x treatments.

    The error is that of the mean effect among customers with the same prediction.
    """
    mean, error = [], []
    for place, choice in enumerate(choices):
        rows = [names.index(name) for name in choice.chosen]
        off = choice.spread * standard[:, rows, place].mean(axis=1) - choice.middle
        mean.append(choice.effect + choice.slope * off)
        error.append(np.sqrt(choice.effect_error**2 + (choice.slope_error * off) ** 2))
    return np.column_stack(mean), np.column_stack(error)


def best_arm(effect: Floats, cost: Floats) -> Ints:
    """The arm with the greatest effect net of cost for each customer; 0, the control, where none is above 0."""
    net = np.column_stack([np.zeros(len(effect)), effect - cost[1:]])
    return np.asarray(np.argmax(net, axis=1), np.int64)
