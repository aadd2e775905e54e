"""Draws a page: template, words and figures of the visitor's language, and what the browser may load."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import Request
from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from passend import language
from passend.flow.access.sessions import form_token
from passend.report.page import templates
from passend.web import charts
from passend.web.rules_said import funnel_step
from passend.web.static import address
from passend.web.touring import tour_of
from passend.web.visits import Visit, visit_of

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; report-uri /csp"
)


def page(request: Request, template: str, status: int = 200, /, **data: Any) -> HTMLResponse:
    """A page as the answer of a route.

    Args:
        request: of the route.
        template: below ``templates``.
        status: of the answer.
        data: what the template shows.
    """
    visit = visit_of(request)
    rooms = [one for one in request.app.state.rooms if visit is not None and visit.may(one.scope)]
    if visit is not None and visit.works_at_desk:
        rooms.sort(key=lambda one: one.path != visit.home)
    here = next((one for one in rooms if one.holds(request.url.path)), None)
    html = _templates().get_template(template).render(
        visit=visit, rooms=rooms, here=here, path=request.url.path, is_part=is_part(request),
        language=language.chosen(), tour=tour_of(request), **data,
    )  # fmt: skip
    return HTMLResponse(html, status, {"content-security-policy": POLICY, "vary": "Cookie, HX-Request"})


def is_part(request: Request) -> bool:
    """Whether htmx asks, for a part of the page."""
    return request.headers.get("hx-request") == "true"


def go_to(path: str, said: str = "") -> Response:
    """On to another page after a form, so that loading it again sends nothing twice.

    Args:
        path: of the page.
        said: the name of a sentence that the page shows first, one of ``DONE``.
    """
    mark = "&" if "?" in path else "?"
    return RedirectResponse(f"{path}{mark}done={said}" if said else path, 303)


@lru_cache(maxsize=1)
def _templates() -> Environment:
    environment = templates("passend.web")
    environment.globals.update(
        static=address, token=_token, charts=charts, languages=language.LANGUAGES,
    )  # fmt: skip
    environment.filters.update(
        day=language.day, month=language.month, moment=_moment, covered=_covered, funnel_step=funnel_step,
    )  # fmt: skip
    return environment


@pass_context
def _token(context: Context) -> Markup:
    """The hidden field by which a form shows that it is of this session."""
    visit: Visit = context["visit"]
    return Markup('<input type="hidden" name="form_token" value="{}">').format(form_token(visit.secret))


@pass_context
def _covered(context: Context, customer_id: str) -> str:
    visit: Visit = context["visit"]
    return visit.cover(customer_id)


@pass_context
def _moment(context: Context, value: datetime | None) -> str:
    """A moment, to the minute, at the firm's clock; where none is set, UTC, as everything inside, and said."""
    if value is None:
        return ""
    visit: Visit | None = context.get("visit")
    name = visit.desk.settings.text("intake.timezone") if visit is not None else "UTC"
    try:
        here = value.replace(tzinfo=UTC).astimezone(ZoneInfo(name)) if name != "UTC" else value
    except (ZoneInfoNotFoundError, ValueError):  # the page that mends the setting must open
        name, here = "UTC", value
    return f"{language.day(here)} {here:%H:%M}" + (" UTC" if name == "UTC" else "")
