"""What customers do on the pages behind links, as pure functions: a request comes in, an answer and its effects go out.

A GET shows, a POST acts: mail gateways open every link, and one that only looks must not unsubscribe anybody, nor
agree in anybody's name. The server calls these in a line each and carries the effects out in its transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import urlsplit

from passend.channels.links.hits import Hit
from passend.channels.links.signing import Signer
from passend.errors import Forged
from passend.language import phrase, speaking, word

#: A click's link is good for so long; to unsubscribe, one is good for ever.
CLICKS = timedelta(days=400)
CONFIRMS = timedelta(days=14)


@dataclass(frozen=True)
class Request:
    """A request to one of the pages.

    Attributes:
        method: GET, HEAD, POST ...
        token: the last part of the address.
        now: naive UTC.
        form: what was filled in.
        agent: the browser's own words.
        evidence: of who asked, where the firm wants it kept, such as the address of the line.
    """

    method: str
    token: str
    now: datetime
    form: Mapping[str, str] = field(default_factory=dict)
    agent: str = ""
    evidence: str = ""


@dataclass(frozen=True)
class Effect:
    """What a request does.

    Attributes:
        kind: ``hit``, ``unsubscribe``, ``confirm`` or ``prefer``.
        content: what the token and the form say.
        hit: the raw fetch to keep, of ``hit``.
    """

    kind: str
    content: Mapping[str, Any] = field(default_factory=dict)
    hit: Hit | None = None


@dataclass(frozen=True)
class Page:
    """The answer: status, body, where to, and the effects to carry out."""

    status: int
    html: str = ""
    location: str = ""
    effects: tuple[Effect, ...] = ()
    headers: Mapping[str, str] = field(
        default_factory=lambda: {
            "Content-Type": "text/html; charset=utf-8",
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'",
        }
    )


def click(signer: Signer, request: Request) -> Page:
    """Go where a link leads, and keep the raw fetch; only addresses that this firm signed are gone to."""
    try:
        told = signer.read("click", request.token, request.now, CLICKS)
    except Forged as problem:
        return _problem(problem)
    target, link = str(told.get("to", "")), int(told.get("n", 0))
    kind = "hidden" if told.get("hidden") else "click"
    seen = Effect("hit", hit=Hit(str(told["m"]), link, kind, request.method, request.now))
    if kind == "hidden" or urlsplit(target).scheme not in {"http", "https"}:
        return Page(204, effects=(seen,))
    return Page(302, location=target, effects=(seen,))


def viewed(signer: Signer, request: Request) -> Page:
    """A page told that somebody moved on it: by POST, with the token of the click that led there."""
    try:
        told = signer.read("click", request.token, request.now, CLICKS)
    except Forged as problem:
        return _problem(problem)
    if request.method != "POST":
        return Page(405)
    hit = Hit(str(told["m"]), int(told.get("n", 0)), "view", "POST", request.now)
    return Page(204, effects=(Effect("hit", hit=hit),))


def unsubscribe(signer: Signer, request: Request) -> Page:
    """Leave: at once by POST (RFC 8058, or the page's button); a GET only shows the button."""
    try:
        told = signer.read("unsubscribe", request.token, request.now)
    except Forged as problem:
        return _problem(problem)
    with speaking(str(told.get("l", "de"))):
        if request.method == "POST":
            done = Effect("unsubscribe", {**told, "evidence": request.evidence})
            title = word("You will get no more advertising from us by e-mail.")
            return Page(200, _page(title, ""), effects=(done,))
        if request.method not in {"GET", "HEAD"}:
            return Page(405)
        return Page(200, _page(word("Do you want to unsubscribe?"), _button(word("Unsubscribe"))))


def confirm(signer: Signer, request: Request) -> Page:
    """Confirm an opt-in: a GET shows to what one agrees, a POST agrees; the ledger knows used ones."""
    try:
        told = signer.read("opt-in", request.token, request.now, CONFIRMS)
    except Forged as problem:
        return _problem(problem)
    with speaking(str(told.get("l", "de"))):
        if request.method == "POST":
            done = Effect("confirm", {**told, "token": request.token, "evidence": request.evidence})
            return Page(200, _page(word("Thank you: your registration is confirmed."), ""), effects=(done,))
        if request.method not in {"GET", "HEAD"}:
            return Page(405)
        topics = [escape(str(topic)) for topic in told.get("t", ())]
        listed = f"<ul>{''.join(f'<li>{topic}</li>' for topic in topics)}</ul>" if topics else ""
        return Page(
            200, _page(word("Do you want to confirm your registration?"), listed + _button(word("Confirm")))
        )


def preferences(signer: Signer, request: Request, topics: Mapping[str, bool], gap_days: int | None) -> Page:
    """Choose topics and how often: a GET shows the present choice, a POST sets another.

    Args:
        signer: of the workspace.
        request: the request; its form has ``topic.NAME`` for each topic that is wanted, and ``gap_days``.
        topics: topic -> whether it is wanted now.
        gap_days: at most one message in so many days; none for no wish.
    """
    try:
        told = signer.read("preferences", request.token, request.now)
    except Forged as problem:
        return _problem(problem)
    with speaking(str(told.get("l", "de"))):
        if request.method == "POST":
            wanted = {topic: f"topic.{topic}" in request.form for topic in topics}
            gap = request.form.get("gap_days", "")
            days = int(gap) if gap.isdecimal() and len(gap) < 4 else 0
            content = {**told, "topics": wanted, "gap_days": days, "evidence": request.evidence}
            done = Effect("prefer", content)
            return Page(200, _page(word("Your choice is saved."), ""), effects=(done,))
        if request.method not in {"GET", "HEAD"}:
            return Page(405)
        return Page(200, _page(word("What would you like to hear about?"), _choice(topics, gap_days)))


def _choice(topics: Mapping[str, bool], gap_days: int | None) -> str:
    boxes = "".join(
        f'<p><label><input type="checkbox" name="topic.{escape(topic)}"{" checked" if is_on else ""}> '
        f"{escape(topic)}</label></p>"
        for topic, is_on in topics.items()
    )
    often = {0: word("as it comes"), 7: word("at most once a week"), 30: word("at most once a month")}
    options = "".join(
        f'<option value="{days}"{" selected" if days == (gap_days or 0) else ""}>{escape(says)}</option>'
        for days, says in often.items()
    )
    choose = f'<p><label>{escape(word("How often?"))} <select name="gap_days">{options}</select></label></p>'
    return _button(word("Save"), boxes + choose)


def _button(label: str, before: str = "") -> str:
    return f'<form method="post">{before}<button type="submit">{escape(label)}</button></form>'


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>body{{font:18px/1.5 sans-serif;max-width:32em;margin:3em auto;"
        f"padding:0 1em}}button{{font:inherit;padding:.5em 1.5em}}</style></head><body><h1>{escape(title)}</h1>{body}"
        "</body></html>"
    )


def _problem(problem: Forged) -> Page:
    says = phrase(
        "This link does not work any more, or was changed on its way. {remedy:s}", remedy=problem.remedy
    )
    return Page(404, _page(says, ""))
