"""Placements over HTTP: what is decided is in the next answer, who may decide, and what the preview gives away."""

from base64 import urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from passend.flow.campaigns.opening import utc_now
from passend.flow.serving.desk import Desk
from passend.flow.serving.previewing import GOOD_FOR, Leave, give_leave
from passend.store.audit import AuditRow
from passend.store.placements import TrialRow
from tests.api.conftest import Shop, opened
from tests.flow.serving.shop import HELD_OUT, OFFERED

ONE = "/v1/placements/product_page"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop of its own: decisions change its answers."""
    made = opened(tmp_path)
    yield made
    made.desk.close()


def put(shop: Shop, product: str, action: str, role: str = "manager", **more: object):
    """A decision."""
    body = {"product_id": product, "action": action, "note": "because", **more}
    return shop.client.put(f"{ONE}/decisions", json=body, headers=shop.headers(role))


def ids(shop: Shop, **asked: object) -> list[str]:
    """The products of an answer as a shop gets it."""
    told = {"product": "bike", "placement": "product_page", "fallback": "none", **asked}
    return [one["product_id"] for one in shop.ask(**told).json()["items"]]


def get(shop: Shop, path: str, role: str = "manager", **asked: object):
    """What somebody looks at."""
    return shop.client.get(path, params=asked, headers=shop.headers(role))


def test_what_is_decided_is_in_the_next_answer_and_taken_back(shop: Shop) -> None:
    assert ids(shop) == ["lamp", "helmet", "lock"]
    pinned = put(shop, "lock", "pin", beside={"kind": "product", "of": "bike"}).json()["decision"]
    put(shop, "helmet", "bury")
    assert ids(shop) == ["lock", "lamp"]
    assert ids(shop, placement="cart") == ["lamp", "helmet", "lock"]
    told = get(shop, ONE).json()
    assert [(row["product_id"], row["action"]) for row in told["decided"]] == [
        ("helmet", "bury"),
        ("lock", "pin"),
    ]
    assert told["decided"][1]["author"].startswith("key/")
    gone = shop.client.delete(f"{ONE}/decisions/{pinned}", headers=shop.headers("manager"))
    assert gone.status_code == 204
    assert ids(shop) == ["lamp", "lock"]
    again = shop.client.delete(f"{ONE}/decisions/{pinned}", headers=shop.headers("manager"))
    assert (again.status_code, again.headers["content-type"]) == (409, "application/problem+json")
    with shop.desk.store.read() as connection:
        made = connection.execute(select(AuditRow.what).where(AuditRow.subject == "placement/product_page"))
        assert [one.what for one in made] == ["pinned", "buried", "taken back"]


def test_another_process_takes_it_over_at_its_next_look(shop: Shop) -> None:
    other = Desk(shop.desk.folder)
    other.look()
    put(shop, "lock", "pin")
    other.look()
    shelf, moment = other.present
    assert shelf is not None
    assert moment.placements["product_page"].overall is not None
    assert moment.placements["product_page"].overall.pinned == (shelf.code["lock"],)
    before = moment.placements
    other.look()
    assert other.present[1].placements is before  # nothing changed, nothing was read anew
    other.close()


def test_an_idempotent_call_decides_once(shop: Shop) -> None:
    headers = {**shop.headers("manager"), "Idempotency-Key": "17"}
    body = {"product_id": "lock", "action": "pin", "note": "because"}
    first, second = (shop.client.put(f"{ONE}/decisions", json=body, headers=headers) for _ in range(2))
    assert first.json() == second.json()
    assert second.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "praise"}, {"note": ""}, {"factor": 99}, {"beside": {"kind": "moon"}}, {"product_id": "unknown"},
        {"valid_until": "2001-01-01T00:00:00Z"}, {"valid_until": "0001-01-01T00:00:00+14:00"},
    ],
)  # fmt: skip
def test_what_says_nothing_is_refused(shop: Shop, wrong: dict[str, object]) -> None:
    body = {"product_id": "lock", "action": "pin", "note": "because", **wrong}
    answer = shop.client.put(f"{ONE}/decisions", json=body, headers=shop.headers("manager"))
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert ids(shop) == ["lamp", "helmet", "lock"]


def test_who_only_reads_decides_nothing(shop: Shop) -> None:
    for role in ("viewer", "staff", "shop", "public"):
        assert put(shop, "lock", "pin", role).status_code == 403
        assert shop.client.put(ONE, json={"share": 0.1}, headers=shop.headers(role)).status_code == 403
    assert get(shop, ONE, "viewer").status_code == 200
    assert get(shop, f"{ONE}/preview", "shop").status_code == 403
    assert ids(shop) == ["lamp", "helmet", "lock"]


def test_the_preview_is_the_answer_and_counts_nowhere(shop: Shop) -> None:
    put(shop, "lock", "pin", note="new")
    look = get(shop, f"{ONE}/preview", product="bike", fallback="none").json()
    assert [one["item"]["product_id"] for one in look["shown"]] == ids(shop) == ["lock", "lamp", "helmet"]
    assert look["shown"][0]["decision"]["note"] == "new"
    held = get(shop, f"{ONE}/preview", product="bike", customer=HELD_OUT).json()
    assert (held["kept_without"], len(held["shown"])) == ("firm", 4)
    shop.client.put(ONE, json={"share": 0.5}, headers=shop.headers("manager"))
    for number in range(12):
        get(shop, f"{ONE}/preview", product="bike", visit=f"V{number}")
    shop.desk.look()
    with shop.desk.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(TrialRow)).scalar() == 0


def test_a_customer_is_looked_at_only_by_who_may_read_persons(shop: Shop) -> None:
    for path in (f"{ONE}/preview", f"{ONE}/products/lamp/why"):
        assert get(shop, path, "viewer", product="bike").status_code == 200
        assert get(shop, path, "viewer", customer=OFFERED).status_code == 403
        told = get(shop, path, "staff", customer=OFFERED)
        assert told.status_code == 200
        assert "etag" not in told.headers
        assert "no-store" in told.headers["cache-control"]
    assert get(shop, f"{ONE}/products/bike/why", customer=OFFERED).json()["rule"] == "owned"


def test_the_share_holds_back_and_the_arms_are_told(shop: Shop) -> None:
    told = shop.client.put(ONE, json={"share": 0.5}, headers=shop.headers("manager")).json()
    assert (told["share"], told["is_own_share"], told["round"]) == (0.5, True, 2)
    held = [
        shop.ask(product="bike", placement="product_page", visit=f"V{n}").json()["held_out"]
        for n in range(60)
    ]
    assert 15 < sum(held) < 45
    shop.desk.look()
    (found,) = get(shop, ONE).json()["against_nothing"]
    assert found["kind"] == "visit"
    assert found["verdict"] == "cannot be measured"
    assert 45 < found["shown"]["units"] + found["nothing"]["units"] <= 60
    back = shop.client.delete(ONE, headers=shop.headers("manager"))
    assert back.status_code == 204
    assert get(shop, ONE).json()["share"] == 0.0  # the setting's


def test_a_placement_of_the_shops_own(shop: Shop) -> None:
    assert get(shop, "/v1/placements/home").status_code == 409
    shop.client.put("/v1/placements/home", json={"note": "first page"}, headers=shop.headers("manager"))
    body = {"product_id": "racer", "action": "pin", "note": "new", "valid_until": "2100-01-01T00:00:00+02:00"}
    shop.client.put("/v1/placements/home/decisions", json=body, headers=shop.headers("manager"))
    assert ids(shop, product="", placement="home") == ["racer"]
    assert shop.ask(placement="home", fallback="none").json()["source"] == "pinned"
    assert get(shop, "/v1/placements/home").json()["decided"][0]["valid_until"].startswith("2099-12-31 22:00")
    assert [one["name"] for one in get(shop, "/v1/placements").json()][-1] == "home"


def test_a_preview_opens_one_placement_for_one_customer_and_ends(shop: Shop) -> None:
    def asked(token: str, **more: object):
        path = f"/v1/placements/previews/{token}/v1/recommendations"
        return shop.client.post(path, json={"product": "bike", "fallback": "none", **more})

    put(shop, "lock", "pin")
    leave = Leave("product_page", "")
    token = give_leave(shop.desk.signer, leave, utc_now())
    told = asked(token, placement="cart", customer=OFFERED, limit=2).json()
    assert [one["product_id"] for one in told["items"]] == ["lock", "lamp"]
    assert told["placement"] == "product_page"
    personal = give_leave(shop.desk.signer, replace(leave, customer_id=OFFERED), utc_now())
    named = give_leave(shop.desk.signer, replace(leave, customer_id="kim@shop.example"), utc_now())
    assert "kim" not in urlsafe_b64decode(named.partition(".")[0] + "===").decode()
    assert asked(personal, product="").json()["source"] == "customer"
    old = give_leave(shop.desk.signer, leave, utc_now() - GOOD_FOR - timedelta(minutes=1))
    for wrong in (old, token[:-3] + "AAA", "x", "x.y"):
        assert asked(wrong).status_code == 403
    assert asked(token, limit="many").status_code == 422
