"""Data that come in parts, with a refresh after each, give the facts and profit of making them anew."""

import csv
import math
import random
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from passend.flow.importing import import_sources
from passend.flow.refreshing import refresh_facts
from passend.flow.sources import ImportRequest
from passend.ports import Silence
from passend.workspace import Workspace

START = datetime(2024, 1, 1, 9)
TABLES = {"customer_facts": ("customer_id",), "customer_profit": ("customer_id", "period_start")}


def _write(file, head, rows):
    with file.open("w", newline="", encoding="utf-8") as text:
        csv.writer(text).writerows([head, *rows])
    return file


def _orders(draw, days, number):
    """Orders of some days, with a few returns of what was bought on an earlier day."""
    rows = []
    for at in range(number):
        when = START + timedelta(days=draw.uniform(*days))
        order = f"{int(days[0])}-{at}"
        who = f"c{draw.randrange(40)}"
        for product in draw.sample(range(15), draw.randint(1, 3)):
            price = f"{draw.uniform(5, 9) + product:.2f}"
            rows.append(
                [order, who, f"p{product}", when.isoformat(" ", "seconds"), draw.randint(1, 3), price]
            )
            if draw.random() < 0.1:
                back = when + timedelta(days=draw.uniform(0, 3))
                rows.append(["R" + order, who, f"p{product}", back.isoformat(" ", "seconds"), -1, price])
    return rows


def _parts(folder, seed, parts=3):
    """Files of orders, contacts, events, contracts and customers, a part of each after the other in time."""
    draw = random.Random(seed)
    ends = [0.0, 300.0, *sorted(draw.uniform(300, 480) for _ in range(parts - 1))]
    for part, days in enumerate(pairwise(ends)):
        when = [(START + timedelta(days=draw.uniform(*days))).isoformat(" ", "seconds") for _ in range(8)]
        who = [f"c{draw.randrange(45)}" for _ in when]
        size = 150 if part == 0 else 8
        yield [
            ImportRequest(
                _write(
                    folder / f"orders-{part}.csv",
                    ["order_id", "customer_id", "product_id", "ordered_at", "quantity", "unit_price"],
                    _orders(draw, days, size),
                ),
                as_table="orders",
            ),
            ImportRequest(
                _write(
                    folder / f"contacts-{part}.csv",
                    [
                        "contact_id",
                        "customer_id",
                        "happened_at",
                        "direction",
                        "channel",
                        "purpose",
                        "satisfaction",
                    ],
                    [
                        [f"k{part}-{at}", who[at], time, *kind, draw.randint(1, 5)]
                        for at, time in enumerate(when)
                        for kind in [draw.choice([("in", "phone", "service"), ("out", "email", "offer")])]
                    ],
                ),
                as_table="contacts",
            ),
            ImportRequest(
                _write(
                    folder / f"events-{part}.csv",
                    ["event_id", "customer_id", "happened_at", "kind", "product_id"],
                    [
                        [f"e{part}-{at}", who[-at], time, draw.choice(["view", "search", "cart"]), f"p{at}"]
                        for at, time in enumerate(when)
                    ],
                ),
                as_table="events",
            ),
            ImportRequest(
                _write(
                    folder / f"contracts-{part}.csv",
                    ["contract_id", "customer_id", "product_id", "started_at", "period_days", "fee"],
                    [[f"v{part}-{at}", who[at], "p1", when[at], 365, "99.00"] for at in range(3)],
                ),
                as_table="contracts",
            ),
        ]


def _rows(place, table):
    return sorted(
        place.read(table).to_pylist(), key=lambda row: tuple(str(row[name]) for name in TABLES[table])
    )


def _same(one, two):
    if isinstance(one, float) and isinstance(two, float):
        return math.isclose(one, two, rel_tol=1e-9, abs_tol=1e-12)
    return one == two


def _demand_equal(one, two):
    for table in TABLES:
        rows, others = _rows(one, table), _rows(two, table)
        assert len(rows) == len(others)
        different = [
            (name, row["customer_id"], value, other[name])
            for row, other in zip(rows, others, strict=True)
            for name, value in row.items()
            if not _same(value, other[name])
        ]
        assert different == []


@pytest.mark.parametrize("seed", range(5))
def test_parts_give_what_the_whole_gives(tmp_path, seed):
    place = Workspace(tmp_path / "parts")
    spared = 0
    for number, requests in enumerate(_parts(tmp_path, seed)):
        import_sources(place, requests, Silence())
        done = refresh_facts(place, Silence())
        assert bool(done.because) == (number == 0)
        spared += done.customers - done.anew
        anew = Workspace(tmp_path / f"anew-{number}")
        for one in range(number + 1):
            for kind in ("orders", "contacts", "events", "contracts"):
                import_sources(
                    anew, [ImportRequest(tmp_path / f"{kind}-{one}.csv", as_table=kind)], Silence()
                )
        assert refresh_facts(anew, Silence()).because
        _demand_equal(place, anew)
    assert spared > 0


def test_time_alone_moves_a_date_that_is_given(tmp_path):
    requests = list(_parts(tmp_path, 9))
    place = Workspace(tmp_path / "place")
    for part in requests:
        import_sources(place, part, Silence())
    for number, day in enumerate((200, 200.5, 231, 290, 400)):
        as_of = [f"customers.as_of={(START + timedelta(days=day)).isoformat()}"]
        place = Workspace(tmp_path / "place", as_of)
        assert bool(refresh_facts(place, Silence()).because) == (number == 0)
        anew = Workspace(tmp_path / f"anew-{number}", as_of)
        for part in requests:
            import_sources(anew, part, Silence())
        refresh_facts(anew, Silence())
        _demand_equal(place, anew)


def test_every_border_of_a_window_is_met(tmp_path):
    when = [(START + timedelta(days=day)).isoformat(" ", "seconds") for day in range(500)]
    files = {
        "orders": (
            ["order_id", "customer_id", "product_id", "ordered_at", "quantity", "unit_price"],
            [
                [f"o{day}", f"c{day}", "p1", at, pieces, "9.50"]
                for day, at in enumerate(when)
                for pieces in ((1, -1) if day % 5 == 0 else (1,))
            ],
        ),
        "events": (
            ["event_id", "customer_id", "happened_at", "kind", "product_id"],
            [[f"e{day}", f"c{day}", at, "view", "p2"] for day, at in enumerate(when)],
        ),
        "contracts": (
            ["contract_id", "customer_id", "product_id", "started_at", "period_days", "fee"],
            [[f"v{day}", f"k{day}", "p1", at, 365, "99.00"] for day, at in enumerate(when)],
        ),
    }
    requests = [
        ImportRequest(_write(tmp_path / f"{name}.csv", *content), as_table=name)
        for name, content in files.items()
    ]
    import_sources(Workspace(tmp_path / "place"), requests, Silence())
    assert Workspace(tmp_path / "place").read("returns").num_rows == 100
    for number, day in enumerate((450, 450.4, 451, 453, 460)):
        as_of = [f"customers.as_of={(START + timedelta(days=day)).isoformat()}"]
        place = Workspace(tmp_path / "place", as_of)
        done = refresh_facts(place, Silence())
        assert bool(done.because) == (number == 0)
        if number:
            assert done.anew < 30
        fresh = Workspace(tmp_path / f"anew-{number}", as_of)
        import_sources(fresh, requests, Silence())
        refresh_facts(fresh, Silence())
        _demand_equal(place, fresh)


def test_what_forbids_going_on_is_seen(tmp_path):
    place = Workspace(tmp_path / "place")
    import_sources(place, next(iter(_parts(tmp_path, 3))), Silence())
    refresh_facts(place, Silence())
    assert refresh_facts(place, Silence()).anew < 10  # contracts at most: nothing has changed
    other = Workspace(tmp_path / "place", ["customers.margin_share=0.5"])
    assert "settings" in refresh_facts(other, Silence()).because
    back = Workspace(tmp_path / "place", ["customers.margin_share=0.5", "customers.as_of=2024-03-01"])
    assert refresh_facts(back, Silence()).because
    earlier = Workspace(tmp_path / "place", ["customers.margin_share=0.5", "customers.as_of=2024-02-01"])
    assert "date" in refresh_facts(earlier, Silence()).because
