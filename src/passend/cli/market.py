"""``passend market play | rehearse | make | scenarios``: a simulated market with known truth."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from passend.cli.console import Talk, out, print_json, print_table
from passend.errors import InvalidInput
from passend.language import count, day, money, phrase, retold, word

if TYPE_CHECKING:
    from passend.market.league import Estimate, Standing
    from passend.market.rehearsal import Week
    from passend.market.scenario import Scenario
    from passend.market.truly import Beside


@click.group("market")
def market_command() -> None:
    """Try everything on a simulated market, whose truth is known."""


def _scenario(name: str, changes: Sequence[str]) -> "Scenario":
    import yaml

    from passend.market.scenario import load_scenario

    given = {}
    for pair in changes:
        parameter, equals, value = pair.partition("=")
        if not equals:
            raise InvalidInput(
                f"'{pair}' is not of the form NAME=VALUE.", remedy="e.g. --change customers.number=500"
            )
        given[parameter.strip()] = yaml.safe_load(value)
    return load_scenario(name).changed(given)


_SCENARIO = click.option(
    "--scenario", default="bicycle-shop", show_default=True, help="A shipped scenario, or a .yaml file."
)
_CHANGE = click.option("--change", "changes", multiple=True, metavar="NAME=VALUE", help="Change a parameter.")


@market_command.command("play")
@_SCENARIO
@_CHANGE
@click.option(
    "--policy",
    "policies",
    multiple=True,
    metavar="NAME",
    help="Who plays; may be repeated. module:Class takes your own. Default: all.",
)
@click.option(
    "--weeks", type=click.IntRange(1), default=52, show_default=True, help="Weeks in which offers are made."
)
@click.option(
    "--seeds",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Markets to play, each with its own luck.",
)
@click.option("--first-seed", type=int, default=1, show_default=True, help="Seed of the first market.")
@click.option(
    "--jobs", type=click.IntRange(1), help="Markets played at the same time.  [default: one a processor core]"
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, for scripts.")
@click.option("--quiet", "-q", is_flag=True, help="Print results only, no progress.")
def play_command(
    scenario: str,
    changes: Sequence[str],
    policies: Sequence[str],
    weeks: int,
    seeds: int,
    first_seed: int,
    jobs: int | None,
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    """Let policies play the market under equal limits, and compare the profit that they add.

    Each policy plays the same markets, beside the twin in which nobody is contacted. Profit counts until the last
    offer's effects have worn off.
    """
    from passend.market.policies import POLICIES, policy_named

    chosen = _scenario(scenario, changes)
    for policy in policies:
        policy_named(policy)  # says so now where there is none
    from passend.market.league import league
    from passend.market.play import play

    with Talk(quiet=quiet or as_json) as progress:
        names = policies or tuple(POLICIES)
        markets = range(first_seed, first_seed + seeds)
        outcomes = play(chosen, names, weeks, markets, progress.step, jobs or os.cpu_count() or 1)
    standings = league(outcomes)
    if as_json:
        print_json(
            {
                "scenario": scenario,
                "weeks": weeks,
                "seeds": seeds,
                "policies": [asdict(one) for one in standings],
            }
        )
        return
    _show(chosen, standings, weeks, seeds)


def _show(scenario: "Scenario", standings: "list[Standing]", weeks: int, seeds: int) -> None:
    currency = scenario.text("market.currency")
    print_table(
        phrase(
            "{market}: {weeks:n} weeks, {markets} markets, {currency} beyond contacting nobody",
            market=scenario.text("market.name"),
            weeks=weeks,
            markets=seeds,
            currency=currency,
        ),
        ("policy", "added profit", "of clairvoyant", "of observables", "above uniform", "share of that"),
        [
            (
                one.policy,
                _said(one.incremental, 100),
                _said(one.of_clairvoyant, 0.01, "%"),
                _said(one.of_observables, 0.01, "%"),
                _said(one.above_uniform, 100),
                _said(one.share_above_uniform, 0.01, "%"),
            )
            for one in standings
        ],
    )
    losses = list(dict.fromkeys(what for one in standings for what in one.loss))
    print_table(
        phrase(
            "Contacts, and what was lost against the clairvoyant's choice at the same moments, {currency}",
            currency=currency,
        ),
        ("policy", "contacts", "unsubscribed", "left", "returns", *losses),
        [
            (
                one.policy,
                *(round(number) for number in (one.contacts, one.unsubscribes, one.leavers, one.returns)),
                *(round(one.loss[what] / 100) if what in one.loss else None for what in losses),
            )
            for one in standings
        ],
    )
    kinds = list(standings[0].by_kind)
    print_table(
        phrase("Added profit by kind of customer, {currency}", currency=currency),
        ("policy", *kinds),
        [(one.policy, *(round(one.by_kind[kind] / 100) for kind in kinds)) for one in standings],
    )
    print_table(
        phrase("Added profit as time goes on, {currency}", currency=currency),
        (
            "policy",
            *(
                phrase("weeks {first}-{last}", first=span.start + 1, last=span.stop)
                for span in _quarters(weeks)
            ),
            "after",
        ),
        [
            (
                one.policy,
                *(round(sum(one.weekly[span.start : span.stop]) / 100) for span in _quarters(weeks)),
                round(sum(one.weekly[weeks:]) / 100),
            )
            for one in standings
        ],
    )


def _quarters(weeks: int) -> list[range]:
    """The weeks played, in at most four parts."""
    size = max(-(-weeks // 4), 1)
    return [range(begin, min(begin + size, weeks)) for begin in range(0, weeks, size)]


def _said(value: "Estimate | None", unit: float, sign: str = "") -> str:
    if value is None:
        return "-"
    mean = f"{count(value.mean / unit)}{sign}"
    if value.low is None or value.high is None:
        return mean
    return f"{mean} ({phrase('{low} to {high}', low=count(value.low / unit), high=count(value.high / unit))})"


@market_command.command("make")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@_SCENARIO
@_CHANGE
@click.option("--seed", type=int, default=1, show_default=True, help="Same scenario and seed, same market.")
@click.option(
    "--weeks", type=click.IntRange(0), default=0, show_default=True, help="Weeks to go on after the history."
)
def make_command(folder: Path, scenario: str, changes: Sequence[str], seed: int, weeks: int) -> None:
    """Write a market's tables as Parquet into FOLDER, and its order file as CSV, to try passend on."""
    import pyarrow.parquet as pq

    chosen = _scenario(scenario, changes)
    from passend.market.world import Market

    market = Market(chosen, seed)
    market.step(7 * weeks)
    folder.mkdir(parents=True, exist_ok=True)
    rows = [("orders.csv", market.write_orders(folder / "orders.csv"))]
    for name, table in market.tables().items():
        pq.write_table(table, folder / f"{name}.parquet")
        rows.append((f"{name}.parquet", table.num_rows))
    print_table(phrase("Written to {file}", file=folder), ("file", "rows"), rows)
    out.print(phrase("Next: passend run {folder}/*", folder=folder), markup=False)


@market_command.command("rehearse")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--campaign",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A campaign file; without it a mail with the plan's best offer.",
)
@_SCENARIO
@_CHANGE
@click.option("--seed", type=int, default=1, show_default=True, help="Same scenario and seed, same market.")
@click.option(
    "--weeks",
    type=click.IntRange(1, 52),
    default=1,
    show_default=True,
    help="Weeks in which customers may enter.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, for scripts.")
@click.option("--quiet", "-q", is_flag=True, help="Print results only, no progress.")
def rehearse_command(
    folder: Path,
    file: Path | None,
    scenario: str,
    changes: Sequence[str],
    seed: int,
    weeks: int,
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    """Play a campaign in a market from the first contact to the verdict, and see what it truly brought.

    Import, plan, journeys, worker, outbox and results are those of real campaigns, at the market's clock. FOLDER
    becomes the workspace of the market's firm. The same market without the campaign, with the same luck, is the truth.
    """
    chosen = _scenario(scenario, changes)
    from passend.campaigns import parse_campaign
    from passend.market.rehearsal import CAMPAIGN, rehearse
    from passend.market.truly import truly
    from passend.market.world import Market

    text = file.read_text("utf-8-sig") if file else CAMPAIGN
    campaign = parse_campaign(text, file.name if file else "campaign")
    with Talk(quiet=quiet or as_json) as progress:
        progress.step("Making the market")
        market = Market(chosen, seed)
        progress.step("Importing what was sold, and making a plan")
        played = rehearse(market, folder, [campaign], weeks, lambda week: progress.step(_said_week(week)))
        progress.step("Measuring")
        beside, found = truly(played, [campaign.name])
    if as_json:
        print_json({"weeks": played.weekly, "campaigns": [_plain_beside(one) for one in beside]})
        return
    _show_rehearsal(played.weekly, beside, found.currency)
    out.print(
        phrase("Look at it: passend results --workspace {folder}", folder=folder),
        markup=False,
        soft_wrap=True,
    )


def _said_week(week: "Week") -> str:
    return phrase(
        "{date:d}: {entered:n} entered, {sent:n} sent, {clicked:n} clicked, {left:n} unsubscribed",
        date=week.begins, entered=week.entered, sent=week.sent, clicked=week.clicked, left=week.unsubscribed,
    )  # fmt: skip


def _plain_beside(one: "Beside") -> dict[str, object]:
    from passend.results import PROFIT

    return {
        "campaign": one.measured.campaign, "treated": one.measured.people[0], "held_out": one.measured.people[1],
        "claimed_cents": one.measured.claimed_cents, "measured": one.measured.effects.get(PROFIT),
        "verdict": one.measured.verdict, "true_cents": one.true_cents, "is_inside": one.is_inside,
    }  # fmt: skip


def _show_rehearsal(weekly: "Sequence[Week]", beside: "Sequence[Beside]", currency: str | None) -> None:
    from passend.report.letter import verdict_of
    from passend.results import PROFIT

    print_table(
        "The campaign week by week",
        ("week", "entered", "sent", "clicked", "unsubscribed"),
        [(day(one.begins), one.entered, one.sent, one.clicked, one.unsubscribed) for one in weekly],
    )
    for one in beside:
        effect, cents = one.measured.effects.get(PROFIT), one.measured.claimed_cents
        rows = [(word("a mail tool would claim, in revenue"), money(cents, currency, is_round=True), "")]
        if effect is not None:
            low, high = (money(end, currency, is_round=True) for end in (effect.total_low, effect.total_high))
            span = phrase("{low} to {high}", low=low, high=high)
            rows.append((word("measured, added profit"), money(effect.total, currency, is_round=True), span))
        rows.append((word("true, added profit"), money(one.true_cents, currency, is_round=True), ""))
        print_table(
            phrase("{campaign}: what it brought", campaign=one.measured.campaign),
            ("what", "amount", "95 % interval"),
            rows,
        )
        out.print(
            phrase(
                "{treated:n} customers treated, {held:n} held out. Verdict: {verdict}.",
                treated=one.measured.people[0], held=one.measured.people[1], verdict=verdict_of(one.measured),
            ),
            markup=False, soft_wrap=True,
        )  # fmt: skip
        if one.is_inside is not None:
            says = (
                word("The interval holds the truth.")
                if one.is_inside
                else word("The interval misses the truth, as one in twenty does.")
            )
            out.print(says, markup=False, soft_wrap=True)


@market_command.command("scenarios")
@click.option("--parameters", is_flag=True, help="List every parameter with its default and range.")
def scenarios_command(*, parameters: bool) -> None:
    """List the shipped scenarios, or all parameters."""
    from passend.market.parameters import PARAMETERS
    from passend.market.scenario import load_scenario, shipped

    if parameters:
        print_table(
            "Parameters of a scenario",
            ("parameter", "default", "takes", "what it is"),
            [(one.name, str(one.default), retold(one.allowed), retold(one.help)) for one in PARAMETERS],
        )
        return
    rows = [(name, load_scenario(name)) for name in shipped()]
    print_table(
        "Scenarios",
        ("name", "customers", "what it is"),
        [(name, one.whole("customers.number"), one.text("market.about")) for name, one in rows],
    )
