"""A mail server and a web server on loopback that die, refuse the login or hang when they are told to."""

import asyncio
import threading
from collections import Counter
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult


class _Served:
    """A server in a thread, on a port that it keeps."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.state = "well"
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._lines: set[Any] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def set(self, state: str) -> None:
        """``well``, ``dead``, ``wrong`` (password) or ``hangs``."""
        before, self.state = self.state, state
        if state == "dead":
            self._call(self._shut())
        elif before == "dead":
            self._call(self._open())
        elif state == "wrong":
            self._call(self._cut())

    def received(self) -> Counter[str]:
        """How often each message was taken."""
        return Counter(self.seen)

    def _call(self, what: Any) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(30)

    async def _open(self) -> None:
        self._server = await self._served()
        self.port = self._server.sockets[0].getsockname()[1]

    async def _served(self) -> asyncio.Server:
        raise NotImplementedError

    async def _cut(self) -> None:
        for line in tuple(self._lines):
            line.abort()

    async def _shut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._cut()


class FaultyMail(_Served):
    """aiosmtpd; with a login where asked for."""

    def __init__(self, *, login: bool = False) -> None:
        super().__init__()
        self._login = login

    async def _served(self) -> asyncio.Server:
        outer = self

        class Line(SMTP):
            def connection_made(self, transport: Any) -> None:
                outer._lines.add(transport)
                super().connection_made(transport)

            def connection_lost(self, error: Exception | None) -> None:
                outer._lines.discard(self.transport)
                super().connection_lost(error)

        def check(*_: Any) -> AuthResult:
            return AuthResult(success=outer.state == "well", handled=outer.state == "well", message=None)

        def made() -> SMTP:
            how: dict[str, Any] = {}
            if self._login:
                how = {"auth_required": True, "auth_require_tls": False, "authenticator": check}
            return Line(self, hostname="localhost", loop=self._loop, **how)

        return await self._loop.create_server(made, "127.0.0.1", self.port)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ARG002, N802 - aiosmtpd's
        """Take a message."""
        head = envelope.content.partition(b"\r\n\r\n")[0].lower()
        self.seen[head.partition(b"message-id:")[2].split()[0].decode()] += 1
        return "250 2.0.0 taken"


class FaultyWeb(_Served):
    """Takes webhooks; the id is the message."""

    async def _served(self) -> asyncio.Server:
        return await asyncio.start_server(self._answer, "127.0.0.1", self.port)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        fields = dict(line.partition(": ")[::2] for line in head.split("\r\n")[1:])
        await reader.readexactly(int(fields.get("content-length", "0")))
        while self.state == "hangs":
            await asyncio.sleep(0.2)
            if reader.at_eof():
                writer.close()
                return
        self.seen[fields["webhook-id"]] = 1  # its id lets the other side drop the second
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        await writer.drain()
        writer.close()
