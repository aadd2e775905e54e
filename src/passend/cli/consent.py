"""``passend consent``: who may be written to and why, words told by hand, and moving from another mail tool."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from passend.cli.console import open_workspace, out, print_json, print_table, workspace_options
from passend.cli.edits import person
from passend.language import day, phrase, retold, word


@click.group("consent")
def consent_command() -> None:
    """See who may be written to, on which ground, and which record says so.

    Coming from another mail tool? Name it (moved-from), then import its exports (import).
    """


@consent_command.command("explain")
@click.argument("customer")
@click.argument("channel")
@click.option("--topic", default="", help="What the message is about; else advertising as such.")
@click.option("--similar-to", default="", help="A bought product to which the offered one is similar.")
@workspace_options
def explain_command(
    customer: str, channel: str, topic: str, similar_to: str, workspace: Path, overrides: Sequence[str],
    *, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Tell whether CUSTOMER may be written to on CHANNEL now, and the record that says so."""
    from passend.campaigns.consent.standing import Question
    from passend.decisions.rules import load_rules
    from passend.flow.consents import bring_in, explain, store_of
    from passend.flow.rules_file import rules_text

    del quiet
    place, now = open_workspace(workspace, overrides), _now()
    with store_of(place) as store:
        bring_in(place, store, now)
        about = Question(channel, now, topic, similar_to)
        found = explain(place, store, load_rules(rules_text(place)), customer, about)
    if as_json:
        print_json(
            {
                "customer_id": found.customer_id, "address": found.address, "may": found.standing.may,
                "ground": found.standing.ground, "record": found.standing.record, "says": found.standing.says,
                "words": [vars(one) for one in found.words], "suppressed": [vars(one) for one in found.walls],
                "former_tools": list(found.former_tools),
            }
        )  # fmt: skip
        return
    answer = word("may be written to") if found.standing.may else word("may not be written to")
    out.print(
        phrase(
            "Customer {customer} {answer} by {channel:w}: {says:s}",
            customer=found.customer_id, answer=answer, channel=channel, says=found.standing.says,
        ),
        markup=False,
    )  # fmt: skip
    if found.standing.record:
        out.print(phrase("Record: {record}", record=found.standing.record), markup=False)
    for tool in found.former_tools:
        out.print(phrase("Nothing leaves until the export of {tool} is imported.", tool=tool), markup=False)
    told = [*found.walls, *found.words]
    if told:
        print_table(
            "What was said",
            ("record", "when", "channel", "topic", "word", "ground", "source"),
            [
                (
                    one.record, _moment(one.said_at), word(one.channel), one.topic,
                    word("yes") if one.is_given else word("no"), retold(one.basis), one.source,
                )
                for one in told
            ],
        )  # fmt: skip


@consent_command.command("say")
@click.argument("customer")
@click.argument("channel")
@click.option(
    "--no", "refuses", is_flag=True, help="The customer does not want it; else the customer agrees."
)
@click.option("--topic", default="", help="What the message is about; else advertising as such.")
@click.option("--basis", default="", help="Ground of a yes: double opt-in or opt-in.")
@click.option("--evidence", required=True, help="What proves it: a letter, a call, a form.")
@click.option("--author", default=person, show_default="you", help="Who noted it.")
@workspace_options
def say_command(
    customer: str, channel: str, topic: str, basis: str, evidence: str, author: str, workspace: Path,
    overrides: Sequence[str], *, refuses: bool, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Note what CUSTOMER said about CHANNEL, such as in a letter or a call; it holds at once."""
    from passend.flow.consents import record_words, store_of
    from passend.flow.identity import customer_number
    from passend.store.ledger import NewWord

    del quiet
    place, now = open_workspace(workspace, overrides), _now()
    told = NewWord(
        channel, not refuses, now, f"noted by {author}", customer_number(place, customer), None, topic, basis,
        evidence={"noted": evidence},
    )  # fmt: skip
    with store_of(place) as store:
        record_words(store, [told], now)
    if as_json:
        print_json({"customer_id": told.customer_id, "channel": channel, "is_given": not refuses})
    else:
        out.print(word("Noted; it holds at once."), markup=False)


@consent_command.command("moved-from")
@click.argument("tool")
@click.option("--author", default=person, show_default="you", help="Who said so.")
@workspace_options
def moved_from_command(
    tool: str, author: str, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """Say that TOOL sent the firm's mail before: no advertising leaves until its exports are imported."""
    from passend.flow.consents import store_of
    from passend.flow.former_tools import name_former_tool

    del quiet
    place = open_workspace(workspace, overrides)
    with store_of(place) as store:
        name_former_tool(store, tool, author, _now())
    if as_json:
        print_json({"former_tool": tool})
    else:
        out.print(phrase("Nothing leaves until the export of {tool} is imported.", tool=tool), markup=False)


@consent_command.command("import")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--author", default=person, show_default="you", help="Who imports.")
@workspace_options
def import_command(
    files: Sequence[Path],
    author: str,
    workspace: Path,
    overrides: Sequence[str],
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    """Import refusals, consents and bounces from exports of Klaviyo, Mailchimp, Mautic or Customer.io."""
    from dataclasses import asdict

    from passend.flow.consents import store_of
    from passend.flow.former_tools import import_exports

    del quiet
    place = open_workspace(workspace, overrides)
    with store_of(place) as store:
        done = import_exports(place, store, files, author, _now())
    if as_json:
        print_json([asdict(one) for one in done])
        return
    print_table(
        "Imported",
        ("from", "agreed", "refused", "get no advertising", "known before"),
        [(one.tool, one.given, one.refused, one.walls, one.known) for one in done],
    )


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _moment(at: datetime) -> str:
    """A day, and the time where one is known."""
    return day(at) if (at.hour, at.minute) == (0, 0) else f"{day(at)} {at:%H:%M}"
