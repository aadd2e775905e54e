"""Headers that nobody can slip a line into, and parts that arrive as they were written."""

from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passend.channels.addresses import address_of
from passend.channels.email.message import Outgoing, Unsubscribe, written
from passend.channels.email.template import Rendered
from passend.errors import InvalidAddress
from tests.channels.messages import NOW, SENDER, outgoing


def read(message: Outgoing):
    return message_from_bytes(written(message), policy=policy.default)


def test_the_unsubscribe_headers_are_those_of_the_standards():
    mail = read(outgoing("kim@example.org"))
    assert (
        mail["List-Unsubscribe"]
        == "<https://shop.example/u/abc>, <mailto:leave@shop.example?subject=unsubscribe-abc>"
    )
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Date"] == "Mon, 02 Mar 2026 09:30:00 +0000"
    assert mail.defects == []


def test_a_long_web_address_stands_in_the_header_as_it_is():
    url = "https://shop.example/u/" + "x" * 400
    raw = written(outgoing("kim@example.org", unsubscribe=Unsubscribe(url)))
    assert f"List-Unsubscribe: <{url}>\r\n".encode() in raw


@given(
    subject=st.text(min_size=1).map(lambda text: " ".join(text.split())).filter(bool),
    text=st.text(),
    html=st.text(),
)
def test_what_was_written_is_what_arrives(subject: str, text: str, html: str):
    plain = " ".join("".join(sign for sign in subject if sign.isprintable()).split()) or "x"
    raw = written(outgoing("kim@example.org", content=Rendered(plain, html, text)))
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["Subject"] == plain
    for kind, body in (("plain", text), ("html", html)):
        part = mail.get_body((kind,))
        assert part is not None
        assert (
            part.get_payload(decode=True).decode().splitlines()
            == ("\n".join(body.splitlines()) + "\n").splitlines()
        )
    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) < 998
    assert not any(b"\n" in line or b"\r" in line for line in lines)


@pytest.mark.parametrize(
    "name", ["Kim\r\nBcc: all@x.org", "Kim\nX: y", "a\x00b", 'Kim" <x@y.z>, "', "Zoë, die \\ Große"]
)
def test_a_name_adds_no_recipient_and_no_header(name: str):
    message = Outgoing("k", SENDER, address_of("kim@example.org", name), Rendered("s", "h", "t"), NOW)
    mail = read(message)
    assert [one.addr_spec for one in mail["To"].addresses] == ["kim@example.org"]
    assert set(mail.keys()) == {"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"}


@pytest.mark.parametrize(
    "headers", [{"X-A": "1\r\nBcc: x@y.z"}, {"Bcc": "x@y.z"}, {"subject": "s"}, {"X A:": "1"}, {"X\n": "1"}]
)
def test_further_headers_are_held_to_the_same(headers: dict[str, str]):
    with pytest.raises(InvalidAddress):
        written(outgoing("kim@example.org", headers=headers))


@pytest.mark.parametrize(
    "url", ["http://shop.example/u", "https://a b", "https://x>,<mailto:y@z", "javascript:x", ""]
)
def test_only_a_safe_web_address_unsubscribes(url: str):
    with pytest.raises(InvalidAddress):
        written(outgoing("kim@example.org", unsubscribe=Unsubscribe(url)))


def test_the_same_key_has_the_same_message_id():
    one, same, other = (
        outgoing("a@example.org", "k1"),
        outgoing("a@example.org", "k1"),
        outgoing("a@example.org", "k2"),
    )
    assert one.message_id == same.message_id != other.message_id


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Kim.Doe+rad@Example.ORG", "Kim.Doe+rad@example.org"),
        (" kim@müller-räder.de ", "kim@xn--mller-rder-w5a5z.de"),
        ("o'neil@straße.de", "o'neil@xn--strae-oqa.de"),
        ("müller@example.org", "müller@example.org"),
    ],
)
def test_addresses_of_people(text: str, plain: str):
    assert address_of(text).plain == plain


@pytest.mark.parametrize(
    "text",
    ["", "kim", "@example.org", "kim@", "a@b@c.de", "kim@example", "kim doe@example.org", "kim@exa mple.org",
     ".kim@a.de",
     "kim..x@a.de", "kim@-a.de", "kim@a..de", "kim@example.org\nBcc: x@y.z", "kim@example.org,x@y.de", "k\u200bim@a.de",
     "<kim@a.de>", "a" * 65 + "@a.de", "kim@" + "a" * 64 + ".de", "kim@a.de>"],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_a_remedy(text: str):
    with pytest.raises(InvalidAddress) as told:
        address_of(text)
    assert told.value.remedy
