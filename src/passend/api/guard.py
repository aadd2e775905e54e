"""What holds for every call, before and after its route: a number, a limit on its size, headers, one line of log."""

import json
import logging
import secrets
import sys
import time
from collections.abc import Mapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from passend.api.problems import problem
from passend.api.watching import Meters

#: Asked too often for a line each; they are counted, and told when slow or wrong.
QUIET = ("/health", "/ready", "/metrics")
SLOW_SECONDS = 0.1
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (
        b"content-security-policy",
        b"default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
)
NOT_KEPT = (b"cache-control", b"no-store")
log = logging.getLogger("passend.calls")


class Guard:
    """Wraps the application.

    Args:
        app: the application.
        meters: counts calls.
        most_bytes: of the body of a call.
        roomy: paths that take files, and how many bytes they take.
    """

    def __init__(self, app: ASGIApp, meters: Meters, most_bytes: int, roomy: Mapping[str, int]) -> None:
        self._app = app
        self._meters = meters
        self._most = most_bytes
        self._roomy = roomy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number, began = secrets.token_hex(8), time.perf_counter()
        scope.setdefault("state", {})["number"] = number
        status = 500
        size = 0
        most = self._roomy.get(scope["path"], self._most)

        async def limited() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > most:
                raise _TooLarge
            return message

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = list(message.get("headers", ()))
                given = {name for name, _ in headers}
                headers += [pair for pair in (*HEADERS, NOT_KEPT) if pair[0] not in given]
                headers.append((b"x-request-id", number.encode()))
                message = {**message, "headers": headers}
            await send(message)

        try:
            if _told_size(scope) > most:
                raise _TooLarge  # noqa: TRY301 - one answer for both ways of being too large
            await self._app(scope, limited, sending)
        except _TooLarge:
            await problem(413, f"A call may have at most {most:,} bytes.")(scope, receive, sending)
        finally:
            self._note(scope, status, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")
        self._meters.called(route, status, seconds)
        if route in QUIET and status < 400 and seconds < SLOW_SECONDS:
            return
        key = scope["state"].get("key")
        log.info(
            "call",
            extra={
                "number": scope["state"]["number"], "method": scope["method"], "route": route,
                "status": status, "ms": round(seconds * 1000, 2), "key": getattr(key, "id", None),
            },
        )  # fmt: skip


class _TooLarge(Exception):
    """The body of a call is larger than allowed."""


def _told_size(scope: Scope) -> int:
    told = dict(scope["headers"]).get(b"content-length", b"0")
    return int(told) if told.isdigit() else 0


class JsonLines(logging.Formatter):
    """One JSON object a line; only what is named here, so that no secret and no customer gets in by accident."""

    NAMES = ("number", "method", "route", "status", "ms", "key", "error", "version")

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told: dict[str, Any] = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "what": record.getMessage(),
        }
        told |= {
            name: getattr(record, name) for name in self.NAMES if getattr(record, name, None) is not None
        }
        if record.exc_info and record.exc_info[2]:
            frame = record.exc_info[2]
            while frame.tb_next is not None:
                frame = frame.tb_next
            told["at_line"] = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}"
        return json.dumps(told, ensure_ascii=False)


def log_as_json() -> None:
    """Have passend's own lines written as JSON to the error stream."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    own = logging.getLogger("passend")
    own.handlers, own.propagate = [handler], False
    own.setLevel(logging.INFO)
