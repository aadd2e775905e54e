"""The chance that a customer buys, as it will come true: ``Propensity().fit(table).predict(table)``."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import stats
from scipy.special import expit

from passend.customers.propensity.blend import (
    Calibration,
    blend_weights,
    calibrate,
)
from passend.customers.propensity.columns import (
    Numbers,
    labels_of,
    learn_features,
    read_numbers,
    read_target,
    read_word,
)
from passend.customers.propensity.directions import directions
from passend.customers.propensity.drift import Follower
from passend.customers.propensity.folds import later_folds, stratified_folds
from passend.customers.propensity.members import Judged, Lesson, cross_fit
from passend.customers.propensity.reasons import say_why
from passend.errors import InvalidInput, UnrecognisedColumns
from passend.estimator import Estimator
from passend.tables.frames import as_table, is_identifier, with_column

CHUNK = 100_000
#: What the target is called where its values are given beside the table.
GIVEN = "y"
#: Rows on each side of the target below which nothing but the overall rate can be told.
FEWEST = 10


class Propensity(Estimator):
    """The chance that a customer buys in a window of time, without being contacted.

    Takes customer facts or any other table with a row for each customer. Several kinds of models are cross-fitted,
    blended by how well they told unseen rows, and calibrated on what they said of these.

    Speaks with scikit-learn, too: ``fit(X, y)``, ``predict_proba(X)``, in pipelines and under ``cross_val_score``.

    Args:
        monotone: column -> 1 or -1 where a direction is known to hold; passend's own facts bring theirs along.
        most_rows: rows to learn from; of more, a random sample is drawn.
        seed: of folds and samples.

    Attributes:
        models_: model -> its share in the blend; with ``time``, what it counts for at present.
        features_: columns that are used; identifiers never are.
        classes_: what the target holds, sorted: the columns of ``predict_proba``.
        calibration_: the last step, from log odds to log odds that come true.
    """

    learned_in = "features_"
    learns_by = 'fit(table, target="bought") or fit(X, y)'

    def __init__(
        self, *, monotone: Mapping[str, int] | None = None, most_rows: int = 200_000, seed: int = 0
    ) -> None:
        self.monotone = monotone
        self.most_rows = most_rows
        self.seed = seed

    def fit(self, table: object, target: object = "bought", *, time: str | None = None) -> "Propensity":
        """Learn from customers of whom it is known whether they bought.

        Args:
            table: one row a customer, frozen before the window in which ``target`` was observed.
            target: column that says whether the customer bought: 0 and 1, yes and no, true and false; or, as
                scikit-learn has it, these values themselves, one for each row.
            time: column that orders the rows in time, where they come from different times. Models are then judged
                on later rows only, and the calibration follows the latest of them.

        Raises:
            InvalidInput: there are no rows, or the target is empty in some or not yes and no.
            UnrecognisedColumns: there is no such column.
        """
        given, name = as_table(table), self._named(target)
        self._speaks_arrays = not isinstance(target, str)
        if self._speaks_arrays:
            given = with_column(given, name, target)
        if not given.num_rows:
            raise InvalidInput("There are no rows to learn from.", remedy="Give a row for each customer.")
        given = self._in_order(given, time)
        came = read_target(given, name)
        self.target_ = name
        self.classes_ = labels_of(given.column(name))
        ids = [one for one in given.schema.names if is_identifier(one)]
        self.features_ = learn_features(given, [name, *ids, *([time] if time else [])])
        self._insist_on_monotone(given)
        self._rows, self._bought = len(came), float(came.sum())
        self.models_: dict[str, float] = {}
        self._is_timed = time is not None
        if min(self._bought, self._rows - self._bought) < FEWEST or not self.features_:
            return self
        folds = later_folds(came) if time else stratified_folds(came, self.seed)
        if len(folds) == 1:  # nothing was bought before the latest rows: the order cannot be learned from
            self._is_timed, folds = False, stratified_folds(came, self.seed)
        numbers = read_numbers(given, self.features_)
        lesson = Lesson(
            numbers,
            came,
            np.ones(len(came)),
            self.features_,
            directions(self.features_, self.monotone),
            folds,
            self.seed,
            is_timed=self._is_timed,
        )
        self._learn(lesson)
        return self

    def predict(self, table: object, *, reasons: bool = False) -> pa.Table:
        """The chance of each row, in the rows' order.

        Args:
            table: the same columns as in ``fit``, without the target.
            reasons: whether to say why, in a sentence for each row; this takes longer.

        Returns:
            ``customer_id`` where the table has one, ``probability``, ``low`` and ``high`` (95 %: how well the chance
            itself is known), and ``reason``. After ``fit(X, y)``, as scikit-learn has it, the likelier class of each
            row as an array; ``predict_proba`` has the chances.

        Raises:
            NotFitted: nothing was learned yet.
            UnrecognisedColumns: the table lacks a column that was there in ``fit``.
        """
        if self._speaks_arrays_now():
            return self.classes_[self.predict_proba(table).argmax(axis=1)]
        return self._chances(table, reasons=reasons)

    def predict_proba(self, table: object) -> Numbers:
        """The chance of each class (columns, as in ``classes_``) for each row, as scikit-learn has it."""
        yes = self._chances(table, reasons=False)["probability"].to_numpy()
        no_first = read_word(self.classes_[-1])
        return np.column_stack([1 - yes, yes] if no_first else [yes, 1 - yes])

    def score(self, table: object, target: object = None) -> float:
        """How well rows are ordered by their chance, between .5 (not at all) and 1: the area under the ROC curve.

        Raises:
            InvalidInput: only one of the two classes is there, so that there is no order to judge.
        """
        given, name = as_table(table), self.target_ if target is None else self._named(target)
        if target is not None and not isinstance(target, str):
            given = with_column(given, name, target)
        came = read_target(given, name)
        positive, negative = came.sum(), len(came) - came.sum()
        if not positive or not negative:
            raise InvalidInput(
                "All rows have the same outcome: there is no order to judge.",
                remedy="Judge on more rows, or in folds that hold both (StratifiedKFold).",
            )
        ranks = stats.rankdata(self._chances(given, reasons=False)["probability"].to_numpy())
        return float((ranks[came == 1].sum() - positive * (positive + 1) / 2) / (positive * negative))

    def _chances(self, table: object, *, reasons: bool) -> pa.Table:
        given = self._ready(table)
        blocks = [
            self._block(given.slice(at, CHUNK), reasons=reasons) for at in range(0, given.num_rows, CHUNK)
        ]
        columns = {"customer_id": given.column("customer_id")} if "customer_id" in given.schema.names else {}
        names = ["probability", "low", "high", *(["reason"] if reasons else [])]
        for place, name in enumerate(names):
            parts = [block[place] for block in blocks]
            kind = pa.string() if name == "reason" else pa.float64()
            columns[name] = pa.chunked_array([pa.array(part, kind) for part in parts], kind)
        return pa.table(columns)

    def recalibrate(self, table: object) -> "Propensity":
        """Take in what came of newer customers, without learning the models anew.

        Args:
            table: rows as in ``fit``, with the target, in the order of time.
        """
        given = self._ready(table)
        came = read_target(given, self.target_)
        self._rows += len(came)
        self._bought += float(came.sum())
        if self.models_ and len(came):
            self._follow(self._said_by_each(read_numbers(given, self.features_)).mean(axis=1), came)
        return self

    def explain(self, table: object) -> list[str]:
        """Why each row's chance is high or low, in a sentence."""
        told: list[str] = self._chances(table, reasons=True)["reason"].to_pylist()
        return told

    @property
    def unseen_(self) -> tuple[Numbers, Numbers]:
        """What the blend said (log odds) of rows that it had not seen, and what came of them."""
        if not getattr(self, "models_", None):
            return np.zeros(self._rows), np.zeros(self._rows)
        return self._said, self._came

    def __sklearn_tags__(self) -> Any:
        """A classifier of two classes."""
        from sklearn.utils import ClassifierTags  # noqa: PLC0415 - who asks for tags has loaded it

        tags = super().__sklearn_tags__()
        tags.estimator_type, tags.classifier_tags = "classifier", ClassifierTags(multi_class=False)
        tags.target_tags.required = True
        return tags

    def _speaks_arrays_now(self) -> bool:
        self.insist_fitted()
        return self._speaks_arrays

    @staticmethod
    def _named(target: object) -> str:
        if target is None:
            raise InvalidInput(
                "There is no target to learn.", remedy='Call fit(table, target="bought") or fit(X, y).'
            )
        return target if isinstance(target, str) else GIVEN

    def _insist_on_monotone(self, given: pa.Table) -> None:
        unknown = sorted(set(self.monotone or {}) - set(given.schema.names))
        if unknown:
            raise UnrecognisedColumns(
                f"A direction is given for {', '.join(unknown)}, which is no column of the table.",
                remedy=f"The columns are: {', '.join(given.schema.names)}.",
            )

    def _in_order(self, given: pa.Table, time: str | None) -> pa.Table:
        if time is not None:
            if time not in given.schema.names:
                raise UnrecognisedColumns(f"There is no column '{time}' to order the rows by.")
            if given.column(time).null_count:
                raise InvalidInput(
                    f"The column '{time}' is empty in some rows.", remedy="Every row needs its time."
                )
            given = given.take(pc.sort_indices(given.column(time)))  # a stable sort
            return given.slice(max(0, given.num_rows - self.most_rows))
        if given.num_rows > self.most_rows:
            draw = np.random.default_rng(self.seed).choice(given.num_rows, self.most_rows, replace=False)
            given = given.take(pa.array(np.sort(draw)))
        return given

    def _judged(self, lesson: Lesson) -> list[Judged]:
        """The models, each learned on some folds and judged on the rest."""
        return list(cross_fit(lesson))

    def _learn(self, lesson: Lesson) -> None:
        judged = self._judged(lesson)
        seen = ~np.isnan(judged[0].unseen)
        said, came = np.column_stack([one.unseen for one in judged])[seen], lesson.target[seen]
        self._members = [one.member for one in judged]
        # Where time runs, only the last fold has seen everything; else the folds are a bag of equals.
        self._use = [len(lesson.folds) - 1] if lesson.is_timed else list(range(len(lesson.folds)))
        self._said, self._came = np.zeros(0), np.zeros(0)
        self._follower = Follower(said, came) if lesson.is_timed else None
        if self._follower is None:
            self._share(blend_weights(said, came, lesson.weights[seen]))
        self._follow(said.T, came, is_new=False)
        sample = lesson.numbers[:: max(1, len(lesson.numbers) // 2000)]
        self._usual_pulls = self._pulls(sample).mean(axis=0)

    def _share(self, shares: Numbers) -> None:
        self._shares = shares
        self.models_ = {one.name: float(share) for one, share in zip(self._members, shares, strict=True)}

    def _follow(self, said: Numbers, came: Numbers, *, is_new: bool = True) -> None:
        """Let the last step take in what came of rows; ``said`` has a row for each model."""
        if self._follower is not None:
            if is_new:
                self._follower.follow(said.T, came)
            height, *shares = self._follower.weights
            self._share(np.array(shares))
            self.calibration_ = Calibration(float(height), 1.0, 0.0)
            return
        self._said = np.concatenate([self._said, self._shares @ said])
        self._came = np.concatenate([self._came, came])
        self.calibration_ = calibrate(self._said, self._came, np.ones(len(self._came)))

    def _said_by_each(self, numbers: Numbers) -> Numbers:
        """Log odds by model, by fold in use, by customer."""
        return np.stack([member.log_odds(numbers, self._use) for member in self._members])

    def _pulls(self, numbers: Numbers) -> Numbers:
        total = np.zeros((len(numbers), len(self.features_)))
        for fold in self._use:
            for member, share in zip(self._members, self._shares, strict=True):
                if abs(share) > 1e-3:
                    total += share * member.pulls(numbers, len(self.features_), fold)
        return np.asarray(total / len(self._use))

    def _block(self, given: pa.Table, *, reasons: bool) -> list[Numbers | list[str]]:
        if not self.models_:
            return self._overall(given.num_rows, reasons=reasons)
        numbers = read_numbers(given, self.features_)
        middle, doubt = self._middle_and_doubt(self._said_by_each(numbers))
        half = 1.959964 * doubt
        found: list[Numbers | list[str]] = [expit(middle), expit(middle - half), expit(middle + half)]
        if reasons:
            found.append(say_why(self._pulls(numbers) - self._usual_pulls, numbers, self.features_))
        return found

    def _middle_and_doubt(self, said: Numbers) -> tuple[Numbers, Numbers]:
        if self._follower is not None:
            return self._follower.say(said.mean(axis=1).T)
        by_fold = np.tensordot(self._shares, said, axes=1)
        # The folds leave out a part of the rows each: the jackknife by groups (Quenouille 1956, Tukey 1958).
        spread = by_fold.var(axis=0) * (len(self._use) - 1) * self.calibration_.slope**2
        return self.calibration_(by_fold.mean(axis=0)), np.sqrt(spread + self.calibration_.deviation**2)

    def _overall(self, rows: int, *, reasons: bool) -> list[Numbers | list[str]]:
        """The overall rate for everybody (Jeffreys' prior), where nothing more can be told."""
        a, b = self._bought + 0.5, self._rows - self._bought + 0.5
        found: list[Numbers | list[str]] = [
            np.full(rows, value)
            for value in (a / (a + b), stats.beta.ppf(0.025, a, b), stats.beta.ppf(0.975, a, b))
        ]
        if reasons:
            few = int(min(self._bought, self._rows - self._bought))
            why = f"only {few} of {self._rows} customers differ from the rest: the overall rate for everybody"
            found.append([why if self.features_ else "no column tells customers apart"] * rows)
        return found

    def _ready(self, table: object) -> pa.Table:
        self.insist_fitted()
        return as_table(table)
