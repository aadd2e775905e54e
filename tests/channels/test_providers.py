"""Calls of mail providers in their own words; forged and old ones are refused."""

import hmac
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from passend.channels.email.feedback import Kind
from passend.channels.email.providers import READERS, Call, read_ses
from passend.errors import Forged, InvalidInput

NOW = datetime(2026, 3, 2, 12)
STAMP = str(int(NOW.replace(tzinfo=UTC).timestamp()))
TOPIC, CERT = "arn:aws:sns:eu-central-1:1:mail", "https://sns.eu-central-1.amazonaws.com/key.pem"


def basic(secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + b64encode(f"me:{secret}".encode()).decode()}


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"RecordType": "Bounce", "Type": "HardBounce", "Email": "Kim@Example.org"}, Kind.HARD),
        ({"RecordType": "Bounce", "Type": "SoftBounce", "Email": "kim@example.org"}, Kind.SOFT),
        ({"RecordType": "Bounce", "Type": "Blocked", "Email": "kim@example.org"}, Kind.BLOCKED),
        ({"RecordType": "Bounce", "Type": "AutoResponder", "Email": "kim@example.org"}, None),
        (
            {"RecordType": "SpamComplaint", "Type": "SpamComplaint", "Email": "kim@example.org"},
            Kind.COMPLAINT,
        ),
        (
            {"RecordType": "SubscriptionChange", "SuppressSending": True, "Recipient": "kim@example.org"},
            Kind.UNSUBSCRIBE,
        ),
        (
            {"RecordType": "SubscriptionChange", "SuppressSending": False, "Recipient": "kim@example.org"},
            None,
        ),
        ({"RecordType": "Delivery", "Recipient": "kim@example.org"}, Kind.DELIVERED),
        ({"RecordType": "Open", "Recipient": "kim@example.org"}, None),
    ],
)  # fmt: skip
def test_postmark(event: dict[str, Any], kind: Kind | None):
    call = Call(
        json.dumps({"MessageID": "m1", "BouncedAt": "2026-03-02T11:00:00Z"} | event).encode(), basic("s3cret")
    )
    found = READERS["postmark"](call, "s3cret", NOW)
    assert [one.kind for one in found] == ([kind] if kind else [])
    assert all(one.address == "kim@example.org" for one in found)


@pytest.mark.parametrize("provider", ["postmark", "brevo"])
def test_a_call_without_the_secret_is_forged(provider: str):
    for headers, secret in (
        ({}, "s"),
        (basic("other"), "s"),
        (basic(""), ""),
        ({"authorization": "Basic %%"}, "s"),
    ):
        with pytest.raises(Forged):
            READERS[provider](Call(b"{}", headers), secret, NOW)
    assert READERS[provider](Call(b"[]", secret="s"), "s", NOW) == []


def mailgun(data: dict[str, Any], key: str = "key", stamp: str = STAMP) -> Call:
    signature = hmac.new(key.encode(), (stamp + "tok").encode(), "sha256").hexdigest()
    sign = {"timestamp": stamp, "token": "tok", "signature": signature}
    return Call(json.dumps({"signature": sign, "event-data": data}).encode())


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ({"event": "failed", "severity": "permanent", "reason": "bounce"}, Kind.HARD),
        ({"event": "failed", "severity": "permanent", "reason": "suppress-unsubscribe"}, Kind.UNSUBSCRIBE),
        ({"event": "failed", "severity": "temporary"}, Kind.SOFT),
        ({"event": "complained"}, Kind.COMPLAINT),
        ({"event": "opened"}, None),
    ],
)
def test_mailgun(data: dict[str, Any], kind: Kind | None):
    more = {
        "recipient": "Kim@example.org",
        "message": {"headers": {"message-id": "abc@shop.example"}},
        "id": "e1",
    }
    found = READERS["mailgun"](mailgun(data | more), "key", NOW)
    assert [one.kind for one in found] == ([kind] if kind else [])
    if found:
        assert (found[0].message_id, found[0].event_id) == ("<abc@shop.example>", "e1")
    for forged in (
        mailgun(data | more, "other"),
        mailgun(data | more, stamp="1700000000"),
        Call(b'{"signature": 1}'),
    ):
        with pytest.raises(Forged):
            READERS["mailgun"](forged, "key", NOW)


def test_sendgrid():
    key = ec.generate_private_key(ec.SECP256R1())
    public = b64encode(
        key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    ).decode()
    events = [
        {"event": "bounce", "email": "a@x.org", "type": "bounce", "status": "5.1.1", "sg_event_id": "1"},
        {"event": "bounce", "email": "b@x.org", "type": "blocked", "status": "5.7.1", "sg_event_id": "2"},
        {"event": "dropped", "email": "c@x.org", "reason": "Unsubscribed Address", "sg_event_id": "3"},
        {"event": "spamreport", "email": "d@x.org", "sg_event_id": "4"},
        {"event": "deferred", "email": "e@x.org"},
        "no event",
    ]
    body = json.dumps(events).encode()

    def call(stamp: str = STAMP, content: bytes = body) -> Call:
        signature = b64encode(key.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
        names = "X-Twilio-Email-Event-Webhook-"
        return Call(content, {f"{names}Timestamp": stamp, f"{names.lower()}signature": signature})

    found = READERS["sendgrid"](call(), public, NOW)
    assert [one.kind for one in found] == [Kind.HARD, Kind.BLOCKED, Kind.UNSUBSCRIBE, Kind.COMPLAINT]
    for forged in (call(content=body + b" "), call("1700000000"), Call(body), call("x")):
        with pytest.raises(Forged):
            READERS["sendgrid"](forged, public, NOW)
    with pytest.raises(Forged):
        READERS["sendgrid"](call(), "bm8ga2V5", NOW)


@pytest.fixture(scope="module")
def amazon() -> tuple[rsa.RSAPrivateKey, bytes]:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    day = timedelta(days=1)
    built = built.serial_number(1).not_valid_before(NOW - day).not_valid_after(NOW + day)
    return key, built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def sns(key: rsa.RSAPrivateKey, message: Any, version: str = "2", **changed: str) -> Call:
    told = {
        "Type": "Notification", "MessageId": "n1", "TopicArn": TOPIC, "Message": json.dumps(message),
        "Timestamp": "2026-03-02T11:59:00.000Z",
    }  # fmt: skip
    names = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
    signed = "".join(f"{name}\n{told[name]}\n" for name in names if name in told)
    digest = hashes.SHA256() if version == "2" else hashes.SHA1()
    signature = b64encode(key.sign(signed.encode(), padding.PKCS1v15(), digest)).decode()
    more = {"SignatureVersion": version, "Signature": signature, "SigningCertURL": CERT}
    return Call(json.dumps(told | more | changed).encode())


BOUNCE = {
    "notificationType": "Bounce",
    "bounce": {"bounceType": "Permanent", "bounceSubType": "General", "timestamp": "2026-03-02T11:58:00.000Z",
               "bouncedRecipients": [{"emailAddress": "Kim@example.org", "status": "5.1.1"}]},
    "mail": {"messageId": "ses1", "headers": [{"name": "Message-ID", "value": "<abc@shop.example>"}]},
}  # fmt: skip


@pytest.mark.parametrize("version", ["1", "2"])
def test_ses(amazon: tuple[rsa.RSAPrivateKey, bytes], version: str):
    key, pem = amazon
    [one] = read_ses(sns(key, BOUNCE, version), TOPIC, NOW, lambda _: pem)
    assert (one.kind, one.address, one.message_id) == (Kind.HARD, "kim@example.org", "<abc@shop.example>")
    soft = {
        **BOUNCE,
        "bounce": BOUNCE["bounce"] | {"bounceType": "Transient", "bounceSubType": "MailboxFull"},
    }
    assert read_ses(sns(key, soft, version), TOPIC, NOW, lambda _: pem)[0].kind is Kind.SOFT


@pytest.mark.parametrize(
    "changed",
    [
        {"SigningCertURL": "https://sns.eu-central-1.amazonaws.com.evil.example/key.pem"},
        {"SigningCertURL": "http://sns.eu-central-1.amazonaws.com/key.pem"},
        {"SigningCertURL": "https://evil.example/sns.eu-central-1.amazonaws.com/key.pem"},
        {"SigningCertURL": "https://sns.eu-central-1.amazonaws.com@evil.example/key.pem"},
        {"SigningCertURL": "https://sns.eu-central-1.amazonaws.com:8443/key.pem"},
        {"Message": "{}"},
        {"Signature": "AAAA"},
        {"SignatureVersion": "3"},
        {"TopicArn": "arn:aws:sns:eu-central-1:2:others"},
        {"Type": "Other"},
    ],
)
def test_ses_forged(amazon: tuple[rsa.RSAPrivateKey, bytes], changed: dict[str, str]):
    key, pem = amazon
    fetched: list[str] = []
    with pytest.raises(Forged):
        read_ses(sns(key, BOUNCE, **changed), TOPIC, NOW, lambda url: fetched.append(url) or pem)
    assert all(url == CERT for url in fetched)


def test_ses_kept_by_somebody_is_too_old(amazon: tuple[rsa.RSAPrivateKey, bytes]):
    key, pem = amazon
    with pytest.raises(Forged):
        read_ses(sns(key, BOUNCE), TOPIC, NOW + timedelta(hours=3), lambda _: pem)


def test_brevo():
    events = [
        {"event": "hard_bounce", "email": "a@x.org", "ts_event": STAMP, "message-id": "<m@x>"},
        {"event": "spam", "email": "b@x.org"},
        {"event": "deferred", "email": "c@x.org"},
    ]
    found = READERS["brevo"](Call(json.dumps(events).encode(), secret="s"), "s", NOW)
    assert [(one.kind, one.address) for one in found] == [(Kind.HARD, "a@x.org"), (Kind.COMPLAINT, "b@x.org")]
    assert found[0].at == NOW


@pytest.mark.parametrize("provider", ["postmark", "brevo", "mailgun", "ses"])
def test_what_is_no_json_is_told(provider: str):
    with pytest.raises(InvalidInput):
        READERS[provider](Call(b"\xff{", secret="s"), "s", NOW)
