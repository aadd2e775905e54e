"""The pages behind the links of messages, and the form to sign up: for customers, without script, without a key."""

import time
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from passend.api.access import Bucket, TheDesk
from passend.api.problems import Problem
from passend.channels.links import pages
from passend.channels.links.pages import Page
from passend.flow.campaigns.opening import utc_now
from passend.flow.customer_pages import CustomerPages
from passend.flow.persons import marker
from passend.flow.serving.desk import Desk
from passend.language import LANGUAGES

router = APIRouter(include_in_schema=False)
#: So many forms to sign up may come from one network address in a minute.
SIGN_UPS = Bucket(6)


def _pages(desk: Desk) -> CustomerPages:
    place = desk.workspace()  # with the settings of now: the firm's name and colour may have changed
    return CustomerPages(desk.store, desk.signer, place.settings, marker(place))


async def _form(request: Request) -> dict[str, str]:
    return (
        {name: str(value) for name, value in (await request.form()).items()}
        if request.method == "POST"
        else {}
    )


def _answered(page: Page) -> Response:
    headers = dict(page.headers) | ({"Location": page.location} if page.location else {})
    return Response(page.html, page.status, headers)


#: What the links of messages begin with: unsubscribe, preferences, confirm an opt-in, click, viewed.
KINDS = ("u", "p", "o", "c", "v")


async def link(token: str, request: Request, desk: TheDesk) -> Response:
    """What a link in a message leads to."""
    kind = request.url.path.split("/")[1]
    form = await _form(request)
    asked = pages.Request(
        request.method,
        token,
        utc_now(),
        form,
        request.headers.get("user-agent", "")[:200],
        _evidence(request, desk),
    )
    return _answered(await run_in_threadpool(lambda: _pages(desk).answer(kind, asked)))


for _kind in KINDS:
    router.add_api_route(f"/{_kind}/{{token}}", link, methods=["GET", "HEAD", "POST"])


def _evidence(request: Request, desk: Desk) -> str:
    return request.app.state.door.address(request) if desk.settings["consent.keep_address"] else ""


@router.api_route("/sign-up", methods=["GET", "POST"])
async def sign_up(
    request: Request, desk: TheDesk, language: Annotated[str, Query(max_length=5)] = ""
) -> Response:
    """The form to sign up, in the language asked for, or the browser's."""
    form = await _form(request)
    if form and not SIGN_UPS.take(request.app.state.door.address(request), time.monotonic()):
        raise Problem(429, "Too many calls.", {"Retry-After": "60"})
    spoken = next(
        (one for one in (language, request.headers.get("accept-language", "")[:2]) if one in LANGUAGES), "de"
    )
    evidence = _evidence(request, desk)
    return _answered(await run_in_threadpool(lambda: _pages(desk).sign_up(form, spoken, evidence, utc_now())))
