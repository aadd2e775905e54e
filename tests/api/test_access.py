"""Who may do what, on every route; and what a stranger, a page and a forged token get."""

import itertools
import random
from dataclasses import dataclass
from datetime import timedelta

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import select

from passend.api import customer_pages, recommending
from passend.api.access import WRONG_KEYS, Bucket, Needs
from passend.api.application import ROUTERS
from passend.errors import Forged
from passend.flow.campaigns.opening import utc_now
from passend.flow.serving.keys import (
    GRACE,
    ROLES,
    SCOPES,
    demo_keys_hold,
    find_key,
    list_keys,
    make_demo_keys,
    make_key,
    revoke_demo_keys,
    revoke_key,
    rotate_key,
)
from passend.flow.serving.signed_customers import read_customer, sign_customer, signing_secret
from passend.store.audit import AuditRow
from tests.api.conftest import ORIGIN, Shop, opened
from tests.flow.serving.shop import CUSTOMERS, OFFERED

#: Routes that need no key; whoever adds one writes here why.
OPEN = {
    "/health": "tells nothing",
    "/ready": "tells nothing",
    "/v1/widget.js": "the same script for everybody",
    "/v1/placements/previews/{token}/v1/recommendations": "the preview's token is signed, and good for some hours",
    **{f"/{kind}/{{token}}": "for customers: the link is signed" for kind in customer_pages.KINDS},
    "/sign-up": "for customers: nothing happens before the mail's button is pressed",
}


@dataclass(frozen=True)
class HotRoute:
    """The route that stands before the others, and looks at the key itself, because it may stand in the body."""

    path: str = recommending.PATH
    scope: str = recommending.NEEDS


def needs_of(route: APIRoute | HotRoute) -> str | None:
    """The scope that a route needs."""
    if isinstance(route, HotRoute):
        return route.scope
    found = [one.call.scope for one in route.dependant.dependencies if isinstance(one.call, Needs)]
    return found[0] if found else None


ROUTES = [("POST", HotRoute())] + [
    (method, route)
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in route.methods
    if method != "OPTIONS"
]


def test_every_route_needs_a_scope_that_exists_or_is_open_with_a_reason() -> None:
    for _, route in ROUTES:
        assert (route.path in OPEN) != (needs_of(route) in SCOPES), route.path


def test_every_role_gets_in_where_it_may_and_nowhere_else(shop: Shop) -> None:
    for (method, route), role in itertools.product(ROUTES, [*ROLES, "public"]):
        if route.path in OPEN:
            continue
        path = route.path.format(
            customer_id="none", job_id="none", key="none", key_id="none", name="none", product_id="none",
            number="none", table="relations", channel="email",
        )  # fmt: skip
        answer = shop.client.request(method, path, headers=shop.headers(role), json={})
        may = needs_of(route) in shop.keys[role].key.scopes
        assert (answer.status_code != 403) == may, (method, path, role, answer.text)
        assert answer.status_code < 500, (method, path, role, answer.text)


def test_without_a_key_or_with_a_wrong_one_nobody_gets_in(shop: Shop) -> None:
    for method, route in ROUTES:
        if route.path in OPEN:
            continue
        names = ("customer_id", "job_id", "key", "key_id", "name", "number", "product_id")
        path = route.path.format_map(dict.fromkeys(names, "x") | {"table": "relations", "channel": "email"})
        answer = shop.client.request(method, path, json={})
        assert answer.status_code == 401, (method, path)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_public_key_holds_on_its_own_pages_alone(shop: Shop) -> None:
    assert shop.ask("public", product="bike").status_code == 200
    for origin in ("https://evil.example", "https://shop.example.evil.example", "null", ""):
        headers = {**shop.headers("public"), "Origin": origin}
        assert shop.client.post("/v1/recommendations", json={}, headers=headers).status_code == 403
    assert shop.ask("public", product="bike").headers["access-control-allow-origin"] == ORIGIN


def test_a_page_cannot_name_a_customer_but_by_the_shops_signature(shop: Shop) -> None:
    assert shop.ask("public", customer=OFFERED).status_code == 403
    key = shop.keys["public"].key
    secret = signing_secret(shop.desk.signer, key.id)
    token = sign_customer(secret, OFFERED, utc_now() + timedelta(minutes=5))
    assert shop.ask("public", customer_token=token).json()["source"] == "customer"
    old = sign_customer(secret, OFFERED, utc_now() - timedelta(minutes=5))
    assert shop.ask("public", customer_token=old).json()["source"] == "popular"


def test_a_thousand_tampered_tokens_open_nothing(shop: Shop) -> None:
    rng = random.Random(1)
    key = shop.keys["public"].key
    token = sign_customer(signing_secret(shop.desk.signer, key.id), OFFERED, utc_now() + timedelta(hours=1))
    assert read_customer(shop.desk.signer, key.id, token, utc_now()) == OFFERED
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.=\u00e9 "
    for _ in range(1000):
        place = rng.randrange(len(token))
        other = rng.choice([one for one in letters if one != token[place]])
        bad = rng.choice((token[:place] + other + token[place + 1 :], token[:place], token + other))
        with pytest.raises(Forged):
            read_customer(shop.desk.signer, key.id, bad, utc_now())
    with pytest.raises(Forged):  # another page's key
        read_customer(shop.desk.signer, "another", token, utc_now())


def test_no_answer_for_one_customer_holds_another(shop: Shop) -> None:
    for path in ("offers", "holdout", "export", "consent/email"):
        told = shop.client.get(f"/v1/customers/{OFFERED}/{path}", headers=shop.headers("administrator"))
        assert told.status_code == 200, told.text
        assert all(f"{other}@example.org" not in told.text for other in CUSTOMERS if other != OFFERED)
        assert "no-store" in told.headers["cache-control"]


def test_a_key_is_kept_as_a_fingerprint_and_told_once(shop: Shop) -> None:
    answer = shop.client.post(
        "/v1/keys", json={"name": "n", "role": "viewer"}, headers=shop.headers("administrator")
    )
    secret = answer.json()["secret"]
    assert answer.status_code == 201
    listed = shop.client.get("/v1/keys", headers=shop.headers("administrator")).text
    assert secret not in listed
    kept = b"".join(one.read_bytes() for one in shop.desk.folder.glob("operations.db*"))
    assert secret.encode() not in kept


def test_a_rotated_key_still_holds_for_a_day(shop: Shop) -> None:
    now, store = utc_now(), shop.desk.store
    old = make_key(store, "r", ["results"], "test", now)
    new = rotate_key(store, old.key.id, "test", now)
    assert find_key(store, old.secret, now)
    assert find_key(store, new.secret, now)
    later = now + GRACE + timedelta(seconds=1)
    assert find_key(store, old.secret, later) is None
    assert find_key(store, new.secret, later)
    revoke_key(store, new.key.id, "test", now)
    assert find_key(store, new.secret, now) is None
    assert {one["id"] for one in list_keys(store)} >= {old.key.id, new.key.id}


def test_what_becomes_of_keys_is_written_down(shop: Shop) -> None:
    store, now = shop.desk.store, utc_now()
    old = make_key(store, "written", ["results"], "kim", now)
    new = rotate_key(store, old.key.id, "lee", now)
    revoke_key(store, new.key.id, "kim", now)
    with store.read() as connection:
        rows = connection.execute(select(AuditRow.who, AuditRow.what, AuditRow.subject)).all()
    ids = {f"key/{one.key.id}" for one in (old, new)}
    found = [tuple(row) for row in rows if row.subject in ids]
    assert [one[:2] for one in found] == [
        ("kim", "made"),
        ("lee", "rotated"),
        ("lee", "made"),
        ("kim", "revoked"),
    ]
    assert all(secret not in str(rows) for secret in (old.secret, new.secret))


def test_a_public_key_never_does_more_than_ask(shop: Shop) -> None:
    wanted = {"name": "n", "scopes": ["customers"], "origins": [ORIGIN]}
    answer = shop.client.post("/v1/keys", json=wanted, headers=shop.headers("administrator"))
    assert answer.status_code == 422


def test_keys_that_everybody_knows_end_when_the_demo_does(shop: Shop) -> None:
    now, store = utc_now(), shop.desk.store
    assert not demo_keys_hold(store, now)
    make_demo_keys(store, ["http://127.0.0.1:1"], now)
    make_demo_keys(store, ["http://127.0.0.1:1"], now)
    assert demo_keys_hold(store, now)
    revoke_demo_keys(store, now)
    assert not demo_keys_hold(store, now)


def test_whoever_tries_keys_is_slowed_down(tmp_path) -> None:
    made = opened(tmp_path)
    try:
        states = [
            made.client.get("/v1/state", headers={"Authorization": f"Bearer sk_{n}"}).status_code
            for n in range(WRONG_KEYS + 3)
        ]
        assert states[0] == 401
        assert states[-1] == 429
    finally:
        made.desk.close()


def test_a_bucket_fills_up_again() -> None:
    bucket = Bucket(60)
    assert [bucket.take("a", 0.0) for _ in range(61)] == [True] * 60 + [False]
    assert bucket.take("b", 0.0)
    assert bucket.take("a", 1.5)
