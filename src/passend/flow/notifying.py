"""Notices to the firm's own people: a campaign has stopped, a verdict has changed; by mail, or into Slack and Teams.

What each way was told is kept as marks in the store, claimed before it is told, so that two processes tell nothing
twice, and a way that fails is tried again without the others. Whoever begins to be told hears of what happens from then
on, not of the past.
"""

import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

import pyarrow.compute as pc
from sqlalchemy import delete

from passend.channels.addresses import Address
from passend.channels.email.blocks import frame, liquid_words
from passend.channels.email.message import Outgoing
from passend.channels.email.template import Rendered, Template, render
from passend.channels.safe_line import SafeLine
from passend.errors import InvalidSetting, PassendError, StoreError
from passend.flow.campaigns.telling import progress
from passend.flow.mail_settings import brand_of, deliver, people_of, sender_of
from passend.flow.overview import stuck_by
from passend.language import chosen, phrase, retold, speaking
from passend.report.letter import called_by
from passend.results import PROFIT
from passend.settings import Settings
from passend.store import Store, written
from passend.store.campaigns import MarkRow
from passend.store.marks import claim_mark, set_mark
from passend.workspace import Workspace

_BEGAN = "began"
#: Teams takes cards at these; everybody else takes ``text``, as Slack does.
_CARDS = ("office.com", "azure.com", "powerplatform.com")


@dataclass(frozen=True)
class News:
    """One thing that people may be told.

    Attributes:
        about: ``campaign/NAME`` or ``verdict/CAMPAIGN/PHASE``.
        state: what holds now; people are told when it changes.
        says: in the firm's language; empty where the change needs nobody.
    """

    about: str
    state: str
    says: str

    @property
    def mark(self) -> int:
        """The state as a number."""
        return zlib.crc32(self.state.encode())


def is_wanted(settings: Settings) -> bool:
    """Whether anybody is to be told."""
    return bool(settings.text("notify.email") or settings.text("notify.webhook"))


def notify(workspace: Workspace, store: Store, now: datetime) -> list[str]:
    """Tell what has changed since the last time, on each way by itself; returns what was told.

    Raises:
        PassendError: a way did not take it; that one is tried again the next time.
    """
    settings = workspace.settings
    told: dict[str, News] = {}
    problem: PassendError | None = None
    with speaking(settings.text("language")):
        ways = _ways(settings)
        if not ways:
            return []
        found = [*_stops(workspace, store, now), *_verdicts(workspace)]
        for way in ways:
            try:
                told |= {one.says: one for one in _news_on(way, found, store, now)}
            except PassendError as raised:
                problem = problem or raised
    if told:
        with store.change() as connection:
            for one in told.values():
                written(connection, now, "notices", "told", one.about)
    if problem is not None:
        raise problem
    return list(told)


def _news_on(way: "Way", found: Sequence[News], store: Store, now: datetime) -> list[News]:
    """Tell on one way what it was not told yet."""
    with store.change() as connection:
        before = {one.about: claim_mark(connection, way.mark(one.about), one.mark, now) for one in found}
        is_first = claim_mark(connection, way.mark(_BEGAN), 1, now) is None
    changed = [one for one in found if before[one.about] != one.mark]
    told = [] if is_first else [one for one in changed if one.says]
    if not told:
        return []
    try:
        way.tell([one.says for one in told], now)
    except PassendError:
        with store.change() as connection:
            for one in changed:
                was = before[one.about]
                set_mark(connection, way.mark(one.about), -1 if was is None else was, now)
        raise
    return told


def begin_anew(store: Store) -> None:
    """Forget that people were told before: they hear of what happens from now on."""
    with store.change() as connection:
        connection.execute(delete(MarkRow).where(MarkRow.name.like(f"told/%/{_BEGAN}")))


def tell(settings: Settings, says: Sequence[str], now: datetime) -> None:
    """Tell people something, on each way that is set.

    Raises:
        InvalidSetting: no way is set, or no sender of mails.
        StoreError: a way did not take it.
        InvalidAddress: an address is none.
    """
    ways = _ways(settings)
    if not ways:
        raise InvalidSetting(
            "Nobody is told anything yet.", remedy="Set an e-mail address, or the address of a webhook."
        )
    for way in ways:
        way.tell(says, now)


@dataclass(frozen=True)
class Way:
    """One person's mail, or the webhook: what it was told is kept for each by itself."""

    name: str
    tell: Callable[[Sequence[str], datetime], None]

    def mark(self, about: str) -> str:
        """The mark of what this way was told."""
        return f"told/{self.name}/{about}"


def _ways(settings: Settings) -> list[Way]:
    ways = [
        Way(one.fingerprint, partial(_write, settings, one)) for one in people_of(settings, "notify.email")
    ]
    if settings.text("notify.webhook"):
        ways.append(Way("webhook", partial(_post, settings)))
    return ways


def _write(settings: Settings, recipient: Address, says: Sequence[str], now: datetime) -> None:
    key = f"notice/{recipient.fingerprint}/{now:%Y%m%d%H%M%S}/{zlib.crc32(' '.join(says).encode())}"
    deliver(settings, Outgoing(key, sender_of(settings), recipient, _mail(settings, says), now))


def _stops(workspace: Workspace, store: Store, now: datetime) -> Iterator[News]:
    """Campaigns, and whether they go on."""
    if not workspace.settings["notify.stops"]:
        return
    for one in progress(store, now):
        if one.state not in {"running", "paused", "cancelled"}:
            continue
        why = retold(stuck_by(one)) or "; ".join(map(retold, one.troubles))
        says = ""
        if one.state == "cancelled":
            says = phrase("Campaign {name} was ended for good.", name=one.name)
        elif one.state == "paused" or why:
            says = phrase(
                "Campaign {name} has stopped: {why}", name=one.name, why=why or phrase("it was paused")
            )
        yield News(f"campaign/{one.name}", says, says)


def _verdicts(workspace: Workspace) -> Iterator[News]:
    """The verdicts on campaigns, as they were measured last."""
    if not workspace.settings["notify.verdicts"] or not workspace.has("effects"):
        return
    table = workspace.read("effects")
    rows = table.filter(
        pc.and_(pc.equal(table["metric"], PROFIT), pc.equal(table["slice"], "all"))
    ).to_pylist()
    for row in rows:
        name = called_by(row["campaign"], row["phase"])
        says = phrase("The verdict on {name} is now: {verdict:w}. {reason:s}", name=name, verdict=row["verdict"],
                      reason=row["reason"] or "")  # fmt: skip
        yield News(f"verdict/{row['campaign']}/{row['phase']}", row["verdict"] or "", says.strip())


def _mail(settings: Settings, says: Sequence[str]) -> Rendered:
    title = phrase("{notices:n} notice from passend", "{notices:n} notices from passend", notices=len(says))
    listed = "".join(f"<li>{liquid_words(one)}</li>" for one in says)
    parts = [f"<mj-text><ul>{listed}</ul></mj-text>"]
    if settings.text("email.public_url"):
        link = f'<a href="{{{{ url }}}}">{liquid_words(phrase("Open passend"))}</a>'
        parts.append(f"<mj-text>{link}</mj-text>")
    mjml = frame("".join(parts), brand_of(settings), chosen())
    return render(
        Template(title, mjml, language=chosen()),
        {"url": settings.text("email.public_url").rstrip("/") + "/"},
    )


def _post(settings: Settings, says: Sequence[str], now: datetime) -> None:
    del now
    url, text = settings.text("notify.webhook"), "\n".join(says)
    host = urlsplit(url).hostname or ""
    body: dict[str, object] = {"text": text}
    if host.endswith(_CARDS):
        blocks = [{"type": "TextBlock", "text": one, "wrap": True} for one in says]
        card = {"type": "AdaptiveCard", "version": "1.4", "body": blocks}
        body = {
            "type": "message",
            "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
        }
    line = SafeLine(allowed=frozenset(settings.text("webhook.allowed").split()))
    try:
        answer = line.post(
            url, json.dumps(body, ensure_ascii=False).encode(), {"Content-Type": "application/json"}
        )
    except OSError as problem:
        raise StoreError(
            f"The webhook for notices did not answer: {problem}", remedy="Check notify.webhook."
        ) from problem
    if not 200 <= answer.status < 300:
        raise StoreError(
            f"The webhook for notices answered {answer.status}: {answer.body[:200]}",
            remedy="Check notify.webhook.",
        )
