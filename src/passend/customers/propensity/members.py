"""The models that are tried, each cross-fitted: what each says of rows that it has not seen, and of new rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
from scipy.special import expit

from passend.customers.propensity.additive import (
    CURVE_REACH,
    LINE_REACH,
    PENALTIES,
    Basis,
    design,
    fit_directed,
    learn_bases,
)
from passend.customers.propensity.columns import Feature, Numbers
from passend.customers.propensity.folds import Fold
from passend.customers.propensity.nets import BAG, MOST_ROWS, STAGES, Nets, Scale, learn_scale, train
from passend.customers.propensity.trees import (
    EVERY,
    MANY_ROWS,
    ROUNDS,
    SHAPES,
    Codes,
    Part,
    fit_trees,
    learn_codes,
    staged,
    with_codes,
)


@dataclass(frozen=True)
class Lesson:
    """What all models learn from."""

    numbers: Numbers
    target: Numbers
    weights: Numbers
    features: Sequence[Feature]
    monotone: Sequence[int]
    folds: Sequence[Fold]
    seed: int
    is_timed: bool = False


@dataclass(frozen=True)
class Additive:
    """An additive model, once for each fold."""

    bases: tuple[Basis, ...]
    betas: tuple[Numbers, ...]
    name: str

    def log_odds(self, numbers: Numbers, folds: Sequence[int]) -> Numbers:
        """What the models of some folds say: a row for each fold."""
        betas = np.vstack([self.betas[fold] for fold in folds])
        return np.asarray(betas[:, :1] + betas[:, 1:] @ design(numbers, self.bases).T)

    def pulls(self, numbers: Numbers, features: int, fold: int) -> Numbers:
        """How far each column moves the log odds of each row."""
        beta, at = self.betas[fold][1:], 0
        moved = np.zeros((len(numbers), features))
        for basis in self.bases:
            moved[:, basis.column] = basis.terms(numbers[:, basis.column]) @ beta[at : at + basis.width]
            at += basis.width
        return moved


@dataclass(frozen=True)
class Trees:
    """Boosted trees of one shape, once for each fold."""

    models: tuple[lgb.Booster, ...]
    codes: tuple[Codes, ...]
    rounds: int
    name: str

    def log_odds(self, numbers: Numbers, folds: Sequence[int]) -> Numbers:
        """What the models of some folds say: a row for each fold."""
        threads = 1 if len(numbers) < MANY_ROWS else 0
        numbers = with_codes(numbers, self.codes)
        return np.vstack(
            [
                self.models[fold].predict(
                    numbers, raw_score=True, num_iteration=self.rounds, num_threads=threads
                )
                for fold in folds
            ]
        )

    def pulls(self, numbers: Numbers, features: int, fold: int) -> Numbers:
        """How far each column moves the log odds of each row (Shapley values of trees, Lundberg 2020)."""
        seen = with_codes(numbers, self.codes)
        parts = np.asarray(self.models[fold].predict(seen, pred_contrib=True, num_iteration=self.rounds))
        moved = parts[:, :features].astype(np.float64)
        for place, code in enumerate(self.codes):
            moved[:, code.column] += parts[:, features + place]
        return moved


Member = Additive | Trees | Nets


@dataclass(frozen=True)
class Judged:
    """A member with its log odds for the rows that its folds judged (others are NaN)."""

    member: Member
    unseen: Numbers


def cross_fit(lesson: Lesson) -> Iterator[Judged]:
    """Fit every member in every fold; its strength is the one that does best on unseen rows."""
    directed = [f.name for f, way in zip(lesson.features, lesson.monotone, strict=True) if way]
    for name, straight, reach in (
        ("lines", [feature.name for feature in lesson.features], LINE_REACH),
        ("curves", directed, CURVE_REACH),
    ):
        yield _cross_fit_additive(lesson, name, learn_bases(lesson.numbers, lesson.features, straight, reach))
    for shape in SHAPES:
        yield _cross_fit_trees(lesson, shape)
    # A net cannot promise a direction: it does not see what has one.
    lines = learn_bases(lesson.numbers, lesson.features, [f.name for f in lesson.features], LINE_REACH)
    undirected = [basis for basis in lines if not lesson.monotone[basis.column] and basis.width]
    if undirected:
        yield _cross_fit_nets(lesson, learn_scale(lesson.numbers, undirected))


def levelled(log_odds: Numbers, lesson: Lesson) -> Numbers:
    """Log odds whose height is right in each fold's judged rows, where the rows are in the order of time.

    Heights drift, and the calibration follows them. Models are compared by how well they tell customers apart.
    """
    if not lesson.is_timed:
        return log_odds
    moved = log_odds.copy()
    for fold in lesson.folds:
        said, came = log_odds[fold.judge], lesson.target[fold.judge]
        shift = 0.0
        for _ in range(20 if len(came) else 0):
            p = expit(said + shift)
            shift += float(np.clip(((came - p).sum() - shift) / ((p * (1 - p)).sum() + 1.0), -2, 2))
        moved[fold.judge] = said + shift
    return moved


def log_loss(log_odds: Numbers, target: Numbers, weights: Numbers) -> float:
    """Mean log loss: the lower, the better."""
    return float(np.average(np.logaddexp(0, log_odds) - target * log_odds, weights=weights))


def _cross_fit_additive(lesson: Lesson, name: str, bases: tuple[Basis, ...]) -> Judged:
    terms = design(lesson.numbers, bases)
    directions = np.concatenate([np.zeros(0), *(_direction(basis, lesson.monotone) for basis in bases)])
    unseen = np.full((len(PENALTIES), len(lesson.target)), np.nan)
    betas: list[list[Numbers]] = [[] for _ in PENALTIES]
    for fold in lesson.folds:
        learn = fold.learn
        rate = np.clip(np.average(lesson.target[learn], weights=lesson.weights[learn]), 1e-6, 1 - 1e-6)
        beta = np.concatenate([[np.log(rate / (1 - rate))], np.zeros(terms.shape[1])])
        for place, penalty in enumerate(PENALTIES):
            beta = fit_directed(
                terms[learn],
                lesson.target[learn],
                lesson.weights[learn],
                penalty,
                beta,
                directions=directions,
            )
            betas[place].append(beta)
            unseen[place, fold.judge] = beta[0] + terms[fold.judge] @ beta[1:]
    best = _best(unseen, lesson)
    return Judged(Additive(bases, tuple(betas[best]), name), unseen[best])


def _direction(basis: Basis, monotone: Sequence[int]) -> Numbers:
    return np.full(basis.width, float(monotone[basis.column]))


def _cross_fit_trees(lesson: Lesson, shape: str) -> Judged:
    models = []
    codes = learn_codes(lesson.numbers, lesson.features, lesson.monotone)
    numbers, columns = with_codes(lesson.numbers, codes), len(lesson.features)
    classes = [place for place, feature in enumerate(lesson.features) if feature.is_class]
    classes += range(columns, columns + len(codes))
    monotone = [*lesson.monotone, *(0 for _ in codes)]
    unseen = np.full((ROUNDS // EVERY, len(lesson.target)), np.nan)
    for place, fold in enumerate(lesson.folds):
        learn = fold.learn
        part = Part(numbers[learn], lesson.target[learn], lesson.weights[learn])
        model = fit_trees(part, shape, classes, monotone, lesson.seed + place)
        models.append(model)
        if len(fold.judge):
            unseen[:, fold.judge] = staged(model, numbers[fold.judge]).T
    best = _best(unseen, lesson)
    return Judged(Trees(tuple(models), codes, (best + 1) * EVERY, shape), unseen[best])


def _cross_fit_nets(lesson: Lesson, scale: Scale) -> Judged:
    terms = scale(lesson.numbers)
    unseen = np.full((len(STAGES), len(lesson.target)), np.nan)
    learned = []
    for place, fold in enumerate(lesson.folds):
        learn = fold.learn
        if len(learn) > MOST_ROWS:
            every = np.random.default_rng(lesson.seed + place).choice(learn, MOST_ROWS, replace=False)
            learn = learn[-MOST_ROWS:] if lesson.is_timed else np.sort(every)
        bag = [
            train(terms[learn], lesson.target[learn], lesson.seed + BAG * place + one) for one in range(BAG)
        ]
        learned.append(bag)
        for stage in range(len(STAGES)):
            unseen[stage, fold.judge] = np.mean(
                [nets[stage].log_odds(terms[fold.judge]) for nets in bag], axis=0
            )
    best = _best(unseen, lesson)
    return Judged(Nets(tuple(tuple(nets[best] for nets in bag) for bag in learned), scale), unseen[best])


def _best(unseen: Numbers, lesson: Lesson) -> int:
    judged = ~np.isnan(unseen[0])
    losses = [
        log_loss(levelled(row, lesson)[judged], lesson.target[judged], lesson.weights[judged])
        for row in unseen
    ]
    return int(np.argmin(losses))
