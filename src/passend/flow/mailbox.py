"""What came back to the firm's mailbox, taken over by the worker: bounces, complaints, and goodbyes by mail."""

from datetime import datetime

from passend.channels.email.mailbox import Box, Read
from passend.channels.email.reports import read_report, unsubscribe_token
from passend.channels.links.pages import Effect
from passend.channels.links.signing import Signer, signer_of
from passend.errors import Forged
from passend.flow.feedback import carry_out, take_feedback
from passend.flow.persons import marker
from passend.settings import Settings
from passend.store import Store
from passend.store.marks import mark, set_mark
from passend.workspace import Workspace

_KIND, _LAST = "mailbox kind", "mailbox read"


def mailbox_of(settings: Settings) -> Box | None:
    """The mailbox that the settings name, if any."""
    address = settings.text("email.mailbox")
    return Box(address, settings.text("email.mailbox_password")) if address else None


def take_mail(store: Store, workspace: Workspace, now: datetime) -> int:
    """Read what is new in the mailbox and put it where it belongs; returns how many words were new.

    A crash in between reads the same mails again, and each word counts once.

    Raises:
        InvalidSetting: the setting names no mailbox.
        StoreError: the mailbox cannot be read now.
    """
    box = mailbox_of(workspace.settings)
    if box is None:
        return 0
    with store.read() as connection:
        since = Read(mark(connection, _KIND), mark(connection, _LAST))
    batch = box.read(since)
    words = [word for raw in batch.mails for word in read_report(raw, now)]
    signer, mark_of = signer_of(workspace.folder), marker(workspace)
    left = [word for raw in batch.mails for word in _goodbye(raw, signer, now)]
    taken = take_feedback(store, words, mark_of, now)
    carry_out(store, left, mark_of, now)
    box.done(batch)
    if batch.until != since:
        with store.change() as connection:
            set_mark(connection, _KIND, batch.until.kind, now)
            set_mark(connection, _LAST, batch.until.last, now)
    return taken + len(left)


def _goodbye(raw: bytes, signer: Signer, now: datetime) -> list[Effect]:
    token = unsubscribe_token(raw)
    try:
        told = signer.read("unsubscribe", token, now) if token else {}
    except Forged:  # anybody may write to a mailbox
        return []
    return [Effect("unsubscribe", {**told, "evidence": "mail to the mailbox"})] if told else []
