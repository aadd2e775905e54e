"""What customers do behind the links of messages: leave, choose, confirm, sign up; and what stands in the ledger."""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from passend.channels.links.signing import seconds
from passend.flow.campaigns.opening import utc_now
from passend.flow.serving.desk import Desk
from passend.store.consents import ConsentRow
from passend.store.mails import HitRow
from passend.web.site import make_site
from tests.channels.mail_server import Handler, mail_server
from tests.flow.serving.shop import open_shop

ADDRESS = "kim@example.org"


@pytest.fixture(scope="module")
def mails() -> Iterator[tuple[Handler, int]]:
    handler = Handler()
    with mail_server(handler) as port:
        yield handler, port


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, mails: tuple[Handler, int]) -> Iterator[Desk]:
    folder: Path = tmp_path_factory.mktemp("pages")
    open_shop(folder)
    made = Desk(
        folder,
        (
            "email.host=127.0.0.1", f"email.port={mails[1]}", "email.security=none", "brand.name=Radhaus",
            "email.sender=shop@radhaus.example", "email.public_url=http://localhost",
            "consent.topics=offers, workshop",
        ),
    )  # fmt: skip
    yield made
    made.close()


@pytest.fixture
def client(desk: Desk) -> TestClient:
    """A customer's browser: without a login, without cookies."""
    return TestClient(make_site(desk), base_url="http://localhost", follow_redirects=False)


def link(desk: Desk, kind: str, purpose: str, language: str = "en", **more: object) -> str:
    told = {"m": "x", "c": "K1", "a": ADDRESS, "l": language, "at": seconds(utc_now()), **more}
    return f"/{kind}/{desk.signer.token(purpose, told)}"


def words(desk: Desk, **where: object) -> list[tuple[str, str, bool]]:
    with desk.store.read() as connection:
        rows = connection.execute(select(ConsentRow.__table__).order_by(ConsentRow.id)).all()
    return [
        (row.source, row.topic, row.is_given)
        for row in rows
        if all(getattr(row, key) == value for key, value in where.items())
    ]


@pytest.mark.parametrize(("language", "asks"), [("en", "Do you want to unsubscribe?"), ("de", "abmelden")])
def test_looking_at_the_page_unsubscribes_nobody_and_a_press_does(desk, client, language, asks):
    url = link(desk, "u", "unsubscribe", language, c=f"gone-{language}", a=f"gone-{language}@example.org")
    seen = client.get(url)
    assert seen.status_code == client.head(url).status_code == 200
    assert asks in seen.text
    assert f'lang="{language}"' in seen.text
    assert "<script" not in seen.text
    policy_ = seen.headers["content-security-policy"]
    assert "unsafe" not in policy_
    assert words(desk, customer_id=f"gone-{language}") == []
    assert client.post(url, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert words(desk, customer_id=f"gone-{language}") == [("link to unsubscribe", "", False)]


def test_topics_that_were_chosen_are_shown_as_chosen(desk, client):
    url = link(desk, "p", "preferences")
    before = client.get(url).text
    assert before.count("checkbox") == 2
    assert "checked" not in before
    client.post(url, data={"topic.workshop": "on", "gap_days": "30"})
    assert set(words(desk, customer_id="K1")) == {
        ("preference page", "offers", False), ("preference page", "workshop", True),
        ("preference page", "how often", True),
    }  # fmt: skip
    after = client.get(url).text
    assert re.findall(r'name="topic\.(\w+)" checked', after) == ["workshop"]
    assert 'value="30" selected' in after


def test_a_click_is_kept_and_leads_where_was_signed(desk, client):
    answer = client.get(link(desk, "c", "click", to="https://shop.example/p?a=1&b=2", n=1))
    assert (answer.status_code, answer.headers["location"]) == (302, "https://shop.example/p?a=1&b=2")
    with desk.store.read() as connection:
        [hit] = connection.execute(select(HitRow.__table__)).all()
    assert (hit.outbox_key, hit.kind, hit.method) == ("x", "click", "GET")


@pytest.mark.parametrize("path", ["/u/forged", "/p/forged", "/o/forged", "/c/forged", "/v/forged"])
def test_a_link_that_is_not_ours_does_nothing(desk, client, path):
    before = words(desk)
    assert client.get(path).status_code == client.post(path).status_code == 404
    assert words(desk) == before


@pytest.mark.parametrize("language", ["de", "en"])
def test_signing_up_takes_a_mail_and_a_press_of_its_button(desk, client, mails, language):
    address = f"new-{language}@example.org"
    form = client.get(f"/sign-up?language={language}").text
    assert "Radhaus" in form
    assert client.post("/sign-up?language=en", data={"address": "nonsense"}).status_code == 422
    answer = client.post(f"/sign-up?language={language}", data={"address": address, "topic.offers": "on"})
    assert answer.status_code == 200
    assert words(desk, address=address) == []
    [raw] = [raw for to, raw in mails[0].taken if to == address]
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["List-Unsubscribe"] is None
    assert mail["Subject"] == {
        "de": "Bitte bestätigen Sie Ihre Anmeldung", "en": "Please confirm your registration"
    }[language]  # fmt: skip
    text = mail.get_body(("plain",)).get_content()
    path = re.search(r"http://localhost(/o/\S+)", text.replace("=\n", ""))[1]
    assert "offers" in client.get(path).text
    assert words(desk, address=address) == []
    client.post(path)
    client.post(path)
    assert words(desk, address=address) == [("sign-up page", "offers", True)]


def test_where_no_mail_can_leave_nobody_is_asked_for_an_address(tmp_path):
    open_shop(tmp_path)
    own = Desk(tmp_path, ("brand.name=Radhaus",))
    page = TestClient(make_site(own), base_url="http://localhost").get("/sign-up?language=en")
    own.close()
    assert page.status_code == 404
    assert "Signing up is not possible here yet" in page.text
    assert "<form" not in page.text


def test_a_mail_that_does_not_leave_is_told_on_a_page(tmp_path):
    open_shop(tmp_path)
    with mail_server(Handler()) as port:
        gone = port
    own = Desk(
        tmp_path,
        (
            "email.host=127.0.0.1", f"email.port={gone}", "email.security=none", "email.sender=shop@radhaus.example",
            "email.public_url=http://localhost",
        ),
    )  # fmt: skip
    client = TestClient(make_site(own), base_url="http://localhost")
    page = client.post("/sign-up?language=en", data={"address": "new@example.org"})
    assert page.status_code == 503
    assert "try again later" in page.text
    assert words(own, address="new@example.org") == []
    own.close()


def test_nobody_fills_forms_by_the_hundred(client):
    answers = [client.post("/sign-up", data={"address": "nonsense"}).status_code for _ in range(12)]
    assert 429 in answers
