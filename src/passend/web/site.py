"""The whole application of one process: the interface for programs, and the pages for people beside it."""

from collections import deque
from contextlib import suppress
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware

from passend.api.access import Bucket
from passend.api.application import make_application
from passend.errors import MissingPart
from passend.flow.access.second_factor import seal_all
from passend.flow.access.sign_on import sign_on_of
from passend.flow.serving.desk import Desk
from passend.web import company_door, doors, gallery, rehearsing, static, tour, working
from passend.web.mistakes import tell_mistakes
from passend.web.rooms import ROOMS, downloads, finding, placements, segments
from passend.web.shown_mails import ShownMails
from passend.web.visits import Visits

#: All pages; the test of roles walks through them.
ROUTERS = (
    doors.router,
    company_door.router,
    static.router,
    gallery.router,
    tour.router,
    rehearsing.router,
    finding.router,
    working.router,
    placements.router,
    downloads.router,
    segments.router,  # ahead of the customers', whose addresses would hold its own
    *(one.router for one in ROOMS),
)
#: Paths that take files, whatever the limit on other calls.
FILES = "/data/files"
#: Reports of what a browser was not allowed to load; the last ones are kept for whoever looks.
_REPORTS = 100


def make_site(desk: Desk, setup: str = "", demo: bool = False) -> FastAPI:
    """The application with its pages.

    Args:
        desk: what everything is drawn from.
        setup: the token of the link for the first administrator; empty where there is one.
        demo: log everybody on this computer in as the demo's manager.
    """
    seal_all(desk.store, desk.signer)
    most = desk.settings.whole("serve.upload_mb") * 1024 * 1024
    app = make_application(desk, roomy={FILES: most})
    app.state.setup = setup
    app.state.demo = demo
    app.state.rooms = ROOMS
    app.state.logins = (Bucket(doors.BY_NAME), Bucket(doors.BY_ADDRESS))
    app.state.sign_ons = Bucket(company_door.BY_ADDRESS)
    app.state.provider = _provider(desk)
    app.state.mails = ShownMails()
    app.state.reports = deque(maxlen=_REPORTS)
    for router in ROUTERS:
        app.include_router(router)
    tell_mistakes(app)
    with suppress(ModuleNotFoundError):  # the extra mcp
        from passend.web.assistants import mount_assistants  # noqa: PLC0415 - only where it is installed

        mount_assistants(app, desk)
    # Inside the guard, so that its number, limits and headers hold for pages too.
    app.user_middleware.append(Middleware(Visits, desk=desk))
    return app


def _provider(desk: Desk) -> Any:
    """The firm's sign-in provider, where one is set."""
    sign_on = sign_on_of(desk.settings)
    if sign_on is None:
        return None
    try:
        from passend.flow.access.provider import Provider  # noqa: PLC0415 - only where it is installed
    except ModuleNotFoundError as problem:
        raise MissingPart(
            "Logins by the firm's account need packages that are not installed.",
            remedy="Install them: pip install passend[serve,oidc]",
        ) from problem
    return Provider(sign_on)
