"""Decisions: the plan with its funnel, what limits it, what each offer is worth and why, and the rules."""

from functools import partial
from typing import Annotated, Any

from fastapi import Form, Query, Request
from starlette.responses import Response

from passend.errors import PassendError
from passend.flow.campaigns.opening import utc_now
from passend.flow.plans import best_offers, compare_plans, list_plans, show_plan
from passend.flow.rules_file import check_rules, used_channels
from passend.flow.ruling import former_rules, keep_rules, rules_or_example, take_back_rules
from passend.language import phrase, retold
from passend.web.pages import go_to, is_part, page
from passend.web.rooms.room import Line, Plans, SeesPersons, SeesResults, room_router
from passend.web.visits import Visit
from passend.web.working import begin, works_of

router = room_router()
Number = Annotated[int, Query(ge=0, le=10**6)]
_LONGEST = 100_000


@router.get("/decisions")
def decisions(request: Request, visit: SeesResults, plan: Number = 0) -> Response:
    """A plan, the latest where none is named."""
    place = visit.workspace()
    plans = list_plans(place) if place.has("plans") else []
    return page(
        request, "decisions/decisions.html.j2", plans=plans, plan=show_plan(place, plan or None) if plans else None,
        is_old=place.is_stale("offers"), has_orders=place.has("orders"), going_on=works_of(request).going_on(),
    )  # fmt: skip


@router.post("/decisions/plan")
def new_plan(request: Request, visit: Plans) -> Response:
    """Make a plan; it takes a while."""
    from passend.flow.planning import make_plan  # noqa: PLC0415 - heavy; pages are there at once without it

    place = visit.workspace()
    return begin(request, visit, "Making a plan", lambda work: make_plan(place, work), "/decisions")


@router.get("/decisions/offers")
def offers(request: Request, visit: SeesPersons, after: Number = 0) -> Response:
    """The offers that are worth most, each with the terms of its value."""
    rows = best_offers(visit.workspace(), 50, after)
    return page(request, "decisions/offers.html.j2", rows=rows, after=after, size=50)


@router.get("/decisions/compare")
def compare(request: Request, visit: SeesResults, first: Number, second: Number) -> Response:
    """Two plans side by side."""
    found = compare_plans(visit.workspace(), first, second)
    names = (phrase("Plan {plan}", plan=first), phrase("Plan {plan}", plan=second))
    return page(request, "decisions/compared.html.j2", found=found, names=names, problem="", tried=[])


@router.get("/decisions/rules")
def rules(request: Request, visit: Plans, done: str = "") -> Response:
    """The firm's rules of offers."""
    text, is_own = rules_or_example(visit.workspace())
    return _rules(request, visit, text=text, is_own=is_own, done=done)


@router.post("/decisions/rules/back")
def take_back(visit: Plans) -> Response:
    """Go back to the rules before their last change."""
    take_back_rules(visit.workspace(), visit.desk.store, visit.name, utc_now())
    return go_to("/decisions/rules", "back")


def _rules(request: Request, visit: Visit, **shown: Any) -> Response:
    """The page of the rules; for htmx what was found alone."""
    given = {"is_own": True, "found": [], "problem": "", **shown}
    if is_part(request):
        return page(request, "decisions/findings.html.j2", **given)
    place = visit.workspace()
    has_former = former_rules(place, visit.desk.store) is not None
    return page(
        request, "decisions/rules.html.j2", has_former=has_former, has_plan=place.has("plans"),
        used=used_channels(place), **given,
    )  # fmt: skip


@router.post("/decisions/rules")
def change_rules(
    request: Request, visit: Plans, text: Annotated[str, Form(max_length=_LONGEST)], check: Line = ""
) -> Response:
    """Check rules, and keep them unless they were only to be checked or something is wrong."""
    place, found, problem = visit.workspace(), [], ""
    try:
        ask = (
            check_rules
            if check
            else partial(keep_rules, store=visit.desk.store, who=visit.name, now=utc_now())
        )
        found = ask(place, text=text)
    except PassendError as error:
        problem = " ".join(retold(one) for one in (error.what, error.record or "", error.remedy or "") if one)
    if not check and not problem and not any(one.is_error for one in found):
        return go_to("/decisions/rules", "kept")
    return _rules(request, visit, text=text, done="checked", found=found, problem=problem)
