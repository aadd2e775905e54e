"""Who may enter a page: the role's scopes, and forms only from pages of the same session."""

from urllib.parse import urlsplit

from fastapi import Request

from passend.api.problems import Problem
from passend.flow.access.sessions import is_form_token
from passend.flow.access.users import PEOPLE
from passend.flow.serving.keys import ROLES
from passend.language import phrase, word
from passend.web.visits import Visit, visit_of

_READS = frozenset({"GET", "HEAD"})


class NotLoggedIn(Exception):
    """The page needs somebody who is logged in."""


class Enters:
    """A page that needs a scope; the test of roles reads it from here.

    Args:
        scope: of ``passend.flow.serving.keys.SCOPES``; empty for everybody who is logged in.
    """

    def __init__(self, scope: str) -> None:
        self.scope = scope

    async def __call__(self, request: Request) -> Visit:
        """The visit, where it may go on.

        Raises:
            NotLoggedIn: nobody is logged in.
            Problem: the person may not, or the form is of another page.
        """
        visit = visit_of(request)
        if visit is None or visit.user is None:
            raise NotLoggedIn
        if not visit.may(self.scope):
            raise Problem(403, _refusal(self.scope))
        if request.method not in _READS:
            token = request.headers.get("x-form-token") or (await request.form()).get("form_token")
            if not isinstance(token, str) or not is_form_token(visit.secret, token):
                raise Problem(
                    403, phrase("This form is not of a page that you have open. Load the page again.")
                )
        return visit


def _refusal(scope: str) -> str:
    """That the role may not, and which ones may."""
    roles = ", ".join(word(one) for one in PEOPLE if scope in ROLES[one])
    return phrase("Your role may not see or do this. These roles may: {roles}.", roles=roles)


def is_from_here(request: Request) -> bool:
    """Whether a form without a session comes from our own page, as every browser tells."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")


def is_on_this_computer(request: Request) -> bool:
    """Whether the browser asked for this computer by its own name, which no foreign name can be made to look like."""
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname
    return host in {"127.0.0.1", "localhost", "::1"}


def own_path(wanted: str) -> str:
    """Where to go on after a login: a path of ours, or the first page."""
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_ours else "/"
