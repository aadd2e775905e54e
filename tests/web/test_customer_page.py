"""One customer's page: what they told us, what it rests on, what happened, and what is left when they are erased."""

import html
import json
import re

import pytest

from passend.flow.campaigns.opening import utc_now
from passend.flow.campaigns.pulling import answer, desk_list
from passend.flow.campaigns.taking_back import take_back
from passend.flow.consents import record_words
from passend.flow.permits import turned_away
from passend.store.ledger import NewWord
from tests.campaigns.written import campaign
from tests.flow.campaigns.stage import Stage
from tests.flow.campaigns.test_pulling import DESK
from tests.web.conftest import Site, token_of
from tests.web.shops import customer_path


def text_of(page: str) -> str:
    """A page's words."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def heard(site: Site, path: str, role: str = "manager", **told: str):
    client = site.client(role)
    form = {"form_token": token_of(client), "channel": "email", "says": "no", "how": "on the phone, 3 May"}
    return client.post(f"{path}/word", data={**form, **told})


def is_turned_away(site: Site, number: str, channel: str) -> bool:
    with site.desk.store.read() as connection:
        return number in turned_away(connection, [number], channel, utc_now())


def test_an_objection_is_noted_with_how_it_was_said_and_holds_at_once(planned: Site) -> None:
    path, number = customer_path(planned, place=3)
    assert not is_turned_away(planned, number, "desk")
    answer_ = heard(planned, path, channel="any")
    assert answer_.headers["location"] == f"{path}?done=heard"
    assert is_turned_away(planned, number, "desk")
    shown = text_of(planned.client("staff").get(f"{path}?done=heard").text)
    assert "It holds from now on." in shown
    assert "told to staff, how: on the phone, 3 May, noted by: manager@shop.example" in shown
    assert "Objected to all contact" in shown
    log = text_of(planned.client("administrator").get("/settings/changes?subject=customer/").text)
    assert "objection noted" in log
    assert number not in log


def test_a_consent_needs_evidence_and_one_way_of_contact(planned: Site) -> None:
    path, _ = customer_path(planned, place=4)
    for told in ({"how": " "}, {"channel": "any"}, {"channel": "pigeon"}, {"says": "perhaps"}):
        assert heard(planned, path, **{"says": "yes", **told}).status_code == 422, told
    assert "Agreed to contact" not in planned.client("staff").get(path).text
    assert heard(planned, path, says="yes").status_code == 303
    shown = text_of(planned.client("staff").get(path).text)
    assert "Agreed to contact by email" in shown
    assert "The consent to email rests on 'opt-in', which does not count" in shown, (
        "the law asks for more by mail"
    )
    assert heard(planned, path, says="yes", channel="phone").status_code == 303
    assert "Permitted: opt-in" in text_of(planned.client("staff").get(path).text)


def test_only_who_may_record_consents_sees_the_form(planned: Site) -> None:
    path, _ = customer_path(planned, place=5)
    assert f"{path}/word" in planned.client("manager").get(path).text
    assert f"{path}/word" not in planned.client("staff").get(path).text
    assert heard(planned, path, role="staff").status_code == 403


def test_the_proof_of_a_consent_says_what_the_record_says(planned: Site) -> None:
    path, number = customer_path(planned, place=6)
    word = NewWord(
        "email", True, utc_now(), "sign-up page", number, basis="double opt-in",
        words="I would like to get offers.", evidence={"form": "form at registration"},
    )  # fmt: skip
    record_words(planned.desk.store, [word], utc_now())
    shown = text_of(planned.client("staff").get(path).text)
    assert "sign-up page, form: form at registration" in shown
    assert f"text of version {word.text_version}" in shown
    assert "I would like to get offers." in shown
    assert "consent_words/" in shown


def test_what_needs_no_consent_says_so_though_one_was_given(planned: Site) -> None:
    """As in the plan: the desk and the shop's own pages need none."""
    path, number = customer_path(planned, place=7)
    words = [
        NewWord(one, True, utc_now(), "form", number, basis="double opt-in") for one in ("desk", "email")
    ]
    record_words(planned.desk.store, words, utc_now())
    shown = planned.client("staff").get(path).text
    said = dict(
        re.findall(r"<b>([^<]+)</b><span class=\"badge[^>]*>yes</span></div><span>([^<]+)</span>", shown)
    )
    assert said == {
        "email": "Permitted: double opt-in",
        "onsite": "Permitted: not needed",
        "desk": "Permitted: not needed",
    }


def test_a_person_leaves_a_customer_alone_from_now_on(planned: Site) -> None:
    path, number = customer_path(planned, place=8)
    client = planned.client("manager")
    form = {"form_token": token_of(client), "verdict": "leave alone", "reason": "asked us to"}
    told = client.post(f"{path}/treat", data=form)
    assert is_turned_away(planned, number, "desk")
    assert "It holds from now on." in client.get(told.headers["location"]).text
    client.post(f"{path}/treat", data={**form, "verdict": "offer"})
    assert not is_turned_away(planned, number, "desk")


def test_the_timeline_shows_thirty_lines_and_the_rest_on_demand(planned: Site) -> None:
    path, number = customer_path(planned, place=9)
    words = [NewWord("phone", bool(n % 2), utc_now(), f"call {n}", number) for n in range(31)]
    record_words(planned.desk.store, words, utc_now())
    shown = planned.client("staff").get(path).text
    latest, _, earlier = shown.partition("<h2>Timeline</h2>")[2].partition("<summary>Earlier</summary>")
    assert latest.count("<tr>") == 30 + 1, "and the heads"
    assert "Ordered for" in earlier


def test_answers_at_the_desk_are_read_in_the_log_of_changes(planned: Site) -> None:
    stage = Stage(planned.desk.store)
    stage.now = utc_now()
    stage.offers(["somebody"], channels=["desk"], facts='{"product_name": "Lamp"}')
    stage.start(campaign(DESK))
    stage.enter("spring", ["somebody"])
    stage.tick()
    (task,) = desk_list(planned.desk.store, "service", stage.now)
    answer(planned.desk.store, task.key, "decline", "Ann", stage.now, reason="too expensive")
    client = planned.client("administrator")
    (row,) = [
        one
        for one in re.findall(r"<tr>.*?</tr>", client.get("/settings/changes?subject=outbox/").text)
        if "Ann" in one
    ]
    assert "declined at the desk Lamp, campaign spring".lower() in text_of(row).lower()
    assert "too expensive" not in row, "the log is not erased: reasons stand with the answers"
    assert "somebody" not in row
    take_back(planned.desk.store, task.key, "Ann", stage.now)
    log = text_of(client.get("/settings/changes?subject=outbox/").text)
    assert "answer taken back Lamp, campaign spring was: declined at the desk" in log
    assert ">answers at the desk</option>" in client.get("/settings/changes").text


def test_who_may_not_is_told_who_may(planned: Site) -> None:
    told = text_of(planned.client("viewer").get("/customers").text)
    assert "These roles may: staff, manager, administrator." in told
    assert "These roles may: administrator." in text_of(planned.client("manager").get("/settings/keys").text)


def test_the_export_has_its_day_says_what_it_is_and_names_what_erasing_erases(planned: Site) -> None:
    path, _ = customer_path(planned, place=10)
    client = planned.client("administrator")
    preview = re.findall(
        r'<th scope="row">(\w+)</th><td class="n">(\d+)</td>', client.get(f"{path}/erase").text
    )
    told = client.post(f"{path}/export", data={"form_token": token_of(client)})
    assert f'filename="customer-{utc_now():%Y-%m-%d}.json"' in told.headers["content-disposition"]
    assert told.text.startswith('{\n "about": "This is all that is stored here of one customer')
    tables = {name: len(rows) for name, rows in json.loads(told.text).items() if name != "about"}
    assert {name: int(rows) for name, rows in preview} == tables
    client.headers["accept-language"] = "de"
    german = client.post(f"{path}/export", data={"form_token": token_of(client)})
    assert german.json()["about"].startswith("Das ist alles")
    client.headers["accept-language"] = "en"
    gone = client.post(f"{path}/erase", data={"form_token": token_of(client), "sure": "yes"}).text
    assert {
        name: int(rows)
        for name, rows in re.findall(r'<th scope="row">(\w+)</th><td class="n">(\d+)</td>', gone)
    } == tables


@pytest.mark.parametrize("way", ["", "/erase", "/export", "/treat", "/word", "none"])
def test_the_page_of_an_erased_customer_is_gone_and_does_not_name_them(planned: Site, way: str) -> None:
    client = planned.client("administrator")
    path, number = customer_path(planned, place=11)
    form = {"form_token": token_of(client), "sure": "yes"}
    assert client.post(f"{path}/erase", data=form).status_code == 200
    if way in ("", "/erase"):
        told = client.get(f"{path}{way}")
    elif way == "none":
        told = client.get("/customers/none")
    else:
        form |= {"verdict": "offer", "reason": "x", "channel": "email", "says": "no", "how": "x"}
        told = client.post(f"{path}{way}", data=form)
    assert told.status_code == 404
    assert "This customer is not here, or no longer." in told.text
    assert number not in told.text
