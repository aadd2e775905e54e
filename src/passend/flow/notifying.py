"""Notices to the firm's own people: a campaign has stopped, a verdict has changed; by mail, or into Slack and Teams.

What was told is kept as marks in the store, each claimed before it is told, so that two processes tell nothing twice.
Whoever begins to be told hears of what happens from then on, not of the past.
"""

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import pyarrow.compute as pc
from sqlalchemy import Connection, delete, insert, select, update

from passend.channels.addresses import address_of
from passend.channels.email.blocks import frame, liquid_words
from passend.channels.email.message import Outgoing
from passend.channels.email.template import Rendered, Template, render
from passend.channels.safe_line import SafeLine
from passend.errors import InvalidSetting, PassendError, StoreError
from passend.flow.campaigns.telling import progress
from passend.flow.mail_settings import brand_of, deliver
from passend.flow.overview import stuck_by
from passend.language import phrase, retold, speaking, system_language
from passend.results import PROFIT, PROGRAMME
from passend.settings import Settings
from passend.store import Store, written
from passend.store.campaigns import MarkRow
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
    """Tell what has changed since the last time; returns what was told.

    Raises:
        PassendError: neither mail nor webhook took it; it is tried again the next time.
    """
    settings = workspace.settings
    if not is_wanted(settings):
        return []
    with speaking(_language(settings)):
        found = [*_stops(workspace, store, now), *_verdicts(workspace)]
        with store.change() as connection:
            changed = [
                (one, before)
                for one in found
                for before in [_claimed(connection, one, now)]
                if before != one.mark
            ]
            is_first = _claimed(connection, News(_BEGAN, "yes", ""), now) is None
        told = [] if is_first else [one for one, _ in changed if one.says]
        if not told:
            return []
        try:
            tell(settings, [one.says for one in told], now)
        except PassendError:
            with store.change() as connection:
                for one, before in changed:
                    _unclaim(connection, one, before)
            raise
        with store.change() as connection:
            for one in told:
                written(connection, now, "notices", "told", one.about)
        return [one.says for one in told]


def begin_anew(store: Store) -> None:
    """Forget that people were told before: they hear of what happens from now on."""
    with store.change() as connection:
        connection.execute(delete(MarkRow).where(MarkRow.name == f"told/{_BEGAN}"))


def tell(settings: Settings, says: Sequence[str], now: datetime) -> None:
    """Tell people something, on each way that is set.

    Raises:
        InvalidSetting: no way is set.
        StoreError: a way did not take it.
        InvalidAddress: an address is none.
    """
    if not is_wanted(settings):
        raise InvalidSetting(
            "Nobody is told anything yet.", remedy="Set an e-mail address, or the address of a webhook."
        )
    for address in settings.text("notify.email").replace(",", " ").split():
        key = f"notice/{address}/{now:%Y%m%d%H%M%S}/{zlib.crc32(' '.join(says).encode())}"
        writes = address_of(settings.text("email.sender"), settings.text("email.sender_name"))
        deliver(settings, Outgoing(key, writes, address_of(address), _mail(settings, says), now))
    if settings.text("notify.webhook"):
        _post(settings, says)


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
        name = (
            phrase(
                "programme, quarter {quarter} of {year}", quarter=row["phase"] % 10, year=row["phase"] // 10
            )
            if row["campaign"] == PROGRAMME
            else row["campaign"]
        )
        says = phrase("The verdict on {name} is now: {verdict:w}. {reason:s}", name=name, verdict=row["verdict"],
                      reason=row["reason"] or "")  # fmt: skip
        yield News(f"verdict/{row['campaign']}/{row['phase']}", row["verdict"] or "", says.strip())


def _claimed(connection: Connection, news: News, now: datetime) -> int | None:
    """Keep the state as told; returns the one before, None where there was none or another process was quicker."""
    name = f"told/{news.about}"
    before = connection.execute(select(MarkRow.value).where(MarkRow.name == name)).scalar()
    if before is None:
        connection.execute(insert(MarkRow).values(name=name, value=news.mark, at=now))
    elif before != news.mark:
        row = update(MarkRow).where(MarkRow.name == name, MarkRow.value == before)
        if not connection.execute(row.values(value=news.mark, at=now)).rowcount:
            return news.mark
    return None if before is None else int(before)


def _unclaim(connection: Connection, news: News, before: int | None) -> None:
    row = update(MarkRow).where(MarkRow.name == f"told/{news.about}")
    connection.execute(row.values(value=-1 if before is None else before))


def _mail(settings: Settings, says: Sequence[str]) -> Rendered:
    title = phrase("{notices:n} notice from passend", "{notices:n} notices from passend", notices=len(says))
    listed = "".join(f"<li>{liquid_words(one)}</li>" for one in says)
    parts = [f"<mj-text><ul>{listed}</ul></mj-text>"]
    if settings.text("email.public_url"):
        link = f'<a href="{{{{ url }}}}">{liquid_words(phrase("Open passend"))}</a>'
        parts.append(f"<mj-text>{link}</mj-text>")
    mjml = frame("".join(parts), brand_of(settings), _language(settings))
    return render(
        Template(title, mjml, language=_language(settings)),
        {"url": settings.text("email.public_url").rstrip("/") + "/"},
    )


def _post(settings: Settings, says: Sequence[str]) -> None:
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


def _language(settings: Settings) -> str:
    chosen = settings.text("language")
    return system_language() if chosen == "auto" else chosen
