"""Mails that come back, as servers write them, and those that only look like it."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passend.channels.email.feedback import Kind
from passend.channels.email.reports import read_report, unsubscribe_token

NOW = datetime(2026, 3, 2, 12)
HEAD = """From: MAILER-DAEMON@mx.example.net\r
To: bounces@shop.example\r
Date: Mon, 2 Mar 2026 10:00:00 +0100\r
Subject: Undelivered Mail Returned to Sender\r
MIME-Version: 1.0\r
"""
DSN = """Content-Type: multipart/report; report-type=delivery-status; boundary="B"\r
\r
--B\r
Content-Type: text/plain\r
\r
This is the mail system.\r
--B\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.example.net\r
\r
{fields}\r
--B\r
Content-Type: {copied}\r
\r
From: shop@shop.example\r
To: kim@example.org\r
Message-ID: <abc@shop.example>\r
Subject: Passt\r
\r
--B--\r
"""
FIELDS = """Final-Recipient: rfc822; Kim@Example.org\r
Action: {action}\r
Status: {status}\r
Diagnostic-Code: smtp; {says}\r
"""
ARF = """Content-Type: multipart/report; report-type=feedback-report; boundary="B"\r
\r
--B\r
Content-Type: text/plain\r
\r
This is an email abuse report.\r
--B\r
Content-Type: message/feedback-report\r
\r
Feedback-Type: {kind}\r
User-Agent: SomeGenerator/1.0\r
Version: 1\r
{recipient}\r
--B\r
Content-Type: message/rfc822\r
\r
From: shop@shop.example\r
To: "Kim" <kim@example.org>\r
Message-ID: <abc@shop.example>\r
Subject: Passt\r
\r
Hallo\r
--B--\r
"""


def dsn(action: str, status: str, says: str, copied: str = "message/rfc822") -> bytes:
    fields = FIELDS.format(action=action, status=status, says=says)
    return (HEAD + DSN.format(fields=fields, copied=copied)).encode()


@pytest.mark.parametrize(
    ("action", "status", "says", "kind"),
    [
        ("failed", "5.1.1", "550 5.1.1 no such user", Kind.HARD),
        ("failed", "5.0.0", "550 User unknown", Kind.HARD),
        ("failed", "5.2.2", "552 5.2.2 mailbox full", Kind.SOFT),
        ("failed", "4.4.1", "connection timed out", Kind.BLOCKED),
        ("failed", "5.7.1", "550 5.7.1 blocked: spam", Kind.BLOCKED),
        ("failed", "5.7.26", "550-5.7.26 DMARC policy", Kind.BLOCKED),
        ("delivered", "2.0.0", "250 OK", Kind.DELIVERED),
    ],
)
@pytest.mark.parametrize("copied", ["message/rfc822", "text/rfc822-headers"])
def test_delivery_reports(action: str, status: str, says: str, kind: Kind, copied: str):
    [one] = read_report(dsn(action, status, says, copied), NOW)
    assert (one.kind, one.address, one.message_id) == (kind, "kim@example.org", "<abc@shop.example>")
    assert one.code == status
    assert one.at == datetime(2026, 3, 2, 9)


def test_a_message_that_is_only_late_is_no_bounce():
    assert read_report(dsn("delayed", "4.4.1", "will retry"), NOW) == []


@pytest.mark.parametrize(
    "recipient", ["Original-Rcpt-To: <kim@example.org>\r", "Arrival-Date: Mon, 2 Mar 2026\r"]
)
def test_complaints(recipient: str):
    [one] = read_report((HEAD + ARF.format(kind="abuse", recipient=recipient)).encode(), NOW)
    assert (one.kind, one.address, one.message_id) == (
        Kind.COMPLAINT,
        "kim@example.org",
        "<abc@shop.example>",
    )


def test_not_spam_is_no_complaint():
    assert read_report((HEAD + ARF.format(kind="not-spam", recipient="X: y\r")).encode(), NOW) == []


def test_old_servers_are_understood():
    qmail = HEAD + (
        "\r\nHi. This is the qmail-send program at mx.example.net.\r\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\r\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\r\n\r\n"
        "<kim@example.org>:\r\nSorry, no mailbox here by that name. (#5.1.1)\r\n\r\n"
        "--- Below this line is a copy of the message.\r\n"
    )
    [one] = read_report(qmail.encode(), NOW)
    assert (one.kind, one.address) == (Kind.HARD, "kim@example.org")


@pytest.mark.parametrize(
    "mail",
    [
        "Auto-Submitted: auto-replied\r\nSubject: Out of office\r\n\r\nI am away. 550 5.1.1 <kim@example.org>\r\n",
        "Subject: Re: Passt\r\n\r\nDanke! Ich kaufe es.\r\n",
        "Subject: failure notice\r\n\r\n",
        "",
    ],
)
def test_an_answer_of_a_person_or_an_absence_note_is_none(mail: str):
    assert read_report((HEAD + mail).encode(), NOW) == []


def test_the_same_report_has_the_same_mark():
    [one] = read_report(dsn("failed", "5.1.1", "x"), NOW)
    [again] = read_report(dsn("failed", "5.1.1", "x"), NOW)
    [other] = read_report(dsn("failed", "5.1.1", "y"), NOW)
    assert one.event_id == again.event_id != other.event_id


def test_a_time_to_come_is_not_believed():
    raw = dsn("failed", "5.1.1", "x").replace(b"2 Mar 2026", b"2 Mar 2036")
    assert read_report(raw, NOW)[0].at == NOW


@given(st.binary(max_size=300), st.integers(0, 1200))
def test_no_mail_breaks_the_reader(noise: bytes, at: int):
    raw = dsn("failed", "5.1.1", "x")
    for broken in (noise, raw[:at] + noise + raw[at:], HEAD.encode() + noise):
        for one in read_report(broken, NOW):
            assert one.address


def test_a_goodbye_by_mail_carries_its_token():
    token = "abcDEF123_-.xyz456789012"
    assert unsubscribe_token(f"Subject: unsubscribe-{token}\r\n\r\n".encode()) == token
    assert unsubscribe_token(f"Subject: AW: unsubscribe {token}\r\n\r\n".encode()) == token
    assert not unsubscribe_token(b"Subject: unsubscribe me please\r\n\r\n")
    assert not unsubscribe_token(b"\xff\xfe\r\n\r\n")
