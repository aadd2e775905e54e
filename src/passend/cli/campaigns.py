"""``passend campaigns``: plan, publish, steer and understand campaigns."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from passend.cli.campaign_content import codes_command, preflight_command, recipes_command, test_mail_command
from passend.cli.campaigns_at_work import COMMANDS, done_with, who_option
from passend.cli.console import open_workspace, out, print_json, print_table, workspace_options
from passend.language import chosen, money, phrase, retold, word

if TYPE_CHECKING:
    from passend.flow.campaigns.planning import Preview
    from passend.flow.campaigns.publishing import Impact
    from passend.flow.campaigns.wording import Shown


@click.group("campaigns")
def campaigns_command() -> None:
    """Carry the offers out: over mail, shop and staff, once or by themselves.

    Write one (new), look what it would do (preview), start it, and see how far it is (status).
    """


name_argument = click.argument("name")


@campaigns_command.command("new")
@name_argument
@click.option("--always-on", is_flag=True, help="One that customers enter by themselves, by what they do.")
@click.option(
    "--folder",
    default="campaigns",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the file is written.",
)
@workspace_options
def new_command(
    name: str, folder: Path, workspace: Path, overrides: Sequence[str],
    *, always_on: bool, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Write the file of a new campaign, with comments, to be changed by you."""
    from passend.campaigns.example import example
    from passend.errors import InvalidCampaign

    open_workspace(workspace, overrides)
    file = folder / f"{name}.yaml"
    if file.exists():
        raise InvalidCampaign(
            "There is a file already.", record=str(file), remedy="Choose another name, or change it."
        )
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(example(name, chosen(), is_always_on=always_on), "utf-8")
    if as_json:
        print_json({"written": str(file)})
    elif not quiet:
        says = phrase(
            "{file} was written. Change it, then: passend campaigns apply {folder}", file=file, folder=folder
        )
        out.print(says, soft_wrap=True, markup=False)


def _folder(function: Any) -> Any:
    return click.argument("folder", default="campaigns", type=click.Path(exists=True, path_type=Path))(
        function
    )


@campaigns_command.command("plan")
@_folder
@workspace_options
def plan_command(
    folder: Path, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """Tell what applying the files of FOLDER would change, and what each campaign would do. Nothing changes."""
    del quiet
    place = open_workspace(workspace, overrides, needs="customer_facts")
    from passend.flow.campaigns.opening import campaigns_of, drift, files_of, hold_out_of
    from passend.flow.campaigns.planning import preview

    with campaigns_of(place) as store:
        files = files_of(folder)
        states = {one.name: one.state for one in drift(store, files)}
        rows: list[tuple[str, str, int | None, int | None, str]] = []
        for one in files:
            shown = preview(place, one, hold_out_of(place))
            rows.append(
                (one.name, states[one.name], len(shown.audience.customers), shown.held_out, _expected(shown))
            )
        rows += [(name, state, None, None, "") for name, state in states.items() if state == "no file"]
    if as_json:
        names = ("campaign", "state", "people", "held_out", "expected")
        print_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    told = [(name, word(state), people, held, expected) for name, state, people, held, expected in rows]
    print_table("Campaigns", ("campaign", "state", "people", "held out", "expected extra profit"), told)


@campaigns_command.command("diff")
@_folder
@workspace_options
def diff_command(
    folder: Path, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """Show how the files of FOLDER differ from the campaigns that are kept; exit code 1 where they do."""
    del quiet
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.opening import campaigns_of, drift, files_of

    with campaigns_of(place) as store:
        found = drift(store, files_of(folder))
    if as_json:
        print_json([{"campaign": one.name, "state": one.state, "lines": list(one.lines)} for one in found])
    else:
        for one in found:
            out.print(f"{one.name}: {word(one.state)}", markup=False)
            for line in one.lines:
                out.print(f"  {line}", markup=False, soft_wrap=True)
    if any(one.state != "same" for one in found):
        raise click.exceptions.Exit(1)


@campaigns_command.command("apply")
@_folder
@who_option
@workspace_options
def apply_command(
    folder: Path, who: str, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """Keep the campaigns of FOLDER as drafts. Nothing changes for customers before they are started."""
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.opening import apply, campaigns_of, files_of, utc_now

    with campaigns_of(place) as store:
        files = files_of(folder)
        changed = apply(store, files, who, utc_now())
    if as_json:
        print_json({"campaigns": [one.name for one in files], "changed": changed})
    elif changed:
        out.print(phrase("Kept as drafts: {names:c}", names=changed), markup=False)
    elif not quiet:
        out.print(word("Nothing has changed."), markup=False)


@campaigns_command.command("preview")
@name_argument
@click.option(
    "--mails",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the mails of the five examples into this folder, as pages.",
)
@workspace_options
def preview_command(
    name: str, mails: Path | None, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """Tell what starting a campaign would do: whom it reaches, its worth, its legal ground; and its token.

    The examples are real customers, and their mails are written by what would send them.
    """
    del quiet
    place = open_workspace(workspace, overrides, needs="customer_facts")
    from passend.flow.campaigns.opening import campaigns_of, draft_of, hold_out_of, utc_now
    from passend.flow.campaigns.planning import preview
    from passend.flow.campaigns.publishing import impact

    written: list[Shown] = []
    with campaigns_of(place) as store:
        change, draft = impact(store, name), draft_of(store, name)
        shown = preview(place, draft, hold_out_of(place))
        if "email" in draft.channels:
            from passend.flow.campaigns.wording import examples_shown

            written = examples_shown(place, store, draft, shown, utc_now())
    for place_, one in enumerate(written if mails else ()):
        if one.mail is not None and mails is not None:
            mails.mkdir(parents=True, exist_ok=True)
            (mails / f"{name}-{place_ + 1}.html").write_text(one.mail.content.html, "utf-8")
    if as_json:
        print_json({**_as_json(shown, change), "mails": [_mail(one) for one in written]})
    else:
        _tell_preview(name, shown, change, written)


def _mail(one: "Shown") -> dict[str, Any]:
    content = one.mail.content if one.mail is not None else None
    return {
        "customer_id": one.customer_id,
        "step": one.step,
        "subject": content.subject if content else None,
        "text": content.text if content else None,
        "html": content.html if content else None,
        "problem": str(one.problem) if one.problem else None,
    }


def _tell_mails(written: "Sequence[Shown]") -> None:
    """Of each mail its subject, or why it cannot be written; the words of the first one in full."""
    if not written:
        return
    rows = [
        (
            one.customer_id,
            one.mail.content.subject if one.mail else "",
            retold(one.problem.what) if one.problem else "",
        )
        for one in written
    ]
    print_table("Mails to the examples", ("customer", "subject", "what is missing"), rows)
    first = next((one.mail for one in written if one.mail is not None), None)
    for line in first.content.text.splitlines() if first else ():
        out.print(f"  {line}", markup=False, soft_wrap=True, highlight=False)


def _as_json(shown: "Preview", change: "Impact") -> dict[str, Any]:
    value = dict(
        zip(
            ("value_cents", "value_low_cents", "value_high_cents"),
            shown.value_cents or (None,) * 3,
            strict=True,
        )
    )
    return {
        "token": change.token,
        "version": change.number,
        "people": len(shown.audience.customers),
        "held_out": shown.held_out,
        "funnel": [{"step": one.step, "left": one.left} for one in shown.audience.funnel],
        **value,
        "currency": shown.currency,
        "basis": shown.basis,
        "hold_out_cents": shown.hold_out_cents,
        "answer_people": shown.answer_people,
        "legal": shown.legal,
        "examples": list(shown.examples),
        "under_way": change.under_way,
        "moved": [
            {"step": one.step, "people": one.people, "to": one.to, "change": one.change}
            for one in change.moved
        ],
        "warnings": [one.says for one in change.findings],
    }


def _expected(shown: "Preview") -> str:
    if shown.value_cents is None:
        return word("not known: no prices")
    value, low, high = (money(one, shown.currency) or "" for one in shown.value_cents)
    return phrase("{value} (between {low} and {high})", value=value, low=low, high=high)


def _tell_preview(name: str, shown: "Preview", change: "Impact", written: "Sequence[Shown]") -> None:
    rows: list[tuple[object, ...]] = [(retold(one.step), one.left) for one in shown.audience.funnel]
    rows.append(("  " + word("held out, to measure the effect"), shown.held_out))
    print_table(phrase("Campaign {name}: who enters", name=name), ("step", "people"), rows)
    out.print(phrase("Expected extra profit: {value}", value=_expected(shown)), markup=False, soft_wrap=True)
    if shown.basis:
        out.print(
            phrase("The effects behind these figures: {basis:j}.", basis=shown.basis.split("; ")),
            markup=False,
        )
    if shown.hold_out_cents is not None:
        cost = money(shown.hold_out_cents, shown.currency) or ""
        out.print(phrase("The hold-out is expected to cost {cost}.", cost=cost), markup=False)
    _tell_answer(shown)
    for channel, grounds in shown.legal.items():
        told = [f"{word(ground)} {people:,}" for ground, people in grounds.items()]
        out.print(
            phrase("Legal basis, {channel:w}: {grounds:c}", channel=channel, grounds=told), markup=False
        )
    examples = [
        (
            one["customer_id"],
            one["product_name"] or "",
            word(one["channel"] or ""),
            retold(one["reason"] or ""),
        )
        for one in shown.examples
    ]
    if examples:
        print_table("Examples", ("customer", "product", "channel", "why"), examples)
    _tell_mails(written)
    for one in change.moved:
        to = one.to or word("they leave")
        out.print(phrase("{people:n} wait at {step} ({change:w}): {to}", people=one.people, step=one.step,
                         change=one.change, to=to), markup=False)  # fmt: skip
    for finding in change.findings:
        out.print(f"{word('Note')}: {retold(finding.says)}", markup=False)
    out.print(
        phrase("To start it: passend campaigns start {name} {token}", name=name, token=change.token),
        markup=False,
    )


def _tell_answer(shown: "Preview") -> None:
    people = len(shown.audience.customers)
    if shown.answer_people is None:
        out.print(
            word("Without a hold-out, or without an expected effect, nothing can be measured."), markup=False
        )
    elif people >= shown.answer_people:
        out.print(word("So many people are enough to tell the expected effect from chance."), markup=False)
    else:
        told = phrase("To tell the expected effect from chance takes about {needed:n} people; there are {people:n}.",
                      needed=shown.answer_people, people=people)  # fmt: skip
        out.print(told, markup=False, soft_wrap=True)


@campaigns_command.command("approve")
@name_argument
@click.argument("token")
@who_option
@workspace_options
def approve_command(
    name: str, token: str, who: str, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """Approve what the preview of a campaign showed, as another person than the one who wrote it."""
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.opening import campaigns_of, utc_now
    from passend.flow.campaigns.publishing import approve

    with campaigns_of(place) as store:
        approve(store, name, token, who, utc_now())
    done_with({"approved": name, "by": who}, word("Approved."), as_json=as_json, quiet=quiet)


@campaigns_command.command("start")
@name_argument
@click.argument("token", default="")
@who_option
@workspace_options
def start_command(
    name: str, token: str, who: str, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """Start a campaign, or put its changed draft in force, by the TOKEN that its preview showed."""
    place = open_workspace(workspace, overrides, needs="offers")
    from passend.flow.campaigns.opening import campaigns_of, start, utc_now

    with campaigns_of(place) as store:
        done, entered = start(place, store, name, token, who, now=utc_now())
    told = phrase("{people:n} person entered.", "{people:n} people entered.", people=entered)
    says = told + " " + word("`passend worker` carries it on.")
    done_with(
        {"version": done.number if done else None, "entered": entered}, says, as_json=as_json, quiet=quiet
    )


@campaigns_command.command("dry-run")
@name_argument
@click.option(
    "--days",
    default=1,
    show_default=True,
    type=click.IntRange(1, 3650),
    help="By what happened in so many days.",
)
@workspace_options
def dry_run_command(
    name: str, days: int, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """Tell who would have entered an always-on campaign since yesterday. Nothing changes."""
    del quiet
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.feeding import feed
    from passend.flow.campaigns.opening import campaigns_of, utc_now
    from passend.flow.campaigns.telling import would_enter

    with campaigns_of(place) as store:
        feed(store, place, utc_now())
        found = would_enter(store, place, name, utc_now(), days)
    if as_json:
        print_json({"customers": found})
        return
    out.print(
        phrase(
            "{people:n} person would have entered.",
            "{people:n} people would have entered.",
            people=len(found),
        )
    )
    for one in found[:20]:
        out.print(f"  {one}", markup=False)


for _command in (*COMMANDS, recipes_command, test_mail_command, preflight_command, codes_command):
    campaigns_command.add_command(_command)
