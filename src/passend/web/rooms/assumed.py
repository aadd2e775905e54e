"""What the firm assumes: settings in the units of people, changed on the page, and taken back there."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fastapi import Request
from starlette.responses import Response

from passend.errors import InvalidSetting
from passend.flow.assuming import (
    Assumption,
    assume,
    assume_former,
    assume_usual,
    assumptions,
    currency_of,
    former_value,
)
from passend.flow.campaigns.opening import utc_now
from passend.language import money_sign, phrase, retold, word
from passend.language.figures import restyled
from passend.settings import Value, allowed
from passend.vocabulary import minor_units
from passend.web.pages import go_to, page
from passend.web.rooms.firm import router
from passend.web.rooms.room import Assumes, Line, Room
from passend.web.visits import Visit

#: These pages are the settings' own.
ROOM = Room("Settings", "/settings", "", router, "settings")
HOME = "/settings/assumptions"


@dataclass(frozen=True)
class Shown:
    """One assumption as the page shows it; values as people type them.

    Attributes:
        one: the assumption.
        typed: what stands in its field.
        usual: the usual value with its unit; empty where that is empty.
        unit: behind the field.
        choices: what it can be, where these are a few words: (value, words).
        problem: why what was typed cannot be; empty where nothing is wrong.
    """

    one: Assumption
    typed: str
    usual: str
    unit: str
    choices: tuple[tuple[str, str], ...] = ()
    problem: str = ""


@router.get(HOME)
def assumed(request: Request, visit: Assumes, done: str = "") -> Response:
    """What the firm assumes."""
    return _page(request, visit, done=done)


@router.post(HOME)
def change_assumption(request: Request, visit: Assumes, name: Line, value: Line) -> Response:
    """Assume something else; what cannot be comes back beside its field."""
    try:
        assume(visit.workspace(), visit.desk.store, name, value, who=visit.name, now=utc_now())
    except InvalidSetting as problem:
        if not any(one.name == name for one in assumptions(visit.workspace())):
            raise
        return _page(request, visit, 422, wrong=(name, value, problem))
    return go_to(HOME, name)


@router.post(f"{HOME}/back")
def take_back(visit: Assumes, name: Line, to: Line = "usual") -> Response:
    """Go back to the usual value, or to the one before the last change."""
    back = assume_usual if to == "usual" else assume_former
    back(visit.workspace(), visit.desk.store, name, who=visit.name, now=utc_now())
    return go_to(HOME, name)


def _page(
    request: Request,
    visit: Visit,
    status: int = 200,
    *,
    done: str = "",
    wrong: tuple[str, str, Any] | None = None,
) -> Response:
    place = visit.workspace()
    currency = currency_of(place)
    found = [_shown(one, currency, wrong) for one in assumptions(place)]
    kept = next((one for one in found if one.one.name == done), None)
    former = former_value(visit.desk.store, done) if kept else None
    return page(
        request, "settings/assumptions.html.j2", status, known=[one for one in found if one.one.called],
        rest=[one for one in found if not one.one.called], kept=kept, wrong=wrong[0] if wrong else "",
        has_former=former is not None and kept is not None and former != kept.one.value,
    )  # fmt: skip


def _shown(one: Assumption, currency: str, wrong: tuple[str, str, Any] | None) -> Shown:
    unit = {"money": money_sign(currency) if currency else "", "days": word("days")}.get(one.unit, one.unit)
    usual = typed_of(one, one.usual, currency)
    shown = f"{usual}\N{NO-BREAK SPACE}{unit}" if unit and usual else usual
    is_wrong = wrong is not None and wrong[0] == one.name
    return Shown(
        one, wrong[1] if wrong and is_wrong else typed_of(one, one.value, currency), shown, unit, _choices(one),
        _problem(one, currency, unit, wrong[2]) if wrong and is_wrong else "",
    )  # fmt: skip


def typed_of(one: Assumption, value: Value | float, currency: str) -> str:
    """A value as people type it, in the assumption's unit."""
    if isinstance(value, bool):
        return word("yes" if value else "no")
    if not isinstance(value, int | float):
        return word(value)
    number = Decimal(str(value))
    if one.unit == "money":
        number /= minor_units(currency or None)
    elif one.unit == "%":
        number *= 100
    return restyled(f"{number.normalize():f}")


def _choices(one: Assumption) -> tuple[tuple[str, str], ...]:
    if one.setting.kind is bool:
        return (("true", word("yes")), ("false", word("no")))
    return tuple((choice, word(choice)) for choice in one.setting.choices)


def _problem(one: Assumption, currency: str, unit: str, problem: InvalidSetting) -> str:
    """What may be typed instead, in the words and the unit of the field."""
    low, high = one.setting.low, one.setting.high
    if problem.what.startswith("It is not clear"):
        return f"{retold(problem.what)} {retold(problem.remedy or '')}"
    if not one.is_number or low is None or high is None:
        return retold(f"It takes {allowed(one.setting)}.")
    span = (typed_of(one, low, currency), typed_of(one, high, currency))
    return phrase("Allowed is a number from {low} to {high}.", low=span[0], high=f"{span[1]} {unit}".strip())
