"""The report: every method, every measure, with intervals, and our lift over the best of the others."""

import json
from dataclasses import asdict, dataclass, field

import numpy as np

from passend.evaluate.intervals import Resampled, resample
from passend.evaluate.metrics import coverage, measures
from passend.evaluate.planned import PLANNED
from passend.evaluate.protocols import OURS, Trial
from passend.language import decimal, phrase, share, word

HEADLINE = ("recall@10", "ndcg@10", "ndcg_full@10", "hit@10", "mrr")


@dataclass(frozen=True)
class EvaluationRow:
    """One method and measure: value, 95 % bounds, number of customers or carts judged."""

    method: str
    measure: str
    value: float
    low: float
    high: float
    judged: int


@dataclass(frozen=True)
class Lift:
    """How much better passend is than a baseline, as a share, with paired 95 % bounds."""

    measure: str
    baseline: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class EvaluationReport:
    """What an evaluation found; `lifts` compare with every baseline, the best baseline of a measure first.

    `method` is the one that passend took, `proof` what each method had reached on purchases before those judged here.
    """

    protocol: str
    rows: tuple[EvaluationRow, ...]
    lifts: tuple[Lift, ...]
    seconds: dict[str, float]
    judged: int
    method: str | None = None
    proof: dict[str, float] = field(default_factory=dict)

    def value(self, method: str, measure: str) -> float:
        """One figure."""
        return next(row.value for row in self.rows if row.method == method and row.measure == measure)

    def best_baseline(self, measure: str) -> Lift:
        """Our lift over the baseline that is best in this measure."""
        return next(lift for lift in self.lifts if lift.measure == measure)

    def lift_over(self, measure: str, baseline: str) -> Lift:
        """Our lift over one baseline."""
        return next(lift for lift in self.lifts if lift.measure == measure and lift.baseline == baseline)

    def to_json(self) -> str:
        """Everything, for machines; what does not apply is null."""
        return json.dumps(_no_nan(asdict(self)), indent=2)

    def __str__(self) -> str:
        names = [name for name in HEADLINE if any(row.measure == name for row in self.rows)]
        lines = [
            phrase("{protocol}: {judged:n} judged", protocol=self.protocol, judged=self.judged),
            f"{word('method'):<26}"
            + "".join(f"{name:>14}" for name in names)
            + f"{'coverage@10':>14}{word('seconds'):>10}",
        ]
        for method, seconds in self.seconds.items():
            values = "".join(f"{decimal(self.value(method, name), 4):>14}" for name in names)
            reach = decimal(self.value(method, "coverage@10"), 3)
            lines.append(f"{method:<26}{values}{reach:>14}{decimal(seconds, 1):>10}")
        if self.method is not None:
            lines.append(phrase("passend offered by: {method}", method=self.method))
        for name in names:
            if any(lift.measure == name for lift in self.lifts):
                lift = self.best_baseline(name)
                lines.append(_told(name, lift))
        return "\n".join(lines)


def _told(name: str, lift: Lift) -> str:
    """A comparison as a sentence."""
    if np.isnan(lift.value):
        return phrase("{name}: cannot be compared, {baseline} has 0", name=name, baseline=lift.baseline)
    return phrase(
        "{name}: {lift} over {baseline} (95 % interval {low} to {high})",
        name=name, lift=_signed(lift.value), baseline=lift.baseline, low=_signed(lift.low), high=_signed(lift.high),
    )  # fmt: skip


def _signed(value: float) -> str:
    return ("+" if value >= 0 else "") + share(value, 1)


def report(protocol: str, trial: Trial, seed: int) -> EvaluationReport:
    """Judge every method of a trial."""
    judged = {method: measures(lists, trial.truth) for method, lists in trial.lists.items()}
    keys = [(method, measure) for method, values in judged.items() for measure in values]
    table = np.stack([judged[method][measure] for method, measure in keys], axis=1)
    drawn = resample(table, seed)
    rows = []
    for column, (method, measure) in enumerate(keys):
        span = drawn.mean(column)
        number = int((~np.isnan(table[:, column])).sum())
        rows.append(EvaluationRow(method, measure, span.value, span.low, span.high, number))
    for method, lists in trial.lists.items():
        reach = coverage(lists, trial.truth.wanted.shape[1])
        rows.append(EvaluationRow(method, "coverage@10", reach, reach, reach, len(trial.judged)))
    return EvaluationReport(
        protocol,
        tuple(rows),
        tuple(_lifts(drawn, keys)),
        trial.seconds,
        len(trial.judged),
        None if trial.chosen is None else trial.chosen.method,
        {} if trial.chosen is None else trial.chosen.proof,
    )


def _lifts(drawn: Resampled, keys: list[tuple[str, str]]) -> list[Lift]:
    column = {key: number for number, key in enumerate(keys)}
    out = []
    for measure in HEADLINE:
        others = [method for method, name in keys if name == measure and method != OURS]
        # What the main job offers is no baseline, so it is never "the best" of them.
        others.sort(key=lambda method: (method == PLANNED, -float(drawn.means[column[method, measure]])))
        for method in others:
            span = drawn.lift(column[OURS, measure], column[method, measure])
            out.append(Lift(measure, method, span.value, span.low, span.high))
    return out


def _no_nan(value: object) -> object:
    if isinstance(value, dict):
        return {key: _no_nan(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_no_nan(one) for one in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
