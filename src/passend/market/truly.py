"""What a rehearsed campaign truly brought, beside what the results room measured of it."""

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from passend.flow.results import Results, measure_workspace
from passend.market.post import place_of
from passend.market.rehearsal import WINDOW, Rehearsal
from passend.ports import Silence
from passend.results import PROFIT, Measured
from passend.workspace import Workspace


@dataclass(frozen=True)
class Beside:
    """One campaign, measured and true. Amounts in cents, of all treated customers over their windows.

    Attributes:
        measured: by the results room, from exposures and outcomes alone.
        true_cents: profit with the campaign less profit without it, of the same customers with the same luck.
    """

    measured: Measured
    true_cents: float

    @property
    def is_inside(self) -> bool | None:
        """Whether the interval of what was measured holds the truth; None where nothing could be measured."""
        effect = self.measured.effects.get(PROFIT)
        return None if effect is None else effect.total_low <= self.true_cents <= effect.total_high


def truly(played: Rehearsal, campaigns: list[str]) -> tuple[list[Beside], Results]:
    """Measure a rehearsal's campaigns as any firm does, and put the truth beside them.

    Raises:
        WorkspaceError: there is nothing to measure.
    """
    place = Workspace(played.folder)
    found = measure_workspace(place, Silence())
    exposures = place.read("exposures")
    gains = np.cumsum([np.zeros(len(played.gains[0])), *played.gains], axis=0)
    beside = []
    for one in found.measured:
        if one.campaign not in campaigns:
            continue
        mine = pc.and_(pc.equal(exposures["campaign"], one.campaign), pc.equal(exposures["phase"], one.phase))
        rows = exposures.filter(pc.and_(mine, pc.equal(exposures["arm"], "treated")))
        who = np.array([place_of(customer) for customer in rows["customer_id"].to_pylist()], np.int64)
        week = np.array([(at - played.begins).days // 7 for at in rows["eligible_at"].to_pylist()], np.int64)
        until = np.minimum(week + WINDOW, len(played.gains))
        beside.append(Beside(one, float((gains[until, who] - gains[week, who]).sum())))
    return beside, found
