"""The truth: what an offer would change in a customer's profit. For judging alone; nobody outside the market may look.

The same customer is lived through twice over the same random numbers: once with the offer, once without (common random
numbers). Chances are put in place of draws wherever the path does not depend on them (conditional expectation, after
Rao and Blackwell): each week counts with its expected profit, leaving with its chance, and acceptance with its chance
times the path after it. The mean is the same as over plain replays, its scatter far smaller.
"""

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from passend.market import streams
from passend.market.catalogue import Goods
from passend.market.demand import (
    Desk,
    Records,
    expected_offer,
    fill_needs,
    fill_values,
    keep,
    leaving,
    new_desk,
    new_records,
    return_chance,
    settle,
    visit,
)
from passend.market.laws import Laws
from passend.market.people import People, State
from passend.market.responses import acceptance, annoy, attention, slot_of
from passend.market.streams import inner
from passend.market.world import Market

_NONE, _REJECT, _ACCEPT = range(3)
_FEW = 200


@dataclass(frozen=True)
class Effects:
    """True expected effects, one row an offer, in cents of profit over the horizon.

    Attributes:
        effect: profit with the offer less profit without, contact cost included.
        error: standard error over replicas of what the replays have left to chance.
        chance: probability of acceptance.
    """

    effect: NDArray[np.float64]
    error: NDArray[np.float64]
    chance: NDArray[np.float64]


def effects(
    market: Market,
    customers: NDArray[np.int64],
    offers: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]],
    horizon: int | None = None,
    replicas: int = 4,
) -> Effects:
    """The effect of each offer on its customer, were it made at the beginning of the market's present week.

    Args:
        market: as it stands; it is not changed.
        customers: customer of each row.
        offers: product, channel (place in ``CHANNELS``) and discount of each row.
        horizon: weeks over which profit counts; by default the scenario's.
        replicas: futures that are lived through.
    """
    order = np.lexsort((offers[1], customers))
    who = customers[order]
    weeks = horizon or market.scenario.whole("market.horizon_weeks")
    starts = np.flatnonzero(np.concatenate([[True], who[1:] != who[:-1]])) if len(who) else np.zeros(0, int)
    bounds = np.append(starts, len(who))
    found = np.zeros((len(who), 3))
    given = (offers[0][order], offers[1][order], offers[2][order].astype(float))
    span = (market.week, weeks, replicas, market.seed)
    scratch = _scratch(market.state, len(starts))
    world = (market.catalogue.goods, market.people, market.laws, market.state, scratch)

    def replay(items: tuple[int, int]) -> None:
        _replay_all(*world, who, bounds, items, given, span, new_records(0), found)

    threads = min(os.cpu_count() or 1, 8) if len(starts) > _FEW else 1
    cuts = np.linspace(0, len(starts), threads + 1).astype(int).tolist()
    with ThreadPoolExecutor(threads) as pool:  # the loops hold no lock of Python's
        list(pool.map(replay, itertools.pairwise(cuts)))
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    mean = found[back, 0] / replicas
    spread = np.sqrt(np.maximum(found[back, 1] / replicas - mean**2, 0) / max(replicas - 1, 1))
    return Effects(mean, spread, found[back, 2] / replicas)


def _scratch(state: State, rows: int) -> State:
    return State(*(np.empty((rows, *column.shape[1:]), column.dtype) for column in state))


@inner
def _replay_one(
    goods: Goods,
    people: People,
    laws: Laws,
    state: State,
    scratch: State,
    who: tuple[int, int],
    lines: tuple[int, int],
    offers: tuple[np.ndarray, np.ndarray, np.ndarray],
    span: tuple[int, int, int, int],
    nowhere: Records,
    found: np.ndarray,
) -> None:
    customer = who[0]
    week, _, replicas, seed = span
    if week < people.begins[customer] or state.left[customer] <= week:
        for line in range(lines[0], lines[1]):
            found[line, 0] = -laws.cost[offers[1][line]] * replicas
        return
    desk = new_desk(people.family.shape[1])
    fill_values(goods, people, laws, customer, desk)
    for replica in range(replicas):
        key = streams.key_of(seed, replica + 1)
        line, branch, channel = lines[0], _NONE, -1
        without, ignored = 0.0, 0.0
        # One call for all branches: the compiler would copy the whole week for each.
        while line < lines[1]:
            offer = (int(offers[0][line]), int(offers[1][line]), float(offers[2][line]))
            profit, chance = _live(
                goods, people, laws, state, scratch, who, branch, offer, key, span, desk, nowhere
            )
            if branch == _NONE:
                without = profit
                branch = _REJECT
            elif branch == _REJECT:
                ignored, channel = profit, offer[1]
                branch = _ACCEPT
            else:
                effect = (
                    chance * (profit - without) + (1.0 - chance) * (ignored - without) - laws.cost[channel]
                )
                found[line, 0] += effect
                found[line, 1] += effect * effect
                found[line, 2] += chance
                line += 1
                if line < lines[1] and offers[1][line] != channel:
                    branch = _REJECT


@inner
def _copy(scratch: State, row: int, state: State, customer: int) -> None:
    scratch.owned[row] = state.owned[customer]
    scratch.boost[row] = state.boost[customer]
    scratch.boost_from[row] = state.boost_from[customer]
    scratch.boost_lag[row] = state.boost_lag[customer]
    scratch.annoyance[row] = state.annoyance[customer]
    scratch.moved[row] = state.moved[customer]
    scratch.left[row] = state.left[customer]
    scratch.life_week[row] = state.life_week[customer]
    scratch.life_category[row] = state.life_category[customer]


@inner
def _live(
    goods: Goods,
    people: People,
    laws: Laws,
    state: State,
    scratch: State,
    who: tuple[int, int],
    branch: int,
    offer: tuple[int, int, float],
    key: np.uint64,
    span: tuple[int, int, int, int],
    desk: Desk,
    nowhere: Records,
) -> tuple[float, float]:
    """Profit of one future; for an acceptance also its chance."""
    customer, row = who
    first, weeks = span[0], span[1]
    _copy(scratch, row, state, customer)
    profit, there, chance = 0.0, 1.0, 0.0
    for week in range(first, first + weeks):
        sheet = streams.page(key, customer, week)
        scratch.annoyance[row] *= 1.0 - laws.fades
        there *= 1.0 - leaving(laws, scratch.annoyance[row])
        settle(goods, people, laws, scratch, who, week, sheet)
        accepts = week == first and branch == _ACCEPT
        for turn in range(2 if accepts else 1):
            fill_needs(goods, people, laws, scratch, who, week, desk.need)
            if accepts and turn == 0:
                slot = slot_of(people, customer, goods.family[offer[0]])
                need = desk.need[slot] if slot >= 0 else 0.0
                seen = attention(people, laws, scratch, who, offer[1])
                chance = seen * acceptance(goods, people, laws, need, customer, offer[0], offer[2])
                profit += there * expected_offer(goods, people, laws, customer, offer[0], offer[2])
                returned = return_chance(goods, laws, goods.family[offer[0]], people.kind[customer])
                if laws.moves_needs and streams.draw(sheet, streams.RETURN, 64) >= returned:
                    discount = int(goods.price[offer[0]] * offer[2] + 0.5)
                    scratch.moved[row] += goods.price[offer[0]] - discount
                    if slot >= 0:
                        keep(goods, people, scratch, who, week, slot)
        if week == first and branch != _NONE:
            annoy(people, laws, scratch, who, offer[1], branch == _ACCEPT)
        _, expected = visit(goods, people, laws, scratch, who, week, sheet, desk, nowhere, 0)
        profit += there * expected
    return profit, chance


def _compiled(version: str) -> Callable[..., None]:
    @numba.njit(nogil=True, cache=True)
    def run(goods, people, laws, state, scratch, who, bounds, items, offers, span, nowhere, found):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        for item in range(items[0], items[1] if version else 0):
            lines = (bounds[item], bounds[item + 1])
            pair = (who[bounds[item]], item)
            _replay_one(goods, people, laws, state, scratch, pair, lines, offers, span, nowhere, found)

    return run  # type: ignore[no-any-return]


_replay_all = _compiled(streams.version())
