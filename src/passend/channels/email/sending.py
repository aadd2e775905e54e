"""Sends messages to a mail server over a few connections that are kept, and tells of each what became of it."""

import asyncio
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import aiosmtplib

from passend.channels.email.answers import Blame, Reply, understood
from passend.channels.email.message import Outgoing, written
from passend.channels.email.throttle import Throttle
from passend.channels.port import Outcome
from passend.errors import InvalidAddress, InvalidSetting

#: A throttle that asks for less than this is waited for; for more, the message goes back to the outbox.
_SHORT = 2.0
#: A server that is there takes a call within seconds; one that is dead may hold up the worker no longer.
_TO_CONNECT = 20.0


@dataclass(frozen=True)
class Server:
    """A mail provider's door.

    Attributes:
        host, port: where.
        security: ``tls`` (465), ``starttls`` (587), or ``none`` for a server on this machine.
        username, password: login; empty for none.
        connections: how many at once.
        per_connection: messages after which a connection is made anew; providers often allow 100.
        timeout: seconds that an answer may take.
        envelope: address that bounces go to; empty takes the sender's.
        tls: other certificates than the system's, for servers of one's own.
    """

    host: str
    port: int
    security: str = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    connections: int = 4
    per_connection: int = 100
    timeout: float = 60.0
    envelope: str = ""
    tls: ssl.SSLContext | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.security not in {"tls", "starttls", "none"}:
            raise InvalidSetting(
                f"A mail server has no security '{self.security}'",
                record=self.host,
                remedy="Take tls (port 465), starttls (port 587) or none.",
            )
        if self.security == "none" and self.password:
            raise InvalidSetting(
                "A password would go over the line in the open",
                record=self.host,
                remedy="Set security to tls or starttls, or leave the login empty.",
            )


Told = Callable[[Outgoing, Reply], None]


class Pool:
    """The connections to one server; usable once, for one batch of messages after the other in the same event loop."""

    def __init__(self, server: Server, throttle: Throttle | None = None) -> None:
        self._server = server
        self._throttle = throttle or Throttle()
        self._lines = [_Line(server) for _ in range(server.connections)]

    async def send(self, messages: Iterable[Outgoing], told: Told) -> None:
        """Send messages; each is told about once, as soon as its answer is known. They are taken one by one.

        Once the server is found dead or refuses the login, the messages not yet tried are told to be deferred, so
        that a thousand of them do not wait for a thousand timeouts.
        """
        waiting = iter(messages)
        async with asyncio.TaskGroup() as group:
            for line in self._lines:
                group.create_task(self._work(line, waiting, told))

    async def close(self) -> None:
        """Say goodbye on all connections."""
        for line in self._lines:
            await line.close()

    async def _work(self, line: "_Line", waiting: Iterator[Outgoing], told: Told) -> None:
        stopped: Reply | None = None
        for message in waiting:
            reply = stopped or await self._paced(line, message)
            if reply.stops_channel:
                stopped = reply
            told(message, reply)

    async def _paced(self, line: "_Line", message: Outgoing) -> Reply:
        domain = message.recipient.domain
        while True:
            wait = self._throttle.wait(domain, time.monotonic())
            if wait <= 0:
                break
            if wait > _SHORT:
                return Reply(Outcome.DEFERRED, Blame.SENDER, says="throttled", wait_seconds=wait)
            await asyncio.sleep(wait)
        reply = await line.send(message)
        self._throttle.learn(domain, reply, time.monotonic())
        return reply


class _Line:
    """One connection, made when first needed and after so many messages anew."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._smtp: aiosmtplib.SMTP | None = None
        self._sent = 0

    async def send(self, message: Outgoing) -> Reply:
        """One message, whole; a fault never leaves this function as an exception."""
        try:
            content = written(message)
        except InvalidAddress as problem:
            return Reply(Outcome.REFUSED, Blame.MESSAGE, says=str(problem))
        fresh = self._smtp is None or not self._smtp.is_connected
        smtp, failed = await self._connected()
        if failed:
            return failed
        reply, lost = await self._transact(smtp, message, content)
        if (
            lost and not fresh
        ):  # a kept connection may have been closed by the server: that is no fault of anybody
            await self.close()
            smtp, failed = await self._connected()
            if failed:
                return failed
            reply, _ = await self._transact(smtp, message, content)
        self._sent += 1
        if self._sent >= self._server.per_connection:
            await self.close()
        return reply

    async def _connected(self) -> tuple[aiosmtplib.SMTP, Reply | None]:
        if self._smtp is not None and self._smtp.is_connected:
            return self._smtp, None
        server = self._server
        smtp = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username or None,
            password=server.password or None,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            timeout=server.timeout,
            tls_context=server.tls,
        )
        try:
            await smtp.connect(timeout=min(server.timeout, _TO_CONNECT))
            if smtp.is_ehlo_or_helo_needed:
                await smtp.ehlo()
        except aiosmtplib.SMTPAuthenticationError as problem:
            return smtp, understood(problem.code, f"login refused: {problem.message}", "login")
        except aiosmtplib.SMTPResponseException as problem:
            return smtp, understood(problem.code, problem.message, "connect")
        except (aiosmtplib.SMTPException, OSError) as problem:
            says = f"no connection to {server.host}:{server.port}: {problem}"
            return smtp, Reply(Outcome.DEFERRED, Blame.LINE, says=says)
        self._smtp, self._sent = smtp, 0
        return smtp, None

    async def _transact(self, smtp: aiosmtplib.SMTP, message: Outgoing, content: bytes) -> tuple[Reply, bool]:
        """One message over an open connection; and whether the line was lost before the message had gone."""
        stage = "sender"
        try:
            options, encoding = _options(smtp, message)
            if encoding is None:
                says = "the server takes no addresses with other letters before the @ than English ones (SMTPUTF8)"
                return Reply(Outcome.REFUSED, Blame.MESSAGE, says=says), False
            sender, patience = self._server.envelope or message.sender.plain, self._server.timeout
            # One clock for the message, set anew at each answer: one of its own for each costs as much as the line.
            async with asyncio.timeout(patience) as limit:
                now = asyncio.get_running_loop().time
                await _said(smtp, b"MAIL", f"FROM:<{sender}>".encode(encoding), *options)
                stage = "recipient"
                limit.reschedule(now() + patience)
                await _said(smtp, b"RCPT", f"TO:<{message.recipient.plain}>".encode(encoding))
                stage = "data"
                limit.reschedule(now() + 2 * patience)
                response = await _handed_over(smtp, content)
        except aiosmtplib.SMTPResponseException as problem:
            await self._forget(smtp)
            return understood(problem.code, problem.message, stage), False
        except (aiosmtplib.SMTPException, OSError, ValueError) as problem:
            await self.close()
            why = str(problem) or "no answer in time"
            if stage == "data":
                says = f"the connection was lost after the message had gone: {why}"
                return Reply(Outcome.UNCLEAR, Blame.LINE, says=says), False
            return Reply(Outcome.DEFERRED, Blame.LINE, says=f"the connection was lost: {why}"), True
        return understood(response.code, response.message, "data"), False

    async def _forget(self, smtp: aiosmtplib.SMTP) -> None:
        """After a refusal the server still holds the sender; RSET frees it."""
        try:
            await smtp.rset()
        except (aiosmtplib.SMTPException, OSError):
            await self.close()

    async def close(self) -> None:
        """Say goodbye; whether the server hears it does not matter."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            if smtp.is_connected:
                await smtp.quit(timeout=2)
        except (aiosmtplib.SMTPException, OSError):
            pass
        finally:
            smtp.close()


async def _said(smtp: aiosmtplib.SMTP, *command: bytes, agrees: tuple[int, ...] = (250, 251)) -> None:
    """Say one line, to which the server must agree. Our addresses were read already: nobody takes them apart again."""
    _insist(await smtp.execute_command(*command, timeout=None), agrees)


async def _handed_over(smtp: aiosmtplib.SMTP, content: bytes) -> aiosmtplib.SMTPResponse:
    """The message itself. Its lines end as they must already (``written``), so only their dots are doubled."""
    await _said(smtp, b"DATA", agrees=(354,))
    line = smtp.protocol
    if line is None:
        raise aiosmtplib.SMTPServerDisconnected("Connection lost")
    line.write((b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n")
    response = await line.read_response()
    _insist(response, (250,))
    return response


def _insist(response: aiosmtplib.SMTPResponse, agrees: tuple[int, ...]) -> None:
    if response.code not in agrees:
        raise aiosmtplib.SMTPResponseException(response.code, response.message)


def _options(smtp: aiosmtplib.SMTP, message: Outgoing) -> tuple[list[bytes], str | None]:
    if message.recipient.is_ascii:
        return [], "ascii"
    if not smtp.supports_extension("smtputf8"):
        return [], None
    return [b"SMTPUTF8"], "utf-8"
