"""The mailbox to which bounces, complaints and goodbyes come back: read over IMAP, or from a Maildir on this computer.

Nothing in the mailbox is changed over IMAP: how far it was read is remembered by the mails' numbers, so people may look
into it, too. A Maildir is passend's own: what was read moves from ``new`` to ``cur``.
"""

import imaplib
import os
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from passend.errors import InvalidSetting, StoreError

#: A server that is there answers within seconds; one that is not must not hold up the worker.
_SECONDS = 10
#: Reports are small; of a mail with a large picture in it the beginning is enough.
_BYTES = 1_000_000
#: Mails read at a time; the others follow the next time.
MOST = 100
#: What the name of a mail that was seen ends in.
_SEEN = "!2,S" if os.name == "nt" else ":2,S"


@dataclass(frozen=True)
class Read:
    """How far a mailbox was read.

    Attributes:
        kind: number that a server gives a mailbox anew when its mails are numbered anew.
        last: number of the last mail that was read.
    """

    kind: int = 0
    last: int = 0


@dataclass(frozen=True)
class Batch:
    """What was new.

    Attributes:
        mails: as they came in, the oldest first.
        until: how far the mailbox is read with them.
        files: of a Maildir.
    """

    mails: tuple[bytes, ...] = ()
    until: Read = field(default_factory=Read)
    files: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Box:
    """One mailbox.

    Attributes:
        address: ``imaps://user@host/INBOX``, ``imap://`` the same for a server on this computer, or the folder of a
            Maildir.
        password: of the user.
        tls: other certificates than the system's, for servers of one's own.
    """

    address: str
    password: str = field(default="", repr=False)
    tls: ssl.SSLContext | None = field(default=None, repr=False, compare=False)

    def read(self, since: Read) -> Batch:
        """What is new, at most a hundred mails.

        Raises:
            InvalidSetting: the address is none of a mailbox.
            StoreError: it cannot be read now.
        """
        with _told():
            return self._over_imap(since) if self._is_far else self._from_folder(since)

    def end(self) -> Read:
        """How far it would be read if all in it were; what comes later is new.

        Raises:
            InvalidSetting: the address is none of a mailbox.
            StoreError: it cannot be read now.
        """
        if not self._is_far:
            return Read()
        with _told(), self._opened() as (line, kind):
            return Read(kind, int((line.response("UIDNEXT")[1] or [b"1"])[0] or 1) - 1)

    @property
    def _is_far(self) -> bool:
        return self.address.startswith(("imap://", "imaps://"))

    def done(self, batch: Batch) -> None:
        """Mark a batch as read, once it is kept elsewhere."""
        for file in batch.files:
            file.rename(file.parent.parent / "cur" / f"{file.name}{_SEEN}")

    def _from_folder(self, since: Read) -> Batch:
        folder = Path(self.address)
        if not (folder / "new").is_dir():
            raise InvalidSetting(
                f"'{self.address}' is no mailbox",
                record="email.mailbox",
                remedy="Write imaps://user@host/INBOX, or the folder of a Maildir.",
            )
        files = tuple(sorted((folder / "new").iterdir()))[:MOST]
        return Batch(tuple(file.read_bytes()[:_BYTES] for file in files), since, files)

    def _over_imap(self, since: Read) -> Batch:
        with self._opened() as (line, kind):
            last = since.last if kind == since.kind else 0
            numbers = sorted(_numbers(line, last))[:MOST]
            return Batch(_mails(line, numbers), Read(kind, max(numbers, default=last)))

    @contextmanager
    def _opened(self) -> Iterator[tuple[imaplib.IMAP4, int]]:
        """The mailbox, for reading only, with its number."""
        line, said = self._line(), urlsplit(self.address)
        try:
            line.login(unquote(said.username or ""), self.password)
            _insist(line.select(f'"{unquote(said.path.strip("/")) or "INBOX"}"', readonly=True))
            yield line, int((line.response("UIDVALIDITY")[1] or [b"0"])[0] or 0)
        finally:
            with suppress(OSError, imaplib.IMAP4.error):
                line.logout()

    def _line(self) -> imaplib.IMAP4:
        said = urlsplit(self.address)
        if said.scheme == "imaps":
            tls = self.tls or ssl.create_default_context()
            return imaplib.IMAP4_SSL(said.hostname or "", said.port or 993, ssl_context=tls, timeout=_SECONDS)
        if self.password and said.hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise InvalidSetting(
                "A password would go over the line in the open",
                record="email.mailbox",
                remedy="Write imaps:// in place of imap://.",
            )
        return imaplib.IMAP4(said.hostname or "", said.port or 143, timeout=_SECONDS)


@contextmanager
def _told() -> Iterator[None]:
    """What keeps a mailbox from being read, in words."""
    try:
        yield
    except (OSError, imaplib.IMAP4.error) as problem:
        why = _cause(problem)
        raise StoreError(
            f"The mailbox for bounces cannot be read: {why}",
            record="email.mailbox",
            remedy="Look at the settings email.mailbox and email.mailbox_password.",
        ) from problem


def _numbers(line: imaplib.IMAP4, last: int) -> Iterator[int]:
    found = _insist(line.uid("SEARCH", f"UID {last + 1}:*"))
    for number in b" ".join(one for one in found if isinstance(one, bytes)).split():
        if int(number) > last:  # a server gives its last mail, too, where none is newer
            yield int(number)


def _mails(line: imaplib.IMAP4, numbers: list[int]) -> tuple[bytes, ...]:
    if not numbers:
        return ()
    found = _insist(line.uid("FETCH", ",".join(map(str, numbers)), f"(BODY.PEEK[]<0.{_BYTES}>)"))
    return tuple(bytes(one[1]) for one in found if isinstance(one, tuple))


def _insist(answer: tuple[str, Sequence[object]]) -> Sequence[object]:
    state, found = answer
    if state != "OK":
        raise imaplib.IMAP4.error(f"{state} {found}")
    return found


def _cause(problem: Exception) -> str:
    words = problem.args[0] if problem.args and isinstance(problem.args[0], bytes) else str(problem)
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(text.split())[:300] or type(problem).__name__
