"""Is it alive, is it ready, how fast is it: for people who run the server, and their Prometheus."""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

from fastapi import APIRouter, Depends, Request
from starlette.responses import PlainTextResponse, Response

from passend.api.access import Needs, TheDesk
from passend.api.problems import problem
from passend.errors import PassendError

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
router = APIRouter(tags=["watching"])


@dataclass
class Meters:
    """What was counted since the process began; no number of a customer is in it."""

    calls: Counter[tuple[str, int]] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, list[int]] = field(default_factory=dict)
    total: Counter[str] = field(default_factory=Counter)

    def called(self, route: str, status: int, seconds: float) -> None:
        """Count a call."""
        self.calls[route, status] += 1
        self.seconds.setdefault(route, [0] * (len(BOUNDS) + 1))[bisect_left(BOUNDS, seconds)] += 1
        self.total[route] += seconds  # type: ignore[assignment]  # Counter adds any numbers

    def text(self) -> str:
        """All of it as Prometheus reads it."""
        lines = ["# TYPE passend_calls_total counter"]
        lines += [
            f'passend_calls_total{{route="{route}",status="{status}"}} {count}'
            for (route, status), count in sorted(self.calls.items())
        ]
        lines.append("# TYPE passend_answers_total counter")
        lines += [f'passend_answers_total{{source="{name}"}} {n}' for name, n in sorted(self.answers.items())]
        lines.append("# TYPE passend_call_seconds histogram")
        for route, counts in sorted(self.seconds.items()):
            below = 0
            for bound, count in zip((*map(str, BOUNDS), "+Inf"), counts, strict=True):
                below += count
                lines.append(f'passend_call_seconds_bucket{{route="{route}",le="{bound}"}} {below}')
            lines.append(f'passend_call_seconds_sum{{route="{route}"}} {self.total[route]:.6f}')
            lines.append(f'passend_call_seconds_count{{route="{route}"}} {below}')
        return "\n".join(lines) + "\n"


@router.get("/health")
async def health() -> dict[str, str]:
    """The process is alive."""
    return {"status": "alive"}


@router.get("/ready", responses={503: {"description": "Not yet"}})
def ready(desk: TheDesk) -> Response:
    """It can answer: something is laid out, and the store is there."""
    if desk.present[0] is None:
        return problem(503, "Nothing is laid out for shops yet.", {"Retry-After": "2"})
    try:
        desk.is_reachable()
    except PassendError as error:
        return problem(503, error.what, {"Retry-After": "5"})
    return PlainTextResponse('{"status": "ready"}', media_type="application/json")


@router.get("/metrics", dependencies=[Depends(Needs("results"))], response_class=PlainTextResponse)
async def metrics(request: Request) -> PlainTextResponse:
    """Counts and times for Prometheus."""
    meters: Meters = request.app.state.meters
    return PlainTextResponse(meters.text(), media_type="text/plain; version=0.0.4")
