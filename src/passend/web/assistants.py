"""The tools for assistants over HTTP, at ``/mcp``: each call for itself, with a key and the tools of its scopes."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from fastapi import FastAPI
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from passend.api.access import Door
from passend.api.problems import Problem
from passend.assistant.server import make_server
from passend.assistant.tools import Tools, allowed
from passend.flow.serving.desk import Desk

PATH = "/mcp"
_SERVERS = 64


def mount_assistants(app: FastAPI, desk: Desk) -> None:
    """Let assistants in."""
    app.router.routes.insert(0, Route(PATH, Assistants(app.state.door, desk)))


class Assistants:
    """Answers the protocol without sessions: any process behind a proxy can answer any call.

    Args:
        door: opens to keys.
        desk: what answers come from.
    """

    def __init__(self, door: Door, desk: Desk) -> None:
        self._door = door
        self._desk = desk
        self._server: Callable[[frozenset[str], str], Any] = lru_cache(_SERVERS)(self._made)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call."""
        key = await run_in_threadpool(self._door.caller, scope, "products")
        if key.kind != "secret":  # pragma: no cover - a public key has no scope but one
            raise Problem(403, "A page's key opens nothing to assistants.")
        server = self._server(key.scopes, f"key/{key.id}")
        # A manager of one call keeps nothing: what is asked next may come with another key.
        manager = StreamableHTTPSessionManager(server, json_response=True, stateless=True)
        async with manager.run():
            await manager.handle_request(scope, receive, send)

    def _made(self, scopes: frozenset[str], who: str) -> Any:
        tools = Tools(self._desk, persons="persons" in scopes, who=who)
        return make_server(tools, allowed(scopes))._lowlevel_server  # noqa: SLF001 - the package names no other way
