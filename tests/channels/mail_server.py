"""A real mail server on loopback, in a thread, that answers as a test tells it to."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, Session


class Handler:
    """Keeps what it accepts. ``answers`` maps a recipient to what RCPT or DATA answers; ``drop`` cuts the line."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.at_rcpt: dict[str, str] = {}
        self.at_data: dict[str, str] = {}
        self.drop: set[str] = set()
        self.sessions: set[int] = set()
        self.quits = 0

    async def handle_RCPT(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.sessions.add(id(session))
        if address in self.at_rcpt:
            return self.at_rcpt[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        address = envelope.rcpt_tos[0]
        if address in self.at_data:
            return self.at_data[address]
        self.taken.append((address, envelope.content))
        if address in self.drop:
            server.transport.abort()
        return "250 2.0.0 taken"


@contextmanager
def mail_server(
    handler: Handler, tls: ssl.SSLContext | None = None, login: Callable[..., AuthResult] | None = None
) -> Iterator[int]:
    """The port of a server that runs for the length of the block."""
    more: dict[str, Any] = {"enable_SMTPUTF8": True}
    if tls:
        more |= {"tls_context": tls, "require_starttls": True}
    if login:
        more |= {"authenticator": login, "auth_required": True, "auth_require_tls": bool(tls)}
    controller = _Anywhere(handler, hostname="127.0.0.1", port=0, **more)
    controller.start()
    try:
        yield controller.server.sockets[0].getsockname()[1]
    finally:
        controller.stop()


class _Anywhere(Controller):
    """The controller tries its own port after it has started; with port 0 that is the one it was given."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
