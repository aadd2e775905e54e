"""In and out: login, logout, the first administrator, what a person likes, and what browsers report."""

import hmac
import json
import logging
import time
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from passend.api.access import Door
from passend.api.problems import Problem
from passend.channels.links.signing import seconds
from passend.errors import PassendError, WorkspaceError
from passend.flow.access.second_factor import has_second_factor, takes_code
from passend.flow.access.sessions import begin_session, demo_user, end_session
from passend.flow.access.users import (
    User,
    add_user,
    find_user,
    has_users,
    knows_password,
    password_mark,
    set_taste,
)
from passend.flow.campaigns.opening import utc_now
from passend.flow.serving.desk import Desk
from passend.language import phrase, retold
from passend.web.entering import is_from_here, is_on_this_computer, own_path
from passend.web.pages import go_to, page
from passend.web.rooms.room import Anybody
from passend.web.visits import COOKIE, carry_session, home_of, visit_of

log = logging.getLogger("passend.web")
router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=400)]
#: Logins that may fail in a minute: for one name from one address, and from one address.
BY_NAME, BY_ADDRESS = 6, 30
_REPORT_BYTES = 16_384
Ticket = Annotated[str, Form(max_length=1000)]
_PURPOSE, _TICKET_HOLDS = "second factor", timedelta(minutes=5)
_LANGUAGES, _THEMES = ("auto", "de", "en"), ("auto", "light", "dark")


@router.get("/login")
def login_page(request: Request, next: str = "/") -> Response:  # noqa: A002 - the query's name
    """Where people log in. In a demo on this computer nobody has to."""
    visit = visit_of(request)
    if visit is not None and visit.user is not None:
        return go_to(own_path(next))
    if request.app.state.demo and is_on_this_computer(request):
        desk: Desk = request.app.state.desk
        return let_in(request, demo_user(desk.store, utc_now()), next)
    return ask_login(request, next)


@router.post("/login")
def login(request: Request, name: Text, password: Text, next: Text = "/") -> Response:  # noqa: A002 - likewise
    """Let somebody in who knows the password."""
    _only_from_here(request)
    door: Door = request.app.state.door
    by_name, by_address = request.app.state.logins
    who, clock = door.address(request.scope), time.monotonic()
    if not by_name.take(f"{name.strip().lower()}|{who}", clock) or not by_address.take(who, clock):
        return ask_login(request, next, phrase("Too many tries. Wait a minute."), 429, name)
    user = knows_password(door.desk.store, name, password)
    if user is None:
        return ask_login(request, next, phrase("Name and password do not belong together."), 401, name)
    if not _takes_password(request, user):
        return ask_login(
            request, next, phrase("Log in by the firm's account: your password opens nothing here."), 403
        )
    return after_first_factor(request, user, next)


@router.post("/login/code")
def login_code(request: Request, ticket: Ticket, code: Text, next: Text = "/") -> Response:  # noqa: A002 - likewise
    """Let somebody in whose password was right, and who has the code of their device, or one for a lost device."""
    _only_from_here(request)
    door: Door = request.app.state.door
    by_name, by_address = request.app.state.logins
    who, clock, now = door.address(request.scope), time.monotonic(), utc_now()
    try:
        said = door.desk.signer.read(_PURPOSE, ticket, now, _TICKET_HOLDS)
    except PassendError:
        return go_to("/login")
    # By person alone: whoever knows the password may come from many addresses to guess the code.
    if not by_name.take(f"code|{said['user']}", clock) or not by_address.take(who, clock):
        return ask_code(request, ticket, next, phrase("Too many tries. Wait a minute."), 429)
    user = find_user(door.desk.store, said["user"], said["password"])
    if user is None:
        return go_to("/login")
    try:
        is_right = takes_code(door.desk.store, door.desk.signer, user, code, now)
    except WorkspaceError as error:
        return ask_code(request, ticket, next, f"{retold(error.what)} {retold(error.remedy)}", 403)
    if not is_right:
        return ask_code(request, ticket, next, phrase("This code does not hold, or was used already."), 401)
    return let_in(request, user, next, str(said.get("by", "")))


@router.post("/logout")
def logout(visit: Anybody) -> Response:
    """End the session, on the server."""
    end_session(visit.desk.store, visit.secret)
    answer = go_to("/login")
    answer.delete_cookie(COOKIE, path="/")
    return answer


@router.get("/setup")
def setup_page(token: str, request: Request) -> Response:
    """The page behind the link of the first start; programs that follow links in messages change nothing by it."""
    _first(request, token)
    return page(request, "setup.html.j2", setup=token, problem="", name="")


@router.post("/setup")
def setup(request: Request, token: Text, name: Text, password: Text) -> Response:
    """Make the first administrator, and log them in; the link is used up."""
    _only_from_here(request)
    desk = _first(request, token)
    try:
        made = add_user(desk.store, name, password, "administrator", who="setup", now=utc_now())
    except PassendError as error:
        says = f"{retold(error.what)} {retold(error.remedy or '')}"
        return page(request, "setup.html.j2", 422, setup=token, problem=says, name=name)
    request.app.state.setup = ""
    return let_in(request, made, "/")


@router.post("/taste")
def taste(visit: Anybody, language: Text = "", theme: Text = "", back: Text = "/") -> Response:
    """Keep the language or the theme that a person chose."""
    if visit.user is not None:
        set_taste(
            visit.desk.store, visit.user.id, language=language if language in _LANGUAGES else "",
            theme=theme if theme in _THEMES else "",
        )  # fmt: skip
    return go_to(own_path(back))


@router.post("/csp")
async def report(request: Request) -> Response:
    """A browser tells what a page was not allowed to load: a mistake of ours, or somebody's try."""
    door: Door = request.app.state.door
    _, by_address = request.app.state.logins
    body = await request.body()
    who = f"csp|{door.address(request.scope)}"
    if len(body) <= _REPORT_BYTES and by_address.take(who, time.monotonic()):
        try:
            told = json.loads(body).get("csp-report", {})
            what = f"{told.get('effective-directive', '')} {told.get('blocked-uri', '')}"[:200]
        except (ValueError, AttributeError):
            what = "unreadable"
        request.app.state.reports.append(what)
        log.warning("a page was not allowed to load something", extra={"error": what})
    return Response(status_code=204)


def ask_login(
    request: Request, wanted: str, says: str = "", status: int = 200, name: str = ""
) -> Response:  # fmt: skip
    """The page where people log in."""
    provider = request.app.state.provider
    return page(
        request, "login.html.j2", status, next=own_path(wanted), problem=says, name=name,
        sign_on=provider.sign_on if provider else None,
    )  # fmt: skip


def after_first_factor(request: Request, user: User, wanted: str, by: str = "") -> Response:
    """In, or on to the second factor of whoever has one; ``by`` says whose word it was, where it was no password."""
    desk: Desk = request.app.state.desk
    if not has_second_factor(desk.store, user.id):
        return let_in(request, user, wanted, by)
    # Says for some minutes that the first factor was right; a new password ends it.
    mark = password_mark(desk.store, user.id)
    said = {"user": user.id, "password": mark, "by": by, "at": seconds(utc_now())}
    return ask_code(request, desk.signer.token(_PURPOSE, said), wanted)


def ask_code(request: Request, ticket: str, wanted: str, says: str = "", status: int = 200) -> Response:
    """The page where people type the code of their device."""
    return page(request, "login_code.html.j2", status, ticket=ticket, next=own_path(wanted), problem=says)


def let_in(request: Request, user: User, wanted: str, by: str = "") -> Response:
    """A new session, whatever the browser brought along."""
    desk: Desk = request.app.state.desk
    secret = begin_session(desk.store, user, utc_now(), instead_of=request.cookies.get(COOKIE, ""), by=by)
    path = own_path(wanted)
    answer = go_to(home_of(user) if path == "/" else path)
    carry_session(request, answer, secret)
    return answer


def _takes_password(request: Request, user: User) -> bool:
    provider = request.app.state.provider
    return provider is None or provider.sign_on.takes_password(user)


def _first(request: Request, token: str) -> Desk:
    known: str = request.app.state.setup
    desk: Desk = request.app.state.desk
    if not known or not hmac.compare_digest(known.encode(), token.encode()) or has_users(desk.store):
        raise HTTPException(404)
    return desk


def _only_from_here(request: Request) -> None:
    if not is_from_here(request):
        raise Problem(403, phrase("This form is not of a page that you have open. Load the page again."))
