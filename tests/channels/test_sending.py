"""Messages to a real server on loopback, and what its answers mean."""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from contextlib import closing

import pytest
from aiosmtpd.smtp import AuthResult

from passend.channels.email.answers import Blame, Reply, understood
from passend.channels.email.message import Outgoing
from passend.channels.email.sending import Pool, Server
from passend.channels.email.throttle import Throttle
from passend.channels.port import Outcome
from passend.errors import InvalidSetting
from tests.channels.mail_server import Handler, mail_server
from tests.channels.messages import outgoing


def sent(server: Server, messages: Sequence[Outgoing], throttle: Throttle | None = None) -> dict[str, Reply]:
    """What became of each message, by recipient."""
    replies: dict[str, Reply] = {}

    def told(message: Outgoing, reply: Reply) -> None:
        assert message.recipient.plain not in replies, "told twice"
        replies[message.recipient.plain] = reply

    async def send() -> None:
        pool = Pool(server, throttle)
        await pool.send(messages, told)
        await pool.close()

    asyncio.run(send())
    return replies


def test_each_message_arrives_once_over_few_connections():
    handler = Handler()
    people = [f"c{number}@example.org" for number in range(60)]
    with mail_server(handler) as port:
        replies = sent(Server("127.0.0.1", port, "none", connections=3), [outgoing(one) for one in people])
    assert sorted(address for address, _ in handler.taken) == sorted(people)
    assert {reply.outcome for reply in replies.values()} == {Outcome.ACCEPTED}
    assert len(handler.sessions) <= 3
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in handler.taken[0][1]


def test_a_connection_is_made_anew_after_so_many_messages():
    handler = Handler()
    with mail_server(handler) as port:
        server = Server("127.0.0.1", port, "none", connections=1, per_connection=5)
        sent(server, [outgoing(f"c{number}@example.org") for number in range(20)])
    assert len(handler.taken) == 20


def test_hostile_answers_are_told_apart():
    handler = Handler()
    handler.at_rcpt = {
        "gone@example.org": "550 5.1.1 no such user",
        "full@example.org": "552 5.2.2 mailbox full",
        "grey@example.org": "451 4.7.1 greylisted, come back later",
        "spam@example.org": "550 5.7.1 our system thinks this is spam",
        "old@example.org": "550 User unknown",
    }
    handler.at_data = {
        "big@example.org": "552 5.3.4 message too big",
        "later@example.org": "452 4.3.1 disk full",
    }
    people = [*handler.at_rcpt, *handler.at_data, "kim@example.org"]
    with mail_server(handler) as port:
        replies = sent(Server("127.0.0.1", port, "none", connections=1), [outgoing(one) for one in people])
    told = {name.partition("@")[0]: (reply.outcome, reply.blame) for name, reply in replies.items()}
    assert told == {
        "gone": (Outcome.REFUSED, Blame.MAILBOX),
        "old": (Outcome.REFUSED, Blame.MAILBOX),
        "full": (Outcome.DEFERRED, Blame.MAILBOX),
        "grey": (Outcome.DEFERRED, Blame.SENDER),
        "spam": (Outcome.REFUSED, Blame.SENDER),
        "big": (Outcome.REFUSED, Blame.MESSAGE),
        "later": (Outcome.DEFERRED, Blame.MESSAGE),
        "kim": (Outcome.ACCEPTED, Blame.NOBODY),
    }
    assert [name for name, reply in replies.items() if reply.is_hard_bounce] == [
        "gone@example.org",
        "old@example.org",
    ]
    assert replies["gone@example.org"].enhanced == "5.1.1"
    assert replies["gone@example.org"].code == 550


def test_a_line_cut_after_the_message_is_unclear_and_never_sent_again():
    handler = Handler()
    handler.drop = {"lost@example.org"}
    people = ["a@example.org", "lost@example.org", "b@example.org"]
    with mail_server(handler) as port:
        replies = sent(Server("127.0.0.1", port, "none", connections=1), [outgoing(one) for one in people])
    assert replies["lost@example.org"].outcome is Outcome.UNCLEAR
    assert [replies[one].outcome for one in ("a@example.org", "b@example.org")] == [Outcome.ACCEPTED] * 2
    assert [address for address, _ in handler.taken] == people


def test_a_dead_server_is_found_once_and_not_by_each_message():
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        replies = sent(
            Server("127.0.0.1", port, "none", connections=2), [outgoing(f"c{n}@x.org") for n in range(500)]
        )
    assert len(replies) == 500
    assert {reply.outcome for reply in replies.values()} == {Outcome.DEFERRED}
    assert all(reply.stops_channel and f"127.0.0.1:{port}" in reply.says for reply in replies.values())


def test_a_wrong_password_blames_no_message(certificate: tuple[ssl.SSLContext, ssl.SSLContext]):
    there, here = certificate

    def login(server: object, session: object, envelope: object, mechanism: str, data: object) -> AuthResult:
        return AuthResult(success=getattr(data, "password", b"") == b"right", handled=False)

    handler = Handler()
    with mail_server(handler, there, login) as port:
        for password, outcome in (("wrong", Outcome.DEFERRED), ("right", Outcome.ACCEPTED)):
            server = Server("127.0.0.1", port, "starttls", "me", password, connections=1, tls=here)
            reply = sent(server, [outgoing("kim@example.org")])["kim@example.org"]
            assert reply.outcome is outcome
            assert reply.stops_channel == (password == "wrong")
    assert len(handler.taken) == 1


def test_no_password_goes_over_an_open_line():
    with pytest.raises(InvalidSetting):
        Server("127.0.0.1", 25, "none", "me", "secret")
    assert "secret" not in repr(Server("127.0.0.1", 25, "tls", "me", "secret"))


def test_a_server_without_tls_gets_nothing():
    handler = Handler()
    with mail_server(handler) as port:
        reply = sent(Server("127.0.0.1", port, "starttls"), [outgoing("kim@example.org")])["kim@example.org"]
    assert reply.stops_channel
    assert not handler.taken


def test_letters_of_other_scripts_before_the_at_need_smtputf8():
    handler = Handler()
    with mail_server(handler) as port:
        replies = sent(Server("127.0.0.1", port, "none"), [outgoing("müller@example.org")])
    assert replies["müller@example.org"].outcome is Outcome.ACCEPTED


def test_who_asks_for_patience_is_left_alone():
    handler = Handler()
    handler.at_rcpt = {"first@slow.org": "421 4.7.0 too many messages"}
    people = ["first@slow.org", "second@slow.org", "kim@quick.org"]
    with mail_server(handler) as port:
        server = Server("127.0.0.1", port, "none", connections=1)
        replies = sent(server, [outgoing(one) for one in people], Throttle(rest_seconds=300))
    assert replies["second@slow.org"].outcome is Outcome.DEFERRED
    assert 290 < replies["second@slow.org"].wait_seconds <= 300
    assert replies["kim@quick.org"].outcome is Outcome.ACCEPTED


def test_the_throttle_spaces_out_one_provider_and_no_other():
    throttle = Throttle(per_minute=60)
    waits = [throttle.wait("gmail.com", 100.0) for _ in range(4)]
    assert waits[0] == waits[1] == 0
    assert waits[2] == pytest.approx(1.0, abs=1e-6)
    assert throttle.wait("googlemail.com", 100.0) > 0
    assert throttle.wait("gmx.de", 100.0) == 0
    assert throttle.wait("gmail.com", 101.0) == 0


def test_a_rate_is_halved_and_recovers():
    throttle = Throttle(per_minute=60, rest_seconds=10)
    throttle.learn("gmx.net", understood(421, "4.7.0 slow down", "recipient"), 0.0)
    assert throttle.wait("gmx.de", 5.0) == 5.0
    sends = sum(throttle.wait("gmx.de", 10.0 + tenth / 10) == 0 for tenth in range(600))
    assert 28 <= sends <= 33
    for _ in range(60):
        throttle.learn("gmx.de", understood(250, "ok", "data"), 70.0)
    sends = sum(throttle.wait("gmx.de", 80.0 + tenth / 10) == 0 for tenth in range(600))
    assert 58 <= sends <= 63


@pytest.mark.parametrize(
    ("code", "says", "stage", "outcome", "blame"),
    [
        (250, "2.0.0 OK", "data", Outcome.ACCEPTED, Blame.NOBODY),
        (550, "5.7.515 Access denied, sending domain does not meet the required authentication level", "data",
         Outcome.REFUSED, Blame.SENDER),
        (550, "5.7.26 Unauthenticated email is not accepted due to domain's DMARC policy", "data", Outcome.REFUSED,
         Blame.SENDER),
        (421, "4.7.28 Gmail has detected an unusual rate", "data", Outcome.DEFERRED, Blame.SENDER),
        (452, "4.2.2 The recipient's inbox is out of storage space", "recipient", Outcome.DEFERRED, Blame.MAILBOX),
        (550, "Requested action not taken: mailbox unavailable", "recipient", Outcome.REFUSED, Blame.MAILBOX),
        (553, "sender address rejected", "sender", Outcome.REFUSED, Blame.SENDER),
        (535, "5.7.8 bad credentials", "login", Outcome.DEFERRED, Blame.LINE),
        (554, "Transaction failed", "data", Outcome.REFUSED, Blame.MESSAGE),
    ],
)  # fmt: skip
def test_answers_of_the_large_providers(code: int, says: str, stage: str, outcome: Outcome, blame: Blame):
    reply = understood(code, says, stage)
    assert (reply.outcome, reply.blame) == (outcome, blame)
