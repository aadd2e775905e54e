"""Long work as jobs: begun by a call, followed by others, and what came out."""

from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.encoders import jsonable_encoder
from pydantic import BaseModel, Field, StringConstraints
from starlette.responses import Response

from passend.api.access import Needs, TheDesk
from passend.api.once import once
from passend.api.problems import Problem
from passend.api.receiving import Name
from passend.flow.campaigns.opening import utc_now
from passend.flow.serving.looking import plain
from passend.flow.serving.work import Work, Works
from passend.flow.trying import what_if
from passend.ports import Progress
from passend.workspace import Workspace

router = APIRouter(tags=["jobs"])
_NEEDS = [Depends(Needs("plans"))]
Changed = Annotated[
    str, StringConstraints(min_length=3, max_length=200, pattern=r"^[a-z_.]+=[^\x00-\x1f\x7f]*$")
]
_TITLES = {"plan": "Making a plan", "what-if": "Trying other rules"}


class NewJob(BaseModel):
    """What is to be done."""

    work: Literal["plan", "what-if"]
    changes: list[Changed] = Field(
        default_factory=list,
        max_length=50,
        description="Rules changed for it.",
        examples=[["budget.money=5000"]],
    )


class Job(BaseModel):
    """A piece of work, and how far it is.

    ``done`` of ``total`` tell of the present step; ``total`` is null where its size is not known.
    """

    id: str
    work: str
    state: Literal["running", "done", "failed"]
    steps: list[str]
    done: int
    total: int | None
    result: Any = None
    problem: str | None = None
    remedy: str | None = None
    began_at: str
    ended_at: str | None


@router.post(
    "/v1/jobs",
    status_code=202,
    dependencies=_NEEDS,
    response_model=Job,
    responses={409: {"description": "Other long work is going on"}},
)
def begin(told: NewJob, desk: TheDesk, request: Request) -> Response:
    """Begin long work: a plan that is kept, or a plan under other rules that is only compared. Follow it by its id."""
    place = desk.workspace()

    def begun() -> Any:
        if _works(request).going_on():
            raise Problem(409, "Other long work is going on.", {"Retry-After": "5"})
        tasks: dict[str, Callable[[Progress], Any]] = {
            "plan": lambda progress: _planned(place, told.changes, progress),
            "what-if": lambda progress: asdict(what_if(place, told.changes, progress)),
        }
        return _told(_works(request).begin(_TITLES[told.work], _who(request), tasks[told.work]))

    return once(request, told, begun, 202)


@router.get("/v1/jobs", dependencies=_NEEDS)
def jobs(request: Request) -> list[Job]:
    """The jobs of this key, the latest first; results are told by each alone."""
    mine = [one for one in _works(request).all() if one.who == _who(request)]
    return [Job(**{**_told(one), "result": None}) for one in reversed(mine)]


@router.get(
    "/v1/jobs/{job_id}", dependencies=_NEEDS, responses={404: {"description": "There is no such job"}}
)
def job(job_id: Name, request: Request) -> Job:
    """How far a job is. Jobs are known to the process that does them, until it ends; what a plan left is kept."""
    work = _works(request).find(job_id)
    if work is None or work.who != _who(request):
        raise Problem(404, "There is no such job.")
    return Job(**_told(work))


def _planned(place: Workspace, changes: list[str], progress: Progress) -> Any:
    from passend.flow.planning import make_plan  # noqa: PLC0415 - heavy; the server is there at once without it

    made = make_plan(place, progress, changes=changes, made_at=utc_now())
    return asdict(made) if is_dataclass(made) else made


def _works(request: Request) -> Works:
    works: Works = request.app.state.works
    return works


def _who(request: Request) -> str:
    return f"key/{request.state.key.id}"


def _told(work: Work) -> dict[str, Any]:
    state = "running" if work.ended_at is None else "failed" if work.problem else "done"
    return {
        "id": work.id, "work": next(name for name, title in _TITLES.items() if title == work.title),
        "state": state, "steps": list(work.steps), "done": work.done, "total": work.total,
        "result": plain(jsonable_encoder(work.result)), "problem": work.problem and work.problem.what,
        "remedy": work.problem and work.problem.remedy, "began_at": work.began_at.isoformat(),
        "ended_at": work.ended_at and work.ended_at.isoformat(),
    }  # fmt: skip
