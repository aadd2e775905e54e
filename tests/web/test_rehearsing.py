"""The demo's fast motion: a campaign of its shop is played, and the truth stands beside the verdict."""

import re
import time

import pytest

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
