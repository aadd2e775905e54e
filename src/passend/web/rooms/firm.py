"""Settings of the firm as a whole: how it looks to its customers, and who of its people are told what."""

from typing import Annotated

from fastapi import Form, Request
from pydantic import BaseModel, StringConstraints
from starlette.responses import HTMLResponse, Response

from passend.channels.email.opt_in import opt_in_mail
from passend.errors import PassendError
from passend.flow.assuming import assume
from passend.flow.branding import NAMES, keep_brand
from passend.flow.campaigns.opening import utc_now
from passend.flow.mail_settings import brand_of, people_of
from passend.flow.notifying import begin_anew, is_wanted, tell
from passend.language import phrase
from passend.web.pages import POLICY, go_to, page
from passend.web.rooms.campaigns import MAIL_POLICY
from passend.web.rooms.room import Assumes
from passend.web.rooms.settings import router
from passend.web.visits import Visit

#: These pages are the settings' own.
Words = Annotated[str, StringConstraints(max_length=1000)]


class BrandForm(BaseModel):
    """How the firm looks."""

    name: Words = ""
    colour: Words = ""
    logo: Words = ""
    logo_alt: Words = ""
    address: Words = ""
    imprint: Words = ""


@router.get("/settings/brand")
def brand(request: Request, visit: Assumes, done: str = "") -> Response:
    """How the firm looks in mails and on the pages of its customers."""
    settings = visit.workspace().settings
    given = {name.partition(".")[2]: settings.text(name) for name in NAMES}
    return _brand(request, given, done=done)


@router.post("/settings/brand")
def change_brand(request: Request, visit: Assumes, wanted: Annotated[BrandForm, Form()]) -> Response:
    """Look different from now on."""
    given = wanted.model_dump()
    lines = [line.strip() for line in wanted.address.splitlines() if line.strip()]
    named = {f"brand.{name}": value for name, value in given.items()} | {"brand.address": " | ".join(lines)}
    try:
        keep_brand(visit.workspace(), visit.desk.store, named, visit.name, utc_now())
    except PassendError as problem:
        return _brand(request, given, problem, 422)
    return go_to("/settings/brand", "changed")


@router.get("/settings/brand/mail")
def brand_mail(visit: Assumes) -> Response:
    """A mail in the firm's look, as an example; its link leads nowhere."""
    made = opt_in_mail(brand_of(visit.workspace().settings), visit.language, (), "https://example.invalid/")
    return HTMLResponse(
        made.html, 200, {"content-security-policy": MAIL_POLICY, "x-frame-options": "SAMEORIGIN"}
    )


def _brand(
    request: Request,
    given: dict[str, str],
    problem: PassendError | None = None,
    status: int = 200,
    done: str = "",
) -> Response:
    shown = {**given, "address": "\n".join(one.strip() for one in given["address"].split("|"))}
    made = page(request, "settings/brand.html.j2", status, given=shown, problem=problem, done=done)
    made.headers["content-security-policy"] = f"{POLICY}; frame-src 'self'"
    return made


class NoticesForm(BaseModel):
    """Who is told what."""

    email: Words = ""
    webhook: Words = ""
    stops: bool = False
    verdicts: bool = False


@router.get("/settings/notices")
def notices(request: Request, visit: Assumes, done: str = "") -> Response:
    """Who of the firm's people are told what."""
    return _notices(request, visit, done=done)


@router.post("/settings/notices")
def change_notices(request: Request, visit: Assumes, wanted: Annotated[NoticesForm, Form()]) -> Response:
    """Tell others, or other things; an address that is none comes back with what was typed."""
    before = visit.workspace().settings
    try:
        people_of(before.changed({"notify.email": wanted.email}), "notify.email")
    except PassendError as problem:
        return _notices(request, visit, problem, 422, given=wanted)
    for name, value in wanted.model_dump().items():
        said = str(value).lower() if isinstance(value, bool) else " ".join(value.split())
        if said != str(before[f"notify.{name}"]) and value != before[f"notify.{name}"]:
            assume(visit.workspace(), visit.desk.store, f"notify.{name}", said, who=visit.name, now=utc_now())
    if not is_wanted(before):
        begin_anew(visit.desk.store)
    return go_to("/settings/notices", "changed")


@router.post("/settings/notices/try")
def try_notices(request: Request, visit: Assumes) -> Response:
    """Tell everybody something, to see whether it arrives."""
    settings = visit.workspace().settings
    try:
        tell(settings, [phrase("This is a test. It arrives where notices will arrive.")], utc_now())
    except PassendError as problem:
        return _notices(request, visit, problem, 422)
    return go_to("/settings/notices", "tried")


def _notices(
    request: Request, visit: Visit, problem: PassendError | None = None, status: int = 200, done: str = "",
    *, given: NoticesForm | None = None,
) -> Response:  # fmt: skip
    settings = visit.workspace().settings
    given = given or NoticesForm(
        email=settings.text("notify.email"), webhook=settings.text("notify.webhook"),
        stops=bool(settings["notify.stops"]), verdicts=bool(settings["notify.verdicts"]),
    )  # fmt: skip
    return page(
        request, "settings/notices.html.j2", status, given=given, is_wanted=is_wanted(settings), problem=problem,
        done=done, can_mail=bool(settings.text("email.host") and settings.text("email.sender")),
    )  # fmt: skip


#: The routes of the settings, with these pages among them.
__all__ = ["router"]
