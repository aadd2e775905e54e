"""When and where each chosen offer is made: the customer's hour, outside quiet hours, on a day with staff."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from passend.decisions.candidates import Candidates
from passend.decisions.limits import team_days
from passend.decisions.rules.contradictions import is_open
from passend.decisions.rules.schema import Rules


@dataclass(frozen=True)
class Slots:
    """When (naive UTC) and where each offer is made."""

    send_at: pa.Array
    placement: pa.Array


def schedule(
    made: Candidates, rules: Rules, rank: NDArray[np.int64], is_chosen: NDArray[np.bool_], zone: str
) -> Slots:
    """Days, hours and placements of the chosen offers.

    Args:
        made: the chosen candidates and those of the hold-out, best first for each customer.
        rules: hours, staff and placements.
        rank: place of each among the customer's offers on its channel, from 0.
        is_chosen: which will be made; they alone take staff's time.
        zone: time zone in which the hours of the rules are meant.
    """
    minute = np.zeros(len(made), np.int64)
    day = np.zeros(len(made), np.int64)
    wished = made.customers.numbers("best_hour")[made.customer] * 60
    for code, name in enumerate(made.channels):
        rule = rules.channels[name]
        here = made.channel == code
        usual = rule.send_at if is_open(rule.hours, rule.send_at) else rule.hours[0]
        own = np.array([is_open(rule.hours, at) for at in range(1441)])
        fits = ~np.isnan(wished) & own[np.nan_to_num(wished).astype(np.int64) % 1440]
        minute[here] = np.where(fits, np.nan_to_num(wished).astype(np.int64), usual)[here]
    for team in rules.staff:
        served = [made.channels.index(name) for name in team.channels if name in made.channels]
        rows = np.flatnonzero(np.isin(made.channel, served) & is_chosen)
        day[rows] = np.repeat(np.arange(rules.days), team_days(team, rules, made.as_of.weekday()))[
            : len(rows)
        ]
    return Slots(_times(made.as_of, day, minute, zone), _placements(made, rules, rank))


def _times(as_of: datetime, day: NDArray[np.int64], minute: NDArray[np.int64], zone: str) -> pa.Array:
    first = datetime(as_of.year, as_of.month, as_of.day) + timedelta(days=1)
    pairs, place = np.unique(np.stack([day, minute], axis=1), axis=0, return_inverse=True)
    times = [
        (first + timedelta(days=int(one), minutes=int(at)))
        .replace(tzinfo=ZoneInfo(zone))
        .astimezone(ZoneInfo("UTC"))
        .replace(tzinfo=None)
        for one, at in pairs
    ]
    return pa.array(times, pa.timestamp("us")).take(pa.array(place.ravel()))


def _placements(made: Candidates, rules: Rules, rank: NDArray[np.int64]) -> pa.Array:
    named = np.full(len(made), None, object)
    for code, name in enumerate(made.channels):
        places = [place for place, most in rules.channels[name].placements.items() for _ in range(most)]
        if places:
            here = made.channel == code
            named[here] = np.array(places, object)[np.minimum(rank[here], len(places) - 1)]
    return pa.array(named.tolist(), pa.string())
