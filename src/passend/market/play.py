"""Policies play a market under equal limits, each beside the twin in which nobody is contacted."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from passend.errors import InvalidInput
from passend.market import streams
from passend.market.losses import split_loss
from passend.market.offers import Limits, Offers, limits_of
from passend.market.people import KINDS
from passend.market.policies import Policy, policy_named
from passend.market.policies.ceilings import Ceiling
from passend.market.scenario import Scenario
from passend.market.view import View
from passend.market.world import Market

#: Weeks between two looks at what is lost, and why.
LOSS_EVERY = 8


@dataclass(frozen=True)
class Outcome:
    """How one policy did in one market (one seed). Money in cents.

    Attributes:
        profit: of all customers from the first week played to the end of the run-out.
        incremental: the same less the twin's.
        before_cost: incremental profit before the cost of contacts.
        by_kind: incremental profit by kind of customer.
        weekly: incremental profit by week, run-out included.
        contacts: sent; unsubscribes among them; returned items and their twin's.
        leavers: customers lost beyond the twin's.
        loss: true value lost by source against the clairvoyant's choice at the same moments; see ``losses``.
    """

    policy: str
    seed: int
    profit: float
    incremental: float
    before_cost: float
    by_kind: dict[str, float]
    weekly: tuple[float, ...]
    contacts: int
    unsubscribes: int
    returns: int
    leavers: int
    loss: dict[str, float] = field(default_factory=dict)


def play(
    scenario: Scenario,
    policies: Sequence[str],
    weeks: int,
    seeds: Sequence[int],
    tell: Callable[[str], None] = lambda _: None,
    jobs: int = 1,
) -> list[Outcome]:
    """Let each policy play each market; markets of one seed begin alike and meet the same luck.

    Args:
        scenario: the market's parameters.
        policies: names from ``POLICIES``, or ``module:Class``.
        weeks: in which offers are made.
        seeds: one market each.
        tell: is told how far it is.
        jobs: markets played at the same time, each in a process of its own; the outcomes do not depend on it.

    Raises:
        InvalidInput: there is no such policy, or one breaks a limit.
    """
    markets = each_market(scenario, policies, weeks, seeds, tell, jobs)
    return [one for market in markets for one in market]


def each_market(
    scenario: Scenario,
    policies: Sequence[str],
    weeks: int,
    seeds: Sequence[int],
    tell: Callable[[str], None] = lambda _: None,
    jobs: int = 1,
) -> Iterator[list[Outcome]]:
    """What ``play`` returns, market by market as each is done, in the order of the seeds."""
    for name in policies:
        policy_named(name)
    jobs = min(jobs, len(seeds))
    if jobs <= 1:
        for seed in seeds:
            yield _play_one(scenario, policies, weeks, seed, tell)
        return
    tell(f"Playing {len(seeds)} markets, {jobs} at a time")
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _take_one_core) as pool:
        parts = [pool.submit(_play_one, scenario, policies, weeks, seed) for seed in seeds]
        for done, part in enumerate(parts, 1):
            yield part.result()
            tell(f"{done} of {len(seeds)} markets played")


def _take_one_core() -> None:
    """As many processes as jobs share the machine: threads of the libraries below would only wait for each other."""
    threadpool_limits(1)


def _play_one(
    scenario: Scenario,
    policies: Sequence[str],
    weeks: int,
    seed: int,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Outcome]:
    limits = limits_of(scenario)
    tell(f"Making market {seed}")
    market = Market(scenario, seed)
    tell(f"Seed {seed}: the twin in which nobody is contacted")
    twin = _run(market.twin(), policy_named("nobody")(), weeks, limits)
    outcomes = []
    for name in policies:
        tell(f"Seed {seed}: {name}")
        policy = policy_named(name)()
        outcomes.append(_outcome(name, seed, _run(market.twin(), policy, weeks, limits), twin, market))
    return outcomes


@dataclass
class _Path:
    market: Market
    weekly: list[NDArray[np.float64]]
    spent: float
    losses: list[dict[str, float]]


def _run(market: Market, policy: Policy, weeks: int, limits: Limits) -> _Path:
    rng = streams.generator(market.seed, 7)
    last = last_contacts(market)
    path = _Path(market, [], 0.0, [])
    for week in range(weeks + market.scenario.whole("market.horizon_weeks")):
        before = market.state.profit.copy()
        if week < weeks:
            view = View(market, limits, last)
            offers = _decision(market, policy, view, rng)
            if week % LOSS_EVERY == 0 and policy.name not in ("nobody", "clairvoyant"):
                path.losses.append(split_loss(market, view, policy.considered, offers))
            market.send(offers)
            last[offers.customer] = market.week
            path.spent += float(np.array(limits.cost)[offers.channel].sum())
        market.step()
        path.weekly.append(market.state.profit - before)
    return path


def _decision(market: Market, policy: Policy, view: View, rng: np.random.Generator) -> Offers:
    if isinstance(policy, Ceiling):
        policy.see(market)
    offers = policy.decide(view, view.limits, rng)
    _check(offers, view, view.limits, policy.name)
    return offers


def _check(offers: Offers, view: View, limits: Limits, name: str) -> None:
    """A policy that breaks a limit is stopped: its figures would not compare."""
    used = np.bincount(offers.channel, minlength=len(limits.capacity))
    broken = {
        "a capacity": (used > np.array(limits.capacity)).any(),
        "permission or gap": not view.permitted[offers.customer, offers.channel].all(),
        "one offer a customer": len(np.unique(offers.customer)) < len(offers.customer),
        "the largest discount": (offers.discount > limits.discount + 1e-9).any(),
        "the budget": float(used @ np.array(limits.cost)) > limits.budget + 1e-6,
    }
    for what, is_so in broken.items():
        if is_so:
            raise InvalidInput(
                f"The policy '{name}' breaks a limit: {what}.",
                record=f"week {view.week}",
                remedy="view.permitted and limits say what is allowed.",
            )


def last_contacts(market: Market) -> NDArray[np.int64]:
    """By customer the week of the last contact that was sent; long ago where there was none."""
    last = np.full(len(market.people.kind), -10_000, dtype=np.int64)
    for part in market.log.touches:
        sent = part.outcome > 0
        np.maximum.at(last, part.customer[sent], part.at[sent] // (7 * 24 * 60))
    return last


def _outcome(name: str, seed: int, path: _Path, twin: _Path, begun: Market) -> Outcome:
    weeks = len(path.weekly) - begun.scenario.whole("market.horizon_weeks")
    gain = np.stack(path.weekly) - np.stack(twin.weekly)
    by_customer = gain.sum(axis=0)
    kinds = {kind: float(by_customer[begun.people.kind == place].sum()) for place, kind in enumerate(KINDS)}
    touches = path.market.log.touches[len(begun.log.touches) :]
    sent = np.concatenate([part.outcome for part in touches])
    new_lines = path.market.log.lines[len(begun.log.lines) :]
    end = path.market.week
    return Outcome(
        policy=name,
        seed=seed,
        profit=float(np.stack(path.weekly).sum()),
        incremental=float(by_customer.sum()),
        before_cost=float(by_customer.sum()) + path.spent,
        by_kind=kinds,
        weekly=tuple(gain.sum(axis=1).tolist()),
        contacts=int((sent > 0).sum()),
        unsubscribes=int((sent == 6).sum()),
        returns=int(sum((part.returned_at >= 0).sum() for part in new_lines)),
        leavers=int((path.market.state.left < end).sum() - (twin.market.state.left < end).sum()),
        loss={
            what: float(np.mean([one[what] for one in path.losses]) * weeks)
            for what in (path.losses or [{}])[0]
        },
    )
