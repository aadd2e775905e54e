"""What customers need next, as a table that every room reads: due, new, over or resting, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyarrow as pa
from scipy import stats

from passend.decisions.knowledge.history import NEVER, Floats, Ints
from passend.decisions.knowledge.knowledge import Wants
from passend.decisions.knowledge.past import DAYS, Past
from passend.decisions.knowledge.rhythm import Rhythm, over_after

#: The likeliest needs of a customer that are kept, and those met last.
_LIKELIEST, _MET = 5, 2
_MONTH, _ENDS = 30.0 / DAYS, (0.025, 0.975)
NEW, DUE, LAPSED, SATED = "new", "due", "lapsed", "sated"
#: Weeks of rest from which on no day is told: hardly anybody buys it again.
_ENDLESS = 52.0


@dataclass(frozen=True)
class Need:
    """Some customers' needs, one a row: codes, state, chance to buy within 30 days, weeks since, until and usual."""

    customer: Ints
    group: Ints
    state: Sequence[str]
    chance: Floats
    low: Floats
    high: Floats
    since: Floats
    rests: Floats
    usual: Floats


def needs_of(past: Past, some: Ints, wants: Wants, rhythm: Rhythm) -> Need:
    """The likeliest needs of some customers without any offer, and those that were met last and rest.

    Args:
        past: what happened.
        some: the customers.
        wants: what they want, by customer and need.
        rhythm: when needs come back.
    """
    part = past if len(some) == past.customers else past.part(some)
    last = part.history.last_bought(part.week).astype(float)
    times = part.history.times_bought(part.week)
    likely = np.where(wants.sated, -1.0, wants.rate)
    met = np.where(wants.sated & (last < NEVER), -last, -np.inf)
    rows, columns = [], []
    for score, most, least in ((likely, _LIKELIEST, 0.0), (met, _MET, -NEVER)):
        top = np.argsort(-score, axis=1, kind="stable")[:, :most]
        kept = np.take_along_axis(score, top, axis=1) > least
        row, place = np.nonzero(kept)
        rows.append(row)
        columns.append(top[row, place])
    row, column = np.concatenate(rows), np.concatenate(columns)
    order = np.lexsort((column, row))
    row, column = row[order], column[order]
    rate, seen = wants.rate[row, column], times[row, column] + 1.0
    counts, place = np.unique(seen, return_inverse=True)
    ends = [(stats.gamma.ppf(end, counts) / counts)[place] for end in _ENDS]
    sated, since = wants.sated[row, column], last[row, column]
    own = rhythm.own(part.history, past.week)
    usual = np.where(rhythm.used_up[column] & (since < NEVER), own[row, column], np.nan)
    bought = np.where(since > over_after(usual), LAPSED, DUE)
    state = np.where(sated, SATED, np.where(since < NEVER, bought, NEW))
    chance, low, high = (1.0 - np.exp(-_MONTH * rate * factor) for factor in (1.0, *ends))
    whole = rhythm.rests(own)[row, column]
    rests = np.where(sated & (whole < _ENDLESS), np.maximum(whole - since, 0.0), np.nan)
    since = np.where(since < NEVER, since, np.nan)
    return Need(some[row], column, state.tolist(), chance, low, high, since, rests, usual)


def needs_table(past: Past, found: list[Need], ids: pa.Array, names: Sequence[tuple[str, str]]) -> pa.Table:
    """The table ``needs``; ``names``: of each need what it is called, and its category."""
    parts = []
    for one in found:
        days = [
            None if np.isnan(weeks) else past.today + timedelta(weeks=float(weeks)) for weeks in one.rests
        ]
        parts.append(
            pa.table(
                {
                    "customer_id": ids.take(pa.array(one.customer)),
                    "need": pa.array([names[group][0] for group in one.group.tolist()], pa.string()),
                    "category": pa.array(
                        [names[group][1] or None for group in one.group.tolist()], pa.string()
                    ),
                    "state": pa.array(one.state, pa.string()),
                    "chance_30_days": pa.array(one.chance),
                    "chance_low": pa.array(one.low),
                    "chance_high": pa.array(one.high),
                    "last_bought_weeks": pa.array(one.since, from_pandas=True),
                    "usual_weeks": pa.array(one.usual, from_pandas=True),
                    "rests_until": pa.array(days, pa.timestamp("us")),
                }
            )
        )
    return pa.concat_tables(parts)
