"""A week in a customer's life: needs, a contact, a visit, a basket. One function for what happens and for replays.

Needs are held for a few families a customer, not for all, so that work grows with customers and not with the catalogue.
The order of a visit follows retail simulators such as RetailSynth (visit, category, product, quantity; Xia et al.,
2023), with needs that ownership raises and lowers.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from passend.market import streams
from passend.market.catalogue import MOST_RELATIONS, Goods
from passend.market.laws import Laws
from passend.market.people import MAXIMISER, People, State
from passend.market.responses import acceptance, annoy, attention, slot_of, unsubscribing
from passend.market.streams import inner

_SLOT = 64  # places for draws of relations start here

#: Kinds of records: a line bought by itself, a line of an accepted offer, traces, service.
ORGANIC, OFFERED, VIEW, SEARCH, ABANDON, SERVED = range(6)
#: What came of a contact.
NOTHING, OPENED, CLICKED, ACCEPTED, DECLINED, UNSUBSCRIBED = range(1, 7)


class Records(NamedTuple):
    """What happened, row by row; ``paid`` is the price before ``discount``; ``number``: returned, or minutes."""

    customer: NDArray[np.int32]
    kind: NDArray[np.int8]
    product: NDArray[np.int32]
    paid: NDArray[np.int64]
    discount: NDArray[np.int64]
    number: NDArray[np.float64]


class Desk(NamedTuple):
    """Scratch arrays, one place a slot of need, used again for every customer.

    ``value`` (needs, promotion): expected profit of selling to a slot; only replays ask for it.
    """

    need: NDArray[np.float64]
    rate: NDArray[np.float64]
    take: NDArray[np.float64]
    miss: NDArray[np.float64]
    value: NDArray[np.float64]


def new_records(rows: int) -> Records:
    """Room for so many records."""
    return Records(
        np.empty(rows, np.int32), np.empty(rows, np.int8), np.empty(rows, np.int32),
        np.empty(rows, np.int64), np.empty(rows, np.int64), np.empty(rows, np.float64),
    )  # fmt: skip


@inner
def new_desk(needs: int) -> Desk:
    """Scratch arrays for so many needs."""
    return Desk(np.zeros(needs), np.zeros(needs), np.zeros(needs), np.zeros(needs), np.zeros((needs, 2)))


@inner
def fill_needs(
    goods: Goods, people: People, laws: Laws, state: State, who: tuple[int, int], week: int, need: np.ndarray
) -> None:
    """Weekly needs by slot, from whomever they are bought: taste, season, what is owned, relations, life events."""
    customer, row = who
    growth = math.exp(laws.growth * week)
    lively = week - state.life_week[row] < laws.life_weeks
    for slot in range(need.shape[0]):
        wanted = np.float64(people.rate[customer, slot])
        if wanted <= 0.0:
            need[slot] = 0.0
            continue
        family = people.family[customer, slot]
        wanted *= goods.season[week % 52, family] * growth
        owned = state.owned[row, slot]
        if owned >= 0:
            age = (week - owned) / goods.lifetime[family]
            if age < 1.0:
                wanted *= age * age
        boost = np.float64(state.boost[row, slot])
        if boost != 0.0:
            ripe = (week - state.boost_from[row, slot]) / np.float64(state.boost_lag[row, slot])
            if boost > 0.0 and ripe < 8.0:
                wanted *= 1.0 + boost * ripe * math.exp(1.0 - ripe)
            elif boost < 0.0 and ripe < 4.0:
                wanted *= 1.0 + boost
        if lively and goods.category[family] == state.life_category[row]:
            wanted *= laws.life_boost
        need[slot] = wanted


@inner
def fill_rates(
    goods: Goods, people: People, laws: Laws, state: State, who: tuple[int, int], week: int, desk: Desk
) -> float:
    """Weekly purchases here by slot, and their sum."""
    customer, row = who
    common = people.loyalty[customer] * math.exp(-laws.suppresses * state.annoyance[row])
    kind = people.kind[customer]
    if state.moved[row] > 0.0:
        common *= 1.0 - laws.moved[kind]
    season = week % goods.promotion.shape[0]
    total = 0.0
    for slot in range(desk.need.shape[0]):
        rate = desk.need[slot] * common
        if rate > 0.0:
            family = people.family[customer, slot]
            if not goods.available[season, family]:
                rate = 0.0
            elif goods.promotion[season, family]:
                rate *= laws.promotion_lift * (
                    1.0 + (2.0 * laws.maximiser_wait if kind == MAXIMISER else 0.0)
                )
            elif kind == MAXIMISER:
                rate *= 1.0 - laws.maximiser_wait
        desk.rate[slot] = rate
        total += rate
    return total


@inner
def worth(laws: Laws, margin: float, cost: float, returned: float, kind: int) -> float:
    """Expected profit of selling an item: margin unless it comes back, less handling, returns and service."""
    lost = returned * (laws.return_cost + laws.return_loss * cost)
    service = laws.serve_chance[kind] * laws.serve_minutes[kind] * laws.minute
    return float((1.0 - returned) * margin - lost - laws.line - service)


@inner
def return_chance(goods: Goods, laws: Laws, family: int, kind: int) -> float:
    """The chance that an item comes back."""
    return float(max(goods.returns[family], laws.returns[kind]))


@inner
def fill_values(goods: Goods, people: People, laws: Laws, customer: int, desk: Desk) -> None:
    """Expected profit of selling to each slot, at the usual and at the reduced price."""
    kind, tier = people.kind[customer], people.tier[customer]
    for slot in range(desk.value.shape[0]):
        family = people.family[customer, slot]
        returned = return_chance(goods, laws, family, kind)
        for reduced in range(2):
            margin, cost = goods.margin[family, tier, reduced], goods.unit_cost[family, tier]
            desk.value[slot, reduced] = worth(laws, margin, cost, returned, kind)


@inner
def expected_visit(goods: Goods, people: People, customer: int, week: int, desk: Desk) -> float:
    """Expected profit of a visit, given the chances to take each slot's product; complements come along."""
    needs = desk.take.shape[0]
    season = week % goods.promotion.shape[0]
    for slot in range(needs):
        desk.miss[slot] = 1.0 - desk.take[slot]
    for slot in range(needs):
        chance = desk.take[slot]
        if chance > 0.0:
            family = people.family[customer, slot]
            for place in range(MOST_RELATIONS):
                if goods.attach[family, place] <= 0.0:
                    break  # relations with a complement that comes along stand first
                other = people.link[customer, slot, place]
                if other >= 0:
                    desk.miss[other] *= 1.0 - chance * attach_chance(
                        goods, people, customer, desk, slot, place, season
                    )
    total = 0.0
    for slot in range(needs):
        if desk.miss[slot] < 1.0:
            reduced = 1 if goods.promotion[season, people.family[customer, slot]] else 0
            total += (1.0 - desk.miss[slot]) * desk.value[slot, reduced]
    return total


@inner
def attach_chance(
    goods: Goods, people: People, customer: int, desk: Desk, slot: int, place: int, season: int
) -> float:
    """The chance that a complement comes along: less where it is owned already, none where it is sold out."""
    family, other = people.family[customer, slot], people.link[customer, slot, place]
    if not goods.available[season, people.family[customer, other]]:
        return 0.0
    wish = desk.need[other] / max(np.float64(people.rate[customer, other]), 1e-12)
    return float(goods.attach[family, place] * min(wish, 1.0))


@inner
def keep(goods: Goods, people: People, state: State, who: tuple[int, int], week: int, slot: int) -> None:
    """A product is kept: its need is met, and related needs rise or fall."""
    customer, row = who
    family = people.family[customer, slot]
    state.owned[row, slot] = week
    for place in range(MOST_RELATIONS):
        other = people.link[customer, slot, place]
        if other >= 0:
            ripe = (week - state.boost_from[row, other]) / np.float64(state.boost_lag[row, other])
            if state.boost[row, other] > np.float32(0) and ripe < 1.0:
                continue  # what is rising already is not put back by buying again
            state.boost[row, other] = goods.boost[family, place]
            state.boost_from[row, other] = week
            state.boost_lag[row, other] = goods.lag[family, place]


@inner
def write(
    records: Records,
    row: int,
    customer: int,
    kind: int,
    product: int,
    paid: int,
    discount: int,
    number: float,
) -> int:
    """Put a record down; returns the next row. Without room (a replay) nothing is written."""
    if row < records.customer.shape[0]:
        records.customer[row], records.kind[row], records.product[row] = customer, kind, product
        records.paid[row], records.discount[row], records.number[row] = paid, discount, number
        return row + 1
    return row


@inner
def sell(
    goods: Goods,
    people: People,
    laws: Laws,
    state: State,
    who: tuple[int, int],
    sheet: np.uint64,
    deal: tuple[int, int, int, int],
    records: Records,
    row: int,
) -> tuple[int, bool]:
    """Book a sale (slot, product, discount, kind of record); returns the next record, and whether it is kept."""
    customer = who[0]
    slot, product, discount, source = deal
    kind, family = people.kind[customer], goods.family[product]
    place = slot if source == ORGANIC else _SLOT
    returned = streams.draw(sheet, streams.RETURN, place) < return_chance(goods, laws, family, kind)
    price, cost = goods.price[product], goods.cost[product]
    profit = -laws.line
    if returned:
        profit -= laws.return_cost + laws.return_loss * cost
    else:
        profit += price - discount - cost
    row = write(records, row, customer, source, product, price, discount, 1.0 if returned else 0.0)
    if streams.draw(sheet, streams.SERVICE, place) < laws.serve_chance[kind]:
        profit -= laws.serve_minutes[kind] * laws.minute
        row = write(records, row, customer, SERVED, product, 0, 0, laws.serve_minutes[kind])
    state.profit[who[1]] += profit
    return row, not returned


@inner
def begin_week(
    goods: Goods, people: People, laws: Laws, state: State, who: tuple[int, int], week: int, sheet: np.uint64
) -> bool:
    """Annoyance fades, life goes on; returns whether the customer is still there."""
    row = who[1]
    if state.left[row] <= week:
        return False
    state.annoyance[row] *= 1.0 - laws.fades
    if streams.draw(sheet, streams.LEAVE, 0) < leaving(laws, state.annoyance[row]):
        state.left[row] = week
        return False
    settle(goods, people, laws, state, who, week, sheet)
    return True


@inner
def settle(
    goods: Goods, people: People, laws: Laws, state: State, who: tuple[int, int], week: int, sheet: np.uint64
) -> None:
    """Savings are made good, and a life event may come."""
    customer, row = who
    state.moved[row] = max(state.moved[row] - people.weekly_spend[customer], 0.0)
    if streams.draw(sheet, streams.LIFE, 0) < laws.life_events:
        slot = np.int64(streams.draw(sheet, streams.LIFE, 1) * people.family.shape[1])
        family = people.family[customer, slot]
        if family >= 0:
            state.life_week[row], state.life_category[row] = week, goods.category[family]


@inner
def leaving(laws: Laws, annoyance: float) -> float:
    """The chance a week of leaving for good."""
    return min(laws.leaving + laws.leaves * annoyance * annoyance, 0.9)


@inner
def take_offer(
    goods: Goods,
    people: People,
    laws: Laws,
    state: State,
    who: tuple[int, int],
    week: int,
    sheet: np.uint64,
    offer: tuple[int, int, float],
    records: Records,
    row: int,
) -> int:
    """An offer (product, channel, discount) is accepted: it is sold, and may be saved elsewhere later."""
    product = offer[0]
    slot = slot_of(people, who[0], goods.family[product])
    discount = int(goods.price[product] * offer[2] + 0.5)
    row, kept = sell(goods, people, laws, state, who, sheet, (slot, product, discount, OFFERED), records, row)
    if kept and laws.moves_needs:
        state.moved[who[1]] += goods.price[product] - discount
        if slot >= 0:
            keep(goods, people, state, who, week, slot)
    return row


@inner
def answer(
    goods: Goods,
    people: People,
    laws: Laws,
    state: State,
    who: tuple[int, int],
    week: int,
    sheet: np.uint64,
    offer: tuple[int, int, float],
    desk: Desk,
    records: Records,
    row: int,
) -> tuple[int, int]:
    """A contact reaches a customer; returns the next record and what came of it."""
    customer, line = who
    product, channel, discount = offer
    seen = attention(people, laws, state, who, channel)
    slot = slot_of(people, customer, goods.family[product])
    need = desk.need[slot] if slot >= 0 else 0.0
    chance = seen * acceptance(goods, people, laws, need, customer, product, discount)
    luck = streams.draw(sheet, streams.ACCEPT, 0)
    accepted = luck < chance
    annoy(people, laws, state, who, channel, accepted)
    if accepted:
        return take_offer(goods, people, laws, state, who, week, sheet, offer, records, row), ACCEPTED
    if streams.draw(sheet, streams.UNSUBSCRIBE, 0) < unsubscribing(laws, state.annoyance[line]):
        state.consent[line, channel] = False
        return row, UNSUBSCRIBED
    notice = streams.draw(sheet, streams.OPEN, 0)
    if notice >= seen:
        return row, NOTHING
    return row, CLICKED if notice < 0.25 * seen else DECLINED if channel >= 2 else OPENED


@inner
def visit(
    goods: Goods,
    people: People,
    laws: Laws,
    state: State,
    who: tuple[int, int],
    week: int,
    sheet: np.uint64,
    desk: Desk,
    records: Records,
    row: int,
) -> tuple[int, float]:
    """The customer may come by and buy; returns the next record, and in replays the week's expected profit."""
    customer = who[0]
    total = fill_rates(goods, people, laws, state, who, week, desk)
    if total <= 1e-12:
        return row, 0.0
    comes = 1.0 - math.exp(-total)
    for slot in range(desk.need.shape[0]):
        desk.take[slot] = min(desk.rate[slot] / total * (1.0 + people.extra[customer]), 0.95)
    expected = 0.0
    if records.customer.shape[0] == 0:  # a replay
        expected = comes * expected_visit(goods, people, customer, week, desk)
    if streams.draw(sheet, streams.VISIT, 0) >= comes:
        return row, expected
    row, bought = check_out(goods, people, laws, state, who, week, sheet, desk, records, row)
    if bought == 0 and streams.draw(sheet, streams.TRACE, 0) < laws.recorded:
        slot = pick(desk.rate, total, streams.draw(sheet, streams.TRACE, 1))
        product = choose(goods, people, customer, slot, streams.draw(sheet, streams.VARIANT, slot))
        row = write(records, row, customer, ABANDON, product, 0, 0, 0.0)
    return row, expected


@inner
def fill_basket(
    goods: Goods, people: People, customer: int, season: int, sheet: np.uint64, desk: Desk
) -> None:
    """Draw what is taken: 1 in ``miss`` for what was wanted, 2 for complements that come along."""
    needs = desk.need.shape[0]
    for slot in range(needs):
        desk.miss[slot] = 1.0 if streams.draw(sheet, streams.BUY, slot) < desk.take[slot] else 0.0
    for slot in range(needs):
        if desk.miss[slot] == 1.0:
            family = people.family[customer, slot]
            for place in range(MOST_RELATIONS):
                if goods.attach[family, place] <= 0.0:
                    break
                other = people.link[customer, slot, place]
                if other >= 0 and desk.miss[other] == 0.0:
                    chance = attach_chance(goods, people, customer, desk, slot, place, season)
                    if streams.draw(sheet, streams.ATTACH, slot * MOST_RELATIONS + place) < chance:
                        desk.miss[other] = 2.0


@inner
def check_out(
    goods: Goods,
    people: People,
    laws: Laws,
    state: State,
    who: tuple[int, int],
    week: int,
    sheet: np.uint64,
    desk: Desk,
    records: Records,
    row: int,
) -> tuple[int, int]:
    """Fill the basket and pay; returns the next record and the number of items."""
    customer = who[0]
    season = week % goods.promotion.shape[0]
    fill_basket(goods, people, customer, season, sheet, desk)
    bought = 0
    for slot in range(desk.need.shape[0]):
        if desk.miss[slot] > 0.0:
            bought += 1
            product = choose(goods, people, customer, slot, streams.draw(sheet, streams.VARIANT, slot))
            reduced = goods.promotion[season, goods.family[product]]
            discount = int(goods.price[product] * laws.promotion_depth + 0.5) if reduced else 0
            deal = (slot, product, discount, ORGANIC)
            row, kept = sell(goods, people, laws, state, who, sheet, deal, records, row)
            if kept:
                keep(goods, people, state, who, week, slot)
    return row, bought


@inner
def browse(
    goods: Goods,
    people: People,
    laws: Laws,
    customer: int,
    sheet: np.uint64,
    desk: Desk,
    records: Records,
    row: int,
) -> int:
    """Looking without buying: the traces show what is needed."""
    total = desk.need.sum()
    likely = 1.0 - math.exp(-laws.browsing * laws.recorded * total)
    if total <= 0.0 or streams.draw(sheet, streams.BROWSE, 0) >= likely:
        return row
    slot = pick(desk.need, total, streams.draw(sheet, streams.BROWSE, 1))
    product = choose(goods, people, customer, slot, streams.draw(sheet, streams.BROWSE, 2))
    kind = SEARCH if streams.draw(sheet, streams.BROWSE, 3) < 0.3 else VIEW
    return write(records, row, customer, kind, product, 0, 0, 0.0)


@inner
def pick(weights: np.ndarray, total: float, luck: float) -> int:
    """A place drawn in proportion to its weight."""
    left, last = luck * total, 0
    for place in range(weights.shape[0]):
        if weights[place] > 0.0:
            last = place
            left -= weights[place]
            if left < 0.0:
                return place
    return last


@inner
def choose(goods: Goods, people: People, customer: int, slot: int, luck: float) -> int:
    """A variant of the slot's family that suits the customer's budget."""
    family, tier = people.family[customer, slot], people.tier[customer]
    for product in range(goods.first[family], goods.first[family + 1]):
        if luck < goods.mix[tier, product]:
            return int(product)
    return int(goods.first[family + 1] - 1)


@inner
def _week(
    goods: Goods,
    people: People,
    laws: Laws,
    state: State,
    span: tuple[int, int],
    week: int,
    key: np.uint64,
    offers: tuple[np.ndarray, np.ndarray, np.ndarray],
    outcome: np.ndarray,
    records: Records,
) -> int:
    """A week of the customers from ``span[0]`` to ``span[1]``; returns the number of records written.

    ``offers``: by customer the product (-1: none), channel and discount; ``outcome`` is filled in.
    """
    desk = new_desk(people.family.shape[1])
    row = 0
    for customer in range(span[0], span[1]):
        if week < people.begins[customer]:
            continue
        who = (customer, customer)
        sheet = streams.page(key, customer, week)
        if (
            offers[0][customer] >= 0
        ):  # a message costs, and says nothing, even where nobody is left to read it
            state.profit[customer] -= laws.cost[offers[1][customer]]
            outcome[customer] = NOTHING
        if not begin_week(goods, people, laws, state, who, week, sheet):
            continue
        fill_needs(goods, people, laws, state, who, week, desk.need)
        row = browse(goods, people, laws, customer, sheet, desk, records, row)
        product = offers[0][customer]
        if product >= 0:
            offer = (int(product), int(offers[1][customer]), float(offers[2][customer]))
            row, came = answer(goods, people, laws, state, who, week, sheet, offer, desk, records, row)
            outcome[customer] = came
            if came == ACCEPTED:
                fill_needs(goods, people, laws, state, who, week, desk.need)
        before = row
        row, _ = visit(goods, people, laws, state, who, week, sheet, desk, records, row)
        if product >= 0:
            for line in range(before, row):
                bought = records.kind[line] == ORGANIC and outcome[customer] != UNSUBSCRIBED
                if bought and goods.family[records.product[line]] == goods.family[product]:
                    outcome[customer] = ACCEPTED  # whoever would have bought anyway looks like a success
    return row


@inner
def expected_offer(
    goods: Goods, people: People, laws: Laws, customer: int, product: int, discount: float
) -> float:
    """Expected profit of an accepted offer itself, before what follows from it."""
    family, kind = goods.family[product], people.kind[customer]
    reduction = np.int64(goods.price[product] * discount + 0.5)
    margin = np.float64(goods.price[product] - reduction - goods.cost[product])
    return worth(
        laws, margin, np.float64(goods.cost[product]), return_chance(goods, laws, family, kind), kind
    )


def _compiled(version: str) -> Callable[..., int]:
    @numba.njit(cache=True)
    def run(goods, people, laws, state, span, week, key, offers, outcome, records):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        return _week(goods, people, laws, state, span, week, key, offers, outcome, records) if version else -1

    return run  # type: ignore[no-any-return]


live_week = _compiled(streams.version())
"""A week of some customers, compiled; see ``_week``."""
