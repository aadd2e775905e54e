"""The door for the firm's accounts: out to the sign-in provider, and back (OpenID Connect)."""

import logging
import time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from passend.api.access import Door
from passend.errors import NotLetIn, PassendError
from passend.flow.access.admitting import HOLDS, WHO, admit, begin_try, end_try, has_shown_factor
from passend.flow.access.sign_on import BACK
from passend.flow.campaigns.opening import utc_now
from passend.language import phrase, retold
from passend.web.doors import after_first_factor, ask_login, let_in
from passend.web.entering import own_path
from passend.web.visits import is_encrypted, visit_of

log = logging.getLogger("passend.web")
router = APIRouter(include_in_schema=False)
#: Calls in a minute from one address, which a whole office may share; a login makes two.
BY_ADDRESS = 120
#: Beside the session's cookie: holds from the way out to the way back, and nothing else sees it.
TRY = "passend_sign_on"
_PATH = "/login/sso"
Told = Annotated[str, Query(max_length=4000)]


@router.get(_PATH)
def way_out(request: Request, next: Told = "/") -> Response:  # noqa: A002 - the query's name
    """Send somebody to the firm's provider, to log in there."""
    provider, visit = _provider(request), visit_of(request)
    if not _fits(request):
        return ask_login(request, next, phrase("Too many tries. Wait a minute."), 429)
    from passend.flow.access.provider import new_secret  # noqa: PLC0415 - only where it is installed

    secret = new_secret()
    try:
        address = provider.way_out(secret, visit.language if visit else "en")
    except NotLetIn as problem:
        return _told(request, next, problem)
    begin_try(request.app.state.desk.store, secret, own_path(next), utc_now())
    answer = RedirectResponse(address, 303)
    answer.set_cookie(
        TRY, secret, max_age=int(HOLDS.total_seconds()), path=_PATH, httponly=True, samesite="lax",
        secure=is_encrypted(request),
    )  # fmt: skip
    return answer


class Answer(BaseModel):
    """What the provider sends along with somebody: a code, or what is wrong."""

    state: str = Field("", max_length=4000)
    code: str = Field("", max_length=4000)
    error: str = Field("", max_length=4000)
    error_description: str = Field("", max_length=4000)
    iss: str = Field("", max_length=4000)


@router.get(BACK)
def way_back(request: Request, told: Annotated[Answer, Query()]) -> Response:
    """Let somebody in whom the firm's provider sends back, and who is known here."""
    provider, wanted = _provider(request), "/"
    if not _fits(request):
        return ask_login(request, wanted, phrase("Too many tries. Wait a minute."), 429)
    from passend.flow.access.provider import refused, state_of  # noqa: PLC0415 - only where it is installed

    desk, secret, now = request.app.state.desk, request.cookies.get(TRY, ""), utc_now()
    try:
        wanted = end_try(desk.store, secret, state_of(secret), told.state, now)
        if told.error or not told.code:  # told only now: before, anybody could have written it into a link
            raise refused(told.error or "no code", told.error_description)
        claims = provider.way_back(secret, told.code, told.iss)
        user = admit(desk.store, provider.sign_on, claims, now)
    except PassendError as problem:
        answer = _told(request, wanted, problem)
    else:
        enter = let_in if has_shown_factor(provider.sign_on, claims) else after_first_factor
        answer = enter(request, user, wanted, WHO)
    answer.delete_cookie(TRY, path=_PATH)
    return answer


def _provider(request: Request) -> Any:
    """The firm's provider; without one there is no such page."""
    if request.app.state.provider is None:
        raise HTTPException(404)
    return request.app.state.provider


def _fits(request: Request) -> bool:
    door: Door = request.app.state.door
    return bool(request.app.state.sign_ons.take(door.address(request.scope), time.monotonic()))


def _told(request: Request, wanted: str, problem: PassendError) -> Response:
    """The page of the login, with what went wrong and what to do."""
    log.warning(
        "not let in by the firm's account", extra={"error": type(problem.__cause__ or problem).__name__}
    )
    status = 503 if getattr(problem, "is_down", False) else 403
    return ask_login(request, wanted, f"{retold(problem.what)} {retold(problem.remedy or '')}", status)
