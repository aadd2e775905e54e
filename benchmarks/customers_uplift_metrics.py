"""Qini, AUUC and uplift at k against scikit-uplift on the same scores, 300 random campaigns with many equal scores.

scikit-uplift is no part of the project; PASSEND_PEERS names a folder that holds it (pip install --no-deps --target
FOLDER/scikit-uplift scikit-uplift).
"""

import importlib
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.row import Row, at_most, not_measured
from passend.customers.uplift_metrics import auuc, qini, uplift_at_k

PEERS = Path(os.environ.get("PASSEND_PEERS", "peers"))
CAMPAIGNS = 300
WORK, COMMAND = "Qini, AUUC, uplift at k", "python3 dev.py bench customers_uplift_metrics"


def rows() -> Iterator[Row]:
    """The greatest difference from the peer, and what a constant score scores."""
    random = np.random.default_rng(1)
    y, w = random.integers(0, 2, 1000), random.integers(0, 2, 1000)
    constant = max(
        abs(measure(y, np.ones(1000), w, convention=convention))
        for measure in (qini, auuc)
        for convention in ("scikit-uplift", "causalml", "per customer")
    )
    bar = at_most(1e-12, constant)
    yield Row(
        WORK, "a constant score, all conventions", constant, bar, "causalml up to 1.28", command=COMMAND
    )
    off = greatest_difference()
    if off is None:
        yield not_measured(WORK, "greatest difference: the peer scikit-uplift is not installed", COMMAND)
    else:
        measure = f"greatest difference, {CAMPAIGNS} campaigns"
        yield Row(WORK, measure, off, at_most(1e-9, off), "scikit-uplift", command=COMMAND)


def greatest_difference() -> float | None:
    """Over Qini, AUUC and uplift at k by both strategies; None where the peer is not installed."""
    folder = PEERS / "scikit-uplift"
    if not folder.is_dir():
        return None
    sys.path.append(str(folder))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            peer = importlib.import_module("sklift.metrics.metrics")
            random = np.random.default_rng(2)
            return max(_difference(peer, random) for _ in range(CAMPAIGNS))
    except ImportError as problem:
        print(f"scikit-uplift does not run here: {problem}", file=sys.stderr)
        return None
    finally:
        sys.path.remove(str(folder))


def _difference(peer: Any, random: np.random.Generator) -> float:
    n = int(random.integers(50, 2000))
    y, w = random.integers(0, 2, n), random.integers(0, 2, n)
    score = np.round(random.normal(size=n) + 0.2 * y * w, int(random.integers(0, 4)))
    distinct = random.normal(size=n)
    pairs = [
        (peer.qini_auc_score(y, score, w), qini(y, score, w)),
        (peer.uplift_auc_score(y, score, w), auuc(y, score, w)),
    ]
    pairs += [
        (
            peer.uplift_at_k(y, distinct, w, strategy=way, k=0.3),
            uplift_at_k(y, distinct, w, k=0.3, strategy=way),
        )
        for way in ("overall", "by_group")
    ]
    return max(abs(float(theirs) - ours) for theirs, ours in pairs)
