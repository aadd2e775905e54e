"""The demo's shop: in the language of who tries it, up to their day, the same until another is asked for."""

import csv
from datetime import date, timedelta

import pytest

from passend.language import speaking, word
from passend.market import demo
from passend.market.world import Market
from translations.gathering import sold


@pytest.fixture
def _small(monkeypatch):
    monkeypatch.setattr(demo, "CUSTOMERS", 200)


def rows(file):
    with file.open(encoding="utf-8") as lines:
        return list(csv.reader(lines))


@pytest.mark.usefixtures("_small")
def test_the_shop_is_the_same_in_every_language_but_for_its_names(tmp_path):
    begins = "2025-06-02"
    for language in ("en", "de"):
        demo.write_demo(tmp_path / f"{language}.csv", demo.Shop(language, begins))
    english, german = rows(tmp_path / "en.csv"), rows(tmp_path / "de.csv")
    head = [
        "Bestellnummer",
        "Artikel",
        "Bezeichnung",
        "Warengruppe",
        "Menge",
        "Bestelldatum",
        "Einzelpreis EUR",
    ]
    assert german[0] == [*head, "Kundennummer", "Rabatt"]
    told = [place for place, name in enumerate(german[0]) if name in ("Bezeichnung", "Warengruppe")]
    for one, other in zip(english[1:], german[1:], strict=True):
        assert [v for p, v in enumerate(one) if p not in told] == [
            v for p, v in enumerate(other) if p not in told
        ]
    names = {row[2].rsplit(" ", 1)[0] for row in german[1:]}
    assert {"Fahrradschlauch", "Kettenöl"} <= names
    assert not {"Inner tube", "Chain oil"} & names


def test_customers_come_from_regions_of_their_language():
    market = Market(
        "bicycle-shop", 1, {"customers.number": 50, "market.history_weeks": 2, "market.language": "de"}
    )
    customers = market.table("customers")
    assert set(customers["region"].to_pylist()) <= {"Nord", "Ost", "Süd", "West"}
    assert set(customers["segment"].to_pylist()) <= {"privat", "gewerblich"}


def test_no_family_of_a_shipped_scenario_lacks_its_german_name():
    with speaking("de"):
        same = {name for name in sold() if word(name) == name}
    assert same <= {"Multitool", "Personal Training", "Trekking", "City", "Shop"}, (
        "names that German has, too"
    )


@pytest.mark.parametrize("today", [date(2026, 11, 29), date(2026, 11, 30), date(2027, 1, 1)])
def test_the_shops_last_day_is_the_monday_up_to_today(today):
    begins = date.fromisoformat(demo.shop_of("de", today).begins)
    ends = begins + timedelta(weeks=78)
    assert begins.weekday() == 0
    assert timedelta(0) <= today - ends < timedelta(days=7)


@pytest.mark.usefixtures("_small")
def test_a_shop_keeps_its_days_until_another_language_is_asked_for(tmp_path, monkeypatch):
    orders = tmp_path / "orders.csv"
    monkeypatch.setenv("PASSEND_LANGUAGE", "en")
    demo.main([str(orders)], date(2026, 1, 5))
    before = orders.read_bytes()
    demo.main([str(orders)], date(2026, 8, 5))
    assert orders.read_bytes() == before
    monkeypatch.setenv("PASSEND_LANGUAGE", "de")
    demo.main([str(orders)], date(2026, 8, 5))
    assert demo.noted(tmp_path) == demo.shop_of("de", date(2026, 8, 5))
    (tmp_path / demo.NOTE).write_text("{}")
    assert demo.noted(tmp_path) is None
