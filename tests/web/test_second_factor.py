"""Codes of a device beside the password: the published numbers, once each, sealed in the store, and no way around."""

import re
import secrets
from base64 import b32decode, urlsafe_b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from passend.channels.links.signing import FILE, Signer, signer_of
from passend.errors import InvalidInput, WorkspaceError
from passend.flow.access import second_factor
from passend.flow.access.sealing import seal, unseal
from passend.flow.access.second_factor import (
    RECOVERY_CODES,
    begin_second_factor,
    code_at,
    confirm_second_factor,
    end_second_factor,
    has_second_factor,
    seal_all,
    takes_code,
)
from passend.flow.access.users import User, add_user, disable_user, set_password
from passend.flow.campaigns.opening import utc_now
from passend.web.site import make_site
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
    secret = begin_second_factor(store, own.desk.signer, anna)
    assert not has_second_factor(store, anna.id)
    assert not takes_code(store, own.desk.signer, anna, shown(secret, NOW), NOW), "nothing was confirmed"
    with pytest.raises(InvalidInput, match="another one"):
        confirm_second_factor(store, own.desk.signer, anna, "000000", NOW)
    codes = confirm_second_factor(store, own.desk.signer, anna, shown(secret, NOW), NOW)
    assert has_second_factor(store, anna.id)
    assert not takes_code(store, own.desk.signer, anna, shown(secret, NOW), NOW), "it was used to confirm"
    later = NOW + 10 * HALF
    for shift, holds in ((-2, False), (2, False), (-1, True), (0, True), (0, False), (-1, False), (1, True)):
        assert (
            takes_code(store, own.desk.signer, anna, f" {shown(secret, later + shift * HALF)} ", later)
            is holds
        ), shift
    assert not takes_code(store, own.desk.signer, anna, "", later)
    assert len(set(codes)) == RECOVERY_CODES
    assert takes_code(store, own.desk.signer, anna, codes[0].upper(), later)
    assert not takes_code(store, own.desk.signer, anna, codes[0], later), "each once"
    with pytest.raises(InvalidInput, match="already"):
        begin_second_factor(store, own.desk.signer, anna)
    end_second_factor(store, anna, "anna", later)
    assert not takes_code(store, own.desk.signer, anna, codes[1], later)


def test_codes_of_one_person_are_nobody_elses(own: Site, anna: User) -> None:
    store = own.desk.store
    other = add_user(store, "bert", PASSWORD, "viewer", who="test", now=NOW)
    codes = confirm_second_factor(
        store, own.desk.signer, anna, shown(begin_second_factor(store, own.desk.signer, anna), NOW), NOW
    )
    secret = begin_second_factor(store, own.desk.signer, other)
    confirm_second_factor(store, own.desk.signer, other, shown(secret, NOW), NOW)
    assert not takes_code(store, own.desk.signer, other, codes[0], NOW)
    assert not takes_code(store, own.desk.signer, anna, shown(secret, NOW + HALF), NOW + HALF)


def test_no_secret_of_it_is_in_the_log_and_recovery_codes_are_kept_nowhere(own: Site, anna: User) -> None:
    store = own.desk.store
    secret = begin_second_factor(store, own.desk.signer, anna)
    codes = confirm_second_factor(store, own.desk.signer, anna, shown(secret, NOW), NOW)
    with store.read() as connection:
        log = str(connection.exec_driver_sql("select * from audit").all())
        kept = str(connection.exec_driver_sql("select * from recovery_codes").all())
    assert "second factor on" in log
    assert secret not in log
    assert not any(one in log + kept for one in codes)


def kept(own: Site) -> list[str]:
    """What the store holds of devices' secrets."""
    with own.desk.store.read() as connection:
        return list(
            connection.exec_driver_sql("select secret from second_factors order by user_id").scalars()
        )


def another_key(own: Site, *, keeps: bool) -> Signer:
    """The server's key is changed, the old one kept as a further line of the file or not."""
    file = own.desk.folder / FILE
    file.write_text("\n".join([secrets.token_hex(32), *(file.read_text().split() if keeps else ())]))
    return signer_of(own.desk.folder)


def test_the_store_alone_makes_no_codes(own: Site, anna: User) -> None:
    store, signer = own.desk.store, own.desk.signer
    secret = begin_second_factor(store, signer, anna)
    assert secret not in kept(own)[0]
    assert b32decode(secret) not in urlsafe_b64decode(kept(own)[0].partition(".")[2])
    first = kept(own)
    secret = begin_second_factor(store, signer, anna)
    confirm_second_factor(store, signer, anna, shown(secret, NOW), NOW)
    other = add_user(store, "bert", PASSWORD, "viewer", who="test", now=NOW)
    begin_second_factor(store, signer, other)
    assert len({*first, *kept(own)}) == 3
    file = own.desk.folder.rglob("*")
    assert not any(secret.encode() in one.read_bytes() for one in file if one.is_file())
    # Moved to another person's row, or changed, it opens nothing.
    sealed = seal(signer, anna.id, secret)
    assert unseal(signer, anna.id, sealed) == (secret, True)
    assert unseal(signer, other.id, sealed) is None
    place = len(sealed) - 8
    changed = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
    for bad in (changed, sealed[:20], sealed[:8], sealed + "ü"):
        assert unseal(signer, anna.id, bad) is None, bad


def plainly_kept(own: Site, anna: User) -> str:
    """A second factor of the time before secrets were sealed."""
    secret = begin_second_factor(own.desk.store, own.desk.signer, anna)
    confirm_second_factor(own.desk.store, own.desk.signer, anna, shown(secret, NOW), NOW)
    with own.desk.store.change() as connection:
        connection.exec_driver_sql(f"update second_factors set secret = '{secret}'")
    return secret


def test_what_was_kept_plainly_is_sealed_at_the_next_start_and_at_the_next_use(own: Site, anna: User) -> None:
    store, signer = own.desk.store, own.desk.signer
    secret = plainly_kept(own, anna)
    assert kept(own) == [secret]
    assert takes_code(store, signer, anna, shown(secret, NOW + HALF), NOW + HALF)
    assert secret not in kept(own)[0]
    with store.change() as connection:
        connection.exec_driver_sql(f"update second_factors set secret = '{secret}'")
    make_site(own.desk)
    assert unseal(signer, anna.id, kept(own)[0]) == (secret, True)
    before = kept(own)
    assert seal_all(store, signer) == 0
    assert kept(own) == before
    assert takes_code(store, signer, anna, shown(secret, NOW + 2 * HALF), NOW + 2 * HALF)


def test_a_changed_key_takes_what_the_old_one_sealed_along(own: Site, anna: User) -> None:
    store = own.desk.store
    secret = begin_second_factor(store, own.desk.signer, anna)
    confirm_second_factor(store, own.desk.signer, anna, shown(secret, NOW), NOW)
    new = another_key(own, keeps=True)
    assert unseal(new, anna.id, kept(own)[0]) == (secret, False)
    assert takes_code(store, new, anna, shown(secret, NOW + HALF), NOW + HALF)
    assert unseal(Signer(new.keys[:1]), anna.id, kept(own)[0]) == (secret, True)


def test_a_lost_key_is_told_with_its_remedies_and_they_help(own: Site, anna: User) -> None:
    store, client = own.desk.store, own.client()
    secret = begin_second_factor(store, own.desk.signer, anna)
    codes = confirm_second_factor(store, own.desk.signer, anna, shown(secret, NOW), NOW)
    own.desk.signer = another_key(own, keeps=False)
    assert seal_all(store, own.desk.signer) == 0
    with pytest.raises(WorkspaceError, match="The key is gone"):
        takes_code(store, own.desk.signer, anna, shown(secret, NOW + HALF), NOW + HALF)

    def ticket(language: str = "en") -> str:
        form, spoken = {"name": "anna", "password": PASSWORD}, {"accept-language": language}
        return re.search(
            r'name="ticket" value="([^"]+)"', client.post("/login", data=form, headers=spoken).text
        )[1]

    def typed(code: str, language: str = "en"):
        form, spoken = {"ticket": ticket(), "code": code}, {"accept-language": language}
        return client.post("/login/code", data=form, headers=spoken)

    answer = typed(shown(secret, utc_now()))
    assert (answer.status_code, "ask an administrator to end your second factor" in answer.text) == (
        403,
        True,
    )
    assert "Der Schlüssel fehlt" in typed(shown(secret, utc_now()), "de").text
    assert typed(codes[0]).status_code == 303, "a recovery code still lets in"
    admin = own.client("administrator")
    form = {"form_token": token_of(admin, "/settings/people"), "name": "anna", "what": "factor"}
    assert "End the second factor" in admin.get("/settings/people").text
    assert admin.post("/settings/people/change", data=form).status_code == 303
    assert not has_second_factor(store, anna.id)
    assert "End the second factor" not in admin.get("/settings/people").text
    assert client.post("/login", data={"name": "anna", "password": PASSWORD}).status_code == 303
    assert begin_second_factor(store, own.desk.signer, anna)


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
    codes = confirm_second_factor(
        store,
        own.desk.signer,
        anna,
        shown(begin_second_factor(store, own.desk.signer, anna), utc_now()),
        utc_now(),
    )
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
    confirm_second_factor(
        store,
        own.desk.signer,
        anna,
        shown(begin_second_factor(store, own.desk.signer, anna), utc_now()),
        utc_now(),
    )
    asked = client.post("/login", data={"name": "anna", "password": PASSWORD}).text
    ticket = re.search(r'name="ticket" value="([^"]+)"', asked)[1]
    told = [
        client.post("/login/code", data={"ticket": ticket, "code": f"{n:06d}"}).status_code for n in range(9)
    ]
    assert told[0] == 401
    assert told[-1] == 429


def test_a_new_password_by_an_administrator_is_the_way_back_in(own: Site, anna: User) -> None:
    store = own.desk.store
    confirm_second_factor(
        store, own.desk.signer, anna, shown(begin_second_factor(store, own.desk.signer, anna), NOW), NOW
    )
    set_password(store, "anna", "another three words", who="anna", now=NOW, keeps_factor=True)
    assert has_second_factor(store, anna.id)
    set_password(store, "anna", "yet another three", who="kim", now=NOW)
    assert not has_second_factor(store, anna.id)


def test_it_is_turned_off_by_a_code_alone(own: Site, anna: User) -> None:
    store, client = own.desk.store, own.client()
    client.post("/login", data={"name": "anna", "password": PASSWORD})
    secret = begin_second_factor(store, own.desk.signer, anna)
    codes = confirm_second_factor(store, own.desk.signer, anna, shown(secret, utc_now()), utc_now())
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
