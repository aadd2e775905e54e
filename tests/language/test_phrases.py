"""Messages, numbers, money and dates in both languages."""

from datetime import date, datetime

import pytest

from passend.language import (
    chosen,
    count,
    day,
    decimal,
    money,
    month,
    phrase,
    share,
    speaking,
    system_language,
    word,
)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            [
                "1,234,567",
                "0.5",
                "12%",
                "1.2%",
                "1,234.50 EUR",
                "1,235 JPY",
                "2026-05-03",
                "May 2026",
            ],
        ),
        (
            "de",
            [
                "1.234.567",
                "0,5",
                "12\xa0%",
                "1,2\xa0%",
                "1.234,50\xa0€",
                "1.235\xa0¥",
                "03.05.2026",
                "Mai 2026",
            ],
        ),
    ],
)
def test_figures(language, said):
    with speaking(language):
        assert [
            count(1234567), decimal(0.5, 1), share(0.123), share(0.0123), money(123450, "EUR"), money(1235, "JPY"),
            day(datetime(2026, 5, 3, 12)), month(date(2026, 5, 3)),
        ] == said  # fmt: skip


def test_what_is_not_there_is_said_as_nothing():
    assert (count(None), share(None), money(None, "EUR"), day(None), word("")) == ("",) * 5
    assert money(1250, None) == "12.50"
    assert money(123456, "EUR", is_round=True) == "1,235 EUR"


def test_singular_and_plural():
    def orders(number):
        return phrase("{orders:n} order so far", "{orders:n} orders so far", orders=number)

    assert [orders(n) for n in (0, 1, 1200)] == ["0 orders so far", "1 order so far", "1,200 orders so far"]
    with speaking("de"):
        assert [orders(n) for n in (0, 1, 1200)] == [
            "bisher 0 Bestellungen", "bisher 1 Bestellung", "bisher 1.200 Bestellungen",
        ]  # fmt: skip


def test_a_singular_may_leave_its_number_out():
    def weeks(number):
        return phrase("last bought a week ago", "last bought {weeks:n} weeks ago", weeks=number)

    assert [weeks(1), weeks(36)] == ["last bought a week ago", "last bought 36 weeks ago"]
    with speaking("de"):
        assert [weeks(1), weeks(36)] == ["zuletzt vor einer Woche gekauft", "zuletzt vor 36 Wochen gekauft"]


def test_a_message_without_words_is_said_in_english():
    with speaking("de"):
        assert phrase("{n:n} quaint things", n=3) == "3 quaint things"


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LC_ALL": "en_US.UTF-8", "LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANGUAGE": "de:en"}, "de"),
        ({"LANG": "C"}, "en"),
    ],
)
def test_the_computers_language(monkeypatch, variables, language):
    for name in ("LC_ALL", "LC_MESSAGES", "LANGUAGE", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert system_language() == language
    with speaking("auto"):
        assert chosen() == language
    assert chosen() == "en"
