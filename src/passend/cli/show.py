"""``passend products show`` and ``passend customers show``: everything about one product or customer."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from passend.cli.audiences import COMMANDS as AUDIENCE_COMMANDS
from passend.cli.console import open_workspace, out, print_json, print_table, workspace_options
from passend.cli.edits import COMMANDS as EDIT_COMMANDS
from passend.cli.persons import COMMANDS as CUSTOMER_COMMANDS
from passend.vocabulary import WORDING, say_money


@click.group("products")
def products_command() -> None:
    """Which products go together."""


@click.group("customers")
def customers_command() -> None:
    """Who is offered what, who is left alone, and why."""


@products_command.command("show")
@click.argument("product")
@click.option(
    "--picture", "drawing", type=click.Path(dir_okay=False, path_type=Path), help="Write an SVG picture, too."
)
@workspace_options
def show_product(
    product: str,
    drawing: Path | None,
    workspace: Path,
    overrides: Sequence[str],
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    """Show what a product goes with and leads to, and why. PRODUCT is an article number or part of a name."""
    from passend.flow.lookup import find_product

    found = find_product(open_workspace(workspace, overrides), product)
    if drawing:
        from passend.report import picture

        drawing.write_text(picture(found["product"]["name"], found["relations"]), "utf-8")
    if as_json:
        print_json(found)
        return
    facts = found["product"]
    out.print(f"[bold]{facts['name']}[/bold] ({facts['product_id']})", markup=True)
    price = say_money(facts["price_cents"], facts["currency"])
    out.print(
        ", ".join(word for word in (f"{facts['orders']:,} orders", price, facts["category"] or "") if word)
    )
    for kind, relations in found["relations"].items():
        rows = [
            (
                row["other_id"],
                row["name"],
                f"{row['strength']:.1f} x",
                f"{row['low']:.1f} to {row['high']:.1f}",
                row["reason"],
            )
            for row in relations
        ]
        print_table(WORDING.get(kind, kind), ("product", "name", "strength", "interval", "why"), rows)
    if found["does_not_fit"]:
        unfit = [(row["other_id"], row["type"], row["reason"]) for row in found["does_not_fit"]]
        print_table("Left out, because it does not fit", ("product", "relation", "why"), unfit)
    if not found["relations"] and not quiet:
        out.print("No other product is bought with it more often than chance explains.")


for _command in EDIT_COMMANDS:
    products_command.add_command(_command)
for _command in (*CUSTOMER_COMMANDS, *AUDIENCE_COMMANDS):
    customers_command.add_command(_command)


@customers_command.command("show")
@click.argument("customer")
@workspace_options
def show_customer(
    customer: str, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """Show what a customer bought, the verdict, the offers, and why. CUSTOMER is the customer's number."""
    from passend.flow.lookup import find_customer

    found = find_customer(open_workspace(workspace, overrides), customer)
    if as_json:
        print_json(found)
        return
    facts, verdict = found["facts"], found["verdict"]
    out.print(f"[bold]Customer {facts['customer_id']}[/bold]: {verdict['verdict']} ({verdict['reason']})")
    for line in found["why_not"]:
        out.print(f"  why not: {line}", markup=False)
    print_table("Facts", ("what", "value"), [*_person(found["who"]), *_facts(facts)])
    for score in found["scores"]:
        print_table("What to expect", ("what", "value"), _scores(score))
        if not quiet:
            out.print(f"  how it is known: {score['basis']}", markup=False)
    print_table("Profit and loss", ("what", "amount"), _profit(found["profit"]["total"], facts["currency"]))
    if found["kinds"]:
        print_table("Costly habits", ("kind", "probability"), _kinds(found["kinds"][0]))
    if found["channels"]:
        print_table("Channels", ("channel", "allowed", "received", "answered", "best time"), _channels(found))
    owned = [(row["product_id"], row["name"], row["orders"], row["last_at"]) for row in found["owns"]]
    print_table("Bought", ("product", "name", "orders", "latest"), owned[:15])
    if len(owned) > 15 and not quiet:
        out.print(f"... and {len(owned) - 15} more")
    print_table("Needs next, without any offer", ("need", "category", "in words"), _needs(found["needs"]))
    offers = [
        (row["rank"], row["product_id"], row["product_name"], row["channel"], row["reason"])
        for row in found["offers"]
    ]
    print_table("Offers of the plan", ("rank", "product", "name", "channel", "why"), offers)
    if found["held_out"]:
        out.print("This customer is in the hold-out: no offers are made, to measure what offers bring.")


def _person(who: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """What the firm's own customer table says."""
    names = ("name", "email", "phone", "region", "segment", "since")
    return [(name, str(row[name])) for row in who for name in names if row[name] is not None]


def _needs(needs: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    """What the customer needs next, in words that a shopkeeper would use."""
    return [(row["need"], row["category"] or "", _need(row)) for row in needs]


def _need(row: Mapping[str, Any]) -> str:
    ago = "" if row["last_bought_weeks"] is None else f"last bought {_weeks(row['last_bought_weeks'])} ago"
    if row["state"] == "sated":
        until = f"; rests until {row['rests_until']:%Y-%m-%d}" if row["rests_until"] else ""
        return f"{ago or 'the like was bought lately'}{until}"
    chance = (
        f"{row['chance_30_days']:.1%} within 30 days ({row['chance_low']:.1%} to {row['chance_high']:.1%})"
    )
    return f"{ago}: due again, {chance}" if ago else f"never bought here, {chance}"


def _weeks(weeks: float) -> str:
    return f"{weeks:.0f} weeks" if weeks >= 2 else "a week"


def _scores(score: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the customer is likely to do, and why; a line that is not known says so."""
    unknown, days = "not known", score["lifetime_days"]

    def share(name: str) -> str:
        return unknown if score[name] is None else f"{score[name]:.0%}"

    def money(name: str) -> str:
        return say_money(score[name], score["currency"])

    interval = f" ({share('buy_low')} to {share('buy_high')})" if score["buy_low"] is not None else ""
    receptive = {True: "yes, surely likelier to order than the average customer", False: "no", None: unknown}
    value = f"{money('lifetime_cents')} ({money('lifetime_low_cents')} to {money('lifetime_high_cents')})"
    orders = unknown if score["expected_orders"] is None else f"{score['expected_orders']:.1f}"
    event = (
        "not foreseen"
        if score["next_event"] is None
        else f"{score['next_event']} in {score['next_order_days']:,} days"
    )
    return [
        (f"orders within {score['buy_days']} days", share("buy_probability") + interval),
        ("why", score["buy_reason"] or unknown),
        ("receptive", receptive[score["is_receptive"]]),
        ("customer still", share("active_probability")),
        (f"orders in {days} days", orders),
        (f"worth in {days} days", unknown if score["lifetime_cents"] is None else value),
        ("likely next", event),
    ]


def _profit(total: Mapping[str, int], currency: str | None) -> list[tuple[str, str]]:
    """Revenue less everything that it cost."""
    words = {
        "revenue_cents": "bought, after discounts",
        "returned_cents": "- given back",
        "goods_cost_cents": "- goods",
        "return_cost_cents": "- handling of returns",
        "service_cost_cents": "- service",
        "contact_cost_cents": "- contacts",
        "profit_cents": "= profit",
    }
    return [(says, say_money(total[name], currency)) for name, says in words.items()]


def _kinds(kinds: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The four costly kinds, likeliest first."""
    named = {
        name.removesuffix("_probability").replace("_", " "): kinds[name]
        for name in kinds
        if name.endswith("_probability") and name not in {"kind_probability", "profit_fell_probability"}
    }
    return [(name, f"{value:.0%}") for name, value in sorted(named.items(), key=lambda item: -item[1])]


def _channels(found: Mapping[str, Any]) -> list[tuple[object, ...]]:
    return [
        (
            row["channel"],
            "yes" if row["is_allowed"] else "no consent",
            row["received"],
            row["answered"],
            row["best_day_part"] if row["is_allowed"] and row["received"] else "not known",
        )
        for row in found["channels"]
    ]


def _facts(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A customer's facts in words and money."""
    currency = facts["currency"]
    days = [
        f"{facts[name]:%Y-%m-%d}" if facts[name] else "not dated"
        for name in ("first_order_at", "last_order_at")
    ]
    returned = say_money(facts["returned_cents"], currency)
    return [
        ("orders", f"{facts['orders']:,}, of {facts['products']:,} products"),
        ("first and latest", " and ".join(dict.fromkeys(days))),
        ("bought for", say_money(facts["revenue_cents"], currency) or "prices are unknown"),
        ("came back", f"{returned} from {facts['orders_with_returns']:,} orders"),
        ("discount", f"{facts['discount_share']:.0%} of the price"),
    ]
