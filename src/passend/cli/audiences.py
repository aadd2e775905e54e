"""``passend customers alike`` and ``due``: customers like an audience, and customers whose next need is near."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from passend.cli.console import open_workspace, out, print_json, print_table, workspace_options
from passend.language import decimal, phrase, retold, share


@click.command("alike")
@click.option(
    "--like",
    required=True,
    help="The audience: a file of customer numbers, a saved segment (.json), or a rule such as 'orders more than 5'.",
)
@click.option("--most", default=20, show_default=True, type=click.IntRange(1), help="Customers to list.")
@click.option(
    "--save", type=click.Path(dir_okay=False, path_type=Path), help="Save the best rule as a segment (.json)."
)
@workspace_options
def alike_command(
    like: str, most: int, save: Path | None, workspace: Path, overrides: Sequence[str],
    *, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Find customers like an audience, and say what makes them alike."""
    del quiet
    place = open_workspace(workspace, overrides, needs="customer_facts")
    from passend.flow.audiences import find_alike

    found = find_alike(place, like, most)
    if save and found.rules:
        save.write_text(found.rules[0].as_json(), "utf-8")
    if as_json:
        told = {
            "members": found.members,
            **dict(zip(("auc", "auc_low", "auc_high"), found.auc, strict=True)),
            "rules": [{**asdict(rule), "says": str(rule)} for rule in found.rules],
            "customers": found.customers.to_pylist(),
        }
        print_json(told)
        return
    auc, low, high = found.auc
    told_apart = phrase(
        "{members:n} members can be told from others: AUC {auc:.2} ({low:.2} to {high:.2}; .5 is chance)",
        members=found.members, auc=auc, low=low, high=high,
    )  # fmt: skip
    out.print(told_apart, markup=False)
    rules = [(str(rule), share(rule.members, 0), f"{decimal(rule.lift, 1)} x") for rule in found.rules]
    print_table("What they have in common", ("rule", "of the members", "as frequent"), rules)
    rows = [
        (row["customer_id"], share(row["likeness"], 0), retold(row["reason"]))
        for row in found.customers.to_pylist()
    ]
    print_table("Most alike", ("customer", "likeness", "why"), rows)


@click.command("due")
@click.argument("product")
@click.option("--then", help="What is bought next; any later order where it is not given.")
@click.option(
    "--days", default=28, show_default=True, type=click.IntRange(1), help="Within so many days from now."
)
@click.option("--most", default=20, show_default=True, type=click.IntRange(1), help="Customers to list.")
@workspace_options
def due_command(
    product: str, then: str | None, days: int, most: int, workspace: Path, overrides: Sequence[str],
    *, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Tell when the next need is likely after the purchase of PRODUCT, and whose is near."""
    del quiet
    place = open_workspace(workspace, overrides, needs="orders")
    from passend.flow.audiences import find_due

    found = find_due(place, product, then, days)
    due = found.due.slice(0, most).to_pylist()
    if as_json:
        print_json({**asdict(found), "window": asdict(found.window), "days": days, "due": due})
        return
    window = found.window
    what = phrase("product {product}", product=found.then_id) if found.then_id else phrase("another order")
    told = phrase(
        "Of {customers:n} customers who bought {product}, {followed:n} went on to {what}. It is likeliest "
        "{first} to {last} days after: {chance:%1} ({low:%1} to {high:%1}) of those who have not bought before.",
        customers=found.customers, product=found.product_id, followed=found.followed, what=what,
        first=window.from_days, last=window.to_days, chance=window.probability, low=window.low, high=window.high,
    )  # fmt: skip
    out.print(told, markup=False)
    rows = [(row["customer_id"], row["since_days"], share(row["probability"], 1)) for row in due]
    print_table(phrase("Due within {days:n} days", days=days), ("customer", "days since", "chance"), rows)


COMMANDS = (alike_command, due_command)
