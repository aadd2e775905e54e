"""What breaks while a campaign runs: how long until its cause is shown, and whether the rest, and only that, leaves.

A real worker process with the real clock sends to a real server; then the mail server dies, its password changes, a
webhook hangs, the disk is full, the worker stops. Once it is mended the campaign is resumed. What people would read is
what ``passend campaigns status`` shows.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from benchmarks.campaigns_mail import shop
from benchmarks.fault_servers import FaultyMail, FaultyWeb
from benchmarks.kept import kept
from benchmarks.row import Row, at_most, not_measured
from passend.campaigns import parse_campaign
from passend.flow.campaigns.entering import Entrant, HoldOut, enter
from passend.flow.campaigns.loading import fill
from passend.flow.campaigns.opening import utc_now
from passend.flow.campaigns.publishing import impact, publish, save_draft
from passend.flow.campaigns.running import running
from passend.flow.campaigns.steering import pause, resume
from passend.flow.campaigns.telling import progress
from passend.store import Store, open_store
from passend.store.live import OfferRow

PEOPLE, PATIENCE = 3_000, 120.0
FAULTS = ("dead mail server", "wrong password", "hanging webhook", "stopped worker", "full disk")
TEXT = """
name: spring
holdout_share: 0
steps:
  tell: {send: email, template: offer.mjml, subject: "Passt, {{ customer.first_name }}", then: end, failed: end}
  end: {stop: all said}
"""


def _started(store: Store, people: int, channel: str) -> None:
    shop(store, people)
    offers = (
        {"customer_id": f"c{n}", "rank": 1, "product_id": f"p{n % 100}", "channel": channel, "place": "",
         "chosen": True, "probability": 1.0, "discount_share": 0.0, "value_cents": 100.0, "contact_cents": 1.0,
         "facts": '{"price_cents": 900}'}
        for n in range(people)
    )  # fmt: skip
    now = utc_now()
    fill(store, OfferRow, "offers", offers, now)
    text = TEXT if channel == "email" else TEXT.replace("send: email", "webhook: /")
    text = text.replace(
        'webhook: /, template: offer.mjml, subject: "Passt, {{ customer.first_name }}"', "webhook: ''"
    )
    read = parse_campaign(text)
    save_draft(store, read, "bench", now)
    publish(store, read.name, impact(store, read.name).token, "bench", now)
    with store.change() as connection:
        (run,) = running(connection)
        enter(connection, run, [Entrant(f"c{n}") for n in range(people)], HoldOut(share=0.0), now)


@contextmanager
def _worker(folder: str, kind: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    call = [sys.executable, "-m", "benchmarks.campaign_worker", folder, kind, str(port)]
    worker = subprocess.Popen(call, stdout=subprocess.PIPE)
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"ready\n"
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()
        worker.stdout.close()


def _until(is_so: Callable[[], bool], patience: float = PATIENCE) -> float:
    """Seconds until it is so; more than the patience where it never is."""
    begun = time.monotonic()
    while not is_so() and time.monotonic() < begun + patience:
        time.sleep(0.25)
    return time.monotonic() - begun


def _shown(store: Store) -> str:
    """What is shown of the campaign's troubles."""
    with suppress(Exception):
        (one,) = progress(store, utc_now(), "spring")
        return " ".join((*one.troubles, one.last_error))
    return ""


def broken(fault: str, people: int) -> dict[str, float | str]:
    """Break one thing while the campaign runs; the seconds until its cause is shown, what was lost and doubled."""
    with ExitStack() as stack:
        folder = stack.enter_context(_disk() if fault == "full disk" else tempfile.TemporaryDirectory())
        store = stack.enter_context(open_store(Path(folder)))
        kind = {"hanging webhook": "webhook", "wrong password": "login"}.get(fault, "email")
        server = stack.enter_context(FaultyWeb() if kind == "webhook" else FaultyMail(login=kind == "login"))
        _started(store, people, "webhook" if kind == "webhook" else "email")
        words, ballast = "", Path(folder) / "ballast"
        with _worker(folder, kind, server.port) as worker:
            _until(lambda: len(server.received()) > people // 10)
            if fault == "stopped worker":
                worker.terminate()  # one that is killed is another benchmark's
                words = "No worker has been at work since"
            elif fault == "full disk":
                _fill(ballast)
                words = "full"
            else:
                server.set(
                    {"dead mail server": "dead", "wrong password": "wrong", "hanging webhook": "hangs"}[fault]
                )
                words = {"wrong password": "535", "hanging webhook": "has not answered"}.get(
                    fault, "no connection"
                )
            seconds = _until(lambda: words in _shown(store))
            told = _shown(store)
            server.set("well")
            ballast.unlink(missing_ok=True)
            if fault == "stopped worker":
                worker.wait()
                stack.enter_context(_worker(folder, kind, server.port))
            else:
                _until(lambda: _resumed(store))
            _until(lambda: _settled(store, people), 4 * PATIENCE)
        got: Counter[str] = server.received()
        (one,) = progress(store, utc_now(), "spring")
        unclear = one.messages.get("unclear", 0)
    return {
        "seconds": seconds, "told": told[:160], "doubled": sum(n - 1 for n in got.values()), "unclear": unclear,
        "lost": max(0, people - len(got) - unclear),
    }  # fmt: skip


def _resumed(store: Store) -> bool:
    with suppress(Exception):
        pause(store, "spring", "bench", "mended", utc_now())
        resume(store, "spring", "bench", utc_now(), timedelta(seconds=1))
        return True
    return False


def _settled(store: Store, people: int) -> bool:
    with suppress(Exception):
        (one,) = progress(store, utc_now(), "spring")
        waits = one.messages.get("queued", 0) + one.messages.get("sending", 0)
        return not waits and sum(one.messages.values()) == people
    return False


@contextmanager
def _disk() -> Iterator[str]:
    """A small disk of its own."""
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", place], check=True)
        try:
            yield place
        finally:
            subprocess.run(["umount", "--lazy", place], check=True)


def _fill(file: Path) -> None:
    with suppress(OSError), file.open("wb", buffering=0) as ballast:
        while True:
            ballast.write(b"x" * 65536)
    with suppress(OSError), file.open("ab", buffering=0) as ballast:
        while True:
            ballast.write(b"x")


def rows(people: int = PEOPLE) -> Iterator[Row]:
    """Seconds until the cause is shown, and what was lost or doubled once it was mended."""
    for fault in FAULTS:
        if fault == "full disk" and (not hasattr(os, "geteuid") or os.geteuid() != 0):
            yield not_measured(fault, "a small disk can be made by the system's administrator only")
            continue
        told = kept(broken, fault, people)
        work = f"{fault}, {people:,} people"
        yield Row(work, "seconds until shown", float(told["seconds"]), at_most(60, float(told["seconds"])),
                  str(told["told"]))  # fmt: skip
        wrong = float(told["lost"]) + float(told["doubled"])
        yield Row(
            work,
            "lost or doubled after it went on",
            wrong,
            at_most(0, wrong),
            f"{told['unclear']} are unclear",
        )
