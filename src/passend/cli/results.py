"""``passend results``: what each campaign added, beside what a mail tool would claim, and whether to believe it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from passend.cli.console import Talk, open_workspace, out, print_json, print_table, workspace_options
from passend.errors import InvalidInput
from passend.language import day, money, phrase, retold, share, word
from passend.vocabulary import SLICES

if TYPE_CHECKING:
    from passend.flow.results import Results
    from passend.results import Effect, Measured
    from passend.workspace import Workspace

_FILE = click.Path(dir_okay=False, path_type=Path)
#: Groups too small to be measured that are named.
_MOST_FEW = 10


@click.command("results")
@click.argument("campaign", required=False)
@click.option(
    "--by",
    type=click.Choice(SLICES),
    help="Groups of customers of a campaign, by what was known before they became eligible.",
)
@click.option(
    "--sql",
    "as_sql",
    is_flag=True,
    help="With --by: the SQL that gives the figures from the workspace's files.",
)
@click.option("--pdf", type=_FILE, help="Write it as a PDF, too. Needs Chromium, Chrome or Edge.")
@workspace_options
def results_command(
    campaign: str | None,
    workspace: Path,
    overrides: Sequence[str],
    *,
    by: str | None,
    as_sql: bool,
    pdf: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Tell what offers added: all campaigns, or one in detail, or by groups of its customers.

    Compared are all who became eligible, contacted or not, with those who were held out. The programme comes first:
    everything together against those who were held out of everything.
    """
    if (by and campaign is None) or (as_sql and not by):
        raise InvalidInput(
            "Groups are those of one campaign.", remedy="Write: passend results CAMPAIGN --by channel [--sql]"
        )
    place = open_workspace(workspace, overrides, needs="orders")
    from passend.flow.results import measure_workspace

    with Talk(quiet=quiet or as_json) as progress:
        found = measure_workspace(place, progress)
    if campaign is None:
        if pdf:
            _print(place, found, pdf, quiet=quiet or as_json)
        if as_json:
            print_json([_plain(one) for one in found.measured])
        else:
            _tell_all(found)
        return
    chosen = [one for one in found.measured if one.campaign == campaign]
    if not chosen:
        names = ", ".join(dict.fromkeys(one.campaign for one in found.measured))
        raise InvalidInput(f"There is no campaign '{campaign}'.", remedy=f"Known are: {names}.")
    if pdf:
        mine = [row for row in found.restated if row["campaign"] == campaign]
        part = replace(found, measured=chosen, pooled=None, promises=[], restated=mine)
        _print(place, part, pdf, quiet=quiet or as_json)
    if by:
        _tell_groups(place, chosen, by, found.currency, as_json=as_json, as_sql=as_sql)
        return
    if as_json:
        print_json([_plain(one) for one in chosen])
        return
    for one in chosen:
        _tell_one(one, found.currency)


def _print(place: "Workspace", found: "Results", file: Path, *, quiet: bool) -> None:
    from passend.flow.reporting import replace_file
    from passend.flow.standing import results_page
    from passend.report.pdf import as_pdf

    replace_file(file, as_pdf(results_page(place, found)))
    if not quiet:
        out.print(phrase("The PDF is in {file}", file=file), soft_wrap=True, markup=False)


def _tell_groups(
    place: "Workspace",
    chosen: Sequence["Measured"],
    by: str,
    currency: str | None,
    *,
    as_json: bool,
    as_sql: bool,
) -> None:
    from passend.flow.slice_sql import slice_sql
    from passend.report.letter import called
    from passend.results.slices import ranked

    statements = {called(one): slice_sql(place, one, by) for one in chosen}
    if as_sql:
        click.echo("\n".join(statements.values()), nl=False)
        return
    if as_json:
        print_json([{**_groups(one, by), "sql": statements[called(one)]} for one in chosen])
        return
    for one in chosen:
        rows = [
            (word(value), part.people, money(part.total, currency, is_round=True), _range(part, currency),
             word(part.verdict))
            for value, part in ranked(one.slices, by)
        ]  # fmt: skip
        few = [(value, people) for (name, value), people in one.too_few.items() if name == by]
        rows += [
            (word(value), people, "", "", word("cannot be measured")) for value, people in few[:_MOST_FEW]
        ]
        heads = (word(by), "customers", "added", "95 % interval", "verdict")
        print_table(phrase("Added profit of {campaign}", campaign=called(one)), heads, rows)
        said = [phrase("A verdict stands only where it stands out among all groups of the campaign.")]
        if few:
            said.append(
                phrase(
                    "{groups:n} group has fewer than {least:n} buyers in an arm and cannot be measured.",
                    "{groups:n} groups have fewer than {least:n} buyers in an arm and cannot be measured.",
                    groups=len(few),
                    least=one.goal.least_buyers,
                )
            )
        said.append(phrase("The SQL behind these figures: {command}",
                           command=f"passend results '{one.campaign}' --by {by} --sql"))  # fmt: skip
        out.print(" ".join(said), soft_wrap=True, markup=False)


def _groups(one: "Measured", by: str) -> dict[str, object]:
    from passend.results.slices import ranked

    return {
        "campaign": one.campaign, "phase": one.phase, "by": by,
        "groups": [{"value": value, "effect": effect} for value, effect in ranked(one.slices, by)],
        "too_few": {value: people for (name, value), people in one.too_few.items() if name == by},
    }  # fmt: skip


def _plain(one: "Measured") -> dict[str, object]:
    from passend.results.account import reconciled

    return {
        "campaign": one.campaign, "phase": one.phase, "from": one.first_at, "until": one.last_at,
        "treated": one.people[0], "held_out": one.people[1], "verdict": one.verdict,
        "is_provisional": one.is_provisional, "effects": list(one.effects.values()), "cannot": one.cannot,
        "findings": list(one.found), "claimed_cents": one.claimed_cents, "reconciled": reconciled(one),
        "slices": [{"slice": name, "value": value, "effect": effect} for (name, value), effect in one.slices.items()],
    }  # fmt: skip


def _range(effect: "Effect | None", currency: str | None) -> str:
    if effect is None:
        return ""
    low, high = (money(one, currency, is_round=True) for one in (effect.total_low, effect.total_high))
    return phrase("{low} to {high}", low=low, high=high)


def _tell_all(found: "Results") -> None:
    from passend.report.letter import called, pooled_over_loss, verdict_of
    from passend.results import PROFIT

    rows = []
    for one in found.measured:
        effect = one.effects.get(PROFIT)
        rows.append(
            (
                called(one),
                day(one.first_at),
                sum(one.people),
                one.people[1],
                money(effect.total, found.currency, is_round=True) if effect else "",
                _range(effect, found.currency),
                verdict_of(one),
            )
        )
    heads = ("campaign", "since", "customers", "held out", "added profit", "95 % interval", "verdict")
    print_table("What offers added", heads, rows)
    if found.pooled is not None:
        pooled = found.pooled
        out.print(
            phrase(
                "All campaigns together, each pulled towards what is usual: {total} ({low} to {high}). The sum of "
                "those that won, {winners}, holds their luck as well.",
                total=money(pooled.total, found.currency, is_round=True),
                low=money(pooled.low, found.currency, is_round=True),
                high=money(pooled.high, found.currency, is_round=True),
                winners=money(pooled.winners, found.currency, is_round=True),
            ),
            soft_wrap=True,
            markup=False,
        )
        if pooled_over_loss(pooled, found.measured):
            said = phrase(
                "Their plain sum is a loss: none of these figures is certain, and the sum hangs on what the campaigns "
                "are taken to have in common."
            )
            out.print(said, soft_wrap=True, markup=False)
    _tell_promises(found)
    _tell_restated(found)


def _tell_restated(found: "Results") -> None:
    from passend.report.letter import called_by, causes_of

    rows = [
        (called_by(one["campaign"], one["phase"]), day(one["until"]),
         money(one["earlier"], found.currency, is_round=True), money(one["total"], found.currency, is_round=True),
         word(one["verdict"]), causes_of(one))
        for one in found.restated
    ]  # fmt: skip
    if rows:
        heads = ("campaign", "on data until", "told earlier", "now", "verdict", "cause")
        print_table("Restated figures", heads, rows)


def _tell_promises(found: "Results") -> None:
    from passend.results.promises import kept_share

    kept = kept_share(found.promises)
    if kept is None:
        return
    rows = [
        (
            one.plan,
            *(money(value, found.currency, is_round=True) for value in (one.promised, one.measured)),
            phrase(
                "{low} to {high}",
                low=money(one.low, found.currency, is_round=True),
                high=money(one.high, found.currency, is_round=True),
            ),
        )
        for one in found.promises
    ]
    print_table("What plans promised, and kept", ("plan", "promised", "measured", "95 % interval"), rows)
    out.print(
        phrase(
            "Plans kept {share} of what they promised ({low} to {high}).",
            share=share(kept[0]),
            low=share(kept[1]),
            high=share(kept[2]),
        ),
        soft_wrap=True,
        markup=False,
    )


def _tell_one(one: "Measured", currency: str | None) -> None:
    from passend.report.letter import called, verdict_of
    from passend.results import PROFIT
    from passend.results.account import reconciled
    from passend.results.words import METRIC_NAMES

    if one.cannot is not None:
        out.print(phrase("{campaign}: it cannot be measured: {because:s}", campaign=called(one),
                         because=one.cannot.because), soft_wrap=True, markup=False)  # fmt: skip
        out.print(
            "  " + phrase("What to do: {remedy:s}", remedy=one.cannot.remedy), soft_wrap=True, markup=False
        )
        return
    effect = one.effects[PROFIT]
    out.print(
        phrase(
            "{campaign}: {verdict}. {why:s}", campaign=called(one), verdict=verdict_of(one), why=effect.why
        ),
        soft_wrap=True,
        markup=False,
    )
    out.print(
        phrase(
            "A mail tool would claim {claimed} (bought within 5 days of an answer); added by the offers: {added} "
            "({range}).",
            claimed=money(one.claimed_cents, currency, is_round=True),
            added=money(effect.total, currency, is_round=True),
            range=_range(effect, currency),
        ),
        soft_wrap=True,
        markup=False,
    )
    parts = [(word(part.says), money(part.cents, currency, is_round=True)) for part in reconciled(one)]
    print_table("From the claim to the profit", ("item", "amount"), parts)
    rows = [_metric_row(one.effects[name], currency) for name in METRIC_NAMES if name in one.effects]
    print_table("Added by all treated customers", ("of what", "added", "95 % interval", "found"), rows)
    if shown := {key: part for key, part in one.slices.items() if key[0] in {"channel", "kind"}}:
        slices = [
            (
                f"{word(name)}: {word(value)}",
                money(part.total, currency, is_round=True),
                _range(part, currency),
                word(part.verdict),
            )
            for (name, value), part in shown.items()
        ]
        print_table("Added profit by group", ("group", "added", "95 % interval", "verdict"), slices)
    for finding in one.found:
        out.print("- " + retold(finding.says), soft_wrap=True, markup=False)
    out.print(
        phrase(
            "{treated:n} customers treated, {held:n} held out; history took out {cut:%} of the variance. By other "
            "groups, with the SQL behind each figure: --by.",
            treated=one.people[0],
            held=one.people[1],
            cut=effect.cut,
        ),
        soft_wrap=True,
        markup=False,
    )


def _metric_row(effect: "Effect", currency: str | None) -> tuple[object, ...]:
    from passend.language import decimal
    from passend.results.words import COUNTED, METRIC_NAMES

    if effect.metric in COUNTED:
        value, low, high = (decimal(one, 0) for one in (effect.total, effect.total_low, effect.total_high))
    else:
        value, low, high = (
            money(one, currency, is_round=True) for one in (effect.total, effect.total_low, effect.total_high)
        )
    said = word(effect.verdict) if effect.metric != "profit" else ""
    return word(METRIC_NAMES[effect.metric]), value, phrase("{low} to {high}", low=low, high=high), said


@click.command("scorecard")
@workspace_options
def scorecard_command(workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool) -> None:
    """Tell where the firm stands: figures that a board asks for, each with its interval and a published reference."""
    place = open_workspace(workspace, overrides, needs="orders")
    from passend.flow.standing import take_stock
    from passend.report.letter import shown

    with Talk(quiet=quiet or as_json) as progress:
        standing = take_stock(place, progress)
    if as_json:
        print_json({"scorecard": standing.scorecard, "actions": standing.actions})
        return
    rows = [
        (
            word(row["figure"]),
            shown(row, "value") or retold(row["because"] or ""),
            phrase("{low} to {high}", low=shown(row, "low"), high=shown(row, "high"))
            if row["low"] is not None
            else "",
            shown(row, "before"),
            word(row["reference"]),
            word(row["rating"]),
        )
        for row in standing.scorecard
    ]
    print_table(
        "Scorecard", ("figure", "yours", "95 % interval", "a year before", "published", "rating"), rows
    )


@click.command("letter")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to write it; by default into the workspace.",
)
@click.option("--pdf", is_flag=True, help="As PDF, too. Needs Chromium, Chrome or Edge.")
@workspace_options
def letter_command(
    folder: Path | None, workspace: Path, overrides: Sequence[str], *, pdf: bool, as_json: bool, quiet: bool
) -> None:
    """Write the letter: what the offers earned, where the firm stands, what to do next; one page, and its figures.

    The page needs no server and no network.
    """
    place = open_workspace(workspace, overrides, needs="orders")
    from passend.flow.standing import write_letter

    with Talk(quiet=quiet or as_json) as progress:
        files = write_letter(place, folder or place.folder, progress, as_pdf=pdf)
    if as_json:
        print_json({name: str(file) for name, file in files.items()})
    elif not quiet:
        out.print(phrase("The letter is in {file}", file=files["letter.html"]), soft_wrap=True, markup=False)


@click.command("report")
@click.option("--pdf", type=_FILE, help="Write it as a PDF. Needs Chromium, Chrome or Edge.")
@workspace_options
def report_command(
    workspace: Path, overrides: Sequence[str], *, pdf: Path | None, as_json: bool, quiet: bool
) -> None:
    """Tell where the report of the last plan is; with --pdf, write it as a PDF."""
    from passend.flow.reporting import replace_file, report_file
    from passend.report.pdf import as_pdf

    file = report_file(open_workspace(workspace, overrides, needs="orders"))
    if pdf:
        replace_file(pdf, as_pdf(file.read_text("utf-8")))
        file = pdf
    if as_json:
        print_json({"report": str(file)})
    elif not quiet:
        out.print(phrase("The report is in {file}", file=file), soft_wrap=True, markup=False)
