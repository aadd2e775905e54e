"""From the outbox to a real mail server: what is true now, to whom it may go, and what became of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import select, update

from passend.campaigns import parse_campaign
from passend.campaigns.consent.standing import Terms
from passend.campaigns.truth import Good
from passend.channels.addresses import address_of
from passend.channels.email.channel import EmailChannel, Post
from passend.channels.email.sending import Server
from passend.channels.links.pages import Request, unsubscribe
from passend.channels.links.signing import Signer
from passend.errors import InvalidCampaign
from passend.flow.campaigns.loading import fill
from passend.flow.campaigns.sending import Ways
from passend.flow.campaigns.steering import switch
from passend.flow.campaigns.working import Worker
from passend.flow.mailing import Desk
from passend.flow.permits import consent_permit
from passend.store import Store
from passend.store.consents import FormerToolRow
from passend.store.ledger import NewWord, Wall, add_words, suppress
from passend.store.live import PersonRow
from passend.store.mails import DeliveryRow
from passend.store.shelf import add_coupons, keep_goods, keep_prices
from tests.channels.mail_server import Handler, mail_server
from tests.flow.campaigns.stage import Stage
from tests.store.databases import BOTH, opened

CAMPAIGN = """
name: Spring
holdout_share: 0
caps: {most: 9}
steps:
  mail:
    send: email
    subject: "Passt, {{ customer.first_name | default: 'Radfreund' }}"
    template: passt.mjml
    expires: 3 days
    then: end
    failed: end
    %s
  end: {stop: said}
"""
TEMPLATE = """<mjml><mj-body><mj-section><mj-column>
<mj-text>{{ offer.name }}: {{ offer.final_cents | money: offer.currency }}
{% if offer.strike_cents %}statt {{ offer.strike_cents | money: offer.currency }}{% endif %}
{% if offer.code %}Code {{ offer.code }}{% endif %}</mj-text>
<mj-button href="{{ links.offer }}">Ansehen</mj-button>
<mj-text><a href="{{ links.unsubscribe }}">Abmelden</a></mj-text>
</mj-column></mj-section></mj-body></mjml>"""
SIGNER = Signer((b"k" * 32,))
PEOPLE = ("kim", "ann", "bo")


def marked(text: str) -> str:
    return f"mark:{text}"


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    yield from opened(request, tmp_path)


class MailRoom:
    """A firm with a mail server, three customers who agreed, and one product."""

    def __init__(self, stage: Stage, folder: Path, port: int) -> None:
        self.stage, self.now = stage, stage.now
        (folder / "templates").mkdir(exist_ok=True)
        (folder / "templates" / "passt.mjml").write_text(TEMPLATE, "utf-8")
        terms = {"email": Terms(accepts=("double opt-in",))}
        self.permit = consent_permit(terms, marked)
        self.asked_by_the_queue = [self.permit]
        self.desk = Desk(
            stage.store, folder / "templates", address_of("shop@radhaus.example", "Radhaus"), SIGNER,
            "https://radhaus.example", "https://radhaus.example/p/{product_id}", "leave@radhaus.example", self.permit,
        )  # fmt: skip
        server = Server("127.0.0.1", port, "none", connections=2)
        self.channel = EmailChannel(Post(server, self.desk.prepare, self.desk.noted))
        self.people()
        self.goods(Good("P", "Kette", 2000, "EUR", 5))
        self.says(
            [
                NewWord("email", True, self.now, "form", customer_id=one, basis="double opt-in")
                for one in PEOPLE
            ]
        )

    def people(self, **changed: str | None) -> None:
        rows = [
            {"customer_id": one, "email": changed.get(one, f"{one}@example.org"), "language": "de",
             "best_hour": None, "facts": "{}"}
            for one in PEOPLE
        ]  # fmt: skip
        fill(self.stage.store, PersonRow, "people", rows, self.now)

    def goods(self, *goods: Good) -> None:
        with self.stage.store.change() as connection:
            keep_goods(connection, goods, self.now)

    def says(self, words: list[NewWord]) -> None:
        with self.stage.store.change() as connection:
            add_words(connection, words, self.now)

    def start(self, more: str = "") -> None:
        self.stage.offers(PEOPLE)
        self.stage.start(parse_campaign(CAMPAIGN % more, "spring.yaml"))
        self.stage.enter("Spring", PEOPLE)

    def tick(self, **later: float) -> None:
        self.stage.now += timedelta(**later)
        self.now = self.stage.now
        stage = self.stage
        ways = Ways({"email": self.channel}, self.asked_by_the_queue)
        worker = Worker(stage.store, ways, stage.hold_out, lambda: stage.now)
        for _ in range(20):
            done = worker.tick()
            assert not done.errors
            if not done.anything:
                return

    def outbox(self) -> dict[str, tuple[str, str]]:
        return {row.customer_id: (row.state, row.code) for row in self.stage.outbox()}

    def deliveries(self) -> list:
        with self.stage.store.read() as connection:
            return list(connection.execute(select(DeliveryRow.__table__).order_by(DeliveryRow.address)))


@pytest.fixture
def server() -> Iterator[tuple[Handler, int]]:
    handler = Handler()
    with mail_server(handler) as port:
        yield handler, port


@pytest.fixture
def post(store: Store, tmp_path: Path, server: tuple[Handler, int]) -> Iterator[MailRoom]:
    made = MailRoom(Stage(store), tmp_path, server[1])
    yield made
    made.channel.close()


def read(raw: bytes):
    mail = message_from_bytes(raw, policy=policy.default)
    return mail, mail.get_body(("plain",)).get_content()


def test_each_customer_gets_one_message_and_its_delivery_is_noted(post, server):
    post.start()
    post.tick(days=1)
    post.tick(days=1)
    handler, _ = server
    assert sorted(to for to, _ in handler.taken) == [f"{one}@example.org" for one in sorted(PEOPLE)]
    assert post.outbox() == dict.fromkeys(PEOPLE, ("sent", "250 2.0.0"))
    mail, text = read(handler.taken[0][1])
    assert mail["Subject"] == "Passt, Radfreund"
    assert "Kette: 20,00" in text
    assert [(row.campaign, row.version, row.outcome, row.code) for row in post.deliveries()] == [
        ("Spring", "1", "accepted", 250)
    ] * 3
    assert {row.message_id for row in post.deliveries()} >= {mail["Message-ID"]}


def test_a_refusal_between_the_queue_and_the_text_is_the_last_word(post, server):
    post.asked_by_the_queue = []
    post.start()
    post.says([NewWord("email", False, post.now, "phone", customer_id="kim", basis="objection")])
    post.tick(days=1)
    post.tick(days=1)
    assert sorted(to for to, _ in server[0].taken) == ["ann@example.org", "bo@example.org"]
    assert post.outbox()["kim"][0] != "sent"


def test_one_click_in_the_message_unsubscribes_its_reader_and_no_get_does(post, server):
    post.start()
    post.tick(days=1)
    mail, _ = read(server[0].taken[0][1])
    url = mail["List-Unsubscribe"].split(">")[0].strip("<")
    token = url.rpartition("/")[2]
    assert url.startswith("https://radhaus.example/u/")
    assert unsubscribe(SIGNER, Request("GET", token, post.now)).effects == ()
    [effect] = unsubscribe(SIGNER, Request("POST", token, post.now)).effects
    assert f"{effect.content['c']}@example.org" == mail["To"]


def test_what_changed_since_the_plan_is_what_is_sent(post, server):
    with post.stage.store.change() as connection:
        old = post.now - timedelta(days=40)
        keep_prices(connection, [{"product_id": "P", "since": old, "price_cents": 2500, "currency": "EUR"}])
    post.start()
    post.says([NewWord("email", False, post.now + timedelta(hours=1), "form", address="ann@example.org")])
    post.goods(Good("P", "Kette", 1800, "EUR", 5))
    post.people(bo=None)
    post.tick(days=1)
    [(to, raw)] = server[0].taken
    assert to == "kim@example.org"
    assert "Kette: 18,00" in read(raw)[1]
    found = post.outbox()
    assert found["ann"] == ("refused", "objected")
    assert found["bo"] == ("refused", "no address")
    assert post.stage.outbox(customer_id="ann")[0].diagnostic.startswith("consent_words/")


@pytest.mark.parametrize(
    ("good", "code"),
    [
        (Good("P", "Kette", 2000, "EUR", 0), "out of stock"),
        (Good("P", "Kette", 2000, "EUR", 5, is_sold=False), "not on sale"),
    ],
)
def test_what_cannot_be_bought_is_not_offered(post, server, good, code):
    post.start()
    post.goods(good)
    post.tick(days=1)
    assert not server[0].taken
    assert set(post.outbox().values()) == {("refused", code)}


def test_what_the_plan_no_longer_chooses_is_not_sent(post, server):
    switch(post.stage.store, "channel/email", "Ann", "wait", post.now, off=True)
    post.start()
    post.tick(hours=1)
    post.stage.offers(["kim", "ann"], product="Q")
    switch(post.stage.store, "channel/email", "Ann", "go", post.now, off=False)
    post.tick(hours=1)
    assert not server[0].taken
    assert {code for _, code in post.outbox().values()} == {"no longer planned"}


def test_each_gets_a_code_of_his_own_and_nobody_an_empty_place(post, server):
    with post.stage.store.change() as connection:
        assert add_coupons(connection, "spring", ["A1", "A2", "A2", ""], None) == 2
    post.start("coupons: spring")
    post.tick(days=1)
    codes = sorted(read(raw)[1].partition("Code ")[2][:2] for _, raw in server[0].taken)
    assert codes == ["A1", "A2"]
    assert sorted(state for state, _ in post.outbox().values()) == ["queued", "sent", "sent"]
    with post.stage.store.change() as connection:
        add_coupons(connection, "spring", ["A3"], None)
    post.tick(hours=12)
    assert "Code A3" in read(server[0].taken[-1][1])[1]


def test_bounces_walls_and_an_earlier_tool_hold_messages_back(post, server):
    post.start()
    with post.stage.store.change() as connection:
        suppress(connection, [Wall("kim@example.org", "complaint", post.now, "gmail")], marked)
        connection.execute(
            FormerToolRow.__table__.insert().values(
                name="mailchimp", told_at=post.now, told_by="Ann", file=""
            )
        )
    post.tick(days=1)
    assert not server[0].taken
    assert {row.code for row in post.stage.outbox()} == {"former tool"}
    with post.stage.store.change() as connection:
        connection.execute(update(FormerToolRow).values(imported_at=post.now))
    post.tick(hours=12)
    assert sorted(to for to, _ in server[0].taken) == ["ann@example.org", "bo@example.org"]
    assert post.outbox()["kim"] == ("refused", "suppressed")


def test_hostile_answers_of_the_server_are_visible(post, server):
    handler, _ = server
    handler.at_rcpt = {"kim@example.org": "550 5.1.1 no such user", "ann@example.org": "451 4.7.1 greylisted"}
    handler.drop = {"bo@example.org"}
    post.start()
    post.tick(days=1)
    found = post.outbox()
    assert found["kim"] == ("refused", "550 5.1.1")
    assert found["ann"] == ("queued", "451 4.7.1")
    assert found["bo"][0] == "unclear"
    handler.at_rcpt.clear()
    post.tick(hours=6)
    assert sorted(to for to, _ in handler.taken) == ["ann@example.org", "bo@example.org"]
    told = {row.address: row.diagnostic for row in post.deliveries()}
    assert "no such user" in told["kim@example.org"]


@pytest.mark.parametrize(
    "template",
    [
        "<mjml><mj-body><mj-text>x</mj-text></mj-body></mjml>",
        "{% if %}",
        "<mjml>{{ customer.nothing }}</mjml>",
    ],
)
def test_a_broken_template_reaches_nobody_and_says_why(post, server, template, tmp_path):
    (tmp_path / "templates" / "passt.mjml").write_text(template, "utf-8")
    post.start()
    post.tick(days=1)
    assert not server[0].taken
    assert set(post.outbox().values()) == {("refused", "InvalidTemplate")}
    assert all(row.diagnostic for row in post.stage.outbox())


BLOCKS = """
name: Blocks
holdout_share: 0
caps: {most: 9}
steps:
  mail:
    send: email
    language: en
    subject: Fits
    blocks:
      - text: For {{ customer.id }}
      - products: {title: Chosen, most: 3, button: See}
    then: end
    failed: end
  end: {stop: said}
"""


def test_a_message_of_blocks_shows_what_the_plan_chose_and_can_be_had(post, server):
    post.goods(
        Good("P", "Chain", 2000, "EUR", 5), Good("Q", "Oil", 900, "EUR", 1), Good("R", "Gone", 100, "EUR", 0)
    )
    post.stage.offers(PEOPLE, worth={"P": 9.0, "Q": 5.0, "R": 2.0})
    post.stage.start(parse_campaign(BLOCKS, "blocks.yaml"))
    post.stage.enter("Blocks", PEOPLE)
    post.goods(Good("Q", "Oil", 800, "EUR", 1))
    post.tick(days=1)
    assert post.outbox() == dict.fromkeys(PEOPLE, ("sent", "250 2.0.0"))
    mail, text = read(server[0].taken[0][1])
    assert f"For {mail['To'].partition('@')[0]}" in text
    assert text.index("Chain") < text.index("Oil")
    assert "8.00" in text
    assert "Gone" not in text
    assert "https://radhaus.example/c/" in text
    assert "Unsubscribe https://radhaus.example/u/" in text
    assert all("blocks" not in row.content for row in post.stage.outbox())


def test_each_variant_has_blocks_of_its_own(post, server):
    more = "\n    variants: {other: {blocks: [{text: Quite other words.}, {footer: Bye}]}}\n    failed: end"
    text = BLOCKS.replace("\n    failed: end", more).replace(
        "steps:", "variants: {same: 20 %, other: 80 %}\nsteps:"
    )
    post.stage.offers(PEOPLE, worth={"P": 9.0})
    post.stage.start(parse_campaign(text, "blocks.yaml"))
    post.stage.enter("Blocks", PEOPLE)
    post.tick(days=1)
    drawn = {row.customer_id: row.variant for row in post.stage.outbox()}
    assert set(drawn.values()) == {"same", "other"}
    for _, raw in server[0].taken:
        mail, words = read(raw)
        assert ("Quite other words." in words) == (drawn[mail["To"].partition("@")[0]] == "other")


def test_words_that_are_no_template_are_refused_when_the_campaign_is_kept(post):
    for wrong in (BLOCKS.replace("customer.id }}", "customer.id }"), BLOCKS.replace("Fits", "'{% if %}'")):
        with pytest.raises(InvalidCampaign, match="cannot be read") as told:
            post.stage.start(parse_campaign(wrong, "blocks.yaml"))
        assert told.value.record == "blocks.yaml, line 6"


def test_now_is_a_moment_of_the_stage(post):
    assert isinstance(post.now, datetime)
