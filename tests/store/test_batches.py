"""Many rows in one statement, the same on both databases."""

from datetime import datetime

import pytest
from sqlalchemy import select

from passend.store import Store
from passend.store.audit import AuditRow
from passend.store.batches import add_up, among, insert_rows, update_rows
from passend.store.live import InboxRow
from passend.store.outbox import AllowanceRow, OutboxRow

NOW = datetime(2026, 5, 4, 9, 0, 0, 123_000)


def rows(*keys: str):
    return [
        {
            "key": key,
            "kind": "view",
            "customer_id": None,
            "happened_at": NOW,
            "received_at": NOW,
            "details": "",
            "is_judged": False,
        }
        for key in keys
    ]


def test_rows_that_are_there_already_are_left_out(store: Store) -> None:
    with store.change() as connection:
        assert insert_rows(connection, InboxRow, rows("a", "b")) == 2
        assert insert_rows(connection, InboxRow, rows("b", "c")) == 1
        assert insert_rows(connection, InboxRow, []) == 0


def test_rows_are_changed_by_their_key(store: Store) -> None:
    with store.change() as connection:
        insert_rows(connection, InboxRow, rows("a", "b", "c"))
        update_rows(connection, InboxRow, [{"key": "b", "is_judged": True, "customer_id": "C"}], key="key")
        found = connection.execute(
            select(InboxRow.key, InboxRow.is_judged, InboxRow.customer_id, InboxRow.happened_at)
        )
        assert {one.key: tuple(one)[1:] for one in found} == {
            "a": (False, None, NOW),
            "b": (True, "C", NOW),
            "c": (False, None, NOW),
        }


@pytest.mark.parametrize("name", ["O'Brien", '"quoted"', "back\\slash", "Käse\n", "{1,2}", "null", "雪 🚲"])
def test_rows_are_found_by_any_text(store: Store, name: str) -> None:
    with store.change() as connection:
        insert_rows(connection, InboxRow, rows("a", name))
        wanted = select(InboxRow.id, InboxRow.key).where(among(InboxRow.key, [name, "nobody"]))
        ((number, key),) = connection.execute(wanted).all()
        assert key == name
        assert connection.scalars(select(InboxRow.key).where(among(InboxRow.id, [number]))).all() == [name]
        assert connection.scalars(select(InboxRow.key).where(among(InboxRow.id, []))).all() == []
        assert connection.scalars(select(InboxRow.key).where(~among(InboxRow.id, [number]))).all() == ["a"]


def test_rows_are_found_by_the_index(store: Store) -> None:
    if not store.is_sqlite:
        pytest.skip("a planner with statistics scans a table this small")
    found = select(OutboxRow.id).where(among(OutboxRow.customer_id, ["C1"]), OutboxRow.queued_at > NOW)
    with store.read() as connection:
        said = str(found.compile(connection))
        plan = connection.exec_driver_sql(f"explain query plan {said}", ('["C1"]', 0)).all()
    assert any("SEARCH outbox USING" in row[3] and "ix_outbox_customer" in row[3] for row in plan), plan


def test_numbers_are_added_up(store: Store) -> None:
    with store.change() as connection:
        insert_rows(connection, AllowanceRow, [{"name": "budget", "capacity": 10.0, "used": 1.0}])
        update_rows(connection, AllowanceRow, [{"name": "budget", "used": 2.5}], key="name")
        assert connection.execute(select(AllowanceRow.used)).scalar_one() == 2.5


def test_tallies_grow(store: Store) -> None:
    from passend.store.campaigns import CampaignRow, TallyRow

    with store.change() as connection:
        insert_rows(
            connection,
            CampaignRow,
            [
                {
                    "id": 1,
                    "name": "a",
                    "state": "draft",
                    "state_reason": "",
                    "draft_by": "",
                    "created_at": NOW,
                    "changed_at": NOW,
                }
            ],
        )
        one = {"campaign_id": 1, "step": "s", "way": "yes", "is_held_out": False, "people": 3}
        add_up(connection, TallyRow, [one], "people")
        add_up(connection, TallyRow, [one, {**one, "way": "no"}], "people")
        found = connection.execute(select(TallyRow.way, TallyRow.people).order_by(TallyRow.way)).all()
        assert [tuple(row) for row in found] == [("no", 3), ("yes", 6)]


def test_rows_that_are_all_alike_are_still_so_many(store: Store) -> None:
    same = {"at": NOW, "who": "Ann", "what": "paused", "subject": "campaign/spring", "details": "{}"}
    with store.change() as connection:
        assert insert_rows(connection, AuditRow, [same] * 3) == 3
        assert len(connection.execute(select(AuditRow.__table__)).all()) == 3


def test_what_is_the_same_in_all_rows_arrives_in_each(store: Store) -> None:
    with store.change() as connection:
        insert_rows(
            connection, InboxRow, [{**one, "customer_id": "C", "details": ""} for one in rows("a", "b", "c")]
        )
        update_rows(
            connection, InboxRow,
            [{"key": key, "is_judged": True, "customer_id": who} for key, who in (("a", "X"), ("b", "Y"))], key="key",
        )  # fmt: skip
        found = connection.execute(
            select(InboxRow.key, InboxRow.is_judged, InboxRow.customer_id, InboxRow.happened_at)
        )
        assert {tuple(one) for one in found} == {
            ("a", True, "X", NOW), ("b", True, "Y", NOW), ("c", False, "C", NOW),
        }  # fmt: skip
