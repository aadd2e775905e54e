"""A worker with real channels and the real clock, as a process of its own, for the benchmark of faults."""

import signal
import sys
from pathlib import Path

from benchmarks.campaigns_mail import desk
from passend.channels.email.channel import EmailChannel, Post
from passend.channels.email.sending import Server
from passend.channels.port import PushChannel
from passend.channels.safe_line import SafeLine
from passend.channels.webhook import Hook, WebhookChannel
from passend.flow.campaigns.entering import HoldOut
from passend.flow.campaigns.health import Pulse
from passend.flow.campaigns.opening import utc_now
from passend.flow.campaigns.sending import Ways
from passend.flow.campaigns.working import Worker
from passend.store import Store, open_store
from passend.worker import Loop
from passend.workspace import Workspace


def _channel(store: Store, folder: Path, kind: str, port: int) -> PushChannel:
    if kind == "webhook":
        hook = Hook(f"http://127.0.0.1:{port}/", "whsec_" + "c2VjcmV0" * 4)
        return WebhookChannel(hook, SafeLine(allowed=frozenset({"127.0.0.1"})))
    office = desk(store, folder)
    login = ("passend", "right") if kind == "login" else ("", "")
    server = Server("127.0.0.1", port, "none", login[0])
    object.__setattr__(server, "password", login[1])  # over loopback, where nobody listens
    return EmailChannel(Post(server, office.prepare, office.noted))


def main(folder: str, kind: str, port: str) -> None:
    """Work until told to stop."""
    with open_store(Path(folder)) as store:
        ways = Ways(
            {"webhook" if kind == "webhook" else "email": _channel(store, Path(folder), kind, int(port))}
        )
        worker = Worker(store, ways, HoldOut(share=0.0), utc_now, pulse=Pulse(store, utc_now))
        loop = Loop(worker, lambda: Workspace(Path(folder) / "ws"), lambda _: None)
        signal.signal(signal.SIGTERM, lambda *_: loop.stop.set())
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        loop.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
