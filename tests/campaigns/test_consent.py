"""Whether one message may go: the latest word counts, the no wins, and the record is named."""

from datetime import datetime, timedelta

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passend.campaigns.consent.opt_in import Asked, next_mail
from passend.campaigns.consent.standing import Question, Terms, Word, latest, standing
from passend.engines import sql

NOW = datetime(2026, 3, 2, 12)
DOUBLE = Terms(accepts=("double opt-in", "opt-in"))
EXISTING = Terms("consent", ("double opt-in",), "existing customer", True, True)


def word(
    days_ago: int, given_: bool, record: str = "", topic: str = "", channel: str = "email", **more
) -> Word:
    basis = more.pop("basis", "double opt-in" if given_ else "objection")
    return Word(
        record or f"w{days_ago}", channel, topic, given_, NOW - timedelta(days=days_ago), basis, **more
    )


def asked(words=(), walls=(), terms=DOUBLE, **more):
    found = standing(words, walls, terms, Question("email", NOW, **more))
    return found.may, found.ground, found.record


def test_without_a_word_nothing_is_sent():
    assert asked() == (False, "no consent", "")
    assert asked(terms=Terms("nothing")) == (True, "not needed", "")


def test_the_latest_word_counts_and_is_named():
    assert asked([word(10, True), word(5, False)]) == (False, "objected", "w5")
    assert asked([word(10, False), word(5, True)]) == (True, "double opt-in", "w5")
    assert asked([word(5, True, "yes"), word(5, False, "no")]) == (False, "objected", "no")


def test_a_no_counts_though_a_clock_dates_it_into_the_future_and_a_yes_does_not():
    assert asked([word(-1, False), word(5, True)]) == (False, "objected", "w-1")
    assert asked([word(-1, False)], terms=Terms("nothing")) == (False, "objected", "w-1")
    assert asked([word(-1, True)]) == (False, "no consent", "")


def test_a_refusal_is_a_wall_even_where_no_consent_is_needed():
    assert asked([word(5, False)], terms=Terms("nothing")) == (False, "objected", "w5")
    assert asked([word(5, False)], terms=EXISTING, similar_to="p1") == (False, "objected", "w5")
    assert asked([word(5, False, channel="any")]) == (False, "objected", "w5")
    assert asked([word(9, True), word(5, False, channel="phone")])[0]


def test_a_word_about_one_topic_says_nothing_of_others():
    yes = word(9, True)
    assert asked([yes, word(5, False, topic="bikes")], topic="bikes") == (False, "objected", "w5")
    assert asked([yes, word(5, False, topic="bikes")], topic="tours") == (True, "double opt-in", "w9")
    assert asked([word(9, False), word(5, True, topic="tours")], topic="tours") == (
        True,
        "double opt-in",
        "w5",
    )
    assert asked([word(9, False), word(5, True, topic="tours")], topic="bikes") == (False, "objected", "w9")
    assert asked([word(9, True, topic="tours"), word(5, False)], topic="tours") == (False, "objected", "w5")


def test_a_weak_ground_is_not_enough_where_the_firm_asks_for_more():
    strict = Terms(accepts=("double opt-in",))
    assert asked([word(9, True, basis="opt-in")], terms=strict) == (False, "no consent", "w9")


def test_a_suppressed_address_gets_nothing_whatever_its_owner_said():
    wall = Word("suppressions/3", "email", "", False, NOW, "complaint")
    assert asked([word(1, True)], [wall]) == (False, "suppressed", "suppressions/3")


def test_existing_customers_by_german_law():
    assert asked(terms=EXISTING, similar_to="p17") == (True, "existing customer", "bought/p17")
    assert asked(terms=EXISTING) == (False, "not similar", "")
    silent = Terms("consent", ("double opt-in",), "existing customer", True, False)
    assert asked(terms=silent, similar_to="p17") == (False, "no notice", "")
    phone = standing([], [], EXISTING, Question("phone", NOW, similar_to="p17"))
    assert (phone.may, phone.ground) == (False, "no consent")


def test_who_wants_to_hear_rarely_is_left_alone_until_then():
    rare = word(9, True, gap_days=30)
    found = standing([rare], [], DOUBLE, Question("email", NOW, last_contact=NOW - timedelta(days=10)))
    assert (found.may, found.ground, found.record) == (False, "too soon", "w9")
    assert found.until == NOW + timedelta(days=20)
    assert asked([rare], last_contact=NOW - timedelta(days=31))[0]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 4), st.booleans(), st.sampled_from(["double opt-in", "opt-in", "objection"])
        ),
        max_size=6,
    )
)
def test_the_plan_and_the_send_know_the_same_latest_word(said: list[tuple[int, bool, str]]):
    words = [word(day, yes, f"r{place}", basis=basis) for place, (day, yes, basis) in enumerate(said)]
    mine = latest(words)
    con = duckdb.connect()
    rows = [
        {"customer_id": "k", "channel": one.channel, "said_at": one.said_at, "is_given": one.is_given,
         "basis": one.basis, "evidence": one.record}
        for one in words
    ]  # fmt: skip
    texts = {name: pa.string() for name in ("customer_id", "channel", "basis", "evidence")}
    schema = pa.schema({**texts, "said_at": pa.timestamp("us"), "is_given": pa.bool_()})
    con.register("consents", pa.Table.from_pylist(rows, schema=schema))
    con.execute("create table contacts (customer_id text, channel text, happened_at timestamp, outcome text, "
                "contact_id text, direction text)")  # fmt: skip
    con.execute("create table customers (customer_id text, email text)")
    con.execute("create table decision_date as select false as is_given, null::timestamp as as_of")
    theirs = con.execute(sql("customers", "latest_consents").text).fetchall()
    assert len(theirs) == (mine is not None)
    if mine:
        assert theirs[0][2] == mine.is_given


def test_one_mail_for_several_lists():
    before = [Asked(NOW - timedelta(days=1, hours=1), ("tours",), NOW - timedelta(days=1, hours=1))]
    found = next_mail(["bikes"], before, NOW)
    assert (found.mails, found.topics) == (True, ("bikes", "tours"))


def test_nobody_is_flooded_with_opt_in_mails():
    before = [Asked(NOW - timedelta(hours=hour), ("a",), NOW - timedelta(hours=hour)) for hour in (1, 2)]
    found = next_mail(["b"], before, NOW)
    assert not found.mails
    assert found.topics == ("a", "b")
    assert "within a day" in found.why_not
    assert next_mail(["b"], before, NOW + timedelta(days=1)).mails
    assert next_mail(["b"], [Asked(NOW, ("a",), confirmed_at=NOW)], NOW).topics == ("b",)


@pytest.mark.parametrize("topic", ["", "tours"])
def test_no_message_goes_without_a_record_or_a_rule(topic: str):
    for words in ([word(3, True)], [word(3, True, topic="tours")], []):
        found = standing(words, [], DOUBLE, Question("email", NOW, topic=topic))
        assert not found.may or found.record
