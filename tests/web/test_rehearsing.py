"""The demo's fast motion: a campaign of its shop is played, and the truth stands beside the verdict."""

import re
import time
from datetime import datetime
from types import SimpleNamespace

import pytest

from passend.market.rehearsal import Week
from passend.results.finding import Finding
from passend.web import rehearsing
from passend.web.rehearsing import Rehearsed
from tests.web.conftest import opened, token_of
from tests.web.test_rooms import text_of

CAMPAIGN = """
name: fast
four_eyes: yes
quiet_hours: 20:00-08:00
holdout_share: 40 %
steps:
  mail: {send: email, template: offer.mjml, subject: Hello, then: end, failed: end}
  end: {stop: all said}
"""


def test_a_campaign_is_played_and_its_truth_is_shown(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("demo.CUSTOMERS", 250), ("rehearsal.WINDOW", 1), ("rehearsal.RETURNS", 0)):
        monkeypatch.setattr(f"passend.market.{name}", value)  # two weeks of a small shop
    site = opened(tmp_path, demo=True)
    client = site.client("manager")
    form = {"form_token": token_of(client), "base": CAMPAIGN, "do": "keep", "name": "fast"}
    assert client.post("/campaigns/build", data=form).status_code == 303
    begun = client.post("/tour/rehearse", data={"form_token": form["form_token"], "name": "fast"})
    for _ in range(1200):
        answer = client.get(begun.headers["location"])
        if answer.status_code == 303:
            break
        time.sleep(0.05)
    assert re.fullmatch(r"/tour/rehearsed/\w+", answer.headers["location"]), text_of(answer.text)
    told = text_of(client.get(answer.headers["location"]).text)
    for says in ("A mail tool would claim", "Measured from the hold-out", "True", "The interval"):
        assert says in told
    weeks = re.findall(r"(\d{4}-\d\d-\d\d) (\d+) (\d+) (\d+) (\d+)", told)
    assert len(weeks) == 2
    assert int(weeks[0][1]) > 0  # they enter in the first week
    assert sum(int(week[2]) for week in weeks) > 0  # quiet hours hold up nothing here
    assert 'href="/campaigns/at/fast"' in client.get(answer.headers["location"]).text
    assert not list((tmp_path / "rehearsals").iterdir())
    assert (
        site.client("viewer").get(answer.headers["location"]).status_code == 404
    )  # it is who began it that sees it
    site.desk.close()


def test_there_is_no_market_outside_of_a_demo(tmp_path) -> None:
    site = opened(tmp_path)
    client = site.client("manager")
    form = {"form_token": token_of(client), "name": "fast"}
    assert client.post("/tour/rehearse", data=form).status_code == 404
    site.desk.close()


def test_what_was_not_sent_or_is_not_sound_is_no_success(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = opened(tmp_path, demo=True)
    client = site.client("manager")
    leak = Finding("exposure leakage", "The arms do not walk the same way.", is_grave=True)

    def shown(verdict: str, sent: int) -> str:
        measured = SimpleNamespace(
            effects={}, verdict=verdict, claimed_cents=0, people=(80, 20), cannot=None, found=[leak]
        )
        beside = SimpleNamespace(measured=measured, true_cents=0.0, is_inside=True)
        week = Week(datetime(2026, 5, 4), 100, sent, 0, 0)
        found = Rehearsed("fast", (week,), (beside,), "EUR")
        monkeypatch.setattr(rehearsing, "result_of", lambda *_: found)
        return text_of(client.get("/tour/rehearsed/1").text)

    assert "The interval holds the truth." in shown("works", 5)
    unsound = shown("unhealthy", 5)
    assert "The interval holds the truth." not in unsound
    assert "The arms do not walk the same way." in unsound
    unsent = shown("works", 0)
    assert "The interval holds the truth." not in unsent
    assert "No message reached anybody" in unsent
    site.desk.close()
