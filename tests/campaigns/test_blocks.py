"""Messages of blocks: what is right is read, what is wrong is told; and the MJML is what mail programs take."""

import pytest

from passend.campaigns import parse_campaign
from passend.campaigns.blocks import Block, blocks_of
from passend.channels.email.blocks import Brand, ink_on, mjml_of
from passend.channels.email.template import Template, render
from passend.errors import InvalidCampaign

CAMPAIGN = """
name: spring
steps:
  mail:
    send: email
    subject: Hello
    %s
    then: end
    failed: end
  end: {stop: said}
"""
BRAND = Brand(
    "Rad & Haus", "#ffdd00", address="Rad & Haus | 50667 Köln", imprint="https://rad.example/imprint"
)
LINKS = {
    "links": {
        "offer": "https://rad.example/c/1",
        "unsubscribe": "https://rad.example/u/1",
        "preferences": "https://rad.example/p/1",
    }
}


def read(blocks: str) -> list[Block]:
    return list(blocks_of(parse_campaign(CAMPAIGN % blocks, "spring.yaml").steps["mail"].content))


def shown(blocks: list[Block], language: str = "de", **values: object):
    return render(Template("S", mjml_of(blocks, BRAND, language), language=language), {**LINKS, **values})


def test_blocks_are_read_in_their_order_and_a_word_alone_is_the_first_field():
    read_ = read("blocks: [{hero: {title: A, text: B}}, {text: C}, {products: {most: 2}}, {footer: }]")
    assert [one.kind for one in read_] == ["hero", "text", "products", "footer"]
    assert read_[1].told == {"text": "C"}
    assert read_[2].told == {"most": 2}


@pytest.mark.parametrize(
    ("blocks", "says", "remedy"),
    [
        ("blocks: []", "holds no blocks", "Write a list"),
        ("blocks: [{text: A}]\n    template: a.mjml", "a template and blocks", "Keep one"),
        ("blocks: [{footer: A}, {text: B}]", "not its last block", "to the end"),
        ("blocks: [{coupon: A}]", "takes none", "coupons: spring"),
        ("blocks: [{text: A, hero: B}]", "not one block", "hero, text"),
        ("blocks: [{heroes: A}]", "no steps.mail.blocks.0.heroes", "Did you mean hero?"),
        ("blocks: [{text: {words: A}}]", "no steps.mail.blocks.0.text.words", "Possible are: text"),
        ("blocks: [{hero: {text: A}}]", "has no title", "Add title"),
        ("blocks: [{hero: {title: A, picture: 'https://a.example/b.jpg'}}]", "without words", "Add alt"),
        ("blocks: [{hero: {title: A, picture: 'javascript:x', alt: B}}]", "cannot be 'javascript:x'", "https"),
        ("blocks: [{button: {label: A, to: cart}}]", "cannot be 'cart'", "offer, preferences"),
        ("blocks: [{products: {most: 7}}]", "cannot be '7'", "from 1 to 6"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_their_line_and_a_remedy(blocks, says, remedy):
    with pytest.raises(InvalidCampaign) as told:
        read(blocks)
    assert says in told.value.what
    assert remedy in told.value.remedy
    assert told.value.record == "spring.yaml, line 7"


def test_only_mail_is_made_of_blocks():
    with pytest.raises(InvalidCampaign, match="is no e-mail"):
        parse_campaign("name: a\nsteps:\n  x: {send: onsite, blocks: [{text: A}], then: x, failed: x}", "a")


@pytest.mark.parametrize(("language", "leave"), [("de", "Abmelden"), ("en", "Unsubscribe")])
def test_every_message_says_who_writes_and_how_to_leave(language, leave):
    made = shown([Block("text", {"text": "Hello"})], language)
    for part in (made.html.replace("&amp;", "&"), made.text):
        for said in (
            "Rad & Haus",
            "50667 Köln",
            leave,
            "https://rad.example/u/1",
            "https://rad.example/imprint",
        ):
            assert said in part


def test_words_of_the_firm_are_text_and_values_of_customers_too():
    blocks = [Block("hero", {"title": "A < B & {{ customer.name }}", "text": "one\ntwo"})]
    made = shown(blocks, customer={"name": "<b>Eve</b>"})
    assert "A &lt; B &amp; &lt;b&gt;Eve&lt;/b&gt;" in made.html
    assert "A < B & <b>Eve</b>" in made.text
    assert "one\ntwo" in made.text


def test_the_grid_shows_so_many_products_as_are_asked_for_with_their_prices():
    products = [
        {"name": f"Good {n}", "final_cents": 1000 * n, "currency": "EUR", "url": f"https://rad.example/c/{n}"}
        for n in range(1, 6)
    ]
    products[0]["strike_cents"] = 2000
    block = Block("products", {"title": "Fits", "most": 4, "button": "See"})
    made = shown([block], products=products)
    assert [n for n in range(1, 6) if f"Good {n}" in made.text] == [1, 2, 3, 4]
    assert "statt 20,00" in made.text
    assert "statt 10,00" not in made.text
    assert "Fits" not in shown([block], products=[]).text
    assert "See" not in shown([block], products=[{"name": "Good", "url": ""}]).text


@pytest.mark.parametrize(
    ("colour", "ink"), [("#ffdd00", "#000000"), ("#1f5c4a", "#ffffff"), ("#777777", "#000000")]
)
def test_words_on_buttons_can_be_read(colour, ink):
    assert ink_on(colour) == ink


def test_a_button_to_an_offer_without_address_is_left_out():
    blocks = [Block("button", {"label": "See", "to": "offer"}), Block("coupon", {"text": "Your code"})]
    assert "See" in shown(blocks, offer={"code": "A1"}).text
    without = {"links": {**LINKS["links"], "offer": ""}}
    made = render(Template("S", mjml_of(blocks, BRAND, "en")), {**without, "offer": {"code": "A1"}})
    assert "See" not in made.text
    assert "A1" in made.text
