"""``passend campaigns`` while they run: how far, why not, stop, go on, lists of staff; and ``passend worker``."""

import getpass
import signal
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from passend.cli.console import open_workspace, out, print_json, print_table, workspace_options
from passend.language import phrase, retold, share, word

if TYPE_CHECKING:
    from passend.flow.campaigns.adapting import Competing
    from passend.flow.campaigns.telling import Progress
    from passend.flow.campaigns.working import Done

who_option = click.option(
    "--who", default=getpass.getuser, show_default="your login", help="Who does this; it is written down."
)
reason_option = click.option("--reason", default="", help="Why; it is written down.")


def done_with(result: dict[str, Any], says: str, *, as_json: bool, quiet: bool) -> None:
    """Tell the result of a command that changed something."""
    if as_json:
        print_json(result)
    elif not quiet:
        out.print(says, markup=False, soft_wrap=True)


@click.command("status")
@click.argument("name", default="")
@workspace_options
def status_command(
    name: str, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """Tell how far the campaigns are: people, messages, rate, last error, and when somebody is due next."""
    del quiet
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.adapting import competing
    from passend.flow.campaigns.opening import campaigns_of, utc_now
    from passend.flow.campaigns.telling import progress

    with campaigns_of(place) as store:
        found = progress(store, utc_now(), name)
        variants = {one.name: competing(store, one.name, utc_now()) for one in found if name}
    if as_json:
        print_json(
            [
                {
                    **asdict(one),
                    "steps": [[*key, n] for key, n in one.steps.items()],
                    **({"variants": [asdict(each) for each in variants[one.name]]} if name else {}),
                }
                for one in found
            ]
        )
        return
    rows = [
        (
            one.name, word(one.state), one.version, one.people.get("waiting", 0) + one.people.get("sending", 0),
            one.people.get("done", 0) + one.people.get("left", 0), one.held_out,
            one.messages.get("sent", 0) + one.messages.get("shown", 0), one.messages.get("unclear", 0),
            f"{one.next_wake:%Y-%m-%d %H:%M}" if one.next_wake else "",
        )
        for one in found
    ]  # fmt: skip
    print_table(
        "Campaigns",
        ("campaign", "state", "version", "under way", "ended", "held out", "sent", "unclear", "next (UTC)"),
        rows,
    )
    for told in dict.fromkeys(told for one in found for told in one.troubles):
        out.print(retold(told), markup=False, soft_wrap=True)
    for one in found:
        _tell_trouble(one)
    if name:
        steps = [(step, way, count) for (step, way), count in sorted(found[0].steps.items())]
        print_table(
            phrase("Campaign {name}: ways that people went", name=name), ("step", "way", "people"), steps
        )
        _tell_variants(name, variants[name])


def _tell_variants(name: str, variants: "Sequence[Competing]") -> None:
    if not variants:
        return
    rows = [
        (
            one.variant, share(one.chance), one.rate.people, one.rate.answered,
            "" if one.rate.share is None else share(one.rate.share),
            "" if one.rate.low is None else f"{share(one.rate.low)} - {share(one.rate.high)}",
        )
        for one in variants
    ]  # fmt: skip
    print_table(
        phrase("Campaign {name}: versions of its texts", name=name),
        ("variant", "drawn now", "judged", "answered", "share of all", "95 % interval"),
        rows,
    )


def _tell_trouble(one: "Progress") -> None:
    if one.stopped_by:
        out.print(
            phrase("{name}: sending is switched off by {by}", name=one.name, by=one.stopped_by), markup=False
        )
    if one.reason:
        out.print(f"{one.name}: {word(one.state)}: {one.reason}", markup=False)
    if one.last_error:
        out.print(phrase("{name}: last error: {error}", name=one.name, error=one.last_error), markup=False)


@click.command("why")
@click.argument("name")
@click.argument("customer")
@workspace_options
def why_command(
    name: str, customer: str, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """Tell what became of a CUSTOMER in a campaign: the step at which they fell out, and the record that says so."""
    del quiet
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.opening import campaigns_of
    from passend.flow.campaigns.telling import why

    with campaigns_of(place) as store:
        told = why(store, place, name, customer)
    if as_json:
        print_json([asdict(one) for one in told])
        return
    rows = [
        (
            f"{one.at:%Y-%m-%d %H:%M}" if one.at else "",
            retold(one.step),
            retold(one.says),
            one.details,
            one.record,
        )
        for one in told
    ]
    print_table(phrase("Customer {customer} in {name}", customer=customer, name=name),
                ("when (UTC)", "step", "what", "details", "record"), rows)  # fmt: skip


@click.command("pause")
@click.argument("name")
@reason_option
@who_option
@workspace_options
def pause_command(
    name: str, reason: str, who: str, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """Stop a campaign where it stands: nobody walks on, nothing leaves."""
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.opening import campaigns_of, utc_now
    from passend.flow.campaigns.steering import pause

    with campaigns_of(place) as store:
        pause(store, name, who, reason, utc_now())
    done_with({"paused": name}, word("Paused."), as_json=as_json, quiet=quiet)


@click.command("resume")
@click.argument("name")
@who_option
@workspace_options
def resume_command(
    name: str, who: str, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """Let a paused campaign go on; those who are overdue are woken one after the other, not all at once."""
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.opening import campaigns_of, utc_now
    from passend.flow.campaigns.steering import resume

    with campaigns_of(place) as store:
        woken = resume(store, name, who, utc_now())
    done_with({"resumed": name, "overdue": woken}, word("It goes on."), as_json=as_json, quiet=quiet)


@click.command("cancel")
@click.argument("name")
@reason_option
@who_option
@workspace_options
def cancel_command(
    name: str, reason: str, who: str, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """End a campaign for good: queued messages never leave, everybody under way stops."""
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.opening import campaigns_of, utc_now
    from passend.flow.campaigns.steering import cancel

    with campaigns_of(place) as store:
        people = cancel(store, name, who, reason, utc_now())
    says = phrase(
        "Cancelled; {people:n} person was under way.",
        "Cancelled; {people:n} people were under way.",
        people=people,
    )
    done_with({"cancelled": name, "under_way": people}, says, as_json=as_json, quiet=quiet)


@click.command("sending")
@click.argument("switch", type=click.Choice(["off", "on"]))
@click.argument("what", default="all")
@reason_option
@who_option
@workspace_options
def sending_command(
    switch: str, what: str, reason: str, who: str, workspace: Path, overrides: Sequence[str],
    *, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Stop all sending at once, or allow it again; WHAT is all, channel/email or campaign/NAME."""
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns import steering
    from passend.flow.campaigns.opening import campaigns_of, utc_now

    with campaigns_of(place) as store:
        steering.switch(store, what, who, reason, utc_now(), off=switch == "off")
    says = word("Sending is off.") if switch == "off" else word("Sending is on.")
    done_with({"what": what, "off": switch == "off"}, says, as_json=as_json, quiet=quiet)


@click.command("rollback")
@click.argument("name")
@click.argument("version", type=int)
@who_option
@workspace_options
def rollback_command(
    name: str,
    version: int,
    who: str,
    workspace: Path,
    overrides: Sequence[str],
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make an earlier VERSION of a campaign its draft; its preview tells whom that would move."""
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.opening import campaigns_of, utc_now
    from passend.flow.campaigns.publishing import rollback

    with campaigns_of(place) as store:
        change = rollback(store, name, version, who, utc_now())
    says = phrase("To start it: passend campaigns start {name} {token}", name=name, token=change.token)
    done_with({"token": change.token, "version": change.number}, says, as_json=as_json, quiet=quiet)


@click.command("recall")
@click.argument("name")
@click.argument("version", type=int)
@reason_option
@who_option
@workspace_options
def recall_command(
    name: str, version: int, reason: str, who: str, workspace: Path, overrides: Sequence[str],
    *, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Take the texts of a VERSION back: what is queued of it never leaves, for nobody."""
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.opening import campaigns_of, utc_now
    from passend.flow.campaigns.publishing import recall

    with campaigns_of(place) as store:
        count = recall(store, name, version, who, reason=reason, now=utc_now())
    says = phrase(
        "{messages:n} message was taken back.", "{messages:n} messages were taken back.", messages=count
    )
    done_with({"recalled": version, "messages": count}, says, as_json=as_json, quiet=quiet)


@click.command("desk")
@click.argument("team")
@click.option("--most", default=20, show_default=True, type=click.IntRange(1, 1000), help="Offers to list.")
@click.option("--speaks", multiple=True, help="Only customers of this language, or of none known.")
@workspace_options
def desk_command(
    team: str, most: int, speaks: Sequence[str], workspace: Path, overrides: Sequence[str],
    *, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """List the offers that wait for a TEAM of staff: reason, script, price, stock, what not to say."""
    del quiet
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.opening import campaigns_of, utc_now
    from passend.flow.campaigns.pulling import desk_list
    from passend.flow.persons import marker

    with campaigns_of(place) as store:
        tasks = desk_list(store, team, utc_now(), most=most, languages=speaks, marker=marker(place))
    if as_json:
        print_json([{**asdict(one.message), "language": one.language, "until": one.until} for one in tasks])
        return
    rows = [
        (
            one.key, one.message.customer_id, one.message.content.get("product_name") or one.message.product_id or "",
            retold(str(one.message.content.get("reason", ""))), str(one.message.content.get("script", "")),
        )
        for one in tasks
    ]  # fmt: skip
    print_table(
        phrase("Offers for {team}", team=team), ("number", "customer", "product", "why", "script"), rows
    )


@click.command("answer")
@click.argument("number")
@click.argument("says", type=click.Choice(["accept", "later", "decline"]))
@reason_option
@who_option
@workspace_options
def answer_command(
    number: str, says: str, reason: str, who: str, workspace: Path, overrides: Sequence[str],
    *, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Write down what became of an offer on a list of staff: accept, later or decline, with a reason."""
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.opening import campaigns_of, utc_now
    from passend.flow.campaigns.pulling import answer

    with campaigns_of(place) as store:
        answer(store, number, says, who, utc_now(), reason=reason)
    done_with({"number": number, "says": says}, word("Written down."), as_json=as_json, quiet=quiet)


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what is due now, and end.")
@workspace_options
def worker_command(
    workspace: Path, overrides: Sequence[str], *, once: bool, as_json: bool, quiet: bool
) -> None:
    """Carry the campaigns on: let people enter and walk, send what is due, note what came of it. Ends with Ctrl-C."""
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.opening import campaigns_of, worker_of
    from passend.flow.campaigns.ways import ways_of
    from passend.worker import Loop

    def tell(done: "Done") -> None:
        if not quiet and not as_json:
            _tell_tick(done)

    with campaigns_of(place) as store:
        loop = Loop(
            worker_of(place, store, ways_of(place, store)), lambda: open_workspace(workspace, overrides), tell,
            ways=ways_of,
        )  # fmt: skip
        if not once:
            for name in (signal.SIGTERM, signal.SIGINT):
                signal.signal(name, lambda *_: loop.stop.set())
            loop.run()
            return
        done = loop.drain()
    if as_json:
        print_json(asdict(done))
    else:
        _tell_tick(done)


def _tell_tick(done: "Done") -> None:
    told = phrase(
        "{entered} entered, {steps} steps, {sent} messages, {closed} closed",
        entered=done.entered, steps=done.steps, sent=done.sent, closed=done.closed,
    )  # fmt: skip
    out.print(told, markup=False)
    for where, what in done.errors.items():
        out.print(f"{word('Error')}, {where}: {retold(what)}", markup=False, soft_wrap=True)


COMMANDS = (
    status_command, why_command, pause_command, resume_command, cancel_command, sending_command, rollback_command,
    recall_command, desk_command, answer_command,
)  # fmt: skip
