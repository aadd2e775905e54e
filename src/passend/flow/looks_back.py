"""How a verdict came about: the effect as it stood at looks in the past, on what had happened by then."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from passend.flow.measuring import measured_on
from passend.flow.results import load_outcomes
from passend.ports import Engine
from passend.results import PROFIT, Measured
from passend.workspace import Workspace

#: So many looks are shown at most, the last of them at the end of the data.
MOST = 12
_DAY = timedelta(days=1)
#: For more customers each look takes longer than somebody waits for a picture.
_PEOPLE = 200_000


@dataclass(frozen=True)
class Look:
    """One look.

    Attributes:
        at: the end of what was known.
        one: what was measured; its numbers are of that day.
    """

    at: datetime
    one: Measured

    @property
    def span(self) -> tuple[float, float, float] | None:
        """Lower end, middle and upper end of the added profit; None where it could not be measured."""
        effect = self.one.effects.get(PROFIT)
        return None if effect is None else (effect.total_low, effect.total, effect.total_high)


def looks_back(workspace: Workspace, campaign: str, phase: int) -> list[Look]:
    """A campaign's looks, the earliest first; kept until the data change, and nothing is written.

    Args:
        workspace: with data.
        campaign: its name, or the programme.
        phase: its number.

    Returns:
        one look where the campaign has more customers than a page can wait for.
    """
    return list(_looks(workspace.folder, workspace.manifest.number, campaign, phase))


@lru_cache(maxsize=32)
def _looks(folder: Path, number: int, campaign: str, phase: int) -> tuple[Look, ...]:
    del number
    workspace = Workspace(folder)
    with workspace.engine() as engine:
        load_outcomes(engine, workspace)
        log = engine.fetch("exposure_log")
        log = log.filter(pc.and_(pc.equal(log["campaign"], campaign), pc.equal(log["phase"], phase)))
        end = engine.fetch("decision_date")["as_of"][0].as_py()
        if not log.num_rows or end is None:
            return ()
        outcomes = engine.fetch("outcomes")
        outcomes = outcomes.filter(pc.is_in(outcomes["customer_id"], pc.unique(log["customer_id"])))
        first = pc.min(log["eligible_at"]).as_py()
        days = days_of(first, end, 1 if log.num_rows > _PEOPLE else MOST)
        return tuple(_measured(engine, workspace, (log, outcomes), days))


def days_of(first: datetime, end: datetime, most: int) -> list[datetime]:
    """The days of the looks: whole days from the first customer on, evenly apart, the last at the end of the data."""
    days = (end - first) // _DAY
    step = max(1, -(-days // most))
    found = [end - place * step * _DAY for place in reversed(range(most))]
    return [day for day in found if day > first] or [end]


def _measured(
    engine: Engine, workspace: Workspace, tables: tuple[pa.Table, pa.Table], days: list[datetime]
) -> Iterator[Look]:
    log, outcomes = tables
    for day in days:
        moment = pa.scalar(day, pa.timestamp("us"))
        engine.load("exposure_log", log.filter(pc.less(log["eligible_at"], moment)))
        engine.load("outcomes", outcomes.filter(pc.less_equal(outcomes["happened_at"], moment)))
        engine.load("decision_date", pa.table({"as_of": pa.array([day], pa.timestamp("us"))}))
        yield from (Look(day, one) for one in measured_on(engine, workspace.settings))
