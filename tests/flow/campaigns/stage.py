"""A small firm with campaigns: a clock that is set by hand, channels that remember, offers as a plan leaves them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product as product_of
from typing import Any

from sqlalchemy import select

from passend.campaigns import Campaign
from passend.channels import Answer, Message, Outcome
from passend.flow.campaigns.entering import Entrant, HoldOut, enter
from passend.flow.campaigns.loading import fill
from passend.flow.campaigns.publishing import impact, publish, save_draft
from passend.flow.campaigns.running import Running, found, running
from passend.flow.campaigns.sending import Ways
from passend.flow.campaigns.triggering import receive
from passend.flow.campaigns.working import Done, Worker
from passend.store import Store
from passend.store.campaigns import JourneyRow
from passend.store.live import OfferRow
from passend.store.outbox import OutboxRow

START = datetime(2026, 5, 4, 9, 0)
NOBODY = HoldOut(share=0.0)


@dataclass
class Remembers:
    """A pushed channel that takes everything, unless it is told otherwise."""

    name: str = "email"
    is_idempotent: bool = False
    got: list[Message] = field(default_factory=list)
    says: Callable[[Message], Outcome] = lambda _: Outcome.ACCEPTED

    def send(self, batch: Sequence[Message], now: datetime) -> Iterable[Answer]:
        for one in batch:
            self.got.append(one)
            yield Answer(
                one.key, self.says(one), "250" if self.says(one) == Outcome.ACCEPTED else "550 5.1.1", "told"
            )


class Stage:
    def __init__(self, store: Store, hold_out: HoldOut = NOBODY) -> None:
        self.store, self.now = store, START
        self.email, self.hold_out = Remembers(), hold_out
        self.permits: list[Any] = []

    @property
    def worker(self) -> Worker:
        return Worker(self.store, Ways({"email": self.email}, self.permits), self.hold_out, lambda: self.now)

    def tick(self, **later: float) -> Done:
        """Let time pass, and work until nothing is due."""
        self.now += timedelta(**later)
        total = Done()
        for _ in range(50):
            done = self.worker.tick()
            total.entered += done.entered
            total.steps += done.steps
            total.sent += done.sent
            total.closed += done.closed
            total.errors |= done.errors
            if not done.anything:
                return total
        raise AssertionError("the worker never comes to rest")

    def start(self, campaign: Campaign, who: str = "Ann") -> Running:
        save_draft(self.store, campaign, who, self.now)
        publish(self.store, campaign.name, impact(self.store, campaign.name).token, who, self.now)
        return self.run(campaign.name)

    def run(self, name: str) -> Running:
        with self.store.read() as connection:
            return next(one for one in running(connection, ("running", "paused")) if one.name == name)

    def enter(self, name: str, customers: Iterable[str]) -> int:
        with self.store.change() as connection:
            people = [Entrant(one) for one in customers]
            return enter(connection, self.run(name), people, self.hold_out, self.now)

    def offers(self, customers: Iterable[str], channels: Sequence[str] = ("email",), **how: Any) -> None:
        worth = how.get("worth", {how.get("product", "P"): how.get("value", 100.0)})
        rows = [
            {
                "customer_id": customer, "rank": rank, "product_id": product, "channel": channel,
                "place": "", "chosen": True, "probability": 1.0, "discount_share": how.get("discount_share", 0.0),
                "value_cents": value, "contact_cents": how.get("cost", 1.0), "facts": how.get("facts", "{}"),
            }
            for customer in customers
            for rank, (channel, (product, value)) in enumerate(product_of(channels, worth.items()), 1)
        ]  # fmt: skip
        fill(self.store, OfferRow, "offers", rows, self.now)

    def happens(self, kind: str, customer: str | None, **how: Any) -> None:
        event = {
            "key": f"{kind}/{customer}/{self.now}/{how}",
            "kind": kind,
            "customer_id": customer,
            "happened_at": self.now,
        }
        with self.store.change() as connection:
            receive(connection, [{**event, **how}], self.now)

    def journeys(self, name: str) -> list[Any]:
        with self.store.read() as connection:
            row = found(connection, name)
            return list(
                connection.execute(
                    select(JourneyRow.__table__)
                    .where(JourneyRow.campaign_id == row.id)
                    .order_by(JourneyRow.id)
                )
            )

    def outbox(self, **where: Any) -> list[Any]:
        with self.store.read() as connection:
            rows = connection.execute(select(OutboxRow.__table__).order_by(OutboxRow.id)).all()
        return [row for row in rows if all(getattr(row, key) == value for key, value in where.items())]


def states(rows: Iterable[Any]) -> Mapping[str, int]:
    """How many rows are in which state."""
    made: dict[str, int] = {}
    for row in rows:
        made[row.state] = made.get(row.state, 0) + 1
    return made
