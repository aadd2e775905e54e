"""Calls that other systems did not take: on their page and over the interface."""

from collections.abc import Iterator

import pytest

from passend.channels import Outcome
from passend.flow.campaigns.opening import utc_now
from passend.flow.campaigns.replaying import failed_calls
from passend.flow.serving.keys import make_key
from tests.flow.campaigns.test_replaying import TEXT, Firm, parse_campaign
from tests.web.conftest import Site, opened, token_of


@pytest.fixture
def own(tmp_path) -> Iterator[tuple[Site, Firm]]:
    """The pages of a shop with two calls that were refused."""
    made = opened(tmp_path)
    firm = Firm(made.desk.store)
    firm.offers(["a", "b"], ["webhook"], cost=100.0)
    firm.start(parse_campaign(TEXT))
    firm.crm.says = lambda _: Outcome.REFUSED
    firm.enter("crm", ["a", "b"])
    firm.tick(hours=1)
    yield made, firm
    made.desk.close()


def test_a_manager_has_a_call_made_again(own: tuple[Site, Firm]) -> None:
    site, firm = own
    client = site.client("manager")
    text = client.get("/settings/webhooks").text
    keys = [one.key for one in failed_calls(firm.store)]
    assert all(f'value="{key}"' in text for key in keys)
    assert "550 5.1.1" in text
    sent = {"form_token": token_of(client), "keys": [keys[0], "gone"]}
    told = client.post("/settings/webhooks", data=sent).text
    assert "1 call is made again." in told
    assert f'value="{keys[0]}"' not in told
    assert firm.outbox(key=keys[0])[0].state == "queued"
    assert site.client("staff").get("/settings/webhooks").status_code == 403


def test_the_page_tells_what_stands_against_a_call(own: tuple[Site, Firm]) -> None:
    site, firm = own
    with firm.store.change() as connection:
        connection.exec_driver_sql("update allowances set used = capacity")
    client = site.client("manager")
    key = failed_calls(firm.store)[0].key
    told = client.post("/settings/webhooks", data={"form_token": token_of(client), "keys": [key]}).text
    assert "Its campaign has no budget or stock left for it." in told


def test_a_program_has_calls_made_again_once(own: tuple[Site, Firm]) -> None:
    site, firm = own
    key = make_key(firm.store, "ops", ["persons", "publish"], "test", utc_now()).secret
    client, headers = site.client(), {"Authorization": f"Bearer {key}"}
    first = client.get("/v1/webhooks/failed", params={"limit": 1}, headers=headers).json()
    rest = client.get("/v1/webhooks/failed", params={"before": first["next"]}, headers=headers).json()
    assert [one["customer_id"] for one in first["rows"] + rest["rows"]] == ["b", "a"]
    assert rest["next"] is None
    wanted = {"keys": [first["rows"][0]["key"], "gone"]}
    again = {**headers, "Idempotency-Key": "r1"}
    for _ in range(2):
        told = client.post("/v1/webhooks/replays", json=wanted, headers=again)
        assert told.status_code == 202
        assert [(one["queued"], one["why"]) for one in told.json()["rows"]] == [
            (True, None),
            (False, "unknown"),
        ]
    assert client.post("/v1/webhooks/replays", json={"keys": []}, headers=headers).status_code == 422
