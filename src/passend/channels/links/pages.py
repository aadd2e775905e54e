"""What customers do on the pages behind links, as pure functions: a request comes in, an answer and its effects go out.

A GET shows, a POST acts: mail gateways open every link, and one that only looks must not unsubscribe anybody, nor
agree in anybody's name. The server calls these in a line each and carries the effects out in its transaction.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import urlsplit

from passend.channels.links.hits import Hit
from passend.channels.links.signing import Signer
from passend.errors import Forged, InvalidAddress
from passend.language import chosen, phrase, retold, speaking, word

#: A click's link is good for so long; to unsubscribe, one is good for ever.
CLICKS = timedelta(days=400)
CONFIRMS = timedelta(days=14)


_STYLE = (
    ":root{color-scheme:light dark;--ink:#1c1c1a;--ground:#fff;--line:#6b6b66;--deed:#1f5c4a;--on:#fff}"
    "@media(prefers-color-scheme:dark){:root{--ink:#ecece8;--ground:#1a1b1a;--line:#9a9a94;--deed:#8fd3bd;--on:#10201a}}"
    "body{font:1.125rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground);max-width:32em;"
    "margin:3em auto;padding:0 1em;overflow-wrap:anywhere}h1{font-size:1.6rem;line-height:1.25}"
    "fieldset{border:1px solid var(--line);border-radius:6px;margin:1em 0}label{display:block}"
    "input[type=email],select{font:inherit;color:inherit;background:var(--ground);width:100%;box-sizing:border-box;"
    "padding:.5em;border:1px solid var(--line);border-radius:6px}"
    "button{font:inherit;padding:.6em 1.5em;border:0;border-radius:6px;background:var(--deed);color:var(--on)}"
    ":focus-visible{outline:3px solid var(--ink);outline-offset:2px}"
)
_STYLE_MARK = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


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
            "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_MARK}'; form-action 'self'; "
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


def sign_up_form(
    words: str,
    topics: Sequence[str],
    problem: InvalidAddress | None = None,
    form: Mapping[str, str] | None = None,
) -> Page:
    """The form by which anybody asks to be written to, with the text that is agreed to; in the language spoken.

    Args:
        words: the text that is agreed to.
        topics: what there is to choose among.
        problem: with the address that was entered.
        form: what was filled in before.
    """
    told = form or {}
    says = f'<p id="wrong" role="alert">{escape(retold(problem.what))}</p>' if problem else ""
    wrong = ' aria-invalid="true" aria-describedby="wrong"' if problem else ""
    field = (
        f'<p><label for="address">{escape(word("E-mail address"))}</label><input id="address" name="address" '
        f'type="email" autocomplete="email" required{wrong} value="{escape(told.get("address", ""))}"></p>'
    )
    boxes = _boxes({topic: f"topic.{topic}" in told for topic in topics})
    body = says + _button(word("Sign up"), f"{field}{boxes}<p>{escape(words)}</p>")
    return Page(422 if problem else 200, _page(word("Hear from us"), body))


def sign_up_done() -> Page:
    """The answer to a filled form, the same for every address."""
    says = word("If this address can be written to, a mail is on its way. Please press the button in it.")
    return Page(200, _page(word("One more step"), f"<p>{escape(says)}</p>"))


def sign_up_closed() -> Page:
    """Where the firm cannot send the mail that asks once more: nobody is asked for an address."""
    says = word("Signing up is not possible here yet: the firm sends no mails.")
    return Page(404, _page(word("Hear from us"), f"<p>{escape(says)}</p>"))


def sign_up_failed() -> Page:
    """The mail that asks once more did not leave; nothing was noted that would write to anybody."""
    says = word("It did not work just now, and nobody will write to you. Please try again later.")
    return Page(503, _page(word("Hear from us"), f"<p>{escape(says)}</p>"))


def _boxes(topics: Mapping[str, bool]) -> str:
    boxes = "".join(
        f'<p><label><input type="checkbox" name="topic.{escape(topic)}"{" checked" if is_on else ""}> '
        f"{escape(topic)}</label></p>"
        for topic, is_on in topics.items()
    )
    legend = escape(word("What would you like to hear about?"))
    return f"<fieldset><legend>{legend}</legend>{boxes}</fieldset>" if boxes else ""


def _choice(topics: Mapping[str, bool], gap_days: int | None) -> str:
    often = {0: word("as it comes"), 7: word("at most once a week"), 30: word("at most once a month")}
    options = "".join(
        f'<option value="{days}"{" selected" if days == (gap_days or 0) else ""}>{escape(says)}</option>'
        for days, says in often.items()
    )
    says = escape(word("How often?"))
    choose = f'<p><label for="often">{says}</label><select id="often" name="gap_days">{options}</select></p>'
    return _button(word("Save"), _boxes(topics) + choose)


def _button(label: str, before: str = "") -> str:
    return f'<form method="post">{before}<button type="submit">{escape(label)}</button></form>'


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="{chosen()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>{body}"
        "</main></body></html>"
    )


def _problem(problem: Forged) -> Page:
    says = phrase(
        "This link does not work any more, or was changed on its way. {remedy:s}", remedy=problem.remedy
    )
    return Page(404, _page(says, ""))
