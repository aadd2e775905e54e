"""What if: other limits typed in, the plan under them beside the plan as it is, and the way to put them in force."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Form, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from passend.errors import InvalidRules
from passend.flow.campaigns.opening import utc_now
from passend.flow.ruling import put_in_force
from passend.flow.trying import Limits, limits_in_force, what_if, wrong_changes
from passend.language import joined, money, phrase, plain_number, retold, share, typed_number, word
from passend.language.figures import restyled
from passend.language.typed import is_percent
from passend.vocabulary import minor_units
from passend.web.pages import go_to, page
from passend.web.rooms.decisions import router
from passend.web.rooms.room import Plans, Room
from passend.web.visits import Visit
from passend.web.working import begin, result_of

#: These pages are the decisions' own.
ROOM = Room("Decisions", "/decisions", "results", router, "decisions")
#: What can be tried out by form: name of the field -> rule.
TRIED = {
    "budget": "budget.money", "offers": "customer.most_offers", "gap": "customer.gap_days", "explore": "explore.share",
    "discount": "values.discount_share",
}  # fmt: skip
_CALLED = {
    "budget.money": "Money for contacts", "customer.most_offers": "Offers a customer gets at most",
    "customer.gap_days": "Days of peace after a contact", "explore.share": "Share drawn to learn",
    "values.discount_share": "Largest reduction",
}  # fmt: skip
_SHARES = {"explore", "discount"}


class Tried(BaseModel):
    """Rules to try; what is left empty stays as it is."""

    budget: str = Field("", max_length=20)
    offers: str = Field("", max_length=20)
    gap: str = Field("", max_length=20)
    explore: str = Field("", max_length=20)
    discount: str = Field("", max_length=20)
    more: str = Field("", max_length=1000)

    def changes(self) -> dict[str, list[str]]:
        """The rules that differ, by the field in which they were typed."""
        typed = {name: getattr(self, name).strip() for name in TRIED}
        found = {name: [f"{TRIED[name]}={_plain(name, value)}"] for name, value in typed.items() if value}
        return {**found, **({"more": self.more.split()} if self.more.strip() else {})}


def _plain(name: str, typed: str) -> str:
    """What was typed as rules are written: a share that is more than one can only be in per cent."""
    number = typed_number(typed)
    if name in _SHARES and number is not None and number > 1 and not is_percent(typed):
        return plain_number(f"{typed} %")
    return plain_number(typed)


@router.get("/decisions/what-if")
def what_if_page(request: Request, visit: Plans) -> Response:
    """What other rules would change; nothing is kept."""
    return _form(request, visit, Tried())  # type: ignore[call-arg]


@router.post("/decisions/what-if")
def try_out(request: Request, visit: Plans, tried: Annotated[Tried, Form()]) -> Response:
    """Try rules out; what cannot be comes back beside its field."""
    place, given = visit.workspace(), tried.changes()
    wrong = wrong_changes(place, given)
    if wrong or not given:
        return _form(
            request, visit, tried, {name: _told(name, one) for name, one in wrong.items()}, is_empty=not given
        )
    changes = [rule for rules in given.values() for rule in rules]
    return begin(
        request,
        visit,
        "Trying other rules",
        lambda work: what_if(place, changes, work),
        "/decisions/what-if/{id}",
    )


def _form(
    request: Request,
    visit: Visit,
    tried: Tried,
    wrong: dict[str, str] | None = None,
    *,
    is_empty: bool = False,
) -> Response:
    place = visit.workspace()
    return page(
        request, "decisions/what_if.html.j2", 422 if wrong or is_empty else 200, has_plan=place.has("plans"),
        given=tried, wrong=dict.fromkeys((*TRIED, "more"), "") | (wrong or {}), is_empty=is_empty,
        now=_now(limits_in_force(place)),
    )  # fmt: skip


def _now(limits: Limits) -> dict[str, str]:
    """What the limits are now, as people type them."""
    return {
        "budget": phrase("no limit") if limits.budget is None else restyled(f"{limits.budget:g}"),
        "offers": str(limits.offers),
        "gap": str(limits.gap),
        "explore": share(limits.explore),
        "discount": share(limits.discount),
    }


def _told(name: str, problem: InvalidRules) -> str:
    """Why a value cannot be, beside its field: what the field takes; of rules that were written, all of it."""
    if name in TRIED:
        return retold(problem.remedy or problem.what)
    return " ".join(retold(one) for one in (problem.what, problem.remedy or "") if one)


@router.get("/decisions/what-if/{number}")
def tried_out(request: Request, visit: Plans, number: str) -> Response:
    """What came out."""
    return _came_out(request, visit, number)


@router.post("/decisions/what-if/{number}/keep")
def keep(request: Request, visit: Plans, number: str) -> Response:
    """Write what was tried into the firm's rules."""
    found = result_of(request, visit, number)
    try:
        wrong = put_in_force(visit.workspace(), visit.desk.store, found.changes, visit.name, utc_now())
    except InvalidRules as problem:
        return _came_out(request, visit, number, _told("more", problem))
    errors = [one for one in wrong if one.is_error]
    if errors:
        return _came_out(request, visit, number, joined([one.says for one in errors], " "))
    return go_to("/decisions/rules", "in-force")


def _came_out(request: Request, visit: Visit, number: str, problem: str = "") -> Response:
    found = result_of(request, visit, number)
    names = (phrase("As it is"), phrase("Tried out"))
    return page(
        request, "decisions/compared.html.j2", 422 if problem else 200, found=found, names=names, problem=problem,
        tried=_said(found.changes, found.after["currency"]), number=number,
    )  # fmt: skip


def _said(changes: Sequence[str], currency: str | None) -> list[tuple[str, str]]:
    """The rules that were tried, as people call them, and their values."""
    found = []
    for rule, _, value in (one.partition("=") for one in changes):
        number = typed_number(value)
        if rule.endswith("_share") or rule == "explore.share":
            value = share(float(number)) if number is not None else value  # noqa: PLW2901 - as people write it
        elif rule == "budget.money" and number is not None:
            value = money(float(number) * minor_units(currency), currency, is_round=True)  # noqa: PLW2901
        found.append((word(_CALLED[rule]) if rule in _CALLED else rule, value))
    return found
