"""What the estimator says: which way the effect was found, and the tables it hands out."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.stats import norm

from passend.customers.uplift.design import Floats, Ints
from passend.customers.uplift.gate import GateReport
from passend.customers.uplift.selection import Choice
from passend.vocabulary import CannotBeMeasured


@dataclass(frozen=True)
class Effects:
    """Effects of each treatment (columns) on each row; NaN where they cannot be known.

    Attributes:
        mean: the effect.
        error: its standard error.
        basis: for each row: measured, by kind of contact, prior, or cannot be measured.
    """

    mean: Floats
    error: Floats
    basis: np.ndarray[tuple[int], np.dtype[np.str_]]


def effects_table(found: Effects, treatments: tuple[str, ...], ids: pa.Table, level: float) -> pa.Table:
    """One row a row and treatment: effect, low, high and basis; effect, low and high are empty where not known."""
    rows, arms = found.mean.shape
    repeat = np.repeat(np.arange(rows), arms)
    mean = found.mean.ravel()
    wide = float(norm.ppf((1 + level) / 2)) * found.error.ravel()
    unknown = np.isnan(mean)
    return pa.table(
        {
            "row": repeat,
            **{name: ids[name].take(pa.array(repeat)) for name in ids.column_names},
            "treatment": pa.array(np.tile(np.array(treatments, dtype=object), rows), pa.string()),
            "effect": pa.array(mean, mask=unknown),
            "low": pa.array(mean - wide, mask=unknown),
            "high": pa.array(mean + wide, mask=unknown),
            "basis": pa.array(np.repeat(found.basis, arms), pa.string()),
        }
    )


def choice_table(
    arms: Ints, names: tuple[str, ...], gain: Floats, told: tuple[pa.Table, list[str]]
) -> pa.Table:
    """One row a row: the treatment chosen, what it is expected to gain net of its cost, and why."""
    ids, reasons = told
    unknown = np.isnan(gain)
    return pa.table(
        {
            "row": np.arange(len(arms)),
            **{name: ids[name] for name in ids.column_names},
            "treatment": pa.array([names[arm] for arm in arms], pa.string()),
            "expected_gain": pa.array(gain, mask=unknown),
            "reason": pa.array(reasons, pa.string()),
        }
    )


def say_gate(report: GateReport, names: tuple[str, ...]) -> str:
    """The verdict of the gate in a sentence."""
    gain, best = report.gain, names[report.best]
    if report.opened:
        return (
            f"Personal treatments earned {gain.value:.4g} a customer more than '{best}' for all on customers held"
            f" out, at least {gain.low:.4g} with 95 % certainty: each customer gets their own."
        )
    if not report.moved:
        return f"No customer held out was better served by another treatment than '{best}': all get the same."
    return (
        f"Personal treatments earned {gain.value:.4g} a customer more than the best one for all on customers held out,"
        f" but possibly only {gain.low:.4g} (95 % bound): not proven, so all get '{best}'."
    )


def say_choice(choice: Choice, treatment: str) -> str:
    """What was chosen for one treatment in a sentence."""
    best = choice.chosen[0]
    return (
        f"{treatment}: mean effect {choice.effect:.4g} (standard error {choice.effect_error:.2g}). Of"
        f" {len(choice.gains)} learners {best} ranked unseen customers best ({choice.gains[best]:.3g} a customer over"
        f" chance, standard error {choice.errors[best]:.2g}); {len(choice.chosen)} that are as good within noise are"
        f" averaged, and {choice.slope:.0%} of the spread they predict is believed."
    )


def say_nothing(why: CannotBeMeasured) -> str:
    """Why nothing was measured, in a sentence."""
    return f"Cannot be measured: {why.reason} What to do: {why.remedy}."
