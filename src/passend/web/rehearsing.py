"""The demo's fast motion: a campaign played in the sample shop's market, with the truth beside its verdict."""

import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from passend.campaigns import parse_campaign
from passend.campaigns.forms import filled
from passend.flow.campaigns.opening import draft_of, utc_now
from passend.flow.serving.work import Work
from passend.language import chosen
from passend.report.letter import verdict_of
from passend.results import PROFIT
from passend.web.pages import page
from passend.web.rooms.room import Anybody, Line, Publishes
from passend.web.working import begin, result_of

if TYPE_CHECKING:
    from passend.market.rehearsal import Week
    from passend.market.truly import Beside

router = APIRouter(include_in_schema=False)
#: Nobody is asked for approval, and no hour of the market's day is quiet.
_FREE = {"quiet_hours": "", "four_eyes": ""}
_PASSING = "Weeks of the market pass"
#: In which people may enter; those in which purchases count, and for returns, follow.
_WEEKS, _ALL = 1, 8


@dataclass(frozen=True)
class Rehearsed:
    """A campaign played in the market: its weeks, and what was measured beside what is true."""

    name: str
    weeks: "tuple[Week, ...]"
    beside: "tuple[Beside, ...]"
    currency: str | None

    @property
    def sent(self) -> int:
        """Messages that reached somebody, of all weeks."""
        return sum(one.sent for one in self.weeks)


@router.post("/tour/rehearse")
def rehearse(request: Request, visit: Publishes, name: Line) -> Response:
    """Play a campaign in the sample shop's market; only in a demo, whose shop it is."""
    if not request.app.state.demo:
        raise HTTPException(404)
    text, folder = filled(draft_of(visit.desk.store, name).written, _FREE), visit.desk.folder
    return begin(
        request, visit, "Playing weeks of the market", lambda work: _played(work, name, text, folder),
        "/tour/rehearsed/{id}",
    )  # fmt: skip


@router.get("/tour/rehearsed/{number}")
def rehearsed(request: Request, visit: Anybody, number: str) -> Response:
    """What the weeks brought: claimed, measured, true."""
    found = result_of(request, visit, number)
    return page(request, "rehearsed.html.j2", found=found, metric=PROFIT, verdict_of=verdict_of)


def _played(work: Work, name: str, text: str, folder: Path) -> Rehearsed:
    """Play it in a workspace of its own, which goes when all is measured."""
    from passend.market.demo import noted, shop_of  # noqa: PLC0415 - the market is heavy, and only a demo has one
    from passend.market.rehearsal import rehearse as play  # noqa: PLC0415 - likewise
    from passend.market.truly import truly  # noqa: PLC0415 - likewise

    work.step("Making the market")
    place = folder / "rehearsals" / secrets.token_hex(6)
    try:
        market = (noted(folder.parent) or shop_of(chosen(), utc_now().date())).market()
        work.step("Importing what was sold, and making a plan")
        campaign = parse_campaign(text, name)
        played = play(market, place, [campaign], _WEEKS, lambda _: _passed(work))
        work.step("Measuring")
        beside, found = truly(played, [campaign.name])
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return Rehearsed(name, tuple(played.weekly), tuple(beside), found.currency)


def _passed(work: Work) -> None:
    if work.steps[-1] != _PASSING:
        work.step(_PASSING, _ALL)
    work.advance(1)
