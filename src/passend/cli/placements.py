"""``passend placements``: what the places of a shop show, what people decided about them, and each against nothing."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from passend.cli.campaigns_at_work import done_with, who_option
from passend.cli.console import Command, open_workspace, out, print_json, print_table, workspace_options
from passend.language import phrase, share, word


@click.group("placements")
def placements_command() -> None:
    """Tell what placements show, pin, boost and bury products there, and set who sees nothing, to measure it."""


@placements_command.command("list")
@workspace_options
def list_command(workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool) -> None:
    """List the placements with their share of visitors who see nothing, and both arms so far."""
    del quiet
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.opening import campaigns_of, utc_now
    from passend.flow.serving.placing import list_placements, usual_share
    from passend.flow.serving.trial_results import arms_of

    with campaigns_of(place) as store:
        found = list_placements(store, usual_share(place.settings), utc_now())
        arms = arms_of(store, [(one.name, one.round) for one in found])
    if as_json:
        print_json(
            [
                {**asdict(one), "shown": asdict(arms[one.name][0]), "nothing": asdict(arms[one.name][1])}
                for one in found
            ]
        )
        return
    rows = [
        (one.name, share(one.share), *(arm.answers for arm in arms[one.name]), one.decisions) for one in found
    ]
    print_table("Placements", ("placement", "sees nothing", "lists shown", "held back", "decisions"), rows)


@placements_command.command("show")
@click.argument("name")
@workspace_options
def show_command(name: str, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool) -> None:
    """Show the decisions that hold at a placement, and what it brings against nothing."""
    del quiet
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.opening import campaigns_of, utc_now
    from passend.flow.serving.placing import decisions_at, find_placement, usual_share
    from passend.flow.serving.trial_results import compared

    now = utc_now()
    with campaigns_of(place) as store:
        one = find_placement(store, name, usual_share(place.settings), now)
        held = decisions_at(store, name, now)
        against = compared(store, place, name, one.round, now)
    if as_json:
        print_json({**asdict(one), "decided": held, "against_nothing": [asdict(each) for each in against]})
        return
    rows = [
        (
            row["id"], row["product_id"], word(row["action"]), row["anchor"] or word(row["anchor_kind"]), row["note"],
            row["author"], str(row["valid_until"] or "")[:10],
        )
        for row in held
    ]  # fmt: skip
    print_table("Decisions", ("number", "product", "what holds", "beside", "why", "who", "until"), rows)
    arms = [
        (word(each.kind), each.shown.units, each.nothing.units, word(each.verdict), each.says)
        for each in against
    ]
    heads = ("told apart by", "see it", "see nothing", "verdict", "why")
    print_table("Against nothing", heads, arms)


@placements_command.command("set")
@click.argument("name")
@click.option(
    "--share", "part", type=float, help="Share of visitors who see nothing, 0 to 0.5; else the setting's."
)
@click.option("--note", default="", help="What the placement is for.")
@who_option
@workspace_options
def set_command(
    name: str, part: float | None, note: str, who: str, workspace: Path, overrides: Sequence[str], *, as_json: bool,
    quiet: bool,
) -> None:  # fmt: skip
    """Add a placement, or set its share of visitors who see nothing; another share begins a new comparison."""
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.opening import campaigns_of, utc_now
    from passend.flow.serving.placing import find_placement, set_placement, usual_share

    with campaigns_of(place) as store:
        set_placement(store, name, part, who, utc_now(), note=note)
        one = find_placement(store, name, usual_share(place.settings), utc_now())
    says = phrase("{name}: {share} of the visitors see nothing.", name=name, share=share(one.share))
    done_with(asdict(one), says, as_json=as_json, quiet=quiet)


@placements_command.command("remove")
@click.argument("name")
@who_option
@workspace_options
def remove_command(
    name: str, who: str, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """End all decisions at a placement and forget it; a usual one is as it was at first."""
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.opening import campaigns_of, utc_now
    from passend.flow.serving.placing import drop_placement

    with campaigns_of(place) as store:
        drop_placement(store, name, who, utc_now())
    done_with({"removed": name}, word("It is as it was before."), as_json=as_json, quiet=quiet)


def _decision_options(command: Command) -> Command:
    for option in (
        workspace_options,
        who_option,
        click.option("--until", default="", help="Last day on which it holds, e.g. 2026-12-24."),
        click.option("--note", required=True, help="Why, for those who come after."),
        click.option("--category", default="", help="Beside all products of this category."),
        click.option("--beside", default="", help="Beside this product alone."),
        click.argument("product"),
        click.argument("name"),
    ):
        command = option(command)
    return command


def _decide(action: str, given: dict[str, Any], factor: float | None = None) -> None:
    place = open_workspace(given["workspace"], given["overrides"])
    from passend.flow.campaigns.opening import campaigns_of, utc_now
    from passend.flow.serving.adjusting import ALL, CATEGORY, PRODUCT
    from passend.flow.serving.placing import USUAL_FACTOR, Decision, decide, end_of_day

    beside, category = given["beside"], given["category"]
    kind = PRODUCT if beside else CATEGORY if category else ALL
    said = Decision(
        given["name"], given["product"], action, given["note"], kind, beside or category, factor or USUAL_FACTOR,
        end_of_day(given["until"]),
    )  # fmt: skip
    with campaigns_of(place) as store:
        number = decide(store, place, said, given["who"], utc_now())
    says = phrase(
        "Decision {number} holds: passend placements undo {name} {number}", number=number, name=said.placement
    )
    done_with({"decision": number}, says, as_json=given["as_json"], quiet=given["quiet"])


@placements_command.command("pin")
@_decision_options
def pin_command(**given: Any) -> None:
    """Have PRODUCT stand in front at the placement NAME, whatever the figures say."""
    _decide("pin", given)


@placements_command.command("boost")
@click.option("--factor", type=float, help="How far: 3 lifts from place 6 to 2.")
@_decision_options
def boost_command(factor: float | None, **given: Any) -> None:
    """Have PRODUCT move up at the placement NAME, where it stands in the list anyway."""
    _decide("boost", given, factor)


@placements_command.command("bury")
@_decision_options
def bury_command(**given: Any) -> None:
    """Never show PRODUCT at the placement NAME."""
    _decide("bury", given)


@placements_command.command("undo")
@click.argument("name")
@click.argument("number", type=click.IntRange(1, 2**53))
@who_option
@workspace_options
def undo_command(
    name: str, number: int, who: str, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """Take a decision back; the one that it replaced holds again."""
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.opening import campaigns_of, utc_now
    from passend.flow.serving.placing import take_back_decision

    with campaigns_of(place) as store:
        take_back_decision(store, name, number, who, utc_now())
    says = word("Taken back. What held before holds again.")
    done_with({"taken back": number}, says, as_json=as_json, quiet=quiet)


@placements_command.command("why")
@click.argument("name")
@click.argument("product")
@click.option("--page", default="", help="Product of the page.")
@click.option("--cart", default="", help="Products in the cart, with commas between.")
@click.option("--customer", default="", help="Number of the customer.")
@click.option(
    "--limit", type=click.IntRange(1, 50), default=4, show_default=True, help="Products that are shown."
)
@workspace_options
def why_command(
    name: str, product: str, page: str, cart: str, customer: str, limit: int, workspace: Path,
    overrides: Sequence[str], *, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Tell why PRODUCT stands at the placement NAME, or the first rule at which it falls out."""
    del quiet
    place = open_workspace(workspace, overrides)
    from passend.flow.serving.answering import Question
    from passend.flow.serving.desk import Desk
    from passend.flow.serving.inspecting import why

    desk = Desk(place.folder, tuple(overrides))
    try:
        desk.look()
        lines = tuple(one.strip() for one in cart.split(",") if one.strip())
        found = why(desk, place, Question(page, lines, customer, limit=limit, placement=name), product)
    finally:
        desk.close()
    if as_json:
        print_json(asdict(found))
        return
    head = word(found.rule) if found.rule != "shown" else phrase("place {place:n}", place=found.place)
    out.print(f"{product}: {head}", markup=False, soft_wrap=True)
    for sentence in found.says:
        out.print(f"  {sentence}", markup=False, soft_wrap=True)
