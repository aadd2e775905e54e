"""Who looks at a page, and in which language: found before its route, from the cookie of the session."""

from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from passend.api.customer_pages import KINDS
from passend.flow.access.names import cover, uncover
from passend.flow.access.sessions import LONGEST, find_session
from passend.flow.access.users import User
from passend.flow.campaigns.opening import utc_now
from passend.flow.serving.desk import Desk
from passend.language import LANGUAGES, speaking, system_language
from passend.workspace import Workspace

COOKIE = "passend_session"
_DESK = "/desk"
#: What programs call, and the pages of the firm's customers, which have no login and signed links; everything else is a
#: page of these rooms.
PROGRAMS = (
    "/v1/", "/health", "/ready", "/metrics", "/openapi.json", "/mcp", "/sign-up", *(f"/{kind}/" for kind in KINDS),
)  # fmt: skip
#: What whoever is not logged in may send.
OPEN_POSTS = frozenset({"/login", "/login/code", "/setup", "/csp"})
_SMALL = 800


@dataclass(frozen=True)
class Visit:
    """One call of a page.

    Attributes:
        desk: what pages are drawn from.
        user: who looks; None where nobody is logged in.
        secret: what the session's cookie holds.
        language: in which the page speaks.
    """

    desk: Desk
    user: User | None
    secret: str
    language: str

    @property
    def name(self) -> str:
        """Who the audit log names."""
        return self.user.name if self.user else ""

    @property
    def theme(self) -> str:
        """light, dark or auto."""
        return self.user.theme if self.user else "auto"

    @property
    def works_at_desk(self) -> bool:
        """Whether the visitor sells, and plans nothing."""
        return self.home == _DESK

    @property
    def home(self) -> str:
        """The page that the visitor's day begins with."""
        return home_of(self.user)

    def may(self, scope: str) -> bool:
        """Whether the visitor may do this; without a scope, whether somebody is logged in."""
        return self.user is not None and (not scope or self.user.may(scope))

    def workspace(self) -> Workspace:
        """The firm's data as it is now."""
        return self.desk.workspace()

    def cover(self, customer_id: str) -> str:
        """What stands for a customer in an address."""
        return cover(self.desk.signer, customer_id)

    def uncover(self, token: str) -> str:
        """The customer of an address."""
        return uncover(self.desk.signer, token)


def is_for_programs(path: str) -> bool:
    """Whether a path belongs to the interface for programs, or to the firm's customers."""
    return path.startswith(PROGRAMS)


def home_of(user: User | None) -> str:
    """The page that somebody's day begins with: staff sell, and plan nothing."""
    return _DESK if user is not None and user.role == "staff" else "/"


class Visits:
    """Wraps the application: pages get their visitor, and go out packed.

    Args:
        app: the application.
        desk: knows the sessions.
    """

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app = app
        self._pages = GZipMiddleware(app, minimum_size=_SMALL)
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call."""
        if scope["type"] != "http" or is_for_programs(scope["path"]):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        secret, user = request.cookies.get(COOKIE, ""), None
        if secret and not scope["path"].startswith("/static/"):
            user = await run_in_threadpool(find_session, self._desk.store, secret, utc_now())
        visit = Visit(self._desk, user, secret if user else "", self._language(request, user))
        scope.setdefault("state", {})["visit"] = visit
        if user is None and scope["method"] == "POST" and scope["path"] not in OPEN_POSTS:
            # Nothing is read of what strangers send: a file may be large.
            await RedirectResponse("/login", 303)(scope, receive, send)
            return
        with speaking(visit.language):
            await self._pages(scope, receive, send)

    def _language(self, request: Request, user: User | None) -> str:
        """What the person chose, else what the browser asks for, else the firm's."""
        if user is not None and user.language in LANGUAGES:
            return user.language
        for asked in request.headers.get("accept-language", "").split(","):
            one = asked.split(";")[0].strip()[:2].lower()
            if one in LANGUAGES:
                return one
        set_one = self._desk.settings.text("language")
        return set_one if set_one in LANGUAGES else system_language()


def visit_of(request: Request) -> Visit | None:
    """The visit of a call; None where an error came before it was known."""
    found: Any = getattr(request.state, "visit", None)
    return found if isinstance(found, Visit) else None


def is_encrypted(request: Request) -> bool:
    """Whether the browser's line is encrypted, as far as it is told."""
    hops = request.app.state.desk.settings.whole("serve.proxy_hops")
    told = request.headers.get("x-forwarded-proto", "") if hops else ""
    return "https" in {request.url.scheme, told.split(",")[0].strip()}


def carry_session(request: Request, answer: Response, secret: str) -> None:
    """Have the browser bring a session along from now on; over an encrypted line alone, where there is one."""
    answer.set_cookie(
        COOKIE, secret, max_age=int(LONGEST.total_seconds()), path="/", httponly=True, samesite="lax",
        secure=is_encrypted(request),
    )  # fmt: skip
