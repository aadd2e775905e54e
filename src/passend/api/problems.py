"""Errors as problem+json (RFC 9457): what happened, in which record, what to do. Never a stack, never a secret."""

import json
import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from passend.errors import EngineError, Forged, InvalidInput, PassendError, StoreError, WorkspaceError

log = logging.getLogger("passend.api")
MEDIA = "application/problem+json"


class Problem(Exception):
    """What a caller did wrong, or may not do.

    Attributes:
        status: of HTTP.
        detail: what happened, in words.
        headers: of the answer.
    """

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}


def problem(status: int, detail: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """An answer that tells a problem."""
    told = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **more,
    }
    return Response(json.dumps(told, ensure_ascii=False), status, headers, MEDIA)


def tell_problems(app: FastAPI) -> None:
    """Have the application answer every error so."""
    app.add_exception_handler(Problem, _ours)
    app.add_exception_handler(PassendError, _passend)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unforeseen)


def _ours(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - Starlette hands over what was registered
    return problem(error.status, error.detail, error.headers)


def _passend(_: Request, error: Exception) -> Response:
    assert isinstance(error, PassendError)  # noqa: S101 - likewise
    kinds = ((EngineError, 500), (Forged, 403), (InvalidInput, 422), (StoreError, 409), (WorkspaceError, 409))
    status = next((code for kind, code in kinds if isinstance(error, kind)), 422)
    return problem(status, error.what, remedy=error.remedy)


def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - likewise
    wrong = [
        {"pointer": "/" + "/".join(map(str, one["loc"][1:])), "detail": one["msg"]} for one in error.errors()
    ]
    return problem(422, "The call has fields that cannot be used.", errors=wrong[:20])


def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - likewise
    return problem(error.status_code, str(error.detail), dict(error.headers or {}))


def _unforeseen(request: Request, error: Exception) -> Response:
    number = getattr(request.state, "number", "")
    log.error("unforeseen error", extra={"number": number, "error": type(error).__name__}, exc_info=error)
    return problem(500, "Something went wrong here. The log tells it under this number.", number=number)
