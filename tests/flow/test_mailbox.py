"""What comes back by mail is read by the worker, from IMAP or a Maildir, once, and without changing the mailbox."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from passend.channels.email.mailbox import Box, Read
from passend.channels.links.signing import signer_of
from passend.errors import InvalidSetting, StoreError
from passend.flow.campaigns.entering import HoldOut
from passend.flow.campaigns.opening import campaigns_of
from passend.flow.campaigns.sending import Ways
from passend.flow.campaigns.working import Worker
from passend.flow.mailbox import take_mail
from passend.store import Store
from passend.store.ledger import walls_of, words_of
from passend.store.mails import FeedbackRow
from passend.worker import Loop
from passend.workspace import Workspace
from tests.channels.imap_server import ImapServer, imap_server
from tests.flow.test_feedback import deliver

NOW = datetime(2026, 3, 2, 12)


def bounce(number: int) -> bytes:
    """A delivery report of a mailbox that does not exist."""
    return f"""From: MAILER-DAEMON@mx.example
To: bounces@shop.example
Subject: Undelivered Mail
Date: Mon, 02 Mar 2026 10:00:0{number} +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; c{number}@example.org
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: text/rfc822-headers

Message-ID: <spring{number}@x>
--b--
""".replace("\n", "\r\n").encode()


def goodbye(workspace: Workspace, number: int) -> bytes:
    token = signer_of(workspace.folder).token("unsubscribe", {"m": f"spring/{number}", "c": f"c{number}"})
    return f"From: c{number}@example.org\r\nSubject: unsubscribe-{token}\r\n\r\n".encode()


FORGED = b"From: x@example.org\r\nSubject: unsubscribe-aaaaaaaaaaaaaaaaaaaaaaaaa.bbbb\r\n\r\nbye\r\n"


@pytest.fixture
def server() -> Iterator[ImapServer]:
    with imap_server() as made:
        yield made


def opened(folder: Path, address: str, password: str = "secret") -> Workspace:
    return Workspace(folder, [f"email.mailbox={address}", f"email.mailbox_password={password}"])


def heard(store: Store) -> tuple[int, list[str], list[bool]]:
    """Words kept, walls of customer 0, and whether customer 3 still agrees."""
    with store.read() as connection:
        kept = int(connection.execute(select(func.count()).select_from(FeedbackRow)).scalar_one())
        walls = walls_of(connection, ["c0@example.org"], "email", _mark).get("c0@example.org", [])
        words = words_of(connection, {"c3": None})["c3"]
    return kept, [one.basis for one in walls], [one.is_given for one in words]


def _mark(text: str) -> str:
    return f"mark:{text}"


@pytest.fixture(autouse=True)
def marks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("passend.flow.mailbox.marker", lambda _: _mark)


def test_mails_are_taken_once_and_the_mailbox_is_left_as_it_is(tmp_path: Path, server: ImapServer) -> None:
    place = opened(tmp_path, server.address)
    with campaigns_of(place) as store:
        deliver(store, 5)
        server.mails = {4: bounce(0), 5: goodbye(place, 3), 9: b"Subject: on holiday\r\n\r\n", 12: FORGED}
        assert take_mail(store, place, NOW) == 2
        assert heard(store) == (1, ["hard bounce"], [False])
        assert take_mail(store, place, NOW) == 0
        assert server.fetched == [4, 5, 9, 12]
        server.mails[13] = bounce(1)
        assert take_mail(store, place, NOW) == 1
        assert server.fetched[4:] == [13]
        server.kind += 1  # the mails were numbered anew: all are read again, and none counts twice
        assert take_mail(store, place, NOW) == 1  # but for a goodbye, said again
        assert heard(store)[0] == 2


def test_a_folder_is_read_as_well(tmp_path: Path) -> None:
    box = tmp_path / "box"
    for name in ("new", "cur", "tmp"):
        (box / name).mkdir(parents=True)
    (box / "new" / "1.a").write_bytes(bounce(0))
    place = opened(tmp_path / "firm", str(box))
    with campaigns_of(place) as store:
        deliver(store, 2)
        assert take_mail(store, place, NOW) == 1
        assert heard(store)[:2] == (1, ["hard bounce"])
        assert not list((box / "new").iterdir())
        assert len(list((box / "cur").iterdir())) == 1
        assert take_mail(store, place, NOW) == 0


def test_no_more_than_a_hundred_at_a_time(server: ImapServer) -> None:
    server.mails = dict.fromkeys(range(1, 131), b"Subject: x\r\n\r\n")
    box = Box(server.address, "secret")
    first = box.read(Read())
    assert (len(first.mails), first.until.last) == (100, 100)
    assert len(box.read(first.until).mails) == 30


@pytest.mark.parametrize(
    ("address", "says"),
    [("imap://shop.example/INBOX", "in the open"), ("nowhere", "is no mailbox")],
)
def test_a_setting_that_cannot_work_is_told(address: str, says: str) -> None:
    with pytest.raises(InvalidSetting, match=says):
        Box(address, "secret").read(Read())


def test_the_worker_reads_it_and_tells_what_is_wrong(tmp_path: Path, server: ImapServer) -> None:
    place = opened(tmp_path, server.address, "wrong")
    with pytest.raises(StoreError, match="wrong password"):
        Box(server.address, "wrong").read(Read())
    with campaigns_of(place) as store:
        deliver(store, 1)
        server.mails = {1: bounce(0)}
        moments = [NOW]
        worker = Worker(store, Ways({}), HoldOut(share=0.0), lambda: moments[-1])
        loop = Loop(worker, lambda: place, lambda _: None)
        assert "wrong password" in loop.once().errors["mailbox"]
        server.password = "wrong"
        assert "mailbox" not in loop.once().errors  # not asked again at once
        assert heard(store)[0] == 0
        moments.append(NOW + timedelta(minutes=6))
        assert "mailbox" not in loop.once().errors
        assert heard(store)[:2] == (1, ["hard bounce"])
