"""In and out: logins, sessions that end, forms of other pages, the first administrator, the demo."""

from datetime import timedelta

import pytest

from passend.errors import InvalidInput
from passend.flow.access.names import cover, uncover
from passend.flow.access.sessions import (
    IDLE,
    LONGEST,
    begin_session,
    demo_user,
    end_demo,
    find_session,
    form_token,
    is_form_token,
)
from passend.flow.access.users import (
    PEOPLE,
    add_user,
    disable_user,
    knows_password,
    list_users,
    set_password,
    set_role,
)
from passend.flow.campaigns.opening import utc_now
from passend.web.doors import BY_NAME
from passend.web.entering import own_path
from passend.web.visits import COOKIE
from tests.flow.serving.shop import open_shop
from tests.web.conftest import PASSWORD, Site, opened, token_of


def test_a_person_logs_in_and_out(site: Site) -> None:
    add_user(site.desk.store, "Anna@Shop.example", PASSWORD, "viewer", who="test", now=utc_now())
    client = site.client()
    assert client.get("/").headers["location"] == "/login"
    assert client.get("/gallery?x=1").headers["location"] == "/login?next=%2Fgallery%3Fx%3D1"
    answer = client.post(
        "/login", data={"name": "anna@shop.example", "password": PASSWORD, "next": "/gallery"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/gallery")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert client.get("/gallery").status_code == 200
    secret = client.cookies[COOKIE]
    assert client.post("/logout", data={"form_token": token_of(client)}).status_code == 303
    assert find_session(site.desk.store, secret, utc_now()) is None
    assert client.get("/gallery").status_code == 303


def test_a_wrong_password_and_an_unknown_name_say_the_same(site: Site) -> None:
    client = site.client()
    told = [
        client.post("/login", data={"name": name, "password": "wrong words here"})
        for name in ("viewer@shop.example", "nobody@shop.example")
    ]
    assert [one.status_code for one in told] == [401, 401]
    assert told[0].text.replace("viewer@", "nobody@") == told[1].text


def test_whoever_guesses_is_slowed_down(tmp_path) -> None:
    made = opened(tmp_path, users=False)
    add_user(made.desk.store, "anna", PASSWORD, "viewer", who="test", now=utc_now())
    client = made.client()
    wrong = {"name": "anna", "password": "wrong words here"}
    codes = [client.post("/login", data=wrong).status_code for _ in range(BY_NAME + 1)]
    assert codes == [401] * BY_NAME + [429]
    # Not even the right one gets in now: else guessing would go on unslowed.
    assert client.post("/login", data={**wrong, "password": PASSWORD}).status_code == 429
    made.desk.close()


def test_a_login_takes_over_nothing_that_the_browser_brought(site: Site) -> None:
    client = site.client()
    client.cookies.set(COOKIE, "planted-by-somebody-else")
    client.post("/login", data={"name": "staff@shop.example", "password": PASSWORD})
    secret = [one.value for one in client.cookies.jar if one.name == COOKIE][-1]
    assert secret != "planted-by-somebody-else"
    assert find_session(site.desk.store, "planted-by-somebody-else", utc_now()) is None
    assert find_session(site.desk.store, secret, utc_now())


def test_a_login_from_a_foreign_page_is_refused(site: Site) -> None:
    data = {"name": "viewer@shop.example", "password": PASSWORD}
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        assert site.client().post("/login", data=data, headers=headers).status_code == 403


def test_sessions_end_by_themselves(site: Site) -> None:
    store, now = site.desk.store, utc_now()
    user = knows_password(store, "viewer@shop.example", PASSWORD)
    assert user
    secret = begin_session(store, user, now)
    assert find_session(store, secret, now + IDLE - timedelta(minutes=1))
    assert find_session(store, secret, now + IDLE + timedelta(hours=1))  # it was used in between
    later = now
    while later < now + LONGEST:
        assert find_session(store, secret, later), later - now
        later += IDLE / 2
    assert find_session(store, secret, now + LONGEST + timedelta(minutes=1)) is None
    idle = begin_session(store, user, now)
    assert find_session(store, idle, now + IDLE + timedelta(minutes=1)) is None


def test_a_new_password_or_no_account_ends_all_sessions(site: Site) -> None:
    store, now = site.desk.store, utc_now()
    user = add_user(store, "berta", PASSWORD, "staff", who="test", now=now)
    secret = begin_session(store, user, now)
    set_password(store, "berta", "three other words", who="test", now=now)
    assert find_session(store, secret, now) is None
    assert knows_password(store, "berta", PASSWORD) is None
    secret = begin_session(store, user, now)
    set_role(store, "berta", "manager", who="test", now=now)
    found = find_session(store, secret, now)
    assert found
    assert found.may("plans")
    disable_user(store, "berta", who="test", now=now)
    assert find_session(store, secret, now) is None
    assert knows_password(store, "berta", "three other words") is None


def test_a_new_password_keeps_its_cookie_to_encrypted_lines(tmp_path) -> None:
    """Behind a proxy that speaks https to the browser and http to us; [serve] is the last section of the settings."""
    open_shop(tmp_path)
    with (tmp_path / "settings.toml").open("a") as file:
        file.write("proxy_hops = 1\n")
    made = opened(tmp_path, new=False)
    client = made.client("staff")
    form = {"form_token": token_of(client, "/settings"), "old": PASSWORD, "new": "four other odd words"}
    answer = client.post("/settings/password", data=form, headers={"x-forwarded-proto": "https"})
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"].lower()
    assert "secure" in cookie
    assert "max-age=604800" in cookie
    made.desk.close()


def test_passwords_are_kept_as_hashes_alone(site: Site) -> None:
    with site.desk.store.read() as connection:
        kept = connection.exec_driver_sql("select password from users").scalars().all()
    assert kept
    assert all(one.startswith("$argon2id$") for one in kept)
    assert "password" not in str(list_users(site.desk.store))


def test_mistakes_in_accounts_are_told(site: Site) -> None:
    store, now = site.desk.store, utc_now()
    for name, password, role in (
        ("viewer@shop.example", PASSWORD, "viewer"), ("", PASSWORD, "viewer"), ("x", "short", "viewer"),
        ("x", PASSWORD, "shop"), ("x\n", PASSWORD + "\n" * 300, "viewer"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput):
            add_user(store, name, password, role, who="test", now=now)
    with pytest.raises(InvalidInput):
        disable_user(store, "administrator@shop.example", who="test", now=now)


def test_the_link_of_the_first_start_makes_one_administrator(tmp_path) -> None:
    made = opened(tmp_path, setup="once", users=False)
    client = made.client()
    form = {"token": "once", "name": "owner", "password": PASSWORD}
    assert client.get("/setup?token=other").status_code == 404
    assert client.get("/setup?token=once").status_code == 200
    assert client.post("/setup", data={**form, "token": "other"}).status_code == 404
    assert client.post("/setup", data={**form, "password": "short"}).status_code == 422
    assert client.post("/setup", data=form).status_code == 303
    assert client.get("/gallery").status_code == 200
    assert client.post("/setup", data={**form, "name": "second"}).status_code == 404
    assert [one["role"] for one in list_users(made.desk.store)] == ["administrator"]
    made.desk.close()


def test_a_demo_logs_in_on_this_computer_alone_and_ends_with_the_demo(tmp_path) -> None:
    made = opened(tmp_path, demo=True, users=False)
    client = made.client()
    assert client.get("/login", headers={"host": "shop.evil.example"}).status_code == 200
    assert COOKIE not in client.cookies
    assert client.get("/login").status_code == 303
    assert client.get("/gallery").status_code == 200
    assert knows_password(made.desk.store, "demo", "") is None
    end_demo(made.desk.store, utc_now())
    assert client.get("/gallery").status_code == 303
    assert demo_user(made.desk.store, utc_now()).role == "manager"
    made.desk.close()


def test_forms_hold_for_their_own_session(site: Site) -> None:
    one, two = site.secrets["viewer"], site.secrets["staff"]
    assert is_form_token(one, form_token(one))
    assert not is_form_token(two, form_token(one))
    assert not is_form_token(one, "")
    assert not is_form_token(one, ".")
    assert form_token(one) != form_token(one)


@pytest.mark.parametrize("wanted", ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a\nb"])
def test_a_login_leads_to_our_own_pages_alone(wanted: str) -> None:
    assert own_path(wanted) == "/"
    assert own_path("/products?wanted=x") == "/products?wanted=x"


@pytest.mark.parametrize("customer", ["17850", "anna@shop.example", "Größe/7 ü", "x" * 300])
def test_an_address_holds_nobodys_number(site: Site, customer: str) -> None:
    token = cover(site.desk.signer, customer)
    assert uncover(site.desk.signer, token) == customer
    assert cover(site.desk.signer, customer) == token
    assert customer not in token
    for bad in (token[:-2], token + "A", "", "A", token[::-1], "ü"):
        with pytest.raises(InvalidInput):
            uncover(site.desk.signer, bad)


def test_people_choose_language_and_theme(site: Site) -> None:
    client = site.client("viewer")
    form = {"form_token": token_of(client), "language": "de", "theme": "dark", "back": "/gallery"}
    assert client.post("/taste", data=form).headers["location"] == "/gallery"
    told = client.get("/gallery").text
    assert '<html lang="de" data-theme="dark">' in told
    assert "Bausteine" in told
    client.post("/taste", data={**form, "language": "xx", "theme": "auto"})
    assert '<html lang="de" data-theme="auto">' in client.get("/gallery").text
    client.post("/taste", data={**form, "language": "auto"})


def test_every_role_is_one_of_the_list() -> None:
    assert PEOPLE == ("viewer", "staff", "manager", "administrator")
