"""A real mail server in a process of its own: takes messages on loopback and counts them by their Message-ID."""

import asyncio
import multiprocessing as mp
import re
from collections import Counter
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Self

_ID = re.compile(rb"^message-id:\s*(<[^>]+>)", re.IGNORECASE | re.MULTILINE)


class MailServer:
    """aiosmtpd in its own process; ``port`` is free and random."""

    def __enter__(self) -> Self:
        self._here, there = mp.Pipe()
        self._process = mp.get_context("spawn").Process(target=_serve, args=(there,), daemon=True)
        self._process.start()
        self.port: int = self._here.recv()
        return self

    def __exit__(self, *_: object) -> None:
        self._here.send("stop")
        self._process.join(10)
        if self._process.is_alive():
            self._process.terminate()

    def received(self) -> Counter[bytes]:
        """How often each Message-ID was accepted."""
        self._here.send("count")
        found: Counter[bytes] = self._here.recv()
        return found

    def last(self) -> bytes:
        """The message accepted last."""
        self._here.send("last")
        found: bytes = self._here.recv()
        return found


class _Takes:
    """Accepts everything."""

    def __init__(self) -> None:
        self.seen: Counter[bytes] = Counter()
        self.last = b""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ARG002, N802 - aiosmtpd's
        found = _ID.search(envelope.content)
        self.seen[found[1] if found else b""] += 1
        self.last = envelope.content
        return "250 2.0.0 taken"


def _serve(pipe: Connection) -> None:
    asyncio.run(_main(pipe))


async def _main(pipe: Connection) -> None:
    from aiosmtpd.smtp import SMTP

    takes = _Takes()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(takes, hostname="localhost", enable_SMTPUTF8=True, loop=loop),
        "127.0.0.1",
        0,
    )
    pipe.send(server.sockets[0].getsockname()[1])
    answers: dict[str, Callable[[], object]] = {"count": lambda: takes.seen, "last": lambda: takes.last}
    while (asked := await loop.run_in_executor(None, pipe.recv)) != "stop":
        pipe.send(answers[asked]())
    server.close()
