"""How the firm looks, who is told what, and the tour of the demo."""

import base64
import hashlib
import json
import os
import re
import time
from collections.abc import Iterator
from email import message_from_bytes, policy

import pytest

from passend.campaigns import parse_campaign
from passend.errors import StoreError
from passend.flow.campaigns.opening import utc_now
from passend.flow.campaigns.publishing import impact, publish, save_draft
from passend.flow.campaigns.steering import pause, resume
from passend.flow.notifying import begin_anew, notify
from passend.flow.uploads import drop_old_uploads
from tests.channels.http_server import Web, web_server
from tests.channels.mail_server import Handler, mail_server
from tests.web.conftest import Site, opened, token_of
from tests.worlds import table

CAMPAIGN = """
name: {name}
steps:
  call: {{hand: service, offer: none, script: Ask., then: end, failed: end}}
  end: {{stop: all said}}
"""
BRAND = {
    "name": "Radhaus",
    "colour": "#aa3300",
    "address": "Ring 1\r\n50667 Köln",
    "imprint": "https://rad.example/i",
}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The pages of a small shop that these tests change."""
    made = opened(tmp_path_factory.mktemp("shop"))
    yield made
    made.desk.close()


def test_the_brand_shows_on_the_customers_pages_under_their_policy(own: Site) -> None:
    client = own.client("manager")
    assert "Radhaus" not in own.client().get("/sign-up").text
    form = {"form_token": token_of(client), **BRAND}
    assert client.post("/settings/brand", data=form).headers["location"] == "/settings/brand?done=changed"
    answer = own.client().get("/sign-up")
    assert "<header>Radhaus</header>" in answer.text
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)[1]
    assert "--deed:#aa3300;--on:#ffffff" in style
    mark = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{mark}'" in answer.headers["content-security-policy"]
    mail = client.get("/settings/brand/mail")
    assert "#aa3300" in mail.text
    assert "50667 Köln" in mail.text
    assert mail.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert "Ring 1\n50667 Köln" in client.get("/settings/brand").text


@pytest.mark.parametrize(
    "wrong", [{"colour": "red"}, {"imprint": "javascript:alert(1)"}, {"logo": "logo.png"}]
)
def test_a_brand_that_cannot_be_shown_changes_nothing(own: Site, wrong: dict[str, str]) -> None:
    client = own.client("manager")
    before = own.desk.workspace().settings
    form = {"form_token": token_of(client), **BRAND, "name": "Other", **wrong}
    answer = client.post("/settings/brand", data=form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert own.desk.workspace().settings == before


def test_a_colour_that_is_none_keeps_nobody_from_leaving(own: Site) -> None:
    _write(own, '[brand]\ncolour = "green"\n')
    assert "<main>" in own.client().get("/sign-up").text


def test_people_are_told_once_that_a_campaign_stopped_and_why(own: Site) -> None:
    store, now = own.desk.store, utc_now()
    _running(own, "ring")
    handler = Handler()
    with web_server() as server, mail_server(handler) as mail_port:
        _set(own, server, mail_port)
        assert notify(own.desk.workspace(), store, now) == []  # nobody is told of the past
        pause(store, "ring", "m", "prices are wrong", now)
        told = notify(own.desk.workspace(), store, now)
        assert told == ["Campaign ring has stopped: prices are wrong"]
        assert [json.loads(body)["text"] for _, body in server.got] == told
        assert notify(own.desk.workspace(), store, now) == []
        resume(store, "ring", "m", now)
        assert notify(own.desk.workspace(), store, now) == []
        pause(store, "ring", "m", "prices are wrong", now)
        assert notify(own.desk.workspace(), store, now) == told  # it stopped again
    mail = message_from_bytes(handler.taken[0][1], policy=policy.default)
    assert (handler.taken[0][0], mail["subject"]) == ("boss@rad.example", "1 notice from passend")
    assert told[0] in mail.get_body(("html",)).get_content()


def test_a_webhook_that_fails_is_told_the_next_time(own: Site) -> None:
    store, now = own.desk.store, utc_now()
    _running(own, "bell")
    with web_server() as server, mail_server(Handler()) as mail_port:
        _set(own, server, mail_port)
        notify(own.desk.workspace(), store, now)
        pause(store, "bell", "m", "", now)
        server.status = 500
        with pytest.raises(StoreError, match="answered 500"):
            notify(own.desk.workspace(), store, now)
        server.status = 200
        assert notify(own.desk.workspace(), store, now) == ["Campaign bell has stopped: it was paused"]


def test_a_way_that_fails_is_tried_again_without_the_others(own: Site) -> None:
    """Nobody gets a mail a minute because a webhook is gone."""
    store, now, handler = own.desk.store, utc_now(), Handler()
    _running(own, "gong")
    with web_server() as server, mail_server(handler) as mail_port:
        _set(own, server, mail_port)
        notify(own.desk.workspace(), store, now)
        pause(store, "gong", "m", "", now)
        server.status = 500
        for _ in range(2):
            with pytest.raises(StoreError, match="answered 500"):
                notify(own.desk.workspace(), store, now)
        server.status = 200
        assert notify(own.desk.workspace(), store, now) == ["Campaign gong has stopped: it was paused"]
    assert [address for address, _ in handler.taken] == ["boss@rad.example"]


def test_a_change_of_verdict_is_told(own: Site) -> None:
    store, now = own.desk.store, utc_now()
    row = {
        "campaign": "ring", "phase": 1, "metric": "profit", "slice": "all", "verdict": "works",
        "reason": "ring added 12 EUR", "currency": "EUR",
    }  # fmt: skip
    with web_server() as server, mail_server(Handler()) as mail_port:
        _set(own, server, mail_port)
        notify(own.desk.workspace(), store, now)
        for verdict, told in (("works", 1), ("works", 0), ("harms", 1)):
            with own.desk.workspace().change("measure") as change, own.desk.workspace().engine() as engine:
                engine.load("effects", table("effects", [{**row, "verdict": verdict}]))
                change.write(engine, "effects")
            says = notify(own.desk.workspace(), store, now)
            assert len(says) == told
        assert says[0].startswith("The verdict on ring is now: harms.")


def test_notices_are_set_up_and_tried_on_their_page(own: Site) -> None:
    client = own.client("manager")
    form = {"form_token": token_of(client)}
    with web_server() as server:
        _write(own, 'language = "en"\n[webhook]\nallowed = "127.0.0.1"\n')
        assert client.post("/settings/notices/try", data=form).status_code == 422
        wanted = {**form, "webhook": f"http://127.0.0.1:{server.port}/T0/secret", "stops": "true"}
        assert client.post("/settings/notices", data=wanted).status_code == 303
        settings = own.desk.workspace().settings
        assert (settings["notify.stops"], settings["notify.verdicts"]) == (True, False)
        assert client.post("/settings/notices/try", data=form).status_code == 303
        assert "This is a test" in server.got[0][1].decode()
    assert "T0/secret" not in own.client("administrator").get("/settings/changes").text


def test_files_that_nobody_imports_are_gone_after_a_day(own: Site) -> None:
    client = own.client("manager")
    parts = [("files", ("x.csv", b"a,b\n1,2\n"))]
    told = client.post("/data/files", data={"form_token": token_of(client)}, files=parts)
    folder = own.desk.folder / "uploads" / told.headers["location"].rpartition("/")[2]
    assert drop_old_uploads(own.desk.folder, time.time()) == 0
    os.utime(folder, (time.time() - 90_000,) * 2)
    assert drop_old_uploads(own.desk.folder, time.time()) == 1
    assert not folder.exists()


def test_the_tour_leads_through_five_steps_and_can_be_left(tmp_path) -> None:
    (tmp_path / "shop").mkdir()
    made = opened(tmp_path / "shop", demo=True)
    client = made.client("manager")
    assert 'href="/tour"' in client.get("/").text
    form = {"form_token": token_of(client)}
    for number, path in enumerate(
        ("/", "/products/map", "/decisions", "/campaigns/recipes", "/campaigns"), 1
    ):
        moved = client.post("/tour", data={**form, "step": str(number)})
        assert moved.headers["location"] == path
        assert f"Step {number} of 5" in client.get(path).text
        assert f"Step {number} of 5" in client.get("/data").text
    assert 'name="step" value="4"' in client.get("/data").text  # the way back
    over = client.get("/tour/rehearsed/none").text
    assert "That was the tour." in over
    assert "Leave the tour" not in over
    left = client.post("/tour", data={**form, "step": "end"})
    assert left.headers["location"] == "/"
    assert "Step 5 of 5" not in client.get("/data").text
    made.desk.close()


def test_there_is_no_tour_outside_of_a_demo(own: Site) -> None:
    client = own.client("manager")
    client.post("/tour", data={"form_token": token_of(client), "step": "2"})
    assert "Step 2 of 5" not in client.get("/products/map").text
    assert 'href="/tour"' not in client.get("/").text


def _running(site: Site, name: str) -> None:
    """A campaign of that name runs."""
    save_draft(site.desk.store, parse_campaign(CAMPAIGN.format(name=name)), "m", utc_now())
    publish(site.desk.store, name, impact(site.desk.store, name).token, "m", utc_now())


def _write(site: Site, text: str) -> None:
    """The firm's settings, and nothing else."""
    (site.desk.folder / "settings.toml").write_text(text, "utf-8")
    begin_anew(site.desk.store)


def _set(site: Site, server: Web, mail_port: int) -> None:
    _write(
        site,
        f'language = "en"\n[webhook]\nallowed = "127.0.0.1"\n'
        f'[notify]\nwebhook = "http://127.0.0.1:{server.port}/hook"\nemail = "boss@rad.example"\n'
        f'[email]\nhost = "127.0.0.1"\nport = {mail_port}\nsecurity = "none"\nsender = "shop@rad.example"\n',
    )


def test_who_is_told_is_an_address_and_a_missing_mail_server_is_said(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    site = opened(tmp_path_factory.mktemp("notices"))
    client = site.client("manager")
    form = {"form_token": token_of(client), "stops": "true"}
    told = client.post("/settings/notices", data={**form, "email": "not an address"})
    assert told.status_code == 422
    assert 'role="alert"' in told.text
    assert 'value="not an address"' in told.text
    assert site.desk.workspace().settings["notify.email"] == ""
    assert client.post("/settings/notices", data={**form, "email": "boss@rad.example"}).status_code == 303
    assert "these addresses get nothing until there is one" in client.get("/settings/notices").text
    site.desk.close()
