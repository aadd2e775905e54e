"""Which fetches of links were made by people, and which by the mail gateways that open everything.

Gateways (SafeLinks, Proofpoint, Mimecast) fetch links to look for harm, from clean addresses, with the words of a
usual browser, some with JavaScript. What gives them away is what they do, not what they say: they ask with HEAD, open
the link that no person can see, fetch all links of a message, or several within seconds, right after it was delivered;
and they seldom stay on the page. Raw hits are kept for ever; which were human is derived, so that the rules can become
better and old figures with them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

#: Two different links within so long are more than a person opens.
BURST = timedelta(seconds=3)
#: Fetches with no longer a break between them are one visit; a gateway that takes its time is seen whole.
PAUSE = timedelta(seconds=60)
#: So many different links in one visit are a machine's, unless somebody moved on a page that they led to.
_MANY = 4
#: A gateway looks while the message comes in; people take longer to open, read and click.
ARRIVAL = timedelta(seconds=5)
#: A page on which somebody moved so soon after the click belongs to it.
_PAGE = timedelta(minutes=2)


@dataclass(frozen=True)
class Hit:
    """One fetch, as it came in.

    Attributes:
        message: the message's key.
        link: number of the link in the message.
        kind: click, hidden (the link that nobody sees), or view (a pointer, key or finger moved on the page).
        method: GET, HEAD, POST ...
        at: when.
    """

    message: str
    link: int
    kind: str
    method: str
    at: datetime


def human(hits: Iterable[Hit], delivered_at: datetime | None = None) -> list[Hit]:
    """The clicks on one message that a person made.

    Args:
        hits: all fetches of one message.
        delivered_at: when the mail server accepted it.
    """
    people: list[Hit] = []
    for visit in visits(hits):
        machine = _is_machine(visit, delivered_at)
        people += [
            hit
            for hit in visit
            if hit.kind == "click" and hit.method == "GET" and (not machine or _is_seen(hit, visit))
        ]
    return people


def visits(hits: Iterable[Hit]) -> list[list[Hit]]:
    """The fetches of one message, parted by breaks."""
    found: list[list[Hit]] = []
    for hit in sorted(hits, key=lambda one: one.at):
        if found and hit.at - found[-1][-1].at <= PAUSE:
            found[-1].append(hit)
        else:
            found.append([hit])
    return found


def _is_machine(visit: Sequence[Hit], delivered_at: datetime | None) -> bool:
    """Whether something in a visit is what only machines do."""
    if any(hit.kind == "hidden" or hit.method == "HEAD" for hit in visit):
        return True
    clicks = [hit for hit in visit if hit.kind == "click"]
    if delivered_at is not None and any(hit.at - delivered_at < ARRIVAL for hit in clicks):
        return True
    if len({hit.link for hit in clicks}) >= _MANY:
        return True
    return any(
        one.link != other.link and other.at - one.at <= BURST
        for place, one in enumerate(clicks)
        for other in clicks[place + 1 :]
    )


def _is_seen(click: Hit, visit: Sequence[Hit]) -> bool:
    """Whether somebody moved on the page that the click led to."""
    return any(
        hit.kind == "view" and hit.link == click.link and click.at <= hit.at <= click.at + _PAGE
        for hit in visit
    )
