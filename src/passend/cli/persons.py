"""``passend customers treat``, ``merge``, ``refresh``, ``export`` and ``erase``: customers, and people's word."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from passend.cli.console import (
    Talk,
    agreed,
    as_said,
    open_workspace,
    out,
    print_json,
    print_table,
    workspace_options,
)
from passend.cli.edits import person
from passend.language import phrase, retold


@click.command("treat")
@click.argument("customer")
@click.option(
    "--as",
    "verdict",
    required=True,
    help="offer, up-sell instead, leave alone, or automatic to take the word back.",
)
@click.option("--reason", default="", help="Why, for those who come after; not needed to take the word back.")
@click.option("--author", default=person, show_default="you", help="Who decided.")
@workspace_options
def treat_command(
    customer: str, verdict: str, reason: str, author: str, workspace: Path, overrides: Sequence[str],
    *, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Decide yourself how CUSTOMER is treated; it holds until it is taken back."""
    from passend.flow.treating import Decision, treat

    del quiet
    decision = Decision(customer, verdict, reason, author, datetime.now(UTC).replace(tzinfo=None))
    found = treat(open_workspace(workspace, overrides), decision)
    if as_json:
        print_json({"customer_id": customer, "verdict": found})
    else:
        done = phrase(
            "Customer {customer}: {verdict:w}. Offers follow with the next plan: passend plan",
            customer=customer, verdict=found,
        )  # fmt: skip
        out.print(done, markup=False)


@click.command("refresh")
@workspace_options
def refresh_command(workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool) -> None:
    """Bring facts and profit up to date after an import, without a new plan.

    Only customers whose rows have changed, or whom the calendar touches, are reckoned anew.
    """
    from passend.flow.refreshing import refresh_facts

    with Talk(quiet=quiet or as_json) as progress:
        done = refresh_facts(open_workspace(workspace, overrides), progress)
    if as_json:
        print_json(asdict(done))
        return
    why = f" ({retold(done.because)})" if done.because else ""
    told = phrase(
        "{customers:n} customers, {anew:n} reckoned anew{why}.",
        customers=done.customers,
        anew=done.anew,
        why=why,
    )
    out.print(told, markup=False)


@click.command("treatments")
@workspace_options
def treatments_command(workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool) -> None:
    """List who decided what on which customers, when and why."""
    from passend.flow.treating import decisions

    del quiet
    table = decisions(open_workspace(workspace, overrides)).sort_by([("edited_at", "ascending")])
    if as_json:
        print_json(table.to_pylist())
    else:
        print_table("Decisions", table.schema.names, [as_said(row) for row in table.to_pylist()])


@click.command("merge")
@click.argument("customer")
@click.argument("other")
@click.option("--undo", is_flag=True, help="Take a merge back: they are two again.")
@click.option("--reason", required=True, help="Why, for those who come after.")
@click.option("--author", default=person, show_default="you", help="Who decided.")
@workspace_options
def merge_command(
    customer: str, other: str, reason: str, author: str, workspace: Path, overrides: Sequence[str],
    *, undo: bool, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Make CUSTOMER and OTHER one person in every table, under the number of CUSTOMER."""
    from passend.flow.identity import Merge
    from passend.flow.merging import merge_customers
    from passend.workspace import Workspace

    word = Merge(
        customer, other, "part" if undo else "merge", reason, author, datetime.now(UTC).replace(tzinfo=None)
    )
    with Talk(quiet=quiet or as_json) as progress:
        number = merge_customers(Workspace(workspace, overrides), word, progress)
    if as_json:
        print_json({"customer_id": customer, "other_id": other, "stands_for_other": number})
    elif undo:
        parted = "{customer} and {other} are two customers again from the next plan on."
        out.print(phrase(parted, customer=customer, other=other), markup=False)
    else:
        merged = "{other} is {number} in every table; the next plan obeys: passend plan"
        out.print(phrase(merged, other=other, number=number), markup=False)


@click.command("merges")
@workspace_options
def merges_command(workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool) -> None:
    """List who made one of which customers, when and why."""
    from passend.flow.merging import merges
    from passend.workspace import Workspace

    del quiet
    table = merges(Workspace(workspace, overrides)).sort_by([("edited_at", "ascending")])
    if as_json:
        print_json(table.to_pylist())
    else:
        print_table("Merges", table.schema.names, [as_said(row) for row in table.to_pylist()])


@click.command("export")
@click.argument("customer")
@workspace_options
def export_command(
    customer: str, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """Print everything that is stored of CUSTOMER, table by table, as JSON."""
    del as_json, quiet
    place = open_workspace(workspace, overrides, needs="lines")
    from passend.flow.persons import export_person

    print_json(export_person(place, customer))


@click.command("erase")
@click.argument("customer")
@click.option("--yes", "-y", is_flag=True, help="Do not ask. Nothing can bring the data back.")
@workspace_options
def erase_command(
    customer: str, workspace: Path, overrides: Sequence[str], *, yes: bool, as_json: bool, quiet: bool
) -> None:
    """Erase CUSTOMER from every table and every older state, for good."""
    place = open_workspace(workspace, overrides, needs="lines")
    if not yes:
        question = phrase("Erase customer {customer} for good? There is no undo.", customer=customer)
        if not agreed(question):
            raise click.Abort
    from passend.flow.persons import erase_person

    erased = erase_person(place, customer)
    if as_json:
        print_json({"customer_id": customer, "erased": erased})
        return
    print_table("Erased", ("table", "rows"), list(erased.items()))
    if not quiet:
        out.print(phrase("Report and offer files were deleted; passend plan writes them anew."), markup=False)


COMMANDS = (
    treat_command,
    treatments_command,
    merge_command,
    merges_command,
    export_command,
    erase_command,
    refresh_command,
)
