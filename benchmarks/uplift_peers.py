"""What Uplift is measured against on Hillstrom: plain learners, econml, simple rules.

A peer gets features, arms and outcomes of one half and answers with effects of the two mails on the other half. econml
is no part of the project; PASSEND_PEERS names a folder that holds it (pip install --target FOLDER/econml econml), and
it runs in a process of its own, because it needs other versions of what passend needs.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
PEERS = Path(os.environ.get("PASSEND_PEERS", "peers"))
SECONDS = 300


@dataclass(frozen=True)
class Half:
    """Features, arms (0 none, 1 and 2 the mails) and outcomes of half the customers."""

    x: Floats
    arm: Ints
    y: Floats


def _line() -> Any:
    return LinearRegression()


def _trees() -> Any:
    return lgb.LGBMRegressor(
        n_estimators=100, num_leaves=8, learning_rate=0.05, min_child_samples=100, n_jobs=1, verbose=-1
    )


def _fit(make: Callable[[], Any], x: Floats, y: Floats) -> Callable[[Floats], Floats]:
    model = make().fit(x, y)
    return lambda rows: np.asarray(model.predict(rows), np.float64)


def s_learner(make: Callable[[], Any], a: Half, x: Floats) -> Floats:
    straight = make is _line

    def wide(rows: Floats, arm: Ints) -> Floats:
        flags = (arm[:, None] == np.array([1, 2])).astype(np.float64)
        products = [rows * flags[:, [0]], rows * flags[:, [1]]] if straight else []
        return np.hstack([rows, flags, *products])

    model = _fit(make, wide(a.x, a.arm), a.y)
    ways = [model(wide(x, np.full(len(x), arm, np.int64))) for arm in range(3)]
    return np.column_stack([ways[1] - ways[0], ways[2] - ways[0]])


def t_learner(make: Callable[[], Any], a: Half, x: Floats) -> Floats:
    ways = [_fit(make, a.x[a.arm == arm], a.y[a.arm == arm])(x) for arm in range(3)]
    return np.column_stack([ways[1] - ways[0], ways[2] - ways[0]])


def x_learner(make: Callable[[], Any], a: Half, x: Floats) -> Floats:
    arms = [_fit(make, a.x[a.arm == arm], a.y[a.arm == arm]) for arm in range(3)]
    none, out = a.arm == 0, []
    for arm in (1, 2):
        got = a.arm == arm
        one = _fit(make, a.x[got], a.y[got] - arms[0](a.x[got]))
        two = _fit(make, a.x[none], arms[arm](a.x[none]) - a.y[none])
        out.append((one(x) + two(x)) / 2)
    return np.column_stack(out)


def dr_learner(make: Callable[[], Any], a: Half, x: Floats) -> Floats:
    usual = np.zeros((len(a.y), 3))
    fold = np.arange(len(a.y)) % 2
    for one in (0, 1):
        for arm in range(3):
            rows = (fold != one) & (a.arm == arm)
            usual[fold == one, arm] = _fit(make, a.x[rows], a.y[rows])(a.x[fold == one])
    for arm in range(3):
        rows = a.arm == arm
        usual[rows, arm] += (a.y[rows] - usual[rows, arm]) * len(a.y) / rows.sum()
    return np.column_stack([_fit(make, a.x, usual[:, arm] - usual[:, 0])(x) for arm in (1, 2)])


def response(a: Half, x: Floats) -> Floats:
    """The response model: who does it when contacted; not an effect, but often used for one."""
    return np.column_stack([_fit(_trees, a.x[a.arm == arm], a.y[a.arm == arm])(x) for arm in (1, 2)])


def plain_learners(a: Half, x: Floats) -> dict[str, Floats]:
    """Effects by the plain learners and the response model."""
    found: dict[str, Floats] = {}
    for name, make in (("linear", _line), ("LightGBM", _trees)):
        for letter, learner in (("S", s_learner), ("T", t_learner), ("X", x_learner), ("DR", dr_learner)):
            found[f"{letter} {name}"] = learner(make, a, x)
    found["response model"] = response(a, x)
    return found


ECONML = """
import sys
import numpy as np
from econml.dr import LinearDRLearner
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
data = np.load(sys.argv[1])
model = LinearDRLearner(
    model_propensity=LogisticRegression(C=0.01, max_iter=300), model_regression=LinearRegression(), cv=2, random_state=1
)
spread = data["x"].std(axis=0)
spread[spread == 0] = 1
model.fit(data["y"], data["arm"], X=data["x"] / spread)
np.save(sys.argv[2], np.column_stack([model.effect(data["x2"] / spread, T0=0, T1=arm) for arm in (1, 2)]))
"""


def econml(a: Half, x: Floats) -> Floats | None:
    """Effects by econml's LinearDRLearner; None where it is not installed or does not run."""
    folder = PEERS / "econml"
    if not folder.is_dir():
        return None
    with tempfile.TemporaryDirectory() as place:
        given, answer = Path(place) / "given.npz", Path(place) / "answer.npy"
        np.savez(given, x=a.x, arm=a.arm, y=a.y, x2=x)
        path = os.environ | {"PYTHONPATH": str(folder.resolve())}
        ran = subprocess.run(
            [sys.executable, "-c", ECONML, str(given), str(answer)],
            env=path,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        if ran.returncode:
            print(f"econml did not run: {ran.stderr.decode()[-300:]}", file=sys.stderr)
            return None
        return np.asarray(np.load(answer), np.float64)
