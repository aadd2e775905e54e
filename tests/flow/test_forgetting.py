"""What is handed out of a person is what is erased, table by table; afterwards no byte of the store tells of them."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Boolean, Text, insert, select

from passend.errors import NoSuchCustomer
from passend.flow.forgetting import PLACES, Person, forget, known_of
from passend.flow.persons import erase_person, export_person
from passend.store import Moment, Store, open_store
from passend.store.connecting import FILE
from passend.store.schema import METADATA
from passend.workspace import Workspace
from tests.flow.serving.shop import HELD_OUT, OFFERED, open_shop
from tests.store.databases import BOTH, opened

NOW = datetime(2026, 5, 4, 9)
WHO, OTHER = "K-5186-who", "K-0007-other"


@pytest.fixture(params=BOTH)
def store(request, tmp_path):
    yield from opened(request, tmp_path)


def address(number: str) -> str:
    return f"{number.lower()}@example.org"


def row_of(table: Any, number: str, place: int) -> dict[str, Any]:
    """A row of a table that names a customer wherever it can."""
    named = {
        "customer_id": number,
        "unit": number,
        "address": address(number),
        "outbox_key": f"message {place}",
    }
    if table.name == "placement_trials":
        named["kind"] = "customer"
    counted = (one for one in table.columns if not (one.name == "id" and one.primary_key))
    return {one.name: named.get(one.name, _value(one, number, place)) for one in counted}


def _value(column: Any, number: str, place: int) -> Any:
    if column.foreign_keys:
        return 1
    if isinstance(column.type, Text):
        return f"{column.name} {number if _may_name(column) else place}"
    if isinstance(column.type, Boolean):
        return False
    return NOW if isinstance(column.type, Moment) else place


def _may_name(column: Any) -> bool:
    """Whether a text may name the customer beside their number: keys of what happened do, those of messages never."""
    loose = {"entry_key", "given", "content", "evidence", "diagnostic", "agent"}
    return column.name in loose or (column.name == "key" and column.table.name in {"inbox", "received"})


def people_tables() -> list[Any]:
    named = {"customer_id", "address", "unit"}
    return [one for one in METADATA.sorted_tables if named & set(one.columns.keys())]


def fill(store: Store) -> None:
    """Two customers in every table that knows people."""
    with store.change() as connection:
        tables = METADATA.tables
        connection.execute(
            insert(tables["campaigns"]).values(
                id=1, name="spring", state="running", created_at=NOW, changed_at=NOW
            )
        )
        for place, number in enumerate((WHO, OTHER), start=1):
            for table in (*people_tables(), tables["hits"]):
                row = row_of(table, number, place)
                if table.name == "outbox":
                    row["key"] = f"message {place}"
                connection.execute(insert(table).values(**row))


def person(number: str) -> Person:
    return Person.of([number], [address(number)])


def test_every_table_of_the_store_that_names_people_is_in_the_list() -> None:
    assert {one.name for one in PLACES} == {one.name for one in people_tables()} | {"hits"}


def test_what_is_handed_out_is_what_is_erased_and_nothing_of_others(store: Store) -> None:
    fill(store)
    told, others = known_of(store, person(WHO)), known_of(store, person(OTHER))
    assert set(told) == {one.name for one in PLACES}
    assert OTHER not in str(told)
    gone = forget(store, person(WHO), lambda text: f"mark-{hash(text)}", NOW)
    assert gone == {name: len(rows) for name, rows in told.items()}
    assert known_of(store, person(WHO)) == {}
    assert known_of(store, person(OTHER)) == others
    with store.read() as connection:
        kept = {
            table.name: [
                row for row in map(str, connection.execute(select(table))) if WHO.lower() in row.lower()
            ]
            for table in METADATA.sorted_tables
        }
    assert {name: rows for name, rows in kept.items() if rows} == {}


def test_mails_to_an_earlier_address_and_words_under_it_go_too(store: Store) -> None:
    """The customer has another address by now; the message tells whose the earlier one was."""
    fill(store)
    with store.change() as connection:
        former = {"address": "old.erika@example.org"}
        for name in ("deliveries", "feedback"):
            table = METADATA.tables[name]
            connection.execute(table.update().where(table.c.outbox_key == "message 1").values(**former))
        table = METADATA.tables["consent_words"]
        row = {**row_of(table, "", 9), "customer_id": None, **former}
        connection.execute(insert(table).values(**row))
    assert "old.erika" in str(known_of(store, person(WHO)))
    forget(store, person(WHO), lambda text: f"mark-{hash(text)}", NOW)
    with store.read() as connection:
        left = "".join(str(connection.execute(select(table)).all()) for table in METADATA.sorted_tables)
    assert "old.erika" not in left


def bytes_of(folder) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob(f"{FILE}*")))


@pytest.mark.parametrize("is_old", [False, True])
def test_no_byte_of_the_files_tells_of_an_erased_customer(tmp_path, is_old: bool) -> None:
    """Neither the pages nor the journal, also where freed pages were never overwritten before."""
    with open_store(tmp_path) as store, open_store(tmp_path) as another:
        table = METADATA.tables["inbox"]
        rows = [{**row_of(table, WHO, place), "key": f"{WHO}/{place}"} for place in range(400)]
        if is_old:
            raw = store.engine.raw_connection()
            raw.cursor().execute("PRAGMA secure_delete = OFF")
            raw.close()
        with store.change() as connection:
            connection.execute(insert(table), rows)
        if is_old:
            with store.change() as connection:
                connection.execute(table.delete().where(table.c.id > 3))
        assert WHO.encode() in bytes_of(tmp_path)
        with another.read() as connection:
            connection.execute(select(table)).all()
        forget(store, person(WHO), lambda text: f"mark-{len(text)}", NOW)
        assert WHO.encode() not in bytes_of(tmp_path)
        for _ in range(2):  # the file is written anew once, and small erasures go on without
            with another.change() as connection:
                connection.execute(insert(table), rows[:50])
            forget(another, person(WHO), lambda text: f"mark-{len(text)}", NOW)
            assert WHO.encode() not in bytes_of(tmp_path)


def test_one_customer_of_tables_and_store_is_exported_row_by_row_as_erased(tmp_path) -> None:
    shop: Workspace = open_shop(tmp_path)
    with open_store(tmp_path) as store, store.change() as connection:
        for number in (OFFERED, HELD_OUT):
            for name in ("inbox", "received", "live_people", "live_offers", "deliveries"):
                table = METADATA.tables[name]
                row = row_of(table, number, int(number == OFFERED))
                if name == "deliveries":
                    row["address"] = f"{number}@example.org"
                connection.execute(insert(table).values(**row))
    told = export_person(shop, OFFERED)
    assert set(told) >= {
        "orders",
        "customers",
        "inbox",
        "received",
        "live_people",
        "live_offers",
        "deliveries",
    }
    assert erase_person(shop, OFFERED) == {name: len(rows) for name, rows in told.items()}
    with pytest.raises(NoSuchCustomer):
        export_person(shop, OFFERED)
    assert set(export_person(shop, HELD_OUT)) >= {"inbox", "live_offers", "deliveries"}
