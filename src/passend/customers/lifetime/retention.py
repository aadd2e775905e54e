"""How long contracts last: the share still running after 1, 2, ... periods, seen and projected.

The curve seen is Kaplan and Meier's (1958), with Greenwood's interval. The projection is the shifted beta-geometric of
Fader and Hardie, How to Project Customer Retention, Journal of Interactive Marketing 21 (2007): each contract has its
own chance to end in a period, so that those who stay are more and more the faithful ones.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.special import betaln, digamma
from scipy.stats import norm

from passend.customers.lifetime.histories import Floats, day_of, days_of
from passend.customers.lifetime.rhythm import Slopes, most_likely
from passend.errors import InvalidInput
from passend.estimator import Estimator
from passend.tables.frames import amounts, as_table, insist_on_names

STARTS = [np.array([1.0, 3.0]), np.array([0.5, 1.0])]
FEWEST_CONTRACTS = 10


@dataclass(frozen=True)
class ShiftedBetaGeometric:
    """The fitted projection.

    Attributes:
        alpha: first shape of the chance to end in a period.
        beta: second shape.
        log_likelihood: at these parameters.
    """

    alpha: float
    beta: float
    log_likelihood: float

    def survival(self, periods: Floats) -> Floats:
        """Share of contracts that outlast so many periods; equation 6 of the paper."""
        share = betaln(self.alpha, self.beta + periods) - betaln(self.alpha, self.beta)
        return np.asarray(np.exp(share), np.float64)


def fit_survival(ended: Floats, running: Floats) -> ShiftedBetaGeometric:
    """Fit by maximum likelihood.

    Args:
        ended: contracts that ended in period 1, 2, ...
        running: contracts last seen running, by periods they have outlasted: 0, 1, ...
    """
    total = float(ended.sum() + running.sum())
    in_period, outlasted = np.arange(1, len(ended) + 1), np.arange(len(running))

    def slopes(values: Floats) -> Slopes:
        a, b = values
        end = betaln(a + 1, b + in_period - 1) - betaln(a, b)
        stay = betaln(a, b + outlasted) - betaln(a, b)
        both = digamma(a + b)
        end_a = digamma(a + 1) - digamma(a + b + in_period) - digamma(a) + both
        end_b = digamma(b + in_period - 1) - digamma(a + b + in_period) - digamma(b) + both
        stay_a = both - digamma(a + b + outlasted)
        stay_b = digamma(b + outlasted) - digamma(a + b + outlasted) - digamma(b) + both
        slope = np.array([ended @ end_a + running @ stay_a, ended @ end_b + running @ stay_b])
        return float(ended @ end + running @ stay) / total, slope / total

    (a, b), mean = most_likely(slopes, STARTS)
    return ShiftedBetaGeometric(float(a), float(b), mean * total)


class Retention(Estimator):
    """How long contracts last, and what those that run will still pay.

    Args:
        period_days: length of a period; by default a contract's own period_days, else 365.
        level: of the intervals.

    Attributes:
        curve_: the fitted `ShiftedBetaGeometric`.
        ended_: contracts that ended in period 1, 2, ...
        running_: contracts running at the end, by periods outlasted: 0, 1, ...
    """

    learned_in = "curve_"
    learns_by = "fit(contracts)"

    def __init__(self, *, period_days: float | None = None, level: float = 0.9) -> None:
        self.period_days = period_days
        self.level = level

    def fit(self, contracts: Any, until: date | datetime | None = None) -> "Retention":
        """Learn from contracts, running or ended.

        Args:
            contracts: contract_id and started_at, and cancelled_at or ends_at where they ended; period_days and
                fee_cents where known.
            until: the day up to which the data reach; by default the last day they name that is not a planned end.

        Raises:
            InvalidInput: a column is missing, or fewer than ten contracts or no end has been seen.
        """
        table = as_table(contracts)
        useful = ("cancelled_at", "ends_at", "period_days", "fee_cents")
        insist_on_names(table, ("contract_id", "started_at"), useful, "contracts")
        start = days_of(table["started_at"], "started_at")
        end = np.fmin(_days(table, "cancelled_at"), _days(table, "ends_at"))
        seen = np.r_[start, _days(table, "cancelled_at")]
        if not (~np.isnan(seen)).any():
            raise InvalidInput("No contract has a beginning.", remedy="fill the column started_at")
        last = float(np.nanmax(seen)) if until is None else float(day_of(until))
        usable = (start <= last) & ~(end < start)
        length = self._periods(table)[usable]
        start, end = start[usable], end[usable]
        gone = end <= last
        # Only whole periods count: within the last one, those that ended are known and those that will end are not.
        watched = np.floor((last - start) / length).astype(np.int64)
        outlasted = np.ceil(np.maximum(np.where(gone, end - start, 0), 1) / length).astype(np.int64) - 1
        over = gone & (outlasted < watched)
        passed = np.where(over, outlasted, watched)
        if len(passed) < FEWEST_CONTRACTS or not over.any():
            raise InvalidInput(
                f"Of {len(passed)} contracts {int(over.sum())} have ended within whole periods; a retention curve"
                f" needs {FEWEST_CONTRACTS} contracts and an end.",
                remedy="give a longer history, or wait",
            )
        self.ended_: Floats = np.bincount(passed[over], minlength=1).astype(np.float64)
        self.running_: Floats = np.bincount(passed[~over], minlength=1).astype(np.float64)
        self.curve_: ShiftedBetaGeometric = fit_survival(self.ended_, self.running_)
        fees = _numbers(table, "fee_cents")[usable]
        ids = table["contract_id"].filter(pa.array(usable))
        self._now = (ids.filter(pa.array(~gone)), watched[~gone], length[~gone], fees[~gone])
        return self

    def curve(self, periods: int = 12) -> pa.Table:
        """Share still running after 0, 1, ... periods: seen, with its interval, and projected; empty where not seen."""
        self.insist_fitted()
        size = max(len(self.ended_), len(self.running_))
        ended = np.pad(self.ended_, (0, size - len(self.ended_)))
        running = np.pad(self.running_, (0, size - len(self.running_)))
        # At risk in a period: all that reached it, less those still inside their period at the end of the data.
        risk = np.cumsum((ended + running)[::-1])[::-1] - running
        with np.errstate(divide="ignore", invalid="ignore"):
            stay = np.where(risk > 0, 1 - ended / risk, np.nan)
            spread = np.where(risk > ended, ended / (risk * (risk - ended)), 0.0)
        share = np.r_[1.0, np.cumprod(stay)]
        wide = norm.ppf((1 + self.level) / 2) * share * np.sqrt(np.r_[0.0, np.cumsum(spread)])
        share, wide = (np.pad(part, (0, max(periods + 1 - len(part), 0)), constant_values=np.nan)[: periods + 1]
                       for part in (share, wide))  # fmt: skip
        unseen = np.isnan(share)
        number = np.arange(periods + 1)
        return pa.table(
            {
                "period": number,
                "share": pa.array(share, mask=unseen),
                "low": pa.array(np.clip(share - wide, 0, 1), mask=unseen),
                "high": pa.array(np.clip(share + wide, 0, 1), mask=unseen),
                "projected": self.curve_.survival(number.astype(np.float64)),
            }
        )

    def predict(self, horizon_days: float = 365.0) -> pa.Table:
        """For each running contract: expected further periods within the horizon, chance to last it, and fees.

        Returns:
            contract_id, expected_periods, lasts_probability, value_cents (empty where the fee is not known).
        """
        self.insist_fitted()
        ids, passed, length, fees = self._now
        ahead = np.floor(horizon_days / length).astype(np.int64)
        periods, lasts = np.zeros(len(passed)), np.ones(len(passed))
        base = self.curve_.survival(passed.astype(np.float64))
        for step in range(1, int(ahead.max(initial=0)) + 1):
            share = self.curve_.survival((passed + step).astype(np.float64)) / base
            inside = ahead >= step
            periods += np.where(inside, share, 0.0)
            lasts = np.where(inside, share, lasts)
        value = periods * fees
        return pa.table(
            {
                "contract_id": ids,
                "expected_periods": periods,
                "lasts_probability": lasts,
                "value_cents": pa.array(np.rint(np.nan_to_num(value)).astype(np.int64), mask=np.isnan(value)),
            }
        )

    def _periods(self, table: pa.Table) -> Floats:
        if self.period_days is not None:
            return np.full(table.num_rows, float(self.period_days))
        own = _numbers(table, "period_days")
        return np.where(own > 0, own, 365.0)


def _days(table: pa.Table, name: str) -> Floats:
    if name not in table.column_names or table[name].null_count == table.num_rows:
        return np.full(table.num_rows, np.nan)
    return days_of(table[name], name)


def _numbers(table: pa.Table, name: str) -> Floats:
    if name not in table.column_names:
        return np.full(table.num_rows, np.nan)
    return np.asarray(amounts(table[name], name).to_numpy(), np.float64)
