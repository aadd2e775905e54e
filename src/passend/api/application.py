"""The application, put together: routes, guard, problems."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from passend import __version__
from passend.api import (
    calls,
    customer_pages,
    events,
    jobs,
    keys,
    looking,
    persons,
    placements,
    receiving,
    recommending,
    watching,
    widget,
)
from passend.api.access import Door
from passend.api.guard import Guard
from passend.api.problems import tell_problems
from passend.api.recommending import HotRoute, is_hot
from passend.api.tags import Tags
from passend.flow.serving.desk import Desk
from passend.flow.serving.work import Works

ROUTERS = (
    recommending.router, events.router, receiving.router, persons.router, looking.router, keys.router, watching.router,
    widget.router, customer_pages.router, jobs.router, calls.router, placements.router,
)  # fmt: skip


class Application(FastAPI):
    """All routes; the one that is asked most stands before everything that the framework does for the others."""

    hot: HotRoute | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call."""
        if self.hot is not None and is_hot(scope):
            await self.hot(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def make_application(desk: Desk, roomy: Mapping[str, int] | None = None) -> Application:
    """The application of one process.

    Args:
        desk: what answers come from.
        roomy: paths that take more bytes than others, and how many.
    """
    app = Application(
        title="passend", version=__version__, description="Sell what fits.", docs_url=None, redoc_url=None,
        openapi_url="/openapi.json",
    )  # fmt: skip
    app.state.desk = desk
    app.state.door = Door(desk)
    app.state.meters = watching.Meters()
    app.state.works = Works()
    for router in ROUTERS:
        app.include_router(router)
    tell_problems(app)
    most = desk.settings.whole("serve.body_kb") * 1024
    app.add_middleware(Tags)
    app.add_middleware(Guard, meters=app.state.meters, most_bytes=most, roomy=roomy or {})
    deadline = desk.settings.whole("serve.deadline_ms") / 1000
    app.hot = HotRoute(app.state.door, app.state.meters, deadline)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3.1 with the key, and the scope of each route."""
    if app.openapi_schema is None:
        told = FastAPI.openapi(app)
        told["paths"][recommending.PATH] = {"post": recommending.DESCRIBED}
        parts = told.setdefault("components", {})
        parts.setdefault("schemas", {}).update({**recommending.SCHEMAS, **events.SCHEMAS})
        parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        told["security"] = [{"key": []}]
        app.openapi_schema = told
    return app.openapi_schema
