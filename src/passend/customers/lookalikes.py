"""Customers like a given audience: who they are, what makes them alike, and whether that can be told at all.

audience = LookAlikes().fit(facts, audience=["K17", "K23", ...])
audience.table(most=1000); audience.rules()
"""

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.stats import rankdata
from sklearn.tree import DecisionTreeClassifier

from passend.customers.propensity.columns import Feature, Numbers, learn_features, read_numbers
from passend.customers.propensity.estimator import Propensity
from passend.customers.segments import LOWEST, Condition, Segment
from passend.errors import EmptyAnswer, InvalidInput, NotSeparable
from passend.estimator import Estimator
from passend.tables.frames import as_table, insist_on_names, is_identifier

#: Fewer members than this have nothing in common that could be told from chance.
FEWEST_MEMBERS = 20


class LookAlikes(Estimator):
    """Customers like an audience.

    Args:
        seed: of the cross-validation.

    Attributes:
        auc_: how well the audience can be told from others, on unseen customers: .5 not at all, 1 without fail.
        auc_low_: lower end of its interval (95 %, Hanley and McNeil 1982).
        auc_high_: upper end.
    """

    learned_in = "auc_"
    learns_by = "fit(table, audience)"

    def __init__(self, *, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, table: object, audience: Iterable[Any]) -> "LookAlikes":
        """Learn what the audience has in common.

        Args:
            table: customer facts, or any table with a ``customer_id`` and a row for each customer.
            audience: customer numbers.

        Raises:
            InvalidInput: there is no column ``customer_id``, or fewer than 20 members or others are in the table.
            NotSeparable: the audience cannot be told from other customers.
        """
        given = as_table(table)
        insist_on_names(given, ("customer_id",), (), "customers")
        is_member = pc.is_in(given["customer_id"], _members(audience, given["customer_id"].type))
        member = np.asarray(is_member.to_numpy(zero_copy_only=False), dtype=float)
        if min(member.sum(), len(member) - member.sum()) < FEWEST_MEMBERS:
            raise InvalidInput(
                f"{int(member.sum())} members of the audience are among {len(member)} customers.",
                remedy=f"At least {FEWEST_MEMBERS} members and as many others are needed.",
            )
        self._table = given
        self._member = member
        named = given.drop_columns(["is_member"]) if "is_member" in given.schema.names else given
        self._model = Propensity(seed=self.seed).fit(
            named.append_column("is_member", pa.array(member)), "is_member"
        )
        said, came = self._model.unseen_
        self.auc_, error = _auc(said, came)
        self.auc_low_, self.auc_high_ = self.auc_ - 1.96 * error, min(1.0, self.auc_ + 1.96 * error)
        if self.auc_low_ <= 0.5:
            raise NotSeparable(
                f"The audience cannot be told from other customers: AUC {self.auc_:.2f} "
                f"({self.auc_low_:.2f} to {self.auc_high_:.2f}), where .5 is chance.",
                remedy="Give a larger audience, or more facts on the customers.",
            )
        return self

    def table(self, most: int | None = None) -> pa.Table:
        """The customers most like the audience who are not in it: ``customer_id``, ``likeness``, ``reason``."""
        others = self._fitted().filter(pa.array(self._member == 0))
        likeness = self._model.predict(others)["probability"]
        order = pc.sort_indices(likeness, sort_keys=[("", "descending")])[: most or others.num_rows]
        best = others.take(order)
        return pa.table(
            {
                "customer_id": best["customer_id"],
                "likeness": likeness.take(order),
                "reason": self._model.explain(best) if best.num_rows else pa.array([], pa.string()),
            }
        )

    def rules(self, most: int = 5, depth: int = 3) -> list[Segment]:
        """The segments in which the audience is most frequent, as plain rules."""
        given = self._fitted()
        ids = [name for name in given.schema.names if is_identifier(name)]
        features = learn_features(given, [*ids, "is_member"])
        numbers, names = _columns_for_rules(given, features)
        tree = DecisionTreeClassifier(
            max_depth=depth, min_samples_leaf=max(10, len(numbers) // 100), random_state=self.seed
        ).fit(np.nan_to_num(numbers, nan=LOWEST), self._member)
        segments = [
            segment
            for conditions in _leaves(tree.tree_, names)
            if conditions and (segment := self._segment(conditions)).lift > 1
        ]
        if not segments:
            why = "No plain rule tells the audience from the others; the likeness in table() weighs many facts at once."
            warnings.warn(why, EmptyAnswer, stacklevel=2)
        return sorted(segments, key=lambda one: (-one.lift * one.members, str(one)))[:most]

    def _segment(self, conditions: tuple[Condition, ...]) -> Segment:
        inside = np.ones(len(self._member), bool)
        for condition in conditions:
            inside &= condition.holds(self._table).to_numpy(zero_copy_only=False)
        share = self._member[inside].sum() / self._member.sum()
        lift = share / max(inside.mean(), 1e-12)
        return Segment(conditions, float(share), float(lift))

    def _fitted(self) -> pa.Table:
        self.insist_fitted()
        return self._table


def _members(audience: Iterable[Any], kind: pa.DataType) -> pa.Array:
    """The audience's numbers in the type of the table's."""
    try:
        given = audience if hasattr(audience, "cast") else pa.array(list(dict.fromkeys(audience)))
        return given.cast(kind)
    except (TypeError, pa.ArrowException) as problem:
        raise InvalidInput(
            f"The audience cannot be read as customer numbers of the type {kind}, as the table has them: {problem}.",
            remedy="Give a list of customer numbers of that type.",
        ) from problem


def _auc(said: Numbers, came: Numbers) -> tuple[float, float]:
    """The area under the curve, and its standard error by Hanley and McNeil (1982)."""
    positive, negative = came.sum(), len(came) - came.sum()
    ranks = rankdata(said)
    auc = float((ranks[came == 1].sum() - positive * (positive + 1) / 2) / (positive * negative))
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (positive - 1) * (q1 - auc**2) + (negative - 1) * (q2 - auc**2)
    return auc, float(max(variance, 0.0) / (positive * negative)) ** 0.5


def _columns_for_rules(
    table: pa.Table, features: Iterable[Feature]
) -> tuple[Numbers, list[tuple[str, str | None]]]:
    columns: list[Numbers] = []
    names: list[tuple[str, str | None]] = []
    for feature in features:
        numbers = read_numbers(table, [feature])[:, 0]
        if feature.classes is None:
            if not pa.types.is_timestamp(table.schema.field(feature.name).type):
                columns.append(numbers)
                names.append((feature.name, None))
            continue
        for place, word in enumerate(feature.classes[:10]):
            columns.append((numbers == place).astype(float))
            names.append((feature.name, word))
    return np.column_stack(columns), names


def _leaves(tree: object, names: list[tuple[str, str | None]]) -> list[tuple[Condition, ...]]:
    left, right = tree.children_left, tree.children_right  # type: ignore[attr-defined]
    column, limit = tree.feature, tree.threshold  # type: ignore[attr-defined]

    def walk(node: int, so_far: tuple[Condition, ...]) -> list[tuple[Condition, ...]]:
        if left[node] < 0:
            return [so_far]
        name, word = names[column[node]]
        low = (
            Condition(name, "at most", float(limit[node]))
            if word is None
            else Condition(name, "is not", word)
        )
        high = (
            Condition(name, "more than", float(limit[node])) if word is None else Condition(name, "is", word)
        )
        return walk(left[node], (*so_far, low)) + walk(right[node], (*so_far, high))

    return walk(0, ())
