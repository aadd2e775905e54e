"""Logins by the firm's accounts, at a provider that really answers, signs, and is spoilt in every way we know."""

import hashlib
import hmac
import html
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import select

from passend.errors import InvalidSetting
from passend.flow.access.second_factor import begin_second_factor, confirm_second_factor, has_second_factor
from passend.flow.access.sessions import find_session
from passend.flow.access.sign_on import sign_on_of
from passend.flow.access.users import add_user, disable_user, has_password, list_users, set_role
from passend.flow.campaigns.opening import utc_now
from passend.settings import Settings
from passend.store.audit import AuditRow
from passend.store.users import SessionRow, SignOnTryRow
from passend.web.company_door import TRY
from passend.web.visits import COOKIE
from tests.flow.serving.shop import open_shop
from tests.listening import free_port, listening
from tests.parts import need_chromium
from tests.web.conftest import PASSWORD, Site, opened, token_of
from tests.web.oidc_provider import CLIENT, SECRET, Key, Provider, plain, providing
from tests.web.test_second_factor import shown

ANNA = {"sub": "0815", "email": "anna@firm.example", "email_verified": True}


@dataclass
class Firm:
    """A firm's pages, its provider, and a browser."""

    site: Site
    provider: Provider
    client: Any

    @property
    def store(self) -> Any:
        """The store of the pages."""
        return self.site.desk.store

    def leave(self, wanted: str = "/settings") -> str:
        """To the provider, and through its login; gives the address to which it sends the browser back."""
        out = self.client.get("/login/sso", params={"next": wanted})
        assert out.status_code == 303, out.text
        back = httpx.get(out.headers["location"], follow_redirects=False).headers["location"]
        assert back.startswith("http://localhost/login/sso/back?")
        return back

    def enter(self, wanted: str = "/settings") -> Any:
        """The whole way; gives the last answer."""
        return self.client.get(self.leave(wanted))

    def log(self, what: str) -> list[Any]:
        """Lines of the audit log."""
        with self.store.read() as connection:
            return list(connection.execute(select(AuditRow.__table__).where(AuditRow.what == what)).all())

    def is_in(self) -> bool:
        """Whether the browser is logged in."""
        return self.client.get("/settings").status_code == 200


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The folder of a small shop, which each test copies."""
    folder = tmp_path_factory.mktemp("shop")
    open_shop(folder)
    return folder


@pytest.fixture
def opening(shop, tmp_path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Opens a firm's pages with settings of its own; the provider's secret comes from the environment."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("PASSEND_SSO_CLIENT_SECRET", SECRET)
    shutil.copytree(shop, tmp_path, dirs_exist_ok=True)
    made: list[Site] = []
    with providing(Provider(person=dict(ANNA))) as provider:

        def opener(**settings: str) -> Firm:
            given = {
                "issuer": provider.issuer,
                "address": "http://localhost",
                "client_id": CLIENT,
                **settings,
            }
            lines = "".join(f'{name} = "{value}"\n' for name, value in given.items())
            with (tmp_path / "settings.toml").open("a") as file:
                file.write(f"[sso]\n{lines}")
            made.append(opened(tmp_path, new=False))
            return Firm(made[0], provider, made[0].client())

        yield opener
    for site in made:
        site.desk.close()


@pytest.fixture
def firm(opening) -> Firm:
    """Pages to which people are invited; Anna is, as staff."""
    made = opening()
    add_user(made.store, ANNA["email"], None, "staff", who="test", now=utc_now())
    return made


def test_a_person_who_was_invited_comes_in_by_the_firms_account(firm: Firm) -> None:
    page = firm.client.get("/login?next=/settings")
    assert 'href="/login/sso?next=%2Fsettings"' in page.text
    assert "Log in with the firm's account" in page.text
    answer = firm.enter("/products?wanted=x")
    assert (answer.status_code, answer.headers["location"]) == (303, "/products?wanted=x")
    assert 'passend_sign_on=""' in answer.headers["set-cookie"]
    assert firm.is_in()
    shown_page = firm.client.get("/settings").text
    assert "anna@firm.example" in shown_page
    assert "You log in by the firm's account" in shown_page
    assert 'action="/settings/password"' not in shown_page
    (told,) = firm.log("logged in")[-1:]
    assert (told.who, told.details) == ("anna@firm.example", '{"by": "sso"}')
    assert [one.subject for one in firm.log("firm's account linked")] == ["user/anna@firm.example"]


def test_the_way_out_proves_who_began_and_tells_no_secret(firm: Firm) -> None:
    firm.enter()
    (asked,), (given,) = firm.provider.told, firm.provider.taken
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["scope"].split() == ["openid", "email", "profile"]
    assert asked["redirect_uri"] == "http://localhost/login/sso/back"
    assert asked["ui_locales"] == "en"
    assert plain(hashlib.sha256(given["code_verifier"].encode()).digest()) == asked["code_challenge"]
    assert SECRET not in str(asked)
    assert len({asked["state"], asked["nonce"], given["code_verifier"]}) == 3
    assert min(len(asked["state"]), len(asked["nonce"]), len(given["code_verifier"])) >= 43
    firm.enter()
    assert firm.provider.told[1]["state"] != asked["state"]


def test_the_number_counts_once_it_is_known_and_the_address_may_change(firm: Firm) -> None:
    firm.enter()
    firm.provider.person["email"] = "anna.new@firm.example"
    firm.client.cookies.clear()
    firm.enter()
    assert firm.is_in()
    assert "anna@firm.example" in firm.client.get("/settings").text
    # Somebody new at the firm gets the old address: not Anna's account with it.
    firm.provider.person = {**ANNA, "sub": "4711"}
    firm.client.cookies.clear()
    answer = firm.enter()
    assert answer.status_code == 403
    assert "belongs to somebody else who had this address" in answer.text
    admin = firm.site.client("administrator")
    page = admin.get("/settings/people").text
    assert "Unlink the firm's account" in page
    form = {"form_token": token_of(admin, "/settings/people"), "name": ANNA["email"], "what": "unlink"}
    assert admin.post("/settings/people/change", data=form).status_code == 303
    firm.enter()
    assert firm.is_in()
    assert [one.who for one in firm.log("firm's account unlinked")] == ["administrator@shop.example"]


def spoilt(**claims: Any) -> dict[str, Any]:
    return {"spoils": claims}


@pytest.mark.parametrize(
    ("how", "says"),
    [
        (spoilt(nonce="another"), "not meant for this login (nonce)"),
        (spoilt(nonce=None), "not meant for this login (nonce)"),
        (spoilt(iss="https://evil.example"), "not meant for this login (iss)"),
        (spoilt(iss=None), "not meant for this login (iss)"),
        (spoilt(aud="another-client"), "not meant for this login (aud)"),
        (spoilt(aud=None), "not meant for this login (aud)"),
        (spoilt(aud=[CLIENT, "another"], azp="another"), "not meant for this login (azp)"),
        (spoilt(exp=int(time.time()) - 3600), "too old"),
        (spoilt(exp=None), "not meant for this login (exp)"),
        (spoilt(exp="soon"), "not meant for this login (exp)"),
        (spoilt(iat=int(time.time()) + 3600), "not meant for this login (iat)"),
        (spoilt(nbf=int(time.time()) + 3600), "not meant for this login (nbf)"),
        (spoilt(sub=None), "not meant for this login (sub)"),
        (spoilt(at_hash="AAAA"), "not meant for this login (at_hash)"),
        (spoilt(email_verified=False), "has not verified that &#39;anna@firm.example&#39; is yours"),
        (spoilt(email_verified=None), "has not verified that"),
        (spoilt(email_verified="no"), "has not verified that"),
        (spoilt(email="anna"), "tells no e-mail address"),
        (spoilt(email="\u212aim@firm.example"), "tells no e-mail address"),
        (spoilt(email="berta@firm.example"), "Nobody has let &#39;berta@firm.example&#39; in yet"),
        ({"says_issuer": "https://evil.example"}, "not meant for this login (iss)"),
        ({"describes": {"authorization_response_iss_parameter_supported": True}}, "not meant for this login (iss)"),
        ({"denies": {"error": "access_denied", "error_description": "no licence"}}, "access_denied: no licence"),
        ({"denies": {"error": "invalid_scope"}}, "An administrator compares sso.client_id"),
        ({"answers": {"/token": (200, b"[]")}}, "does not answer as OpenID Connect wants it"),
        ({"answers": {"/token": (200, b'{"token_type": "Bearer"}')}}, "does not answer as OpenID Connect wants it"),
        ({"answers": {"/token": (500, b"oh")}}, "does not answer as OpenID Connect wants it"),
        ({"answers": {"/keys": (200, b'{"keys": []}')}}, "does not bear its signature"),
        ({"answers": {"/keys": (200, b"<html>")}}, "does not answer as OpenID Connect wants it"),
    ],
)  # fmt: skip
def test_an_answer_that_does_not_hold_lets_nobody_in(firm: Firm, how: dict[str, Any], says: str) -> None:
    for name, value in how.items():
        setattr(firm.provider, name, value)
    answer = firm.enter()
    assert answer.status_code in {403, 503}
    assert says in answer.text
    assert not firm.is_in()
    assert COOKIE not in firm.client.cookies
    for name, value in how.items():
        setattr(firm.provider, name, type(value)())
    firm.site.app.state.provider._until = 0.0  # an hour later
    assert firm.enter().status_code == 303, "the next login is none the worse for it"
    assert firm.is_in()


def unsigned(claims: dict[str, Any]) -> str:
    import json

    return ".".join(plain(json.dumps(one).encode()) for one in ({"alg": "none"}, claims)) + "."


def by_public_key(claims: dict[str, Any], key: Key) -> str:
    """HS256 with what everybody knows as the secret: the classical confusion."""
    import json

    from cryptography.hazmat.primitives import serialization

    known = key.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    header = {"alg": "HS256", "kid": key.kid}
    text = ".".join(plain(json.dumps(one).encode()) for one in (header, claims))
    return f"{text}.{plain(hmac.new(known, text.encode(), 'sha256').digest())}"


def test_a_signature_of_nobody_or_of_another_lets_nobody_in(firm: Firm) -> None:
    provider, stranger = firm.provider, Key("one")

    def with_own_key(claims: dict[str, Any]) -> str:
        return stranger.signed(claims, jwk=stranger.public(), jku="https://evil.example/keys")

    def changed(claims: dict[str, Any]) -> str:
        head, _, mark = provider.signs.signed(claims).split(".")
        _, body, _ = provider.signs.signed({**claims, "sub": "1"}).split(".")
        return f"{head}.{body}.{mark}"

    ways = (
        unsigned, stranger.signed, with_own_key, changed, lambda claims: by_public_key(claims, provider.signs),
        lambda claims: provider.signs.signed(claims, alg="RS512"), lambda _: "", lambda _: "a.b.c",
        lambda claims: Key("two").signed(claims),
    )  # fmt: skip
    for way in ways:
        provider.token = way
        answer = firm.enter()
        assert answer.status_code == 403, way
        assert "does not bear its signature" in answer.text, way
        assert not firm.is_in()


def test_the_secret_of_the_client_is_never_a_key(firm: Firm) -> None:
    """A provider that signs by the shared secret is not believed: whoever finds the secret out could sign."""
    firm.provider.describes = {"id_token_signing_alg_values_supported": ["HS256", "none"]}
    firm.provider.token = unsigned
    assert "does not bear its signature" in firm.enter().text


def test_new_keys_are_fetched_once_and_old_ones_end(firm: Firm) -> None:
    firm.enter()
    old = firm.provider.signs
    firm.provider.signs = Key("two")
    firm.provider.keys = [firm.provider.signs]
    firm.client.cookies.clear()
    before = firm.provider.asked.count("/keys")
    assert firm.enter().status_code == 303
    assert firm.is_in()
    assert firm.enter().status_code == 303
    assert firm.provider.asked.count("/keys") == before + 1, "known from then on"
    firm.client.cookies.clear()
    firm.provider.signs = old
    assert firm.enter().status_code == 403
    assert not firm.is_in()


def test_a_login_comes_back_to_its_own_browser_once(firm: Firm) -> None:
    back = firm.leave()
    victim = firm.site.client()
    told = victim.get(back)  # an attacker's own way back, sent to somebody as a link
    assert (told.status_code, "was not begun in this browser" in told.text) == (403, True)
    assert victim.get("/settings").status_code == 303
    forged = firm.client.get(re.sub("state=[^&]+", "state=another", back))
    assert (forged.status_code, COOKIE in firm.client.cookies) == (403, False)
    back = firm.leave()
    kept = firm.client.cookies[TRY]
    assert firm.client.get(back).status_code == 303
    firm.client.cookies.delete(COOKIE)
    for cookie in ("", kept):
        again = firm.site.client()
        again.cookies.set(TRY, cookie, path="/login/sso")
        told = again.get(back)
        assert (told.status_code, COOKIE in again.cookies) == (403, False)
    assert len(firm.provider.taken) == 1, "the provider was never asked by it"
    assert firm.client.get("/login/sso/back").status_code == 403
    assert firm.client.get("/login/sso/back?state=").status_code == 403


def test_a_code_that_was_used_is_told_by_the_provider(firm: Firm) -> None:
    back = firm.leave()
    code = parse_qs(urlsplit(back).query)["code"][0]
    del firm.provider.codes[code]
    answer = firm.client.get(back)
    assert answer.status_code == 403
    assert "invalid_grant: the code was used already" in answer.text
    assert "Start again from the login page" in answer.text


def test_a_code_of_another_login_is_worth_nothing(firm: Firm) -> None:
    """Injected into the way back of a login that the attacker began: the proof (PKCE) is another one."""
    stolen = parse_qs(urlsplit(firm.leave()).query)["code"][0]
    attacker = Firm(firm.site, firm.provider, firm.site.client())
    back = re.sub("code=[^&]+", f"code={stolen}", attacker.leave())
    answer = attacker.client.get(back)
    assert (answer.status_code, "the proof does not fit" in answer.text) == (403, True)
    assert not attacker.is_in()


def test_what_a_stranger_writes_into_the_way_back_is_not_shown(firm: Firm) -> None:
    firm.leave()
    lie = "Call +49 900 666 and tell your password"
    answer = firm.client.get("/login/sso/back", params={"error": "x", "error_description": lie, "state": "y"})
    assert answer.status_code == 403
    assert "900" not in answer.text


def test_what_the_provider_says_is_shown_as_text(firm: Firm) -> None:
    firm.provider.denies = {
        "error": "<b>x</b>",
        "error_description": "<script>alert(1)</script>\n" + "y" * 900,
    }
    answer = firm.enter()
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "y" * 300 not in answer.text


def test_a_login_takes_ten_minutes_at_most(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    back = firm.leave()
    later = utc_now() + timedelta(minutes=11)
    monkeypatch.setattr("passend.web.company_door.utc_now", lambda: later)
    answer = firm.client.get(back)
    assert (answer.status_code, "took too long" in answer.text) == (403, True)
    assert firm.client.get("/login/sso").status_code == 303
    with firm.store.read() as connection:
        assert len(connection.execute(select(SignOnTryRow.fingerprint)).all()) == 1, "old ones are swept"


def test_a_session_is_new_and_what_the_browser_brought_opens_nothing(firm: Firm) -> None:
    planted = firm.site.secrets["viewer"]
    firm.client.cookies.set(COOKIE, planted)
    firm.client.get(firm.leave())
    fresh = next(one.value for one in firm.client.cookies.jar if one.name == COOKIE and one.value != planted)
    assert fresh != planted
    assert find_session(firm.store, planted, utc_now()) is None
    assert find_session(firm.store, fresh, utc_now()).name == "anna@firm.example"
    token = token_of(firm.client)
    assert firm.client.post("/logout", data={"form_token": token}).status_code == 303
    assert find_session(firm.store, fresh, utc_now()) is None
    with firm.store.read() as connection:
        assert fresh not in str(connection.execute(select(SessionRow.fingerprint)).all())


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https://evil.example", "/\\evil.example", "/%0d%0aset-cookie: a=b", "javascript:1"],
)
def test_it_leads_to_our_own_pages_alone(firm: Firm, wanted: str) -> None:
    answer = firm.enter(wanted)
    assert answer.status_code == 303
    found = answer.headers["location"]
    assert urlsplit(found).netloc == ""
    assert found.startswith("/")
    assert not found.startswith("//")
    assert "evil.example" not in found
    # Nor can whoever names another host have the provider send people there.
    out = firm.client.get("/login/sso", headers={"host": "evil.example", "x-forwarded-host": "evil.example"})
    assert "evil" not in out.headers["location"]


def test_a_provider_that_is_down_locks_nobody_out(opening) -> None:
    firm = opening(timeout_s="0.5")
    add_user(firm.store, ANNA["email"], None, "staff", who="test", now=utc_now())
    good = {"name": "administrator@shop.example", "password": PASSWORD}
    firm.provider.delay = 3.0  # it hangs
    answer = firm.client.get("/login/sso")
    assert (answer.status_code, "cannot be reached" in answer.text) == (503, True)
    assert 'name="password"' in answer.text
    calls = len(firm.provider.asked)
    assert firm.client.get("/login/sso").status_code == 503
    assert len(firm.provider.asked) == calls, "not waited for again"
    assert firm.client.post("/login", data=good).status_code == 303
    assert firm.client.get("/login").status_code in {200, 303}
    firm.provider.delay = 0.0
    firm.site.app.state.provider._silent_until = 0.0
    firm.client.cookies.clear()
    assert firm.enter().status_code == 303


def test_a_provider_that_stumbles_in_between_is_told_and_bars_the_way_for_nobody(firm: Firm) -> None:
    back = firm.leave()
    firm.provider.answers = {"/token": (502, b"<html>bad gateway")}
    answer = firm.client.get(back)
    assert (answer.status_code, "Try again in a minute" in answer.text) == (503, True)
    firm.provider.answers = {}
    assert firm.enter().status_code == 303


def test_a_provider_that_is_not_there_is_told_and_remembered_for_some_seconds(firm: Firm) -> None:
    gone = firm.site.app.state.provider
    gone.sign_on = sign_on_of(
        Settings(
            {"sso.issuer": "http://127.0.0.1:9", "sso.address": "http://localhost", "sso.client_id": "x"}
        )
    )
    answer = firm.client.get("/login/sso", headers={"accept-language": "de"})
    assert answer.status_code == 503
    assert "ist nicht zu erreichen" in answer.text
    assert "Passwort" in answer.text
    assert gone._silent_until > time.monotonic()


def test_a_description_of_another_provider_is_not_believed(firm: Firm) -> None:
    for name, value, says in (
        ("issuer", "https://evil.example", "calls itself &#39;https://evil.example&#39;"),
        ("token_endpoint", "http://evil.example/token", "names no address with https"),
        ("jwks_uri", None, "names no address with https"),
    ):
        firm.provider.describes = {name: value}
        answer = firm.client.get("/login/sso")
        assert answer.status_code == 403
        assert says in answer.text
    firm.provider.describes = {}
    assert firm.enter().status_code == 303


def test_whoever_comes_too_often_waits(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firm.site.app.state.sign_ons, "per_minute", 4)
    told = [firm.client.get("/login/sso").status_code for _ in range(6)]
    assert told[0] == 303
    assert told[-1] == 429
    answer = firm.client.get("/login/sso/back?state=x")
    assert (answer.status_code, "Too many tries" in answer.text) == (429, True)


def test_unknown_people_become_viewers_where_the_firm_says_so(opening) -> None:
    firm = opening(unknown="viewer", domains="firm.example, sister.example")
    firm.provider.person = {"sub": "9", "email": " Bert@Firm.example ", "email_verified": "true"}
    assert firm.enter().status_code == 303
    (bert,) = [one for one in list_users(firm.store) if one["name"] == "bert@firm.example"]
    assert (bert["role"], bert["created_by"]) == ("viewer", "sso")
    assert firm.client.post("/login", data={"name": "bert@firm.example", "password": ""}).status_code in {
        401,
        422,
    }
    firm.client.cookies.clear()
    firm.provider.person = {"sub": "10", "email": "eve@evil.example", "email_verified": True}
    answer = firm.enter()
    assert (answer.status_code, "Addresses of &#39;evil.example&#39;" in answer.text) == (403, True)
    assert [one.subject for one in firm.log("login refused")] == ["user/eve@evil.example"]
    assert "evil.example" in firm.log("login refused")[0].details


def test_the_provider_decides_on_roles_where_the_firm_says_so(opening) -> None:
    firm = opening(role_claim="realm.groups", roles="CN=crm,OU=x=manager; staff = staff; boss=administrator")
    add_user(firm.store, ANNA["email"], None, "administrator", who="test", now=utc_now())

    def role() -> str:
        return next(one["role"] for one in list_users(firm.store) if one["name"] == ANNA["email"])

    for groups, wanted in (
        (["staff", "CN=crm,OU=x", "none"], "manager"),
        ("staff", "staff"),
        (["boss"], "administrator"),
    ):
        firm.provider.person = {**ANNA, "realm": {"groups": groups}}
        assert firm.enter().status_code == 303
        assert role() == wanted
    assert firm.log("role staff")[0].who == "sso"
    for claims in ({}, {"realm": {"groups": []}}, {"realm": "staff"}, {"realm": {"groups": [None, 7]}}):
        firm.client.cookies.clear()
        firm.provider.person = {**ANNA, **claims}
        answer = firm.enter()
        assert (answer.status_code, "among none of the groups" in answer.text) == (403, True)
        assert not firm.is_in()


def test_the_last_administrator_is_not_made_less_by_the_provider(opening) -> None:
    firm = opening(role_claim="groups", roles="crm=manager")
    set_role(firm.store, "viewer@shop.example", "administrator", who="test", now=utc_now())
    disable_user(firm.store, "administrator@shop.example", who="test", now=utc_now())
    firm.provider.person = {**ANNA, "email": "viewer@shop.example", "groups": "crm"}
    answer = firm.enter()
    assert (answer.status_code, "is the last administrator" in answer.text) == (403, True)
    assert not firm.is_in()


def test_whoever_is_locked_out_stays_out(firm: Firm) -> None:
    firm.enter()
    assert firm.is_in()
    disable_user(firm.store, ANNA["email"], who="test", now=utc_now())
    assert not firm.is_in()
    answer = firm.enter()
    assert (answer.status_code, "is locked out" in answer.text) == (403, True)


def test_the_address_may_come_from_a_call_of_its_own(firm: Firm) -> None:
    firm.provider.person = {"sub": "0815"}
    firm.provider.further = {**ANNA, "sub": "somebody else"}
    answer = firm.enter()
    assert (answer.status_code, "not meant for this login (sub)" in answer.text) == (403, True)
    firm.provider.further = dict(ANNA)
    assert firm.enter().status_code == 303
    assert firm.is_in()


@pytest.mark.parametrize(
    ("setting", "amr", "is_asked"),
    [
        ("here", ["pwd", "mfa"], True),
        ("provider", ["pwd", "mfa"], False),
        ("provider", ["pwd"], True),
        ("provider", "mfa", True),
    ],
)  # fmt: skip
def test_the_second_factor_is_asked_after_the_firms_account_too(
    opening, setting: str, amr: Any, is_asked: bool
) -> None:
    firm = opening(second_factor=setting)
    anna = add_user(firm.store, ANNA["email"], PASSWORD, "staff", who="test", now=utc_now())
    codes = confirm_second_factor(
        firm.store,
        firm.site.desk.signer,
        anna,
        shown(begin_second_factor(firm.store, firm.site.desk.signer, anna), utc_now()),
        utc_now(),
    )
    assert has_second_factor(firm.store, anna.id)
    firm.provider.person = {**ANNA, "amr": amr}
    answer = firm.enter("/products")
    if amr == "mfa":  # no list, as the standard wants one
        assert answer.status_code == 403
        return
    assert (answer.status_code == 200) is is_asked
    assert firm.is_in() is not is_asked
    if is_asked:
        ticket = re.search(r'name="ticket" value="([^"]+)"', answer.text)[1]
        form = {"ticket": ticket, "code": codes[0], "next": "/products"}
        assert firm.client.post("/login/code", data=form).headers["location"] == "/products"
        assert firm.is_in()
    assert firm.log("logged in")[-1].details == '{"by": "sso"}'


@pytest.mark.parametrize(
    ("who", "staff", "administrator"),
    [("everybody", 303, 303), ("administrators", 403, 303), ("nobody", 403, 403)],
)
def test_passwords_end_for_whom_the_firm_says_so(opening, who: str, staff: int, administrator: int) -> None:
    firm = opening(passwords=who)
    for name, status in (("staff", staff), ("administrator", administrator)):
        form = {"name": f"{name}@shop.example", "password": PASSWORD}
        answer = firm.site.client().post("/login", data=form)
        assert answer.status_code == status
        assert (COOKIE in answer.cookies) is (status == 303)
    assert ('type="password"' in firm.client.get("/login").text) is (who != "nobody")
    wrong = firm.client.post("/login", data={"name": "staff@shop.example", "password": "wrong"})
    assert wrong.status_code == 401, "only whoever knows the password learns that it opens nothing"


def test_an_administrator_invites_without_a_password(firm: Firm) -> None:
    admin = firm.site.client("administrator")
    form = {"form_token": token_of(admin, "/settings/people"), "name": "Cleo@firm.example", "role": "manager"}
    assert admin.post("/settings/people", data={**form, "secret": ""}).status_code == 303
    firm.provider.person = {"sub": "77", "email": "cleo@firm.example", "email_verified": True}
    assert firm.enter().status_code == 303
    with firm.store.read() as connection:
        cleo = connection.exec_driver_sql("select id from users where name = 'cleo@firm.example'").scalar()
    assert not has_password(firm.store, cleo)
    assert (
        firm.client.post(
            "/settings/factor", data={"form_token": token_of(firm.client), "old": ""}
        ).status_code
        == 422
    )


def test_without_a_provider_there_is_no_such_door(site: Site) -> None:
    client, admin = site.client(), site.client("administrator")
    assert "/login/sso" not in client.get("/login").text
    assert client.get("/login/sso").status_code == 404
    assert client.get("/login/sso/back?state=x&code=y").status_code == 404
    form = {
        "form_token": token_of(admin, "/settings/people"),
        "name": "x@y.example",
        "role": "viewer",
        "secret": "",
    }
    assert admin.post("/settings/people", data=form).status_code == 422, "a password is needed here"


def test_it_says_all_of_it_in_german(firm: Firm) -> None:
    german = firm.site.client()
    german.headers["accept-language"] = "de"
    assert "Mit dem Firmenkonto anmelden" in german.get("/login").text
    firm.client = german
    firm.provider.denies = {"error": "access_denied"}
    answer = firm.enter()
    assert "Der Anmeldedienst der Firma sagt: access_denied." in answer.text
    firm.provider.denies = {}
    firm.provider.person = {**ANNA, "email_verified": False}
    assert "nicht bestätigt, dass &#39;anna@firm.example&#39; Ihnen gehört" in firm.enter().text
    assert firm.provider.told[-1]["ui_locales"] == "de"
    admin = firm.site.client("administrator")
    admin.headers["accept-language"] = "de"
    log = html.unescape(admin.get("/settings/changes").text)
    assert "Anmeldung abgewiesen" in log
    assert "nicht bestätigt, dass 'anna@firm.example' Ihnen gehört" in log


@pytest.mark.browser
@pytest.mark.parametrize(("language", "theme"), [("de-DE", "dark"), ("en-GB", "light")])
def test_a_real_browser_goes_the_whole_way_and_the_page_bars_nobody(
    opening, language: str, theme: str
) -> None:
    chromium = need_chromium()
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    port = free_port()
    firm = opening(address=f"http://localhost:{port}", name="Radhaus <Konto>")
    add_user(firm.store, ANNA["email"], None, "staff", who="test", now=utc_now())
    with listening(firm.site.app, port), sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        size = {"width": 360, "height": 800}
        view = browser.new_context(locale=language, color_scheme=theme, viewport=size, bypass_csp=True)
        page = view.new_page()
        page.goto(f"http://localhost:{port}/settings")
        assert page.url.endswith("/login?next=%2Fsettings")
        assert Axe().run(page).violations_count == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        view = browser.new_context(locale=language)
        page = view.new_page()
        page.goto(f"http://localhost:{port}/settings")
        page.get_by_role("link", name="Radhaus <Konto>").click()
        page.wait_for_url("**/settings")
        assert "anna@firm.example" in page.content()
        kept = {one["name"]: one for one in view.cookies()}
        assert kept[COOKIE]["httpOnly"]
        assert TRY not in kept
        browser.close()
    assert list(firm.site.app.state.reports) == []


GOOD = {
    "sso.issuer": "https://login.firm.example",
    "sso.address": "https://passend.firm.example/",
    "sso.client_id": "x",
}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"sso.issuer": "http://login.firm.example"}, "sso.issuer is no address with https"),
        ({"sso.issuer": "https://"}, "sso.issuer is no address with https"),
        ({"sso.address": ""}, "sso.address is no address with https"),
        ({"sso.address": "http://passend.firm.example"}, "sso.address is no address with https"),
        ({"sso.client_id": ""}, "sso.client_id is missing"),
        ({"sso.roles": "a=manager"}, "say something together only"),
        ({"sso.role_claim": "groups"}, "say something together only"),
        ({"sso.role_claim": "groups", "sso.roles": "a=boss"}, "cannot be read at 'a=boss'"),
        ({"sso.role_claim": "groups", "sso.roles": "manager"}, "cannot be read at 'manager'"),
        ({"sso.client_secret_file": "/nowhere/at/all"}, "cannot be read"),
    ],
)  # fmt: skip
def test_settings_that_do_not_fit_are_told_at_the_start(given: dict[str, str], says: str) -> None:
    with pytest.raises(InvalidSetting, match=re.escape(says)):
        sign_on_of(Settings({**GOOD, **given}))


def test_the_settings_that_fit(tmp_path) -> None:
    assert sign_on_of(Settings()) is None
    (tmp_path / "secret").write_text("of a file\n")
    given = {
        **GOOD,
        "sso.client_secret_file": str(tmp_path / "secret"),
        "sso.domains": "A.example @b.example",
    }
    found = sign_on_of(Settings(given))
    assert found is not None
    assert found.back == "https://passend.firm.example/login/sso/back"
    assert (found.client_secret, found.domains) == ("of a file", frozenset({"a.example", "b.example"}))
    assert "of a file" not in repr(found)
