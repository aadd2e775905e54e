"""What engineers and analysts look at: products, plans, results, campaigns; and drafts of campaigns."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from passend.api.access import Needs, TheDesk
from passend.api.once import once
from passend.api.receiving import Name
from passend.flow.campaigns.opening import apply, utc_now
from passend.flow.campaigns.publishing import impact
from passend.flow.campaigns.running import read_once
from passend.flow.campaigns.telling import progress, why
from passend.flow.lookup import find_product
from passend.flow.serving.looking import page_of, plain, state

router = APIRouter(tags=["looking"])
After = Annotated[int, Query(ge=0, le=10**9)]
Limit = Annotated[int, Query(ge=1, le=500)]


class Draft(BaseModel):
    """A campaign as its file says it."""

    name: Name
    yaml: str = Field(min_length=1, max_length=100_000)


@router.get("/v1/state", dependencies=[Depends(Needs("products"))])
def the_state(desk: TheDesk) -> dict[str, Any]:
    """Which tables there are, and how large."""
    return state(desk.workspace())


@router.get("/v1/products/{product_id}", dependencies=[Depends(Needs("products"))])
def product(product_id: Name, desk: TheDesk) -> Any:
    """A product with its relations, and what does not fit it."""
    return plain(find_product(desk.workspace(), product_id))


@router.get("/v1/tables/{table}", dependencies=[Depends(Needs("products"))])
def products_table(
    table: Literal["products", "relations", "misfits"], desk: TheDesk, after: After = 0, limit: Limit = 100
) -> dict[str, Any]:
    """Rows of a table about products, a page at a time: ``next`` is the cursor of the following page."""
    return page_of(desk.workspace(), table, after, limit)


@router.get("/v1/results/{table}", dependencies=[Depends(Needs("results"))])
def results_table(
    table: Literal["plans", "funnel", "limits", "effects", "goals", "scorecard"], desk: TheDesk,
    after: After = 0, limit: Limit = 100,
) -> dict[str, Any]:  # fmt: skip
    """Plans and what offers really added, a page at a time."""
    return page_of(desk.workspace(), table, after, limit)


@router.get("/v1/campaigns", dependencies=[Depends(Needs("campaigns"))])
def campaigns(desk: TheDesk) -> Any:
    """How far the campaigns are."""
    return [_told(one) for one in progress(desk.store, utc_now())]


@router.get("/v1/campaigns/{name}", dependencies=[Depends(Needs("campaigns"))])
def campaign(name: Name, desk: TheDesk) -> Any:
    """How far one campaign is."""
    return _told(next(iter(progress(desk.store, utc_now(), name))))


@router.get("/v1/campaigns/{name}/customers/{customer_id}", dependencies=[Depends(Needs("persons"))])
def why_not(name: Name, customer_id: Name, desk: TheDesk) -> Any:
    """What became of a customer in a campaign, and the record that says so."""
    return why(desk.store, desk.workspace(), name, customer_id)


@router.post("/v1/campaigns/drafts", dependencies=[Depends(Needs("drafts"))])
def draft(told: Draft, desk: TheDesk, request: Request) -> Response:
    """Keep a campaign as draft: nothing changes for customers until a person publishes it in the command line."""
    read = read_once(told.yaml, told.name)
    who = f"key/{request.state.key.id}"
    return once(request, told, lambda: {"changed": apply(desk.store, [read], who, utc_now())})


@router.get("/v1/campaigns/{name}/impact", dependencies=[Depends(Needs("campaigns"))])
def draft_impact(name: Name, desk: TheDesk) -> dict[str, Any]:
    """What publishing the draft would do; the token for it is told to people alone."""
    told = asdict(impact(desk.store, name))
    return plain({key: value for key, value in told.items() if key != "token"})  # type: ignore[no-any-return]


def _told(one: Any) -> Any:
    return {
        **vars(one),
        "steps": [[*key, count] for key, count in one.steps.items()],
        "unclear": len(one.unclear),
    }
