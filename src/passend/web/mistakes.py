"""Errors as pages: what happened and what to do, in words. Programs get the same as problem+json."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from starlette.responses import RedirectResponse, Response

from passend.api.problems import tell_problems
from passend.errors import NoSuchCustomer
from passend.language import phrase, retold, speaking
from passend.web.entering import NotLoggedIn
from passend.web.pages import is_part, page
from passend.web.visits import is_for_programs, visit_of

Handler = Callable[[Request, Exception], Response]


def tell_mistakes(app: FastAPI) -> None:
    """Have the application answer errors of pages as pages, and all others as before."""
    tell_problems(app)
    for kind, handler in list(app.exception_handlers.items()):
        app.add_exception_handler(kind, _as_page(handler))  # type: ignore[arg-type]
    app.add_exception_handler(NotLoggedIn, _to_login)


def _as_page(handler: Handler) -> Handler:
    def told(request: Request, error: Exception) -> Response:
        answer = handler(request, error)
        if is_for_programs(request.url.path):
            return answer
        problem = json.loads(bytes(answer.body))
        visit = visit_of(request)
        with speaking(visit.language if visit else "auto"):
            if isinstance(
                error, NoSuchCustomer
            ):  # the number must not come back by an address of somebody erased
                return page(request, "mistake.html.j2", 404, **_nobody())
            return page(request, "mistake.html.j2", answer.status_code, **_said(problem))

    return told


def _nobody() -> dict[str, Any]:
    what = phrase("This customer is not here, or no longer.")
    remedy = retold("Search for the customer.")
    return {"title": _title(404), "what": what, "remedy": remedy, "wrong": [], "status": 404}


def _said(problem: dict[str, Any]) -> dict[str, Any]:
    status = problem["status"]
    wrong = [f"{one['pointer'].strip('/')}: {one['detail']}" for one in problem.get("errors", ())]
    if status == 404:
        what, remedy = (
            phrase("There is no such page."),
            phrase("Check the address, or go on from the first page."),
        )
    elif status == 405:
        what, remedy = phrase("This page takes no forms."), phrase("Go back and try again.")
    elif status == 500:
        what, remedy = (
            phrase("Something went wrong here."),
            phrase("The log tells it under this number: {number}", number=problem.get("number", "")),
        )
    else:
        what, remedy = retold(problem["detail"]), retold(problem.get("remedy") or "")
    return {"title": _title(status), "what": what, "remedy": remedy, "wrong": wrong, "status": status}


def _title(status: int) -> str:
    titles = {403: phrase("Not allowed"), 404: phrase("Not found"), 500: phrase("Our mistake")}
    return titles.get(status, phrase("That did not work"))


def _to_login(request: Request, _: Exception) -> Response:
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if is_part(request):
        return Response(status_code=200, headers={"HX-Redirect": "/login"})
    back = f"/login?{urlencode({'next': path})}" if request.method == "GET" and path != "/" else "/login"
    return RedirectResponse(back, 303)
