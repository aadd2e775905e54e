"""Who may enter which page: every route, every role, with and without the form's token."""

import itertools
import re

import pytest
from fastapi.routing import APIRoute

from passend.flow.access.users import PEOPLE
from passend.flow.serving.keys import ROLES, SCOPES
from passend.web.entering import Enters
from passend.web.site import ROUTERS
from tests.web.conftest import Site, token_of

#: Pages that need nobody logged in; whoever adds one writes here why.
OPEN = {
    "/login": "the door itself",
    "/login/sso": "the way out to the firm's provider; there is none but where one is set",
    "/login/sso/back": "the way back: a cookie, the provider's signature and an account say who it is",
    "/login/code": "its second half: a ticket says that the password was right",
    "/setup": "the link of the first start is its key",
    "/csp": "browsers report without cookies",
    "/static/{name:path}": "style and scripts are the same for everybody",
}


def needs_of(route: APIRoute) -> str | None:
    """The scope that a page needs; None where it is open."""
    found = [one.call.scope for one in route.dependant.dependencies if isinstance(one.call, Enters)]
    return found[0] if found else None


ROUTES = [
    (method, route)
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in route.methods
]


def path_of(route: APIRoute) -> str:
    """An address of a route, with a stranger's word in each place."""
    return re.sub(r"\{[^}]*\}", "none", route.path)


def test_every_page_needs_a_scope_that_exists_or_is_open_with_a_reason() -> None:
    for _, route in ROUTES:
        needs = needs_of(route)
        assert (route.path in OPEN) == (needs is None), route.path
        assert needs in {None, "", *SCOPES}, route.path


def test_every_role_gets_in_where_it_may_and_nowhere_else(site: Site) -> None:
    clients = {role: site.client(role) for role in PEOPLE}
    tokens = {role: token_of(client) for role, client in clients.items()}
    for (method, route), role in itertools.product(ROUTES, PEOPLE):
        if route.path in OPEN or route.path == "/logout":
            continue
        data = {"form_token": tokens[role]} if method == "POST" else None
        answer = clients[role].request(method, path_of(route), data=data)
        needs = needs_of(route)
        may = not needs or needs in ROLES[role]
        assert (answer.status_code != 403) == may, (method, route.path, role, answer.text[-600:])
        assert answer.status_code < 500, (method, route.path, role, answer.text[-600:])


def test_nobody_gets_in_without_a_session(site: Site) -> None:
    client = site.client()
    for method, route in ROUTES:
        if route.path not in OPEN:
            answer = client.request(method, path_of(route))
            assert answer.status_code == 303, (method, route.path)
            assert answer.headers["location"].startswith("/login"), (method, route.path)


def test_no_form_works_without_its_token(site: Site) -> None:
    client = site.client("administrator")
    foreign = token_of(site.client("viewer"))
    posts = [route for method, route in ROUTES if method == "POST" and route.path not in OPEN]
    assert posts
    for route, token in itertools.product(posts, (None, "", "x.y", foreign)):
        answer = client.post(path_of(route), data={"form_token": token} if token is not None else {})
        assert answer.status_code in {403, 422}, (route.path, token)
        if answer.status_code == 422:  # the form lacked fields as well: nothing was done
            assert "alert" in answer.text
    assert client.get("/gallery").status_code == 200


@pytest.mark.parametrize("path", ["/", "/login", "/nothing", "/static/passend.css", "/v1/nothing"])
def test_every_answer_has_its_headers(site: Site, path: str) -> None:
    answer = site.client("viewer").get(path)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    if not path.startswith("/static/"):
        assert "no-store" in answer.headers["cache-control"]


def test_programs_get_their_errors_as_before(site: Site) -> None:
    client = site.client("administrator")
    for path, code in (("/v1/nothing", 404), ("/v1/state", 401)):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (code, "application/problem+json")
    assert client.get("/v1/events").status_code == 405


def test_customers_need_no_account(site: Site) -> None:
    client = site.client()
    for method, path in (("POST", "/u/none"), ("GET", "/p/none"), ("POST", "/sign-up"), ("GET", "/sign-up")):
        answer = client.request(method, path)
        assert "/login" not in answer.headers.get("location", ""), path


def test_what_a_browser_was_not_allowed_is_kept(site: Site) -> None:
    told = {"csp-report": {"effective-directive": "script-src", "blocked-uri": "inline", "source": "x"}}
    client = site.client()
    assert client.post("/csp", json=told).status_code == 204
    assert list(site.app.state.reports) == ["script-src inline"]
    for body in (b"{", b"[]", b"x" * 20_000):
        assert client.post("/csp", content=body).status_code == 204
    site.app.state.reports.clear()


def test_static_files_lead_nowhere_else(site: Site) -> None:
    client = site.client()
    for name in ("../pages.py", "%2e%2e/pages.py", "vendor", "", "passend.css/"):
        assert client.get(f"/static/{name}").status_code == 404
    packed = client.get("/static/passend.css", headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
