"""The consent ledger with the firm's tables: nothing told twice, nothing lost, each answer with its record."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from passend.campaigns.consent.standing import Question
from passend.decisions.rules import load_rules
from passend.flow.consents import bring_in, carry_over, explain, record_walls, record_words, store_of
from passend.flow.persons import erase_person, marker
from passend.store.ledger import NewWord, Wall, lift, walls_of
from passend.store.schema import METADATA
from passend.workspace import Workspace
from tests.flow.test_firm_tables import FILES, ORDERS, take, written

NOW = datetime(2026, 3, 2, 12)


@pytest.fixture
def shop(tmp_path) -> Workspace:
    workspace = Workspace(tmp_path / "w")
    files = [
        written(tmp_path, f"{name}.csv", text)
        for name, text in FILES.items()
        if name in {"customers", "consents"}
    ]
    take(workspace, written(tmp_path, "orders.csv", ORDERS), *files)
    return workspace


def asked(workspace, store, who, channel="email"):
    return explain(workspace, store, load_rules(None), who, Question(channel, NOW))


def test_the_firms_words_are_brought_in_once_and_explained(shop):
    with store_of(shop) as store:
        assert bring_in(shop, store, NOW) == 2
        assert bring_in(shop, store, NOW) == 0
        found = asked(shop, store, "k1")
        assert found.standing.may
        assert found.standing.ground == "double opt-in"
        assert found.standing.record.startswith("consent_words/")
        refused = asked(shop, store, "K2", "phone")
        assert refused.standing.ground == "objected"


def test_a_word_under_an_address_counts_for_its_owner_in_whatever_letters(shop):
    with store_of(shop) as store:
        bring_in(shop, store, NOW)
        record_words(
            store, [NewWord("email", False, NOW - timedelta(hours=1), "form", address=" A@B.de ")], NOW
        )
        found = asked(shop, store, "k1")
        assert (found.standing.ground, found.address) == ("objected", "a@b.de")
        assert asked(shop, store, "a@b.de").standing.ground == "objected"


def test_words_are_carried_over_exactly_once(shop):
    with store_of(shop) as store:
        bring_in(shop, store, NOW)
        word = NewWord(
            "email", False, NOW - timedelta(hours=1), "form", customer_id="k1", evidence={"form": "f1"}
        )
        record_words(store, [word, word], NOW)
        about = NewWord("email", False, NOW, "form", customer_id="k1", topic="tours")
        record_words(store, [about], NOW)
        before = shop.read("consents").num_rows
        assert carry_over(shop, store) == 1
        assert carry_over(shop, store) == 0
        rows = shop.read("consents").to_pylist()
        assert len(rows) == before + 1
        [new] = [row for row in rows if (row["evidence"] or "").startswith("consent_words/")]
        assert (new["is_given"], new["basis"], new["said_at"]) == (
            False,
            "objection",
            NOW - timedelta(hours=1),
        )
        assert bring_in(shop, store, NOW) == 0, "what came from the ledger does not come back"


def test_a_wall_holds_for_an_address_and_can_be_lifted_by_a_person(shop):
    with store_of(shop) as store:
        bring_in(shop, store, NOW)
        wall = Wall("A@b.de", "hard bounce", NOW, "mailbox", "550 5.1.1 no such user")
        assert record_walls(shop, store, [wall, wall]) == 1
        assert asked(shop, store, "k1").standing.ground == "suppressed"
        with store.change() as connection:
            assert lift(connection, marker(shop)("a@b.de"), NOW, "Ann") == 1
        assert asked(shop, store, "k1").standing.may


def test_erasing_a_person_leaves_nothing_but_a_mark_that_still_holds(shop):
    with store_of(shop) as store:
        bring_in(shop, store, NOW)
        record_walls(shop, store, [Wall("a@b.de", "complaint", NOW, "ses", "a@b.de complained")])
    erase_person(shop, "k1")
    assert b"a@b.de" not in b"".join(
        str(row).encode() for row in _rows(shop) if "k1" in str(row) or "a@b.de" in str(row)
    )
    with store_of(shop) as store:
        with store.read() as connection:
            found = walls_of(connection, ["a@b.de"], "email", marker(shop))
        assert {one.basis for one in found["a@b.de"]} == {"complaint", "erased"}


def _rows(shop):
    with store_of(shop) as store, store.read() as connection:
        for table in METADATA.sorted_tables:
            yield from connection.execute(select(table))
