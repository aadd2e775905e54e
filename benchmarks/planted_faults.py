"""Faults as shops really have them, each planted into a sound world: 50 kinds, with the findings that tell them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks.measured_worlds import DAY, WINDOW, Rows, Trade, World

Random = np.random.Generator
Plant = Callable[[World, Random], World]
CANNOT = "cannot be measured"
HOUR = np.timedelta64(3_600_000_000, "us")


@dataclass(frozen=True)
class Kind:
    """One kind of fault.

    Attributes:
        name: what went wrong.
        plant: makes it.
        told_by: checks any of which tells it.
        is_grave: whether the comparison must be called unhealthy for it; else it must be told beside the figure.
        trade: what the sound world must be like, if anything.
        refused_by: words of the refusal that tells it, where the table may not be measured at all.
    """

    name: str
    plant: Plant
    told_by: tuple[str, ...]
    is_grave: bool = True
    trade: tuple[tuple[str, Any], ...] = ()
    refused_by: str = ""


def _some(random: Random, mask: Any, share: float) -> Any:
    return mask & (random.random(len(mask)) < share)


def _week(world: World, week: int) -> Any:
    days = (world.exposures["eligible_at"] - world.exposures["eligible_at"].min()) / DAY
    return (days >= 7 * week) & (days < 7 * week + 7)


def _days(world: World) -> Any:
    day = world.exposures["eligible_at"].astype("datetime64[D]")
    return (day - day.min()).astype(np.int64)


def _bought(world: World) -> Any:
    """Who bought in the window."""
    owner, after = world.owner(), world.days_after()
    found = np.zeros(len(world.held), dtype=bool)
    found[owner[(after >= 0) & (after < WINDOW)]] = True
    return found


def _orders_before(world: World) -> Any:
    before = world.days_after() < 0
    return np.bincount(world.owner()[before], minlength=len(world.held))


def _drawn_anew(world: World, arm: Any, **columns: Any) -> World:
    """Other arms; contacts follow them."""
    reached = ~np.isnat(world.exposures["exposed_at"])
    return world.exposed(arm=arm, is_contacted=(arm == "treated") & reached, **columns)


# The draw.


def lost_held_out(world: World, random: Random) -> World:
    return world.people(~_some(random, world.held, 1 / 3))


def lost_treated(world: World, random: Random) -> World:
    return world.people(~_some(random, ~world.held, 1 / 3))


def lost_in_a_week(world: World, random: Random) -> World:
    return world.people(~_some(random, world.held & _week(world, int(random.integers(0, 4))), 0.8))


def lost_in_a_phase(world: World, random: Random) -> World:
    lost = _some(random, world.held & (world.exposures["phase"] == 2), 0.5)
    return replace(world.people(~lost), phase=2)


def lost_in_a_channel(world: World, random: Random) -> World:
    del random
    return world.people(~(world.held & (world.exposures["channel"] == "post")))


def only_buyers_held_out(world: World, random: Random) -> World:
    del random
    return world.people(~world.held | _bought(world))


def not_reached_left_out(world: World, random: Random) -> World:
    """Treated customers whom no mail reached were taken from the list, as mail tools do."""
    del random
    return world.people(world.held | world.exposures["is_contacted"])


def chance_of_the_other_arm(world: World, random: Random) -> World:
    del random
    return world.exposed(chance=1 - world.exposures["chance"])


def chance_in_percent(world: World, random: Random) -> World:
    del random
    return world.exposed(chance=world.exposures["chance"] * 100)


def arm_by_day(world: World, random: Random) -> World:
    """Days were switched, not customers drawn, with the right share overall."""
    days = _days(world)
    held = 1 - world.exposures["chance"][0]
    chosen = random.permutation(int(days.max()) + 1) < held * (days.max() + 1)
    return _drawn_anew(world, np.where(chosen[days], "held-out", "treated"))


def arm_by_channel(world: World, random: Random) -> World:
    """Post is dear, so the hold-out was drawn from its customers twice as often, from the others less."""
    del random
    arm, channel = world.exposures["arm"].copy(), world.exposures["channel"]
    post, other = np.flatnonzero(channel == "post"), np.flatnonzero(channel == "email")
    given = post[~world.held[post]][: len(other[world.held[other]]) // 2]
    taken = other[world.held[other]][: len(given)]
    arm[given], arm[taken] = "held-out", "treated"
    return _drawn_anew(world, arm)


def the_best_treated(world: World, random: Random) -> World:
    order = np.argsort(_orders_before(world) + random.random(len(world.held)))
    arm = np.full(len(order), "treated", dtype=object)
    few = int(world.held.sum())
    # Half of the hold-out by lot, half from those who buy least.
    arm[order[: few // 2]] = "held-out"
    arm[random.choice(order[few // 2 :], few - few // 2, replace=False)] = "held-out"
    return _drawn_anew(world, arm.astype(str))


def the_new_held_out(world: World, random: Random) -> World:
    """The hold-out was filled up with new customers, of whom nothing is known."""
    new = np.flatnonzero((_orders_before(world) == 0) & ~world.held)
    old = np.flatnonzero((_orders_before(world) > 0) & world.held)
    count = min(len(new), len(old) // 2)
    arm = world.exposures["arm"].copy()
    arm[random.choice(new, count, replace=False)] = "held-out"
    arm[random.choice(old, count, replace=False)] = "treated"
    return _drawn_anew(world, arm)


# Shares.


def _redrawn(world: World, random: Random, held: Any) -> Any:
    return np.where(random.random(len(world.held)) < held, "held-out", "treated")


def _later_share(world: World) -> Any:
    days = _days(world)
    held = 1 - world.exposures["chance"]
    return np.where(days > days.max() / 2, held * 2.5, held)


def shares_changed(world: World, random: Random) -> World:
    held = _later_share(world)
    return _drawn_anew(world, _redrawn(world, random, held), chance=1 - held)


def shares_changed_unsaid(world: World, random: Random) -> World:
    return _drawn_anew(world, _redrawn(world, random, _later_share(world)))


def shares_changed_unlogged(world: World, random: Random) -> World:
    drawn = _drawn_anew(world, _redrawn(world, random, _later_share(world)))
    return replace(world, exposures={name: one for name, one in drawn.exposures.items() if name != "chance"})


def shares_by_value(world: World, random: Random) -> World:
    held = np.where(_orders_before(world) > 1, 0.05, 0.4)
    return _drawn_anew(world, _redrawn(world, random, held), chance=1 - held)


# The walk to a contact.

_NEVER = np.datetime64("NaT", "us")


def would_be_contacts_unlogged(world: World, random: Random) -> World:
    del random
    return world.exposed(exposed_at=np.where(world.held, _NEVER, world.exposures["exposed_at"]))


def would_be_contacts_lost(world: World, random: Random) -> World:
    lost = _some(random, world.held, 1 / 3)
    return world.exposed(exposed_at=np.where(lost, _NEVER, world.exposures["exposed_at"]))


def only_openers_exposed(world: World, random: Random) -> World:
    lost = _some(random, ~world.held, 0.7)
    return world.exposed(exposed_at=np.where(lost, _NEVER, world.exposures["exposed_at"]))


def contacts_of_a_week_lost(world: World, random: Random) -> World:
    lost = ~world.held & _week(world, int(random.integers(0, 4)))
    return world.exposed(exposed_at=np.where(lost, _NEVER, world.exposures["exposed_at"]))


def contacted_before_eligible(world: World, random: Random) -> World:
    early = _some(random, ~world.held & ~np.isnat(world.exposures["exposed_at"]), 0.3)
    at = world.exposures["exposed_at"]
    return world.exposed(exposed_at=np.where(early, world.exposures["eligible_at"] - 3 * DAY, at))


def never_sent(world: World, random: Random) -> World:
    del random
    return world.exposed(is_contacted=np.zeros(len(world.held), dtype=bool))


def sending_stopped(world: World, random: Random) -> World:
    del random
    days = _days(world)
    return world.exposed(is_contacted=world.exposures["is_contacted"] & (days < days.max() * 0.6))


# The hold-out.


def a_tenth_contacted(world: World, random: Random) -> World:
    wrong = _some(random, world.held, 0.1)
    return world.exposed(is_contacted=world.exposures["is_contacted"] | wrong)


def hold_out_ignored(world: World, random: Random) -> World:
    del random
    return world.exposed(is_contacted=np.ones(len(world.held), dtype=bool))


# Who is who.


def _again(world: World, who: Any) -> Rows:
    return {name: np.concatenate([one, one[who]]) for name, one in world.exposures.items()}


def in_both_arms(world: World, random: Random) -> World:
    who = np.flatnonzero(random.random(len(world.held)) < 0.05)
    rows = _again(world, who)
    rows["arm"][len(world.held) :] = np.where(world.held[who], "treated", "held-out")
    return replace(world, exposures=rows)


def exposures_twice(world: World, random: Random) -> World:
    return replace(world, exposures=_again(world, np.flatnonzero(random.random(len(world.held)) < 0.2)))


def _twice(world: World, which: Any) -> World:
    return world.more({name: one[which] for name, one in world.outcomes.items()})


def orders_twice(world: World, random: Random) -> World:
    del random
    return _twice(world, np.ones(len(world.outcomes["amount"]), dtype=bool))


def orders_of_the_treated_twice(world: World, random: Random) -> World:
    del random
    return _twice(world, ~world.of_held() & (world.owner() >= 0))


def a_week_twice(world: World, random: Random) -> World:
    """The file of one week was loaded a second time."""
    begin = world.exposures["eligible_at"].min() + int(random.integers(10, 30)) * DAY
    at = world.outcomes["happened_at"]
    return _twice(world, (at >= begin) & (at < begin + 7 * DAY))


def ids_of_an_arm_cut(world: World, random: Random) -> World:
    """A spreadsheet took the leading zeros of the hold-out's numbers."""
    ids = world.exposures["customer_id"]
    del random
    cut = np.array([one.lstrip("0") for one in ids])
    return world.exposed(customer_id=np.where(world.held, np.char.add("C", cut), ids))


def ids_unlike(world: World, random: Random) -> World:
    del random
    return world.exposed(customer_id=np.char.add("shop-", world.exposures["customer_id"]))


# What was bought.


def late_orders_of_an_arm_lost(world: World, random: Random) -> World:
    del random
    return world.lines(~(world.of_held() & (world.days_after() >= 12)))


def late_orders_lost(world: World, random: Random) -> World:
    del random
    return world.lines(~(world.days_after() >= 12))


def no_orders_of_held_out(world: World, random: Random) -> World:
    """What was bought was joined to the list of contacts, in which the hold-out is not."""
    del random
    return world.lines(~(world.of_held() & (world.days_after() >= 0)))


def _outage(world: World, random: Random, days: int) -> Any:
    begin = world.exposures["eligible_at"].min() + int(random.integers(14, 28)) * DAY
    at = world.outcomes["happened_at"]
    return (at >= begin) & (at < begin + days * DAY)


def two_weeks_missing(world: World, random: Random) -> World:
    return world.lines(~_outage(world, random, 14))


def three_weeks_of_an_arm_missing(world: World, random: Random) -> World:
    return world.lines(~(_outage(world, random, 21) & world.of_held()))


def feed_ended(world: World, random: Random) -> World:
    """The data are said to be complete to the end, and nothing came in for the last weeks of the windows."""
    del random
    stop = world.exposures["eligible_at"].max() - 3 * DAY
    return replace(world.lines(world.outcomes["happened_at"] < stop), until=world.end)


def amounts_in_cents(world: World, random: Random) -> World:
    """The treated's orders come from a new system, in cents."""
    del random
    wrong = ~world.of_held() & (world.days_after() >= 0)
    amount = world.outcomes["amount"]
    return world.brought(amount=np.where(wrong, amount * 100, amount))


def _huge(world: World, which: Any, random: Random, times: float) -> World:
    """One order of an arm in its window as dear as a multiple of all of them."""
    after = world.days_after()
    inside = np.flatnonzero(which & (after >= 1) & (after < WINDOW - 1))
    amount = world.outcomes["amount"].copy()
    amount[random.choice(inside)] = times * np.abs(amount[inside]).sum()
    return world.brought(amount=amount)


def huge_order_treated(world: World, random: Random) -> World:
    return _huge(world, ~world.of_held() & (world.owner() >= 0), random, 0.8)


def huge_order_held_out(world: World, random: Random) -> World:
    return _huge(world, world.of_held(), random, 0.8)


def huge_refund(world: World, random: Random) -> World:
    return _huge(world, world.of_held(), random, -0.6)


def a_machine_that_buys(world: World, random: Random) -> World:
    """A test account orders for pennies all the time."""
    who = int(random.choice(np.flatnonzero(world.held)))
    orders = int(0.6 * (world.of_held() & (world.days_after() >= 0)).sum())
    begin = world.exposures["eligible_at"][who]
    rows: Rows = {
        "customer_id": np.full(orders, world.exposures["customer_id"][who]),
        "happened_at": begin + (random.uniform(0.1, WINDOW - 1, orders) * 86_400e6).astype("timedelta64[us]"),
        "order_id": np.array([f"T{number}" for number in range(orders)]),
        "product_id": np.full(orders, "P1"),
        "amount": np.full(orders, 0.01),
    }
    return world.more(rows)


# Clocks.


def begins_at_the_contact(world: World, random: Random) -> World:
    """The treated count from a contact a week after the entry, the held-out from the entry."""
    del random
    at = world.exposures["eligible_at"]
    later = np.where(world.held, at, at + 7 * DAY)
    return replace(world.exposed(eligible_at=later, exposed_at=later), end=world.end + 7 * DAY, until=None)


def another_time_zone(world: World, random: Random) -> World:
    del random
    at = world.exposures["eligible_at"]
    return world.exposed(eligible_at=np.where(world.held, at - 5 * HOUR, at))


def one_order_in_2099(world: World, random: Random) -> World:
    """A mistyped date; what is known ends in the middle of the last windows."""
    at = world.outcomes["happened_at"]
    stop = world.exposures["eligible_at"].max() + 5 * DAY
    cut = replace(world.lines(at < stop), until=None)
    when = cut.outcomes["happened_at"].copy()
    when[int(random.integers(len(when)))] = np.datetime64("2099-12-31", "us")
    return cut.brought(happened_at=when)


def orders_a_year_early(world: World, random: Random) -> World:
    """All that was bought is dated before the first contact."""
    del random
    at = world.outcomes["happened_at"]
    begin = world.exposures["eligible_at"].min()
    early = np.where(at >= begin, at - (at.max() - begin) - DAY, at)
    return replace(world.brought(happened_at=early), until=world.end)


# What is still open.


def windows_open(world: World, random: Random) -> World:
    end = world.exposures["eligible_at"].max() + int(random.integers(3, 20)) * DAY
    return replace(world.lines(world.outcomes["happened_at"] < end), until=end)


def returns_open(world: World, random: Random) -> World:
    del random
    return replace(world, settings={"returns_days": 60})


# Arms.


def no_hold_out(world: World, random: Random) -> World:
    del random
    return world.people(~world.held)


def nobody_treated(world: World, random: Random) -> World:
    del random
    return world.people(world.held)


def a_phase_without_hold_out(world: World, random: Random) -> World:
    del random
    second = world.exposures["phase"] == 2
    rows = {**world.exposures, "chance": np.where(second, 1.0, world.exposures["chance"])}
    whole = replace(world, exposures=rows, phase=2)
    return whole.people(~(second & world.held))


def one_held_out(world: World, random: Random) -> World:
    keep = ~world.held
    keep[int(random.choice(np.flatnonzero(world.held)))] = True
    return world.people(keep)


# Cells.


def arms_misspelt(world: World, random: Random) -> World:
    wrong = _some(random, world.held, 0.1)
    return world.exposed(arm=np.where(wrong, "control", world.exposures["arm"]))


def no_time_of_eligibility(world: World, random: Random) -> World:
    wrong = random.random(len(world.held)) < 0.02
    return world.exposed(eligible_at=np.where(wrong, _NEVER, world.exposures["eligible_at"]))


def amounts_that_are_no_numbers(world: World, random: Random) -> World:
    amount = world.outcomes["amount"]
    return world.brought(amount=np.where(random.random(len(amount)) < 0.01, np.nan, amount))


def an_infinite_amount(world: World, random: Random) -> World:
    amount = world.outcomes["amount"].copy()
    amount[int(random.choice(np.flatnonzero(world.days_after() > 0)))] = np.inf
    return world.brought(amount=amount)


_TWO = (("phases", 2),)
_RATIO = ("sample ratio",)
KINDS = (
    Kind("a third of the held-out lost", lost_held_out, _RATIO),
    Kind("a third of the treated lost", lost_treated, _RATIO),
    Kind("most held-out of one week lost", lost_in_a_week, _RATIO),
    Kind("half of the held-out of one phase lost", lost_in_a_phase, _RATIO, trade=_TWO),
    Kind("held-out of one channel lost", lost_in_a_channel, (*_RATIO, "unlike channels")),
    Kind("only those held-out who bought", only_buyers_held_out, _RATIO),
    Kind("treated whom no contact reached left out", not_reached_left_out, (*_RATIO, "exposure leakage"),
         trade=(("reach", 0.6),)),
    Kind("chance of the other arm logged", chance_of_the_other_arm, _RATIO, trade=(("held", 0.3),)),
    Kind("chance in percent", chance_in_percent, (), refused_by="no chance"),
    Kind("arms by day, not by lot", arm_by_day, ("uneven days", *_RATIO)),
    Kind("arms by channel, not by lot", arm_by_channel, ("unlike channels",)),
    Kind("the best customers treated", the_best_treated, ("unlike before",)),
    Kind("new customers held out", the_new_held_out, ("unlike before",)),
    Kind("shares changed within a phase", shares_changed, ("changed shares",)),
    Kind("shares changed, the old chance logged", shares_changed_unsaid, _RATIO),
    Kind("shares changed, no chance logged", shares_changed_unlogged, ("changed shares",)),
    Kind("chance by what customers are worth", shares_by_value, ("changed shares",)),
    Kind("would-be contacts not logged", would_be_contacts_unlogged, ("exposure leakage",)),
    Kind("a third of the would-be contacts lost", would_be_contacts_lost, ("exposure leakage",)),
    Kind("only those who opened count as contacted", only_openers_exposed, ("exposure leakage",)),
    Kind("contacts of one week lost", contacts_of_a_week_lost, ("exposure leakage",)),
    Kind("contacts before eligibility", contacted_before_eligible, ("contact too early",)),
    Kind("nothing was ever sent", never_sent, ("not sent",)),
    Kind("sending stopped half-way", sending_stopped, ("not sent",)),
    Kind("a tenth of the hold-out contacted", a_tenth_contacted, ("contaminated hold-out",)),
    Kind("hold-out ignored by the sender", hold_out_ignored, ("contaminated hold-out",)),
    Kind("one in twenty in both arms", in_both_arms, ("two arms",)),
    Kind("a fifth of the exposures twice", exposures_twice, (), refused_by="same key"),
    Kind("all orders twice", orders_twice, ("doubled lines",)),
    Kind("orders of the treated twice", orders_of_the_treated_twice, ("doubled lines",)),
    Kind("orders of one week twice", a_week_twice, ("doubled lines",)),
    Kind("customer numbers of the hold-out cut", ids_of_an_arm_cut, ("no outcomes", "unlike before")),
    Kind("customer numbers that match nobody", ids_unlike, ("no outcomes",)),
    Kind("later orders of one arm lost", late_orders_of_an_arm_lost, ("truncation",)),
    Kind("later orders lost", late_orders_lost, ("truncation",)),
    Kind("no orders of the hold-out", no_orders_of_held_out, ("no outcomes",)),
    Kind("two weeks of orders missing", two_weeks_missing, ("gap",), is_grave=False),
    Kind("three weeks of orders of the hold-out missing", three_weeks_of_an_arm_missing, ("gap", "truncation")),
    Kind("orders ended, the windows did not", feed_ended, ("gap", "truncation"), is_grave=False),
    Kind("orders of one arm in cents", amounts_in_cents, ("unlike amounts",)),
    Kind("one huge order, treated", huge_order_treated, ("outliers",), is_grave=False),
    Kind("one huge order, held-out", huge_order_held_out, ("outliers",), is_grave=False),
    Kind("one huge refund", huge_refund, ("outliers",), is_grave=False),
    Kind("a machine that orders for pennies", a_machine_that_buys, ("outliers",), is_grave=False),
    Kind("treated count from their contact on", begins_at_the_contact, ("shifted clock", *_RATIO)),
    Kind("one arm in another time zone", another_time_zone, ("shifted clock", *_RATIO)),
    Kind("one order dated 2099", one_order_in_2099, ("gap", "late returns"), is_grave=False),
    Kind("orders dated before the contacts", orders_a_year_early, ("no outcomes",)),
    Kind("windows still open", windows_open, ("late returns",), is_grave=False),
    Kind("returns still open", returns_open, ("late returns",), is_grave=False),
    Kind("no hold-out", no_hold_out, (CANNOT,)),
    Kind("nobody treated", nobody_treated, (CANNOT,)),
    Kind("a phase without hold-out", a_phase_without_hold_out, (CANNOT,), trade=_TWO),
    Kind("a single customer held out", one_held_out, (CANNOT,)),
    Kind("words for arms misspelt", arms_misspelt, (), refused_by="no arm 'control'"),
    Kind("times of eligibility missing", no_time_of_eligibility, (), refused_by="'eligible_at' must not be empty"),
    Kind("amounts that are no numbers", amounts_that_are_no_numbers, (), refused_by="'amount' holds"),
    Kind("an infinite amount", an_infinite_amount, (), refused_by="'amount' holds"),
)  # fmt: skip


def planted(kind: Kind, trade: Trade, world: Callable[[Trade, Random], World], random: Random) -> World:
    """A world with this fault."""
    return kind.plant(world(replace(trade, **dict(kind.trade)), random), random)
