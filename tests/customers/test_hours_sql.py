"""The hour at which a customer is usually about: planted and found; pulled to what is usual where little is known."""

from datetime import timedelta

import numpy as np

from passend.engines import DuckDBEngine
from tests.customers.kinds_world import START, load
from tests.worlds import compute, rows_of, table


def _hours(looks: list[tuple[str, int, int]], minute: int = 10) -> dict[str, dict[str, object]]:
    """The best hours of customers who looked at something on these days at these hours."""
    events = [
        {"event_id": f"e{place}", "customer_id": who, "kind": "view",
         "happened_at": START + timedelta(days=day, hours=hour, minutes=minute)}
        for place, (who, day, hour) in enumerate(looks)
    ]  # fmt: skip
    engine = DuckDBEngine()
    load(engine, {"events": table("events", events)})
    compute(engine, "customers", "decision_date", "customer_contacts", "customer_hours")
    return {str(row["customer_id"]): row for row in rows_of(engine, "customer_hours")}


def test_the_planted_hour_is_found_around_midnight_too() -> None:
    random = np.random.default_rng(1)
    at = {f"c{number}": (0, 7, 12, 21)[number % 4] for number in range(80)}
    looks = [
        (who, day, int(hour + random.integers(-1, 2)) % 24) for who, hour in at.items() for day in range(20)
    ]
    found = _hours(looks)
    near = [
        min((found[who]["best_hour"] - hour) % 24, (hour - found[who]["best_hour"]) % 24)
        for who, hour in at.items()
    ]
    assert np.mean(np.array(near) == 0) > 0.7
    assert max(near) <= 1


def test_who_was_seen_once_keeps_the_usual_hour() -> None:
    crowd = [(f"c{number}", day, 19) for number in range(30) for day in range(5)]
    found = _hours([*crowd, ("seldom", 1, 8), *(("often", day, 8) for day in range(30))])
    assert found["seldom"]["best_hour"] == 19
    assert found["often"]["best_hour"] == 8
    assert found["seldom"]["acts"] == 1
    assert 0 < found["seldom"]["hour_share"] < 1


def test_a_date_without_a_time_tells_no_hour() -> None:
    assert not _hours([("c1", day, 0) for day in range(20)], minute=0)
