"""E-mail: how fast personalised MJML messages reach a real mail server, each once; gateways, complaints, changes.

The messages go the way of the worker's: prepared from the store by ``Desk`` (address, consent, plan, price, stock read
again), rendered by Liquid and MJML, sent by ``EmailChannel`` to aiosmtpd on loopback in a process of its own, noted in
the delivery ledger. The rate is messages a second of processor time of the sending process, beside the clock's, for
other work on the machine counts against the clock.
"""

import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from benchmarks.kept import kept
from benchmarks.mail_server import MailServer
from benchmarks.row import Row, at_least, at_most
from benchmarks.showing import show
from passend.campaigns.consent.standing import Terms
from passend.campaigns.truth import Good
from passend.channels import Message, Outcome
from passend.channels.addresses import address_of
from passend.channels.email.channel import EmailChannel, Post
from passend.channels.email.feedback import Feedback, Kind
from passend.channels.email.sending import Server
from passend.channels.links.hits import Hit, human
from passend.channels.links.pages import Request, confirm, unsubscribe
from passend.channels.links.signing import Signer
from passend.flow.campaigns.loading import fill
from passend.flow.feedback import take_feedback
from passend.flow.guarding import guard_permit
from passend.flow.mailing import Desk
from passend.flow.permits import consent_permit
from passend.store import Store, open_store
from passend.store.batches import insert_rows
from passend.store.campaigns import CampaignRow
from passend.store.ledger import NewWord, add_words
from passend.store.live import PersonRow
from passend.store.mails import DeliveryRow
from passend.store.outbox import OutboxRow
from passend.store.shelf import keep_goods

NOW = datetime(2026, 3, 2, 12)
RATE, MAILS, CHANGED = 20_000, 350_000, 100_000
_TEMPLATE = """<mjml><mj-head><mj-title>{{ offer.name }}</mj-title></mj-head><mj-body>
<mj-section><mj-column><mj-text>Hallo {{ customer.first_name | default: 'Radfreund' }},</mj-text>
<mj-text>passend zu Ihrem Rad: {{ offer.name }} für {{ offer.final_cents | money: offer.currency }}.</mj-text>
<mj-button href="{{ links.offer }}">Ansehen</mj-button></mj-column></mj-section>
<mj-section><mj-column><mj-text><a href="{{ links.unsubscribe }}">Abmelden</a></mj-text></mj-column></mj-section>
</mj-body></mjml>"""
SIGNER = Signer((b"benchmark" * 4,))


def marked(text: str) -> str:
    """The mark of an address, without a salt."""
    return f"mark:{text}"


def shop(store: Store, people: int) -> None:
    """Customers who agreed, and a hundred products."""
    rows = (
        {"customer_id": f"c{n}", "email": f"c{n}@example{n % 50}.org", "language": "de", "best_hour": None,
         "facts": f'{{"name": "Kim{n} Doe"}}'}
        for n in range(people)
    )  # fmt: skip
    fill(store, PersonRow, "people", rows, NOW)
    with store.change() as connection:
        keep_goods(connection, [Good(f"p{n}", f"Kette {n}", 1000 + n, "EUR", 10**6) for n in range(100)], NOW)
        yes = (
            NewWord("email", True, NOW - timedelta(days=9), "form", f"c{n}", basis="double opt-in")
            for n in range(people)
        )
        add_words(connection, yes, NOW)


def desk(store: Store, folder: Path) -> Desk:
    """The firm's desk."""
    (folder / "templates").mkdir(exist_ok=True)
    (folder / "templates" / "offer.mjml").write_text(_TEMPLATE, "utf-8")
    permit = consent_permit({"email": Terms(accepts=("double opt-in",))}, marked)
    return Desk(
        store, folder / "templates", address_of("shop@example.com", "Radhaus"), SIGNER, "https://radhaus.example",
        "https://radhaus.example/p/{product_id}", "leave@radhaus.example", permit,
    )  # fmt: skip


def message(number: int) -> Message:
    """A message as the outbox has it."""
    content = {"template": "offer.mjml", "subject": "Passt, {{ customer.first_name }}", "price_cents": 900}
    return Message(f"spring/{number}", f"c{number}", "spring", 1, "mail", "email", product_id=f"p{number % 100}",
                   content=content)  # fmt: skip


def sent(people: int) -> dict[str, float]:
    """Send to so many; the rates, and how often messages arrived."""
    with tempfile.TemporaryDirectory() as place, open_store(Path(place)) as store, MailServer() as server:
        shop(store, people)
        office = desk(store, Path(place))
        channel = EmailChannel(Post(Server("127.0.0.1", server.port, "none"), office.prepare, office.noted))
        outcomes: dict[str, int] = {}
        clock, work = time.perf_counter(), time.process_time()
        for start in range(0, people, 500):
            batch = [message(n) for n in range(start, min(start + 500, people))]
            for answer in channel.send(batch, NOW):
                outcomes[answer.outcome] = outcomes.get(answer.outcome, 0) + 1
        clock, work = time.perf_counter() - clock, time.process_time() - work
        channel.close()
        received = server.received()
    accepted, unclear = outcomes.get(Outcome.ACCEPTED, 0), outcomes.get(Outcome.UNCLEAR, 0)
    return {
        "rate": people / work, "by the clock": people / clock, "doubled": sum(n - 1 for n in received.values()),
        "lost": people - max(len(received), 0) - unclear, "unanswered": people - sum(outcomes.values()),
        "accepted": accepted,
    }  # fmt: skip


def changed(people: int) -> dict[str, int]:
    """Between plan and send prices change and customers withdraw, while messages leave; what was sent wrongly."""
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as place, open_store(Path(place)) as store:
        shop(store, people)
        office = desk(store, Path(place))
        prices = {f"p{n}": 1000 + n for n in range(100)}
        gone: set[str] = set()
        wrong = withdrawn = left = 0
        for start in range(0, people, 50):
            if start % 500 == 0:
                product = f"p{rng.randrange(100)}"
                prices[product] = rng.randrange(500, 5000)
                leaving = {f"c{rng.randrange(people)}" for _ in range(20)}
                gone |= leaving
                with store.change() as connection:
                    good = Good(product, f"Kette {product[1:]}", prices[product], "EUR", 10**6)
                    keep_goods(connection, [good], NOW)
                    words = [NewWord("email", False, NOW, "form", one) for one in sorted(leaving)]
                    add_words(connection, words, NOW)
            batch = [message(n) for n in range(start, min(start + 50, people))]
            who = {one.key: one for one in batch}
            for one in office.prepare(batch, NOW):
                if hasattr(one, "content"):
                    left += 1
                    planned = who[one.key]
                    cents = prices[planned.product_id or ""]
                    said = f"{cents / 100:,.2f}".replace(",", "").replace(".", ",")
                    wrong += said not in one.content.text
                    withdrawn += planned.customer_id in gone
    return {"wrong": wrong, "withdrawn": withdrawn, "left": left, "withdrew": len(gone)}


def gateways(messages: int, seed: int) -> dict[str, float]:
    """Messages whose links a gateway fetches, with and without JavaScript; and messages that a person clicks."""
    rng = random.Random(seed)
    branches = acts = 0
    for number in range(messages):
        links, hits = rng.randint(1, 6), []
        at = NOW + timedelta(seconds=rng.uniform(0, 600))
        for link in rng.sample(range(links), links):
            at += timedelta(seconds=rng.choice((0.05, 0.5, 5.0, 30.0)) * rng.random())
            hits.append(Hit(str(number), link, "click", rng.choice(("GET", "GET", "HEAD")), at))
        hits.append(Hit(str(number), 99, "hidden", "GET", at + timedelta(seconds=rng.random())))
        branches += bool(human(hits, NOW))
        told = {"m": str(number), "c": "c", "a": "a@x.org", "t": ["news"], "at": int(time.time())}
        moment = datetime.now()
        for purpose, page in (("unsubscribe", unsubscribe), ("opt-in", confirm)):
            for method in ("HEAD", "GET"):
                acts += bool(page(SIGNER, Request(method, SIGNER.token(purpose, told), moment)).effects)
    lost = 0
    for number in range(messages):
        at, hits = NOW + timedelta(seconds=rng.expovariate(1 / 7200) + 20), []
        if rng.random() < 0.3:  # a gateway looked before, as the message came in
            early = NOW + timedelta(seconds=rng.uniform(0, 10))
            hits += [Hit(str(number), link, "click", "GET", early) for link in range(3)]
            hits.append(Hit(str(number), 99, "hidden", "GET", early))
        clicks = []
        for link in rng.sample(range(4), rng.choices((1, 2, 3), (85, 12, 3))[0]):
            clicks.append(Hit(str(number), link, "click", "GET", at))
            at += timedelta(seconds=rng.uniform(4, 90))
        found = human([*hits, *clicks], NOW)
        lost += clicks[0] not in found
    return {"branches": branches, "acts": acts, "lost": lost / messages}


def complaints(count: int, events: int) -> bool:
    """So many messages with so many complaints: whether the next batch is held."""
    with tempfile.TemporaryDirectory() as place, open_store(Path(place)) as store:
        with store.change() as connection:
            one = {"name": "spring", "state": "running", "state_reason": "", "draft_by": ""}
            connection.execute(insert(CampaignRow).values(**one, created_at=NOW, changed_at=NOW))
            ids = range(count)
            insert_rows(connection, OutboxRow, [
                {"key": f"spring/{n}", "journey_id": n, "campaign_id": 1, "revision": 1, "customer_id": f"c{n}",
                 "step": "mail", "channel": "email", "place": "", "variant": "", "discount_share": 0.0,
                 "contact_cents": 0.0, "content": "{}", "state": "sent", "queued_at": NOW, "not_before": NOW,
                 "expires_at": NOW, "attempts": 0, "happened_at": NOW, "code": "", "diagnostic": "",
                 "is_held_out": False} for n in ids])  # fmt: skip
            insert_rows(connection, DeliveryRow, [
                {"outbox_key": f"spring/{n}", "campaign": "spring", "version": "1", "message_id": f"<{n}@x>",
                 "address": f"c{n}@x.org", "at": NOW, "outcome": "accepted", "blame": "nobody", "code": 250,
                 "enhanced": "", "diagnostic": ""} for n in ids])  # fmt: skip
        told = [Feedback(Kind.COMPLAINT, f"c{n}@x.org", NOW, f"<{n}@x>", source="ses", event_id=str(n))
                for n in range(events)]  # fmt: skip
        take_feedback(store, told, marked, NOW)
        with store.change() as connection:
            return bool(
                guard_permit(connection, [replace(message(1), key="next")], NOW + timedelta(seconds=20))
            )


def rows() -> Iterator[Row]:
    """The bars of e-mail."""
    once = kept(sent, RATE)
    work = f"{RATE:,} personalised MJML messages to a real server"
    yield Row(work, "messages a second of processor time", once["rate"], at_least(800, once["rate"]),
              f"by the clock {once['by the clock']:.0f}")  # fmt: skip
    all_ = kept(sent, MAILS)
    bad = all_["doubled"] + all_["lost"] + all_["unanswered"]
    yield Row(f"{MAILS:,} recipients", "doubled, lost or unanswered", bad, at_most(0, bad))
    found = kept(gateways, 1000, 1)
    yield Row("1,000 messages that a gateway fetches", "opt-ins, unsubscribes, branches",
              found["branches"] + found["acts"], at_most(0, found["branches"] + found["acts"]))  # fmt: skip
    yield Row("1,000 people who click", "share lost", found["lost"], at_most(0.01, found["lost"]))
    paused, small = kept(complaints, 1000, 3), kept(complaints, 12, 1)
    yield Row(
        "1,000 messages with 3 complaints",
        "held in the next batch",
        float(paused),
        at_least(1, float(paused)),
    )
    yield Row(
        "12 messages with one complaint", "held in the next batch", float(small), at_most(0, float(small))
    )
    told = kept(changed, CHANGED)
    yield Row(
        f"{CHANGED:,} messages, prices change on the way",
        "wrong prices",
        told["wrong"],
        at_most(0, told["wrong"]),
    )
    yield Row(f"{told['withdrew']:,} customers withdraw on the way", "messages to them", told["withdrawn"],
              at_most(0, told["withdrawn"]), f"{told['left']:,} messages left")  # fmt: skip


if __name__ == "__main__":
    show(rows())
