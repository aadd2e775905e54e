"""``passend products show`` and ``passend customers show``: everything about one product or customer."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from passend.cli.audiences import COMMANDS as AUDIENCE_COMMANDS
from passend.cli.console import open_workspace, out, print_json, print_table, workspace_options
from passend.cli.edits import COMMANDS as EDIT_COMMANDS
from passend.cli.persons import COMMANDS as CUSTOMER_COMMANDS
from passend.language import day, decimal, joined, money, phrase, retold, share, word
from passend.vocabulary import WORDING


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
    number = "" if facts["product_id"] == facts["name"] else f" ({facts['product_id']})"
    out.print(f"[bold]{facts['name']}[/bold]{number}", markup=True)
    price = money(facts["price_cents"], facts["currency"])
    orders = phrase("{orders:n} order", "{orders:n} orders", orders=facts["orders"])
    out.print(", ".join(one for one in (orders, price, facts["category"] or "") if one))
    for kind, relations in found["relations"].items():
        rows = [
            (
                row["other_id"],
                _beside(row["name"], row["other_id"]),
                f"{decimal(row['strength'], 1)} x",
                phrase("{low:.1} to {high:.1}", low=row["low"], high=row["high"]),
                retold(row["reason"]),
            )
            for row in relations
        ]
        print_table(WORDING.get(kind, kind), ("product", "name", "strength", "interval", "why"), rows)
    if found["likely"]:
        rows = [
            (
                row["other_id"],
                _beside(row["name"], row["other_id"]),
                share(row["chance"]),
                word(row["grade"]),
                retold(row["reason"]),
            )
            for row in found["likely"]
        ]
        print_table("Likely goes with it; not proved", ("product", "name", "chance", "grade", "why"), rows)
    if found["does_not_fit"]:
        unfit = [(row["other_id"], word(row["type"]), retold(row["reason"])) for row in found["does_not_fit"]]
        print_table("Left out, because it does not fit", ("product", "relation", "why"), unfit)
    if not found["relations"] and not found["likely"] and not quiet:
        out.print(word("No other product is bought with it more often than chance explains."))


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
    place = open_workspace(workspace, overrides, needs="customer_facts")
    from passend.flow.lookup import find_customer

    found = find_customer(place, customer)
    if as_json:
        print_json(found)
        return
    facts, verdict = found["facts"], found["verdict"]
    who = phrase("Customer {customer}", customer=facts["customer_id"])
    out.print(f"[bold]{who}[/bold]: {word(verdict['verdict'])} ({retold(verdict['reason'])})")
    for line in found["why_not"]:
        out.print("  " + phrase("why not: {reason:s}", reason=line), markup=False)
    print_table("Facts", ("what", "value"), [*_person(found["who"]), *_facts(facts)])
    for score in found["scores"]:
        print_table("What to expect", ("what", "value"), _scores(score))
        if not quiet:
            told = phrase("how it is known: {basis:s}", basis=score["basis"])
            out.print(f"  {told}", markup=False)
    print_table("Profit and loss", ("what", "amount"), _profit(found["profit"]["total"], facts["currency"]))
    if found["kinds"]:
        print_table("Costly habits", ("kind", "probability"), _kinds(found["kinds"][0]))
    if found["channels"]:
        print_table("Channels", ("channel", "allowed", "received", "answered", "best time"), _channels(found))
    owned = [
        (row["product_id"], _beside(row["name"], row["product_id"]), row["orders"], row["last_at"])
        for row in found["owns"]
    ]
    print_table("Bought", ("product", "name", "orders", "latest"), owned[:15])
    if len(owned) > 15 and not quiet:
        out.print(phrase("... and {more:n} more", more=len(owned) - 15))
    print_table("Needs next, without any offer", ("need", "category", "in words"), _needs(found["needs"]))
    offers = [
        (
            row["rank"],
            row["product_id"],
            _beside(row["product_name"], row["product_id"]),
            word(row["channel"]),
            retold(row["reason"]),
        )
        for row in found["offers"]
    ]
    print_table("Offers of the plan", ("rank", "product", "name", "channel", "why"), offers)
    if found["held_out"]:
        out.print(word("This customer is in the hold-out: no offers are made, to measure what offers bring."))


def _beside(name: str, number: str) -> str:
    """A product's name beside its number; nothing where the name is all there is."""
    return "" if name == number else name


def _person(who: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """What the firm's own customer table says."""
    names = ("name", "email", "phone", "region", "segment", "since")
    return [(word(name), _plain(row[name])) for row in who for name in names if row[name] is not None]


def _plain(value: object) -> str:
    return day(value) if isinstance(value, date) else str(value)


def _needs(needs: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    """What the customer needs next, in words that a shopkeeper would use."""
    return [(retold(row["need"]), row["category"] or "", _need(row)) for row in needs]


def _need(row: Mapping[str, Any]) -> str:
    weeks = row["last_bought_weeks"]
    ago = ""
    if weeks is not None:
        ago = phrase("last bought a week ago", "last bought {weeks:n} weeks ago", weeks=max(round(weeks), 1))
    if row["state"] == "sated":
        if row["rests_until"]:
            return (ago or word("the like was bought lately")) + phrase(
                "; rests until {day:d}", day=row["rests_until"]
            )
        return ago + word("; hardly anybody buys it again") if ago else word("the like was bought lately")
    chance = phrase(
        "{chance:%1} within 30 days ({low:%1} to {high:%1})",
        chance=row["chance_30_days"],
        low=row["chance_low"],
        high=row["chance_high"],
    )
    if row["state"] == "lapsed":
        usual = phrase(
            "usually after a week", "usually after {weeks:n} weeks", weeks=max(round(row["usual_weeks"]), 1)
        )
        return phrase("{ago}, {usual}: rather over than due, {chance}", ago=ago, usual=usual, chance=chance)
    if ago:
        return phrase("{ago}: due again, {chance}", ago=ago, chance=chance)
    return phrase("never bought here, {chance}", chance=chance)


def _scores(score: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the customer is likely to do, and why; a line that is not known says so."""
    unknown, days = word("not known"), score["lifetime_days"]

    def chance(name: str) -> str:
        return unknown if score[name] is None else share(score[name], 0)

    def amount(name: str) -> str:
        return money(score[name], score["currency"])

    interval = ""
    if score["buy_low"] is not None:
        interval = f" ({phrase('{low} to {high}', low=chance('buy_low'), high=chance('buy_high'))})"
    receptive = {
        True: word("yes, surely likelier to order than the average customer"),
        False: word("no"),
        None: unknown,
    }
    spread = phrase("{low} to {high}", low=amount("lifetime_low_cents"), high=amount("lifetime_high_cents"))
    value = f"{amount('lifetime_cents')} ({spread})"
    orders = unknown if score["expected_orders"] is None else decimal(score["expected_orders"], 1)
    event = (
        word("not foreseen")
        if score["next_event"] is None
        else phrase(
            "{event:w} in {days:n} day",
            "{event:w} in {days:n} days",
            event=score["next_event"],
            days=score["next_order_days"],
        )
    )
    return [
        (phrase("orders within {days:n} days", days=score["buy_days"]), chance("buy_probability") + interval),
        (word("why"), retold(score["buy_reason"] or "") or unknown),
        (word("receptive"), receptive[score["is_receptive"]]),
        (word("customer still"), chance("active_probability")),
        (phrase("orders in {days:n} days", days=days), orders),
        (phrase("worth in {days:n} days", days=days), unknown if score["lifetime_cents"] is None else value),
        (word("likely next"), event),
    ]


def _profit(total: Mapping[str, int], currency: str | None) -> list[tuple[str, str]]:
    """Revenue less everything that it cost."""
    words = {
        "revenue_cents": word("bought, after discounts"),
        "returned_cents": word("- given back"),
        "goods_cost_cents": word("- goods"),
        "return_cost_cents": word("- handling of returns"),
        "service_cost_cents": word("- service"),
        "contact_cost_cents": word("- contacts"),
        "profit_cents": word("= profit"),
    }
    return [(says, money(total[name], currency)) for name, says in words.items()]


def _kinds(kinds: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The four costly kinds, likeliest first."""
    named = {
        name.removesuffix("_probability").replace("_", " "): kinds[name]
        for name in kinds
        if name.endswith("_probability") and name not in {"kind_probability", "profit_fell_probability"}
    }
    return [(word(name), share(value, 0)) for name, value in sorted(named.items(), key=lambda item: -item[1])]


def _channels(found: Mapping[str, Any]) -> list[tuple[object, ...]]:
    return [
        (
            word(row["channel"]),
            word("yes") if row["is_allowed"] else word("no consent"),
            row["received"],
            row["answered"],
            word(row["best_day_part"]) if row["is_allowed"] and row["received"] else word("not known"),
        )
        for row in found["channels"]
    ]


def _facts(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A customer's facts in words and money."""
    currency = facts["currency"]
    days = [
        day(facts[name]) if facts[name] else word("not dated") for name in ("first_order_at", "last_order_at")
    ]
    return [
        (
            word("orders"),
            phrase(
                "{orders:n}, of {products:n} products", orders=facts["orders"], products=facts["products"]
            ),
        ),
        (word("first and latest"), joined(list(dict.fromkeys(days)), " and ")),
        (word("bought for"), money(facts["revenue_cents"], currency) or word("prices are unknown")),
        (
            word("came back"),
            phrase(
                "{amount} from {orders:n} order",
                "{amount} from {orders:n} orders",
                amount=money(facts["returned_cents"], currency),
                orders=facts["orders_with_returns"],
            ),
        ),
        (word("discount"), phrase("{share} of the price", share=share(facts["discount_share"], 0))),
    ]
