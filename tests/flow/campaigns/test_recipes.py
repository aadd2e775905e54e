"""Each recipe becomes a campaign in both languages, is planned on its market, and its mails can be read."""

import json
from pathlib import Path
from statistics import median

import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from passend.campaigns import findings, insist, parse_campaign
from passend.campaigns.recipes import TRADES, recipe_of, recipes, written
from passend.errors import InvalidCampaign, InvalidInput
from passend.flow.campaigns.fitting_recipes import fitted, products_called
from passend.flow.campaigns.opening import campaigns_of, hold_out_of, start, utc_now
from passend.flow.campaigns.planning import preview
from passend.flow.campaigns.publishing import impact, save_draft
from passend.flow.campaigns.running import found
from passend.flow.campaigns.wording import examples_shown
from passend.market.scenario import load_scenario
from passend.market.world import Market
from passend.store.campaigns import JourneyRow
from passend.workspace import Workspace
from tests.cli.calls import passend

SETTINGS = (
    "email.sender=shop@radhaus.example", "email.public_url=https://radhaus.example", "brand.name=Radhaus",
    "email.product_url=https://radhaus.example/p/{product_id}",
)  # fmt: skip
TABLES = ("orders", "products", "customers", "consents", "contracts")
#: Trades whose small market holds customers for each recipe's mail.
WITH_MAIL = {
    "replenishment",
    "cart",
    "back-in-stock",
    "price-drop",
    "second-category",
    "life-event",
}


@pytest.fixture(scope="module")
def firms(tmp_path_factory: pytest.TempPathFactory):
    """A small firm of each trade, made when it is first asked for."""
    made: dict[str, Path] = {}

    def firm(market: str) -> Workspace:
        if market not in made:
            folder = tmp_path_factory.mktemp(market)
            world = Market(load_scenario(market).changed({"customers.number": 150}), 1)
            files = []
            for name in TABLES:
                if name in world.tables():
                    files.append(str(folder / f"{name}.parquet"))
                    pq.write_table(world.tables()[name], files[-1])
            passend("run", *files, "-w", str(folder / "ws"), "--quiet")
            made[market] = folder / "ws"
        return Workspace(made[market], SETTINGS)

    return firm


def test_there_are_twelve_for_four_trades():
    assert len(recipes()) == 12
    assert {one.trade for one in recipes()} == set(TRADES)
    assert (
        len({name for one in recipes() for name in one.names.values()} | {one.key for one in recipes()}) > 20
    )


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("key", [one.key for one in recipes()])
def test_a_recipe_is_planned_on_its_market_and_its_mails_are_read(firms, key, language):
    recipe = recipe_of(key)
    place = firms(recipe.market)
    text = fitted(place, recipe, language, **recipe.products)
    draft = parse_campaign(text, f"{key}.yaml")
    assert "$" not in text
    if draft.audience.file:  # a list that the firm keeps itself
        listed = place.read("customer_facts")["customer_id"].to_pylist()
        (place.folder / draft.audience.file).write_text("\n".join(listed), "utf-8")
    assert [one for one in findings(draft) if one.is_error] == []
    with campaigns_of(place) as store:
        save_draft(store, draft, "Ann", utc_now())
        assert impact(store, draft.name).token
        seen = preview(place, draft, hold_out_of(place))
        mails = examples_shown(place, store, draft, seen, utc_now())
    assert seen.audience.funnel[0].left > 40
    assert [str(one.problem) for one in mails if one.problem] == []
    assert bool(mails) or key not in WITH_MAIL
    for one in mails:
        leave = {"de": "Abmelden", "en": "Unsubscribe"}[language]
        assert leave in one.mail.content.text
        assert "Radhaus" in one.mail.content.html
        assert one.mail.unsubscribe.url.startswith("https://radhaus.example/u/")


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("recipe", recipes(), ids=lambda one: one.key)
def test_without_products_a_recipe_holds_for_all_and_says_where_to_name_them(recipe, language):
    text = written(recipe, language, "mine")
    draft = parse_campaign(text)
    insist(draft)
    assert draft.name == "mine"
    assert text.count("[...]") == len(recipe.products)
    trigger = draft.trigger.products if draft.trigger else ()
    assert draft.products == draft.audience.bought == trigger == ()


def test_products_are_found_by_category_name_or_number(firms):
    place = firms("bicycle-shop")
    products = {row["product_id"]: row for row in place.read("products").to_pylist()}
    bicycles = products_called(place, "bicycles")
    assert bicycles
    assert all("Bicycles" in products[one]["category"] for one in bicycles)
    assert products_called(place, "care contract")
    with pytest.raises(InvalidInput, match="No product and no category"):
        products_called(place, "submarine")
    with pytest.raises(InvalidInput, match="has no place for"):
        fitted(place, recipe_of("cart"), "de", anchor="bicycles")
    with pytest.raises(InvalidCampaign, match="no recipe"):
        recipe_of("soup")


def test_the_accessory_takes_what_was_proved_to_go_with_the_anchor(firms):
    place = firms("bicycle-shop")
    bicycles = products_called(place, "bicycles")
    names = {row["product_id"]: row["category"] for row in place.read("products").to_pylist()}
    offered = parse_campaign(fitted(place, recipe_of("accessory"), "en", anchor="Bicycles")).products
    proved = [
        row["other_id"]
        for row in place.read("relations").to_pylist()
        if row["product_id"] in bicycles and row["type"] in ("complement", "next")
    ]
    likely = [
        row["other_id"] for row in place.read("likely_relations").to_pylist() if row["product_id"] in bicycles
    ]
    assert offered
    assert set(offered) == set(proved or likely) - set(bicycles)
    assert "Bicycles" not in {names[one].split(" > ")[0] for one in offered}
    told = parse_campaign(fitted(place, recipe_of("accessory"), "en", anchor="Bicycles", offer="Safety"))
    assert set(told.products) == set(products_called(place, "Safety"))


def test_the_command_line_lists_them_and_writes_one_that_can_be_kept(firms, tmp_path):
    place = ("-w", str(firms("bicycle-shop").folder))
    assert "Warenkorb verlassen" in passend("campaigns", "recipes", *place, "--language", "de").stdout
    made = passend(
        "campaigns",
        "recipes",
        "accessory",
        "--anchor",
        "Tools",
        "--offer",
        "Workshop",
        "--name",
        "new",
        *place,
    ).stdout
    (tmp_path / "new.yaml").write_text(made, "utf-8")
    passend("campaigns", "apply", str(tmp_path), *place)
    folder = tmp_path / "mails"
    said = passend("campaigns", "preview", "new", "--mails", str(folder), *place).stdout
    assert "Mails to the examples" in said
    assert "Thank you for your purchase." in said
    told = json.loads(passend("campaigns", "preview", "new", *place, "--json").stdout)["mails"]
    assert {one["subject"] for one in told} == {"What goes with your purchase"}
    assert all("A message needs a sender" in one["problem"] for one in told)
    assert "Is anything missing?" in next(folder.glob("*.html")).read_text("utf-8")


def test_what_is_due_again_is_offered_to_those_who_bought_it_and_to_nobody_else(firms):
    place = firms("bicycle-shop")
    draft = parse_campaign(fitted(place, recipe_of("replenishment"), "en", anchor="Parts"))
    parts = set(draft.trigger.products)
    assert parts <= set(products_called(place, "Parts"))
    orders = place.read("orders").to_pylist()
    end = max(row["ordered_at"] for row in orders)
    due = {
        row["customer_id"]
        for row in orders
        if row["product_id"] in parts and row["ordered_at"] + draft.trigger.after > end
    }
    bought = {(row["customer_id"], row["product_id"]) for row in orders if row["product_id"] in parts}
    with campaigns_of(place) as store:
        seen = preview(place, draft, hold_out_of(place))
        mails = examples_shown(place, store, draft, seen, utc_now())
        save_draft(store, draft, "Ann", utc_now())
        entered = start(place, store, draft.name, impact(store, draft.name).token, "Ann", now=end)[1]
        with store.read() as connection:
            rows = connection.execute(select(JourneyRow.__table__)).all()
            rows = [row for row in rows if row.campaign_id == found(connection, draft.name).id]
    names = {row["product_id"]: row["name"] for row in place.read("products").to_pylist()}
    assert set(seen.audience.customers) == due
    assert (entered, {row.customer_id for row in rows}) == (len(due), due)
    assert {(row.customer_id, json.loads(row.given)["product_id"]) for row in rows} <= bought
    assert min(row.due_at for row in rows) >= end
    assert mails
    for one in mails:
        mine = {names[product] for customer, product in bought if customer == one.customer_id}
        shown = {name for name in names.values() if name and name in one.mail.content.text}
        assert shown <= mine
        assert len(shown) == 1


def test_what_lasts_is_never_due_again_and_the_wait_is_told_by_the_data(firms):
    place = firms("bicycle-shop")
    recipe = recipe_of("replenishment")
    with pytest.raises(InvalidInput, match="Hardly anybody buys these products again") as told:
        fitted(place, recipe, "en", anchor="Trekking")
    assert "Parts" in told.value.remedy
    needs = place.read("needs").to_pylist()
    usual = [row["usual_weeks"] for row in needs if row["usual_weeks"] and "Tyres" in (row["category"] or "")]
    draft = parse_campaign(fitted(place, recipe, "en", anchor="Tyres"))
    assert draft.trigger.after.days == 7 * (round(median(usual)) - 1)
    assert parse_campaign(written(recipe, "en")).trigger.after.days == 56


def test_the_first_message_of_each_is_counted_by_channel_and_one_for_nobody_says_why(firms):
    place = firms("bicycle-shop")
    asked = parse_campaign(fitted(place, recipe_of("accessory"), "en", anchor="Bicycles"))
    seen = preview(place, asked, hold_out_of(place))
    bought = set(products_called(place, "Bicycles"))
    buyers = {row["customer_id"] for row in place.read("orders").to_pylist() if row["product_id"] in bought}
    assert set(seen.audience.customers) <= buyers
    assert {one.channel for one in seen.reach} == {"email", "onsite"}
    assert sum(one.people for one in seen.reach) == len(seen.audience.customers) - seen.held_out
    assert all(bool(one.why) == (not one.people) for one in seen.reach)
    assert seen.held_by_programme <= seen.held_out
