"""Decisions: the plan with its funnel, what limits it, what each offer is worth and why, what-if, and the rules."""

from functools import partial
from typing import Annotated

from fastapi import Form, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from passend.errors import PassendError
from passend.flow.campaigns.opening import utc_now
from passend.flow.plans import best_offers, compare_plans, list_plans, show_plan, what_if
from passend.flow.rules_file import check_rules
from passend.flow.ruling import keep_rules, rules_or_example
from passend.language import phrase, retold
from passend.web.pages import go_to, is_part, page
from passend.web.rooms.room import Line, Plans, Room, SeesPersons, SeesResults, room_router
from passend.web.working import begin, result_of, works_of

router = room_router()
ROOM = Room("Decisions", "/decisions", "results", router, "decisions")
Number = Annotated[int, Query(ge=0, le=10**6)]
#: What can be tried out by form: name of the field -> rule.
TRIED = {
    "budget": "budget.money", "offers": "customer.most_offers", "gap": "customer.gap_days", "explore": "explore.share",
    "discount": "values.discount_share",
}  # fmt: skip
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
    return page(request, "decisions/compared.html.j2", found=found, names=names)


@router.get("/decisions/what-if")
def what_if_page(request: Request, visit: Plans) -> Response:
    """What other rules would change; nothing is kept."""
    return page(request, "decisions/what_if.html.j2", has_plan=visit.workspace().has("plans"))


class Tried(BaseModel):
    """Rules to try; what is left empty stays as it is."""

    budget: str = Field("", max_length=20)
    offers: str = Field("", max_length=20)
    gap: str = Field("", max_length=20)
    explore: str = Field("", max_length=20)
    discount: str = Field("", max_length=20)
    more: str = Field("", max_length=1000)

    def changes(self) -> list[str]:
        """The rules that differ."""
        given = {rule: getattr(self, name).strip().replace(",", ".") for name, rule in TRIED.items()}
        return [*(f"{rule}={value}" for rule, value in given.items() if value), *self.more.split()]


@router.post("/decisions/what-if")
def try_out(request: Request, visit: Plans, tried: Annotated[Tried, Form()]) -> Response:
    """Try rules out."""
    place, changes = visit.workspace(), tried.changes()
    return begin(
        request,
        visit,
        "Trying other rules",
        lambda work: what_if(place, changes, work),
        "/decisions/what-if/{id}",
    )


@router.get("/decisions/what-if/{number}")
def tried_out(request: Request, visit: Plans, number: str) -> Response:
    """What came out."""
    names = (phrase("As it is"), phrase("Tried out"))
    found = result_of(request, visit, number)
    return page(request, "decisions/compared.html.j2", found=found, names=names)


@router.get("/decisions/rules")
def rules(request: Request, visit: Plans, done: str = "") -> Response:
    """The firm's rules of offers."""
    text, is_own = rules_or_example(visit.workspace())
    return page(request, "decisions/rules.html.j2", text=text, is_own=is_own, done=done, found=[], problem="")


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
    template = "decisions/findings.html.j2" if is_part(request) else "decisions/rules.html.j2"
    return page(request, template, text=text, is_own=True, done="checked", found=found, problem=problem)
