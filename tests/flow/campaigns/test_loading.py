"""What analytics knows of people goes over to the campaigns with the plan: the hour at which they are about as well."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from passend.campaigns.walk import due
from passend.flow.campaigns.loading import load_plan
from passend.flow.campaigns.opening import campaigns_of
from passend.store.live import OfferRow, PersonRow
from passend.workspace import Workspace
from tests.campaigns.written import campaign
from tests.worlds import table

TEXT = """
name: spring
timezone: Europe/Berlin
steps:
  rest: {wait: best hour, then: mail}
  mail: {send: email, then: end, failed: end}
  end: {stop: all said}
"""


@pytest.mark.parametrize(
    ("zone", "now", "hour"),
    [
        ("UTC", datetime(2026, 7, 1), 20),
        ("Europe/Berlin", datetime(2026, 7, 1), 22),
        ("Europe/Berlin", datetime(2026, 1, 7), 21),
        ("Asia/Tokyo", datetime(2026, 1, 7), 5),
    ],
)
def test_the_hour_at_which_a_customer_is_about_comes_with_the_plan(
    tmp_path: Path, zone: str, now: datetime, hour: int
) -> None:
    place = Workspace(tmp_path, [f"intake.timezone={zone}"])
    rows = {
        "offers": [
            {
                "customer_id": "c1",
                "rank": 1,
                "product_id": "p1",
                "channel": "email",
                "plan": 1,
                "chosen": True,
            }
        ],
        "customers": [{"customer_id": "c1"}, {"customer_id": "c2"}],
        "customer_hours": [{"customer_id": "c1", "best_hour": 20}],
    }
    with place.change("a plan") as change, place.engine() as engine:
        for name, made in rows.items():
            engine.load(name, table(name, made))
            change.write(engine, name)
    with campaigns_of(place) as store:
        assert load_plan(store, place, now) == 1
        with store.read() as connection:
            people = connection.execute(select(PersonRow.customer_id, PersonRow.best_hour)).all()
            offers = connection.execute(select(OfferRow.customer_id)).scalars().all()
    assert dict(map(tuple, people)) == {"c1": hour, "c2": None}
    assert offers == ["c1"]


def test_a_journey_waits_for_that_hour_on_its_own_clock() -> None:
    step = campaign(TEXT).steps["rest"]
    assert due(step, datetime(2026, 1, 7, 12), 21, "Europe/Berlin") == datetime(2026, 1, 7, 20)
