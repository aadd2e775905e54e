"""E-mail as a channel: messages of the outbox in, what became of each out, the answers noted word for word."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from passend.channels.email.answers import Reply
from passend.channels.email.message import Outgoing
from passend.channels.email.sending import Pool, Server
from passend.channels.email.throttle import Throttle
from passend.channels.port import Answer, Message, Outcome

Prepare = Callable[[Sequence[Message], datetime], Iterable[Outgoing | Answer]]
"""Renders messages with what is true now; of one that must not leave any more it says why instead."""
Noted = Callable[[Sequence[tuple[Outgoing, Reply]], datetime], None]
"""Keeps attempts with the server's words: the delivery ledger."""

#: Facts are read again for so many messages at a time: what changes meanwhile reaches the next ones.
TOGETHER = 100
#: Answers are noted so many at a time, or after so many seconds where the server is slow.
_PATIENCE = 0.5


@dataclass(frozen=True)
class Post:
    """What an e-mail channel works with.

    Attributes:
        server: the provider's door.
        prepare: renders.
        noted: keeps each attempt.
        throttle: the pace for each provider.
    """

    server: Server
    prepare: Prepare
    noted: Noted
    throttle: Throttle | None = None


class EmailChannel:
    """Sends over a few connections that are kept from batch to batch."""

    name = "email"
    is_idempotent = False

    def __init__(self, post: Post) -> None:
        self._post = post
        self._runner = asyncio.Runner()
        self._pool: Pool | None = None

    def send(self, batch: Sequence[Message], now: datetime) -> Iterator[Answer]:
        """Send; each message is answered once, some together, in the order in which the server answers."""
        loop = self._runner.get_loop()
        self._pool = self._pool or Pool(self._post.server, self._post.throttle)
        done: deque[tuple[Outgoing, Reply]] = deque()
        said: deque[Answer] = deque()
        news = asyncio.Event()

        def told(message: Outgoing, reply: Reply) -> None:
            done.append((message, reply))
            if len(done) >= TOGETHER:
                news.set()

        task = loop.create_task(self._pool.send(self._prepared(batch, now, said), told))
        try:
            while not task.done() or done or said:
                loop.run_until_complete(_either(task, news))
                news.clear()
                if done:
                    some = [done.popleft() for _ in range(len(done))]
                    self._post.noted(some, now)
                    yield from (answered(message, reply, now) for message, reply in some)
                while said:
                    yield said.popleft()
            task.result()
        finally:
            task.cancel()

    def close(self) -> None:
        """Say goodbye to the server."""
        if self._pool is not None:
            self._runner.run(self._pool.close())
        self._runner.close()

    def _prepared(self, batch: Sequence[Message], now: datetime, said: deque[Answer]) -> Iterator[Outgoing]:
        for start in range(0, len(batch), TOGETHER):
            for one in self._post.prepare(batch[start : start + TOGETHER], now):
                if isinstance(one, Answer):
                    said.append(one)
                else:
                    yield one


async def _either(task: "asyncio.Task[None]", news: asyncio.Event) -> None:
    waiter = asyncio.ensure_future(news.wait())
    await asyncio.wait({task, waiter}, timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    waiter.cancel()


def answered(message: Outgoing, reply: Reply, now: datetime) -> Answer:
    """The server's reply in the words of the port."""
    code = " ".join(part for part in (str(reply.code or ""), reply.enhanced) if part) or reply.blame.value
    retry = now + timedelta(seconds=reply.wait_seconds) if reply.wait_seconds else None
    retry_at = retry if reply.outcome is Outcome.DEFERRED else None
    return Answer(message.key, reply.outcome, code, reply.says, retry_at, reply.stops_channel)
