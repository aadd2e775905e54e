"""The mail to ourselves: what is good, what is bad, and what could not be seen is told apart."""

from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from passend.channels.email.preflight import BAD, GOOD, UNREAD, Check, dmarc, signature, spf
from passend.errors import InvalidSetting
from passend.flow.preflight import Surroundings, preflight
from passend.workspace import Workspace
from tests.channels.imap_server import ImapServer, imap_server
from tests.channels.mail_server import Handler, mail_server

ZONE = {
    "shop.example": ["google-site=1", "v=spf1 include:mx.example -all"],
    "_dmarc.shop.example": ["v=DMARC1; p=none"],
    "key._domainkey.shop.example": ["v=DKIM1; p=MIIB"],
    "open.example": ["v=spf1 +all"],
    "twice.example": ["v=spf1 -all", "v=spf1 ~all"],
}
HEADERS = "from:to:subject:list-unsubscribe:\r\n list-unsubscribe-post"


def texts(name: str) -> list[str] | None:
    return None if name.endswith("dark.example") else ZONE.get(name, [])


def signed(domain: str = "shop.example", headers: str = HEADERS, more: str = "") -> bytes:
    head = f"DKIM-Signature: v=1; a=rsa-sha256; d={domain}; s=key;\r\n h={headers}; bh=x; b=y\r\n"
    return (more + head + "From: shop@shop.example\r\n\r\n").encode()


def states(checks: list[Check]) -> dict[str, str]:
    return {one.what: one.state for one in checks}


@pytest.mark.parametrize(
    ("domain", "state"),
    [
        ("shop.example", GOOD),
        ("none.example", BAD),
        ("open.example", BAD),
        ("twice.example", BAD),
        ("dark.example", UNREAD),
    ],
)
def test_spf(domain: str, state: str) -> None:
    assert spf(domain, texts).state == state


@pytest.mark.parametrize(
    ("domain", "state"),
    [("shop.example", GOOD), ("news.shop.example", GOOD), ("none.example", BAD), ("a.dark.example", UNREAD)],
)
def test_dmarc_holds_for_what_is_below(domain: str, state: str) -> None:
    assert dmarc(domain, texts).state == state


def test_a_signature_that_covers_what_it_must() -> None:
    good = (
        "Authentication-Results: mx.example; spf=pass smtp.mailfrom=x; dkim=pass header.d=x; dmarc=pass\r\n"
    )
    assert set(states(signature(signed(more=good), "shop.example", texts)).values()) == {GOOD}


@pytest.mark.parametrize(
    ("mail", "what", "state"),
    [
        (b"From: shop@shop.example\r\n\r\n", "DKIM", BAD),
        (signed("provider.example"), "DKIM", BAD),
        (signed(headers="from:to:list-unsubscribe"), "List-Unsubscribe", BAD),
        (signed(), "receiver", UNREAD),
        (signed(more="Authentication-Results: mx; dkim=fail; spf=pass\r\n"), "receiver", BAD),
    ],
)
def test_what_is_wrong_with_a_signature(mail: bytes, what: str, state: str) -> None:
    assert states(signature(mail, "shop.example", texts))[what] == state


def test_a_key_that_is_not_there() -> None:
    assert states(signature(signed("other.shop.example"), "shop.example", texts))["DKIM"] == BAD


@pytest.fixture
def server() -> Iterator[ImapServer]:
    with imap_server() as made:
        yield made


def test_a_mail_goes_out_and_comes_back(
    tmp_path: Path, server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("passend.flow.preflight.urlopen", lambda *_, **__: _Answer())
    server.mails[5] = b"Subject: an old one\r\n\r\n"
    handler = Handler()
    with mail_server(handler) as port:
        place = Workspace(
            tmp_path,
            [
                "email.host=127.0.0.1", f"email.port={port}", "email.security=none", "email.sender=news@shop.example",
                "email.public_url=https://shop.example", f"email.mailbox={server.address}",
                "email.mailbox_password=secret", "email.bounces=bounces@shop.example",
            ],
        )  # fmt: skip

        def arrives(_: float) -> None:
            ((_to, raw),) = handler.taken
            server.mails[6] = signed()[: -len(b"From: shop@shop.example\r\n\r\n")] + raw

        found = states(preflight(place, around=Surroundings(texts, arrives)))
    assert found == {
        "mail server": GOOD, "DKIM": GOOD, "List-Unsubscribe": GOOD, "receiver": UNREAD, "SPF": GOOD, "DMARC": GOOD,
        "links": GOOD,
    }  # fmt: skip
    assert server.fetched == [6]
    ((to, raw),) = handler.taken
    assert to == "bounces@shop.example"
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in raw


class _Answer:
    status = 200

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Closed."""


def test_what_cannot_be_seen_is_said(tmp_path: Path) -> None:
    with mail_server(Handler()) as port:
        settings = [
            "email.host=127.0.0.1", f"email.port={port}", "email.security=none", "email.sender=news@dark.example",
        ]  # fmt: skip
        with pytest.raises(InvalidSetting, match="way to unsubscribe"):
            preflight(Workspace(tmp_path, settings))
        place = Workspace(tmp_path, [*settings, "email.public_url=http://127.0.0.1:1"])
        found = states(preflight(place, around=Surroundings(texts)))
    assert found == {"mail server": GOOD, "DKIM": UNREAD, "SPF": UNREAD, "DMARC": UNREAD, "links": BAD}
