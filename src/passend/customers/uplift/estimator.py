"""Whom an offer moves, and by how much: ``Uplift().fit(table, treatment="mail", outcome="spend").predict(table)``."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from passend.customers.uplift.answer import (
    Effects,
    choice_table,
    effects_table,
    say_choice,
    say_gate,
    say_nothing,
)
from passend.customers.uplift.arms import Arms, read_arms
from passend.customers.uplift.bases import BASES
from passend.customers.uplift.comparison import given_chances, no_comparison
from passend.customers.uplift.design import (
    Campaign,
    Encoder,
    Floats,
    feature_columns,
    learn_encoder,
    numbers,
)
from passend.customers.uplift.gate import GateReport, try_gate
from passend.customers.uplift.learning import Fitted, best_arm, conclude, effects, fit_all, judge
from passend.customers.uplift.overlap import (
    SMALLEST_CHANCE,
    Assignment,
    ChanceModel,
    describe,
    inspect,
    verdict,
)
from passend.customers.uplift.selection import Choice
from passend.customers.uplift.thin import EffectPrior, Hierarchy, fit_hierarchy, keys_of, levels_in
from passend.errors import InvalidInput, UnrecognisedColumns
from passend.estimator import Estimator
from passend.tables.frames import as_table, insist_on_values, with_column
from passend.vocabulary import CannotBeMeasured

FEWEST_ROWS = 200  # of an arm, for learners
FEWEST_EVENTS = 30  # outcomes other than the usual one, for learners
PRIOR_BASIS, KIND_BASIS, MEASURED, UNKNOWN = "prior", "by kind of contact", "measured", "cannot be measured"


class Uplift(Estimator):
    """The effect of an offer on each customer: what they do with it, less what they would do without.

    Args:
        control: the value of the treatment column that stands for no treatment; by default the one that says so.
        features: the columns that the effect may depend on; by default all but identifiers, treatment, outcome and
            those of `ignore`. Name them, or use `ignore`, where the table holds what happened after the contact.
        ignore: columns to leave out.
        probability: column with the chance with which the customer got what they got; by default the chances are
            estimated: shares where the features do not predict the treatment, a model where they do.
        cost: treatment -> what it costs, in units of the outcome, or one number for all; `choose` weighs it.
        prior: what to expect of an offer where there are no data.
        bases: models to build the learners on, of ``linear`` and ``trees``.
        level: of the intervals; .9 makes low a one-sided 95 % bound.
        seed: of everything random.

    Attributes:
        result_: `GateReport`, or `CannotBeMeasured`, or None where contacts are too few and effects come by kind.
        choices_: for each treatment, which learners were chosen and why.
        assignment_: how treatments came to customers.
        left_out_: rows without treatment or outcome, and rows without comparison.
    """

    learned_in = "arms_"
    learns_by = "fit(table, treatment, outcome)"

    def __init__(
        self,
        *,
        control: str | float | bool | None = None,
        features: Sequence[str] | None = None,
        ignore: Sequence[str] = (),
        probability: str | None = None,
        cost: Mapping[str, float] | float | None = None,
        prior: EffectPrior | None = None,
        bases: Sequence[str] = ("linear", "trees"),
        level: float = 0.9,
        seed: int = 1,
    ) -> None:
        self.control = control
        self.features = features
        self.ignore = ignore
        self.probability = probability
        self.cost = cost
        self.prior = prior
        self.bases = bases
        self.level = level
        self.seed = seed

    def fit(self, table: Any, treatment: Any = "treatment", outcome: Any = "outcome") -> "Uplift":
        """Learn effects from contacts.

        Args:
            table: anything that speaks Arrow; one row a customer: what was known before, what they got, what they did.
            treatment: column of what they got, or the values themselves, one for each row.
            outcome: column of what they did: yes or no, orders, revenue, profit; or the values themselves.

        Raises:
            InvalidInput: a column is missing or unusable, or no value of the treatment stands for "none".
        """
        data = as_table(table)
        if not isinstance(treatment, str):
            data, treatment = with_column(data, "treatment", treatment), "treatment"
        if not isinstance(outcome, str):
            data, outcome = with_column(data, "outcome", outcome), "outcome"
        self._check(data, treatment, outcome)
        arms = read_arms(data[treatment], self.control)
        self.arms_: Arms = arms
        y = numbers(data[outcome])
        usable = (arms.codes >= 0) & np.isfinite(y)
        self.left_out_: int = int((~usable).sum())
        rows = data.filter(pa.array(usable))
        not_those = {treatment, outcome, *self.ignore} | ({self.probability} if self.probability else set())
        given = None if self.features is None else tuple(self.features)
        self._encoder: Encoder = learn_encoder(rows, feature_columns(data, given, not_those))
        x = self._encoder.encode(rows)
        arm, y = arms.codes[usable], y[usable]
        self._cost: Floats = self._costs()
        self.result_: GateReport | CannotBeMeasured | None = None
        self.choices_: tuple[Choice, ...] = ()
        self._fitted: Fitted | None = None
        self._chance_of: ChanceModel | None = None
        prior = self.prior or EffectPrior()
        levels = levels_in(rows)
        self._kinds: Hierarchy = fit_hierarchy(
            keys_of(rows, levels), arm, y, len(arms.treatments), (prior, levels)
        )
        counts = np.bincount(arm, minlength=len(arms.names))
        why = no_comparison(counts, y, arms.control is not None)
        if why is not None:
            self.result_ = why
            self._kinds = fit_hierarchy([], arm[:0], y[:0], len(arms.treatments), (prior, levels))
            return self
        self.assignment_: Assignment = self._assigned(rows, x, arm)
        self.result_ = verdict(self.assignment_)
        enough = counts.min() >= FEWEST_ROWS and _events(y) >= FEWEST_EVENTS
        if self.result_ is None and enough:
            self._learn(Campaign(x, arm, y, self.assignment_.chance))
        return self

    def predict(self, table: Any) -> pa.Table:
        """The effect of each treatment on each customer.

        Returns:
            row, the table's identifiers, treatment, effect, low, high, basis. Low and high hold the mean effect among
            customers like this one with the chance `level`; what a single customer does varies more. Basis says where
            it comes from: measured; by kind of contact (few data); prior (no data); cannot be measured (empty effect).
        """
        data, found = self._effects(table)
        return effects_table(found, self.arms_.treatments, _ids(data), self.level)

    def choose(self, table: Any) -> pa.Table:
        """The treatment for each customer: their own where the gate is open, else the best one for all.

        Returns:
            row, the table's identifiers, treatment, expected_gain (effect less cost; empty where it cannot be
            measured), reason.
        """
        data, found = self._effects(table)
        names, rows = self.arms_.names, np.arange(len(found.mean))
        known = np.asarray(~np.isnan(found.mean).any(axis=1), np.bool_)
        report = self.result_ if isinstance(self.result_, GateReport) else None
        if report is not None and not report.opened:
            arm = np.full(len(rows), report.best, np.int64)
            arm[~known] = 0
            mean = np.tile([choice.effect for choice in self.choices_], (len(rows), 1))
        else:
            mean = found.mean
            # Without proof, a contact must be worth its cost at the lower end of the interval.
            cautious = mean if report is not None else mean - 1.645 * found.error
            arm = best_arm(np.where(known[:, None], cautious, -np.inf), self._cost)
        net = np.column_stack([np.zeros(len(rows)), mean - self._cost[1:]])[rows, arm]
        net[~known] = np.nan
        reasons = [self._reason(basis) for basis in found.basis]
        return choice_table(arm, names, net, (_ids(data), reasons))

    def explain(self) -> list[str]:
        """What was chosen and why, in sentences."""
        self.insist_fitted()
        says: list[str] = []
        if isinstance(self.result_, CannotBeMeasured):
            return [say_nothing(self.result_)]
        if not self.assignment_.random:
            says.append(
                "The treatment was not given by lot: the features predict it. Effects hold only if the table has"
                " everything that decided who got it."
            )
        if self.result_ is None:
            says.append("There are few contacts: effects are by kind of contact, pulled towards the mean.")
            return says
        says.append(say_gate(self.result_, self.arms_.names))
        says += [
            say_choice(choice, name)
            for choice, name in zip(self.choices_, self.arms_.treatments, strict=True)
        ]
        return says

    def _learn(self, everybody: Campaign) -> None:
        inside = self.assignment_.inside
        self.left_out_ += int((~inside).sum())
        c = everybody.take(inside)
        bases = tuple(self.bases)
        trial = try_gate(c, self._cost, bases, self.seed)
        self._fitted = fit_all(c, bases, self.seed)
        self.choices_ = conclude(self._fitted.models.names, judge(c, trial.fold, trial.fitted))
        self.result_ = trial.report

    def _effects(self, table: Any) -> tuple[pa.Table, Effects]:
        self.insist_fitted()
        data = as_table(table)
        n, treatments = data.num_rows, len(self.arms_.treatments)
        if self._fitted is not None:
            x = self._encoder.encode(data)
            mean, error = np.zeros((2, n, treatments))
            if n:
                mean, error = effects(self._fitted.models.names, self.choices_, self._fitted.standard(x)[0])
            basis = np.full(n, MEASURED, dtype=object)
            if self._chance_of is not None and n:
                out = (self._chance_of.predict(x) < SMALLEST_CHANCE).any(axis=1)
                mean[out], error[out], basis[out] = np.nan, np.nan, UNKNOWN
            return data, Effects(mean, error, basis)
        if isinstance(self.result_, CannotBeMeasured) and hasattr(self, "assignment_"):
            empty = np.full((n, treatments), np.nan)
            return data, Effects(empty, empty, np.full(n, UNKNOWN, dtype=object))
        mean, error = self._kinds.effects(keys_of(data, self._kinds.levels))
        said = PRIOR_BASIS if isinstance(self.result_, CannotBeMeasured) else KIND_BASIS
        return data, Effects(mean, error, np.full(n, said, dtype=object))

    def _assigned(self, rows: pa.Table, x: Floats, arm: np.ndarray[Any, np.dtype[np.int64]]) -> Assignment:
        arms = len(self.arms_.names)
        if self.probability is None:
            found, model = inspect(x, arm, arms, self.seed)
            if not found.random:
                self._chance_of = model
            return found
        chance = given_chances(numbers(rows[self.probability]), arm, (arms, self.probability))
        return describe(chance, arm, random=True)

    def _costs(self) -> Floats:
        if isinstance(self.cost, Mapping) or self.cost is None:
            given = dict(self.cost or {})
        else:
            given = dict.fromkeys(self.arms_.treatments, float(self.cost))
        unknown = sorted(set(given) - set(self.arms_.treatments))
        if unknown and self.arms_.treatments:
            raise InvalidInput(
                f"There is a cost for {', '.join(unknown)}, which is no treatment.",
                remedy=f"the treatments are {', '.join(self.arms_.treatments)}",
            )
        return np.array([0.0, *(given.get(name, 0.0) for name in self.arms_.treatments)])

    def _check(self, data: pa.Table, treatment: str, outcome: str) -> None:
        needed = [treatment, outcome, *([self.probability] if self.probability else [])]
        missing = [name for name in needed if name not in data.column_names]
        if missing:
            raise UnrecognisedColumns(
                f"The table has no column {', '.join(missing)}.",
                remedy=f"its columns are {', '.join(data.column_names)}",
            )
        insist_on_values(data, needed)
        foreign = sorted(set(self.ignore) - set(data.column_names))
        if foreign:
            raise UnrecognisedColumns(
                f"`ignore` names {', '.join(foreign)}, which is no column of the table.",
                remedy=f"its columns are {', '.join(data.column_names)}",
            )
        unknown = sorted(set(self.bases) - set(BASES))
        if unknown or not self.bases:
            raise InvalidInput(
                f"There is no base {', '.join(unknown)}.", remedy=f"choose of {', '.join(BASES)}"
            )

    def _reason(self, basis: str) -> str:
        if basis == UNKNOWN:
            return "cannot be measured: customers like this one always, or never, got one of the treatments"
        if basis == PRIOR_BASIS:
            return "no comparison yet: only what offers usually do is known"
        if basis == KIND_BASIS:
            return "few contacts: the mean of this kind of contact, pulled towards that of all"
        report = self.result_
        opened = isinstance(report, GateReport) and report.opened
        return (
            "own effect; personal treatments are proven to earn more" if opened else "best treatment for all"
        )


def _events(y: Floats) -> int:
    """Outcomes that differ from the most frequent one."""
    return int(len(y) - np.unique(y, return_counts=True)[1].max())


def _ids(table: pa.Table) -> pa.Table:
    return table.select([name for name in table.column_names if name == "id" or name.endswith("_id")])
