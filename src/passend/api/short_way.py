"""The short way from a connection to the route that is asked most.

A server of ASGI makes a task, a scope, an event and four messages of each call; for a question that is answered at once
they cost more than the answer. So a question for recommendations is answered while the connection is read, by the
server's own parser, and everything else goes the usual way.
"""

from typing import Any

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from passend.api.recommending import MOST_BYTES, PATH, HotRoute

_PATH = PATH.encode()


class ShortWay(HttpToolsProtocol):
    """One connection; uvicorn makes one for each."""

    _hot: HotRoute | None = None
    _asked: bytearray | None = None
    #: The server's own headers (the date), as they were joined last.
    _joined: tuple[Any, bytes] = (None, b"")

    def connection_made(self, transport: Any) -> None:
        """Somebody comes."""
        super().connection_made(transport)
        # An answer leaves at once, and not when all others of this turn of the loop are made too.
        transport.set_write_buffer_limits(high=0)
        self._hot = getattr(self.config.app, "hot", None)

    def on_headers_complete(self) -> None:
        """Which way a call goes."""
        if self.url == _PATH and self._hot is not None and self._is_free():
            self._asked = bytearray()
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of what is told; past the limit it is not kept."""
        if self._asked is None:
            super().on_body(body)
        elif len(self._asked) <= MOST_BYTES:
            self._asked += body

    def on_message_complete(self) -> None:
        """The call is there."""
        if self._asked is None or self._hot is None:
            super().on_message_complete()
            return
        body, self._asked = self._asked, None
        call: Scope = self.scope  # type: ignore[assignment]  # uvicorn names the keys
        reply = self._hot.reply(call, body)
        stays = self.parser.should_keep_alive()
        end = b"" if stays else b"connection: close\r\n"
        self.transport.write(b"".join((STATUS_LINE[reply.status], self._of_server(), end, reply.lines())))
        if stays:
            self.on_response_complete()
        else:
            self.transport.close()

    def _is_free(self) -> bool:
        """Whether nothing of an earlier call is under way, and the caller takes what it is given."""
        if self.cycle is not None and not self.cycle.response_complete:
            return False
        plain = self.parser.get_method() == b"POST" and self.parser.get_http_version() == "1.1"
        return (
            plain
            and not self.expect_100_continue
            and not self.parser.should_upgrade()
            and not self._is_full()
        )

    def _is_full(self) -> bool:
        return self.flow.write_paused or self.transport.is_closing()

    def _of_server(self) -> bytes:
        given = self.server_state.default_headers
        if self._joined[0] is not given:
            ShortWay._joined = (given, b"".join(b"%s: %s\r\n" % pair for pair in given))
        return self._joined[1]
