"""Propensity on real data: CoIL 2000 and bank marketing, each beside stock models in the same run.

python -m benchmarks.customers_propensity [coil|bank]

CoIL: the training file, 10 times 5-fold; hits among the fifth of customers with the highest chance. Differences
under about 5 of 348 are noise. Bank marketing without ``duration``: the calls are in the order of time. From the
middle of the file on, models are learned anew every tenth of the file from all earlier calls; each 200 calls are
scored, then their answers become known (Propensity takes them in with ``recalibrate``). Each is shown with and
without: stock models get the same dynamic recalibration on their own log odds. No label of the future is used, and
nothing is set for either file. Intervals draw spans of 1,000 calls with replacement (Kuensch 1989), because calls of
one time share one fate. The data is read from the folder that PASSEND_DATA names.
"""

import itertools
import sys
from collections.abc import Callable, Iterator
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pacsv
from scipy.special import expit, logit
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.data import DATA
from benchmarks.kept import kept
from benchmarks.row import Bar, Row, at_least, not_measured
from benchmarks.showing import show
from passend import Propensity
from passend.customers.propensity.drift import Follower

COMMAND = "python -m benchmarks.customers_propensity {}"
Numbers = npt.NDArray[np.float64]
BLOCK, SPAN = 200, 1000


def _logistic() -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def _lightgbm() -> Any:
    return lgb.LGBMClassifier(verbose=-1, n_jobs=1)


def _forest() -> Any:
    return RandomForestClassifier(random_state=0, n_jobs=1)


STOCK: dict[str, Callable[[], Any]] = {
    "stock LightGBM": _lightgbm,
    "logistic regression": _logistic,
    "random forest": _forest,
}


def coil(repeats: int = 10) -> list[Row]:
    """Hits in the top fifth of the CoIL 2000 training file."""
    found = [kept(_coil_hits, repeat) for repeat in range(repeats)]
    hits = {name: [one[name] for one in found] for name in found[0]}
    means = {name: float(np.mean(values)) for name, values in hits.items()}
    spread = float(np.std(hits["passend"], ddof=1)) if repeats > 1 else float("nan")
    return [
        Row(
            f"CoIL 2000, {repeats} x 5-fold",
            f"hits in the top 20 % of 348, mean (SD {spread:.1f})",
            means["passend"],
            at_least(186, means["passend"]),
            ", ".join(f"{name} {means[name]:.1f}" for name in STOCK) + "; differences under 5 are noise",
            min(hits["passend"]),
            max(hits["passend"]),
            COMMAND.format("coil"),
        )
    ]


def _coil_hits(repeat: int) -> dict[str, float]:
    """Hits by method, summed over the five folds of one split."""
    table = pacsv.read_csv(DATA / "coil2000" / "train.csv")
    target = table.schema.names[-1]
    came = table[target].to_numpy().astype(float)
    plain = np.column_stack([table[name].to_numpy() for name in table.schema.names[:-1]])
    found = dict.fromkeys(("passend", *STOCK), 0.0)
    for learn, judge in StratifiedKFold(5, shuffle=True, random_state=repeat).split(plain, came):
        model = Propensity().fit(table.take(learn), target)
        found["passend"] += _top_fifth(
            model.predict(table.take(judge))["probability"].to_numpy(), came[judge]
        )
        for name, make in STOCK.items():
            stock = make().fit(plain[learn], came[learn])
            found[name] += _top_fifth(stock.predict_proba(plain[judge])[:, 1], came[judge])
    print(f"CoIL {repeat}: {found}", file=sys.stderr, flush=True)
    return found


def _top_fifth(score: Numbers, came: Numbers) -> float:
    most = int(np.ceil(len(score) / 5))
    return float(came[np.argsort(-score, kind="stable")[:most]].sum())


def bank() -> list[Row]:
    """Discrimination and calibration on later calls of the bank-marketing file."""
    table = pacsv.read_csv(
        DATA / "bank-marketing" / "bank-additional-full.csv", parse_options=pacsv.ParseOptions(delimiter=";")
    ).drop_columns(["duration"])
    came = np.array([word == "yes" for word in table["y"].to_pylist()], float)
    n = len(came)
    table = table.append_column("call", pa.array(np.arange(n)))
    plain = _one_hot(table.drop_columns(["y", "call"]))
    followers = {name: Follower(np.zeros((0, 1)), np.zeros(0)) for name in STOCK}
    told = ("passend", "passend, not recalibrated", *STOCK, *(f"{name}, recalibrated" for name in STOCK))
    said: dict[str, Numbers] = {name: np.full(n, np.nan) for name in told}
    cuts = [n // 2 + n * part // 10 for part in range(5)] + [n]
    for begin, end in itertools.pairwise(cuts):
        model = Propensity().fit(table.slice(0, begin), "y", time="call")
        frozen = model.predict(table.slice(begin, end - begin))["probability"].to_numpy()
        said["passend, not recalibrated"][begin:end] = frozen
        for at in range(begin, end, BLOCK):
            rows = table.slice(at, min(BLOCK, end - at))
            said["passend"][at : at + rows.num_rows] = model.predict(rows)["probability"].to_numpy()
            model.recalibrate(rows)
        for name, make in STOCK.items():
            stock = make().fit(plain[:begin], came[:begin])
            said[name][begin:end] = stock.predict_proba(plain[begin:end])[:, 1]
            odds = logit(np.clip(said[name], 1e-3, 1 - 1e-3))[:, None]
            for at in range(begin, end, BLOCK):
                block = slice(at, min(at + BLOCK, end))
                said[f"{name}, recalibrated"][block] = expit(followers[name].say(odds[block])[0])
                followers[name].follow(odds[block], came[block])
        print(f"bank {begin} to {end}: {model.models_}", file=sys.stderr, flush=True)
    later = slice(cuts[0], n)
    measures: dict[str, tuple[Callable[[Numbers, Numbers], float], bool]] = {
        "AUC": (lambda p, y: float(roc_auc_score(y, p)), True),
        "log loss": (lambda p, y: float(log_loss(y, p)), False),
        "calibration error (10 equal groups)": (calibration_error, False),
        f"level: mean gap in spans of {SPAN} calls": (level_error, False),
    }
    rows_out = []
    for measure, (compute, is_high_good) in measures.items():
        values = {name: compute(p[later], came[later]) for name, p in said.items()}
        best = (max if is_high_good else min)(values[name] for name in STOCK)
        ahead = values["passend"] > best if is_high_good else values["passend"] < best
        is_error = measure.startswith("calibration")
        low, high = _by_spans(compute, said["passend"][later], came[later])
        bar = Bar(
            "ahead of all" + (", at most .02" if is_error else ""),
            bool(ahead and (not is_error or values["passend"] <= 0.02)),
        )
        peers = ", ".join(f"{name} {values[name]:.4f}" for name in told[1:])
        work, command = "bank marketing, later calls", COMMAND.format("bank")
        rows_out.append(Row(work, measure, values["passend"], bar, peers, low, high, command))
    return rows_out


def calibration_error(said: Numbers, came: Numbers, groups: int = 10) -> float:
    """Mean gap between what was said and what came, over groups of equal size by what was said."""
    order = np.argsort(said, kind="stable")
    parts = np.array_split(order, groups)
    return float(sum(len(part) * abs(said[part].mean() - came[part].mean()) for part in parts) / len(said))


def level_error(said: Numbers, came: Numbers) -> float:
    """Mean gap between the share that was expected and the share that came, over spans of time."""
    spans = np.array_split(np.arange(len(said)), max(1, len(said) // SPAN))
    return float(np.mean([abs(said[span].mean() - came[span].mean()) for span in spans]))


def _by_spans(
    compute: Callable[[Numbers, Numbers], float], said: Numbers, came: Numbers, draws: int = 400
) -> tuple[float, float]:
    """A 95 % interval from spans of time that are drawn with replacement."""
    spans = np.array_split(np.arange(len(said)), max(1, len(said) // SPAN))
    random = np.random.default_rng(0)
    drawn = [
        np.concatenate([spans[place] for place in random.integers(0, len(spans), len(spans))])
        for _ in range(draws)
    ]
    low, high = np.quantile([compute(said[places], came[places]) for places in drawn], [0.025, 0.975])
    return float(low), float(high)


def _one_hot(table: pa.Table) -> Numbers:
    columns = []
    for name in table.schema.names:
        if pa.types.is_string(table.schema.field(name).type):
            words = table[name].to_pylist()
            columns += [np.array([word == one for word in words], float) for one in sorted(set(words))]
        else:
            columns.append(table[name].to_numpy().astype(float))
    return np.column_stack(columns)


WORKS: dict[str, tuple[str, Callable[[], list[Row]]]] = {
    "coil": ("coil2000", coil),
    "bank": ("bank-marketing", bank),
}


def rows(only: tuple[str, ...] = ()) -> Iterator[Row]:
    """Every bar of Propensity."""
    for name, (folder, work) in WORKS.items():
        if only and name not in only:
            continue
        if not (DATA / folder).is_dir():
            yield not_measured(name, f"there is no folder {folder} in {DATA}", COMMAND.format(name))
            continue
        yield from work()


if __name__ == "__main__":
    sys.exit(show(rows(tuple(sys.argv[1:]))))
