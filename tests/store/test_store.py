"""The store: the same on both databases, before or after, migrated when it is opened."""

import threading
from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select, text

from passend.errors import StoreError
from passend.store import Store, open_store, written
from passend.store.audit import AuditRow
from passend.store.live import InboxRow
from passend.store.schema import METADATA

NOW = datetime(2026, 3, 29, 1, 30, 0, 250_000)


def test_the_migrations_make_what_the_models_say(store: Store) -> None:
    with store.read() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, METADATA) == []


def test_a_moment_comes_back_as_it_was(store: Store) -> None:
    with store.change() as connection:
        written(connection, NOW, "Ann", "approved", "campaign/spring", details={"budget": 10})
    with store.read() as connection:
        row = connection.execute(select(AuditRow)).one()
    assert (row.at, row.who, row.details) == (NOW, "Ann", '{"budget": 10}')


def test_a_change_that_fails_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.change() as connection:
            written(connection, NOW, "Ann", "approved", "campaign/spring")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with store.read() as connection:
        assert connection.execute(select(AuditRow)).all() == []


def test_readers_do_not_wait_for_a_writer(store: Store) -> None:
    with store.change() as writing:
        written(writing, NOW, "Ann", "paused", "campaign/spring")
        with store.read() as reading:
            assert reading.execute(select(AuditRow)).all() == []


def test_writers_from_many_threads_lose_nothing(store: Store) -> None:
    def write(name: int) -> None:
        for number in range(10):
            with store.change() as connection:
                connection.execute(
                    insert(InboxRow).values(
                        key=f"{name}-{number}", kind="view", happened_at=NOW, received_at=NOW
                    )
                )

    threads = [threading.Thread(target=write, args=(name,)) for name in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    with store.read() as connection:
        assert len(connection.execute(select(InboxRow.id)).all()) == 40


def test_a_store_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    with open_store(tmp_path) as store, store.change() as connection:
        connection.execute(text("update alembic_version set version_num = '9999_later'"))
    with pytest.raises(StoreError, match="newer version"):
        open_store(tmp_path)


def test_an_address_that_cannot_be_reached_is_told_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as told:
        open_store(tmp_path, "postgresql://ann:secret@127.0.0.1:1/none?connect_timeout=1")
    assert "secret" not in str(told.value)
    assert "store.url" in str(told.value)
