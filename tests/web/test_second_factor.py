"""Codes of a device beside the password: the published numbers, once each, and no way around them."""

import re
from base64 import b32decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from passend.errors import InvalidInput
from passend.flow.access import second_factor
from passend.flow.access.second_factor import (
    RECOVERY_CODES,
    begin_second_factor,
    code_at,
    confirm_second_factor,
    end_second_factor,
    has_second_factor,
    takes_code,
)
from passend.flow.access.users import User, add_user, disable_user, set_password
from passend.flow.campaigns.opening import utc_now
from tests.web.conftest import PASSWORD, Site, opened, token_of

NOW = datetime(2026, 11, 1, 12)
HALF = timedelta(seconds=30)
#: RFC 6238, appendix B; the seed is "1234567890" repeated to the length of the hash.
VECTORS = [
    (59, "94287082", "46119246", "90693936"),
    (1111111109, "07081804", "68084774", "25091201"),
    (1111111111, "14050471", "67062674", "99943326"),
    (1234567890, "89005924", "91819424", "93441116"),
    (2000000000, "69279037", "90698825", "38618901"),
    (20000000000, "65353130", "77737706", "47863826"),
]


@pytest.mark.parametrize(("at", "sha1", "sha256", "sha512"), VECTORS)
def test_codes_are_those_of_the_rfc(at: int, sha1: str, sha256: str, sha512: str) -> None:
    seed = b"1234567890" * 7
    found = [
        code_at(seed[:n], at // 30, 8, name) for n, name in ((20, "sha1"), (32, "sha256"), (64, "sha512"))
    ]
    assert found == [sha1, sha256, sha512]
    assert code_at(seed[:20], at // 30) == sha1[-6:]


@pytest.fixture
def own(tmp_path) -> Iterator[Site]:
    """The pages of a shop that a test changes."""
    made = opened(tmp_path)
    yield made
    made.desk.close()


@pytest.fixture
def anna(own: Site) -> User:
    """An administrator."""
    return add_user(own.desk.store, "anna", PASSWORD, "administrator", who="test", now=NOW)


def shown(secret: str, at: datetime) -> str:
    """What the device shows."""
    return code_at(b32decode(secret), int(at.replace(tzinfo=UTC).timestamp()) // 30)


def test_a_code_holds_for_its_time_and_is_taken_once(own: Site, anna: User) -> None:
    store = own.desk.store
    secret = begin_second_factor(store, anna)
    assert not has_second_factor(store, anna.id)
    assert not takes_code(store, anna, shown(secret, NOW), NOW), "nothing was confirmed"
    with pytest.raises(InvalidInput, match="another one"):
        confirm_second_factor(store, anna, "000000", NOW)
    codes = confirm_second_factor(store, anna, shown(secret, NOW), NOW)
    assert has_second_factor(store, anna.id)
    assert not takes_code(store, anna, shown(secret, NOW), NOW), "it was used to confirm"
    later = NOW + 10 * HALF
    for shift, holds in ((-2, False), (2, False), (-1, True), (0, True), (0, False), (-1, False), (1, True)):
        assert takes_code(store, anna, f" {shown(secret, later + shift * HALF)} ", later) is holds, shift
    assert not takes_code(store, anna, "", later)
    assert len(set(codes)) == RECOVERY_CODES
    assert takes_code(store, anna, codes[0].upper(), later)
    assert not takes_code(store, anna, codes[0], later), "each once"
    with pytest.raises(InvalidInput, match="already"):
        begin_second_factor(store, anna)
    end_second_factor(store, anna, "anna", later)
    assert not takes_code(store, anna, codes[1], later)


def test_codes_of_one_person_are_nobody_elses(own: Site, anna: User) -> None:
    store = own.desk.store
    other = add_user(store, "bert", PASSWORD, "viewer", who="test", now=NOW)
    codes = confirm_second_factor(store, anna, shown(begin_second_factor(store, anna), NOW), NOW)
    secret = begin_second_factor(store, other)
    confirm_second_factor(store, other, shown(secret, NOW), NOW)
    assert not takes_code(store, other, codes[0], NOW)
    assert not takes_code(store, anna, shown(secret, NOW + HALF), NOW + HALF)


def test_no_secret_of_it_is_in_the_log_and_recovery_codes_are_kept_nowhere(own: Site, anna: User) -> None:
    store = own.desk.store
    secret = begin_second_factor(store, anna)
    codes = confirm_second_factor(store, anna, shown(secret, NOW), NOW)
    with store.read() as connection:
        log = str(connection.exec_driver_sql("select * from audit").all())
        kept = str(connection.exec_driver_sql("select * from recovery_codes").all())
    assert "second factor on" in log
    assert secret not in log
    assert not any(one in log + kept for one in codes)


def test_a_person_sets_it_up_and_logs_in_by_it(
    own: Site, anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = own.client()

    def login(password: str = PASSWORD):
        return client.post("/login", data={"name": "anna", "password": password, "next": "/settings"})

    assert login().headers["location"] == "/settings"
    form = {"form_token": token_of(client)}
    assert client.post("/settings/factor", data={**form, "old": "wrong words here"}).status_code == 422
    page = client.post("/settings/factor", data={**form, "old": PASSWORD}).text
    secret = re.search(r"<pre>([A-Z2-7 ]+)</pre>", page)[1].replace(" ", "")
    assert 'src="data:image/svg+xml' in page
    on = client.post("/settings/factor/confirm", data={**form, "code": shown(secret, utc_now())}).text
    codes = unescape(re.search(r"<pre>([a-z2-7\s]+)</pre>", on)[1]).split()
    assert len(codes) == RECOVERY_CODES
    client.post("/logout", data=form)

    asked = login()
    assert asked.status_code == 200
    assert client.get("/settings").status_code == 303, "the password alone lets nobody in"
    ticket = re.search(r'name="ticket" value="([^"]+)"', asked.text)[1]

    def typed(code: str, ticket: str = ticket):
        return client.post("/login/code", data={"ticket": ticket, "code": code, "next": "/settings"})

    assert typed(shown(secret, utc_now() - 20 * HALF)).status_code == 401
    assert typed(codes[0], ticket[:-2] + "xx").headers["location"] == "/login", "a forged ticket"
    assert typed(codes[0]).headers["location"] == "/settings"
    assert client.get("/settings").status_code == 200
    client.post("/logout", data={"form_token": token_of(client)})
    assert typed(codes[0]).status_code == 401, "each once"
    later = utc_now() + 4 * HALF
    monkeypatch.setattr("passend.web.doors.utc_now", lambda: later)
    assert typed(shown(secret, later)).headers["location"] == "/settings"
    monkeypatch.setattr("passend.web.doors.utc_now", lambda: later + timedelta(minutes=6))
    assert typed(codes[1]).headers["location"] == "/login", "the ticket is too old"


def test_a_ticket_ends_with_the_password_and_with_the_account(own: Site, anna: User) -> None:
    store, client = own.desk.store, own.client()
    codes = confirm_second_factor(store, anna, shown(begin_second_factor(store, anna), utc_now()), utc_now())
    asked = client.post("/login", data={"name": "anna", "password": PASSWORD}).text
    data = {"ticket": re.search(r'name="ticket" value="([^"]+)"', asked)[1], "code": codes[0]}
    set_password(store, "anna", "another three words", who="anna", now=NOW, keeps_factor=True)
    assert client.post("/login/code", data=data).headers["location"] == "/login"
    asked = client.post("/login", data={"name": "anna", "password": "another three words"}).text
    data["ticket"] = re.search(r'name="ticket" value="([^"]+)"', asked)[1]
    disable_user(store, "anna", who="test", now=NOW)
    assert client.post("/login/code", data=data).headers["location"] == "/login"


def test_codes_cannot_be_guessed(own: Site, anna: User) -> None:
    store, client = own.desk.store, own.client()
    confirm_second_factor(store, anna, shown(begin_second_factor(store, anna), utc_now()), utc_now())
    asked = client.post("/login", data={"name": "anna", "password": PASSWORD}).text
    ticket = re.search(r'name="ticket" value="([^"]+)"', asked)[1]
    told = [
        client.post("/login/code", data={"ticket": ticket, "code": f"{n:06d}"}).status_code for n in range(9)
    ]
    assert told[0] == 401
    assert told[-1] == 429


def test_a_new_password_by_an_administrator_is_the_way_back_in(own: Site, anna: User) -> None:
    store = own.desk.store
    confirm_second_factor(store, anna, shown(begin_second_factor(store, anna), NOW), NOW)
    set_password(store, "anna", "another three words", who="anna", now=NOW, keeps_factor=True)
    assert has_second_factor(store, anna.id)
    set_password(store, "anna", "yet another three", who="kim", now=NOW)
    assert not has_second_factor(store, anna.id)


def test_it_is_turned_off_by_a_code_alone(own: Site, anna: User) -> None:
    store, client = own.desk.store, own.client()
    client.post("/login", data={"name": "anna", "password": PASSWORD})
    secret = begin_second_factor(store, anna)
    codes = confirm_second_factor(store, anna, shown(secret, utc_now()), utc_now())
    form = {"form_token": token_of(client)}
    assert client.post("/settings/factor/end", data={**form, "code": "123456"}).status_code == 422
    assert has_second_factor(store, anna.id)
    assert client.post("/settings/factor/end", data={**form, "code": codes[3]}).status_code == 303
    assert not has_second_factor(store, anna.id)


def test_what_the_app_reads_names_the_firm_and_the_person() -> None:
    assert (
        second_factor.address_of("ABC", "a b@c")
        == "otpauth://totp/passend%3Aa%20b%40c?secret=ABC&issuer=passend"
    )
