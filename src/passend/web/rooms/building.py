"""The builder: a campaign as form and as file, with what it would do beside it while it is written."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Query, Request
from pydantic import BaseModel, StringConstraints
from starlette.responses import Response

from passend.campaigns import findings, parse_campaign
from passend.campaigns.example import ONCE
from passend.campaigns.forms import CampaignForm, filled, form_of, rearranged
from passend.campaigns.recipes import Recipe, recipe_of
from passend.campaigns.schema import TRIGGERS
from passend.errors import PassendError
from passend.flow.campaigns.fitting_recipes import fitted
from passend.flow.campaigns.opening import draft_of, hold_out_of, utc_now
from passend.flow.campaigns.planning import preview
from passend.flow.campaigns.publishing import save_draft
from passend.flow.campaigns.wording import insist_on_words
from passend.flow.segments import segment, segments
from passend.language import chosen, phrase, word
from passend.web.journeys import Journey, drawn
from passend.web.pages import go_to, page
from passend.web.rooms.campaigns import router
from passend.web.rooms.room import Drafts, Room, Typed
from passend.web.visits import Visit

#: The builder's pages are the campaigns' own.
ROOM = Room("Campaigns", "/campaigns", "campaigns", router, "campaigns")
_LONGEST = 100_000
Words = Annotated[str, StringConstraints(max_length=200)]


class Beginning(BaseModel):
    """What a new campaign begins with."""

    recipe: Words = ""
    anchor: Words = ""
    offer: Words = ""
    segment: Words = ""


@router.get("/campaigns/new")
def new(request: Request, visit: Drafts, wanted: Annotated[Beginning, Query()]) -> Response:
    """A new campaign, from a recipe, for a segment, or from the usual beginning."""
    if not wanted.recipe:
        usual = ONCE.format(name="new")
        if wanted.segment:
            saved = segment(visit.workspace(), wanted.segment)
            usual = filled(usual, {"name": saved.name, "rules": "", "segment": saved.file})
        return _builder(request, visit, usual)
    taken = recipe_of(wanted.recipe)
    if taken.products and not (wanted.anchor or wanted.offer):
        return page(request, "campaigns/recipe.html.j2", recipe=taken, spoken=chosen(), problem=None)
    try:
        text = fitted(visit.workspace(), taken, chosen(), anchor=wanted.anchor, offer=wanted.offer)
    except PassendError as problem:
        return _asked_again(request, taken, problem)
    return _builder(request, visit, text)


def _asked_again(request: Request, taken: Recipe, problem: PassendError) -> Response:
    return page(request, "campaigns/recipe.html.j2", 422, recipe=taken, spoken=chosen(), problem=problem)


@router.get("/campaigns/edit/{name}")
def edit(request: Request, name: str, visit: Drafts) -> Response:
    """A campaign that is kept already."""
    return _builder(request, visit, draft_of(visit.desk.store, name).written)


@router.post("/campaigns/build")
def build(request: Request, visit: Drafts, given: Typed) -> Response:
    """Keep the campaign as draft, take the file over into the form, or rearrange the blocks of a mail."""
    try:
        text = _text(given)
        what, _, rest = given.get("do", "").partition("|")
        if what in {"up", "down", "remove", "add"}:
            step, _, number = rest.partition("|")
            added = given.get(f"add|{step}", "text")
            place = int(number) if number.isdecimal() else 0
            return _builder(request, visit, rearranged(text, step, added if what == "add" else what, place))
        if what == "keep":
            kept = parse_campaign(text)
            save_draft(visit.desk.store, kept, visit.name, utc_now())
            return go_to(f"/campaigns/at/{quote(kept.name, safe='')}", "kept")
        form_of(text)
    except PassendError as problem:
        return _builder(request, visit, given.get("text", "") or given.get("base", ""), problem, 422)
    return _builder(request, visit, text)


@router.post("/campaigns/look")
def look(request: Request, visit: Drafts, given: Typed) -> Response:
    """What the campaign of the form would do: whom it reaches, what it is worth, on which legal ground."""
    workspace = visit.workspace()
    try:
        read = parse_campaign(_text(given))
        wrong = [one for one in findings(read) if one.is_error]
        if not wrong:
            insist_on_words(read)
        seen = None if wrong else preview(workspace, read, hold_out_of(workspace))
    except PassendError as problem:
        return page(request, "campaigns/look.html.j2", seen=None, found=(), problem=problem, four_eyes=False)
    return page(
        request,
        "campaigns/look.html.j2",
        seen=seen,
        found=findings(read),
        problem=None,
        four_eyes=read.four_eyes,
    )


def _text(given: dict[str, str]) -> str:
    """The file: as it was written there, where that was asked for; else with the form's fields in it."""
    written = given.get("text", "")[:_LONGEST].replace("\r", "")
    if given.get("do") == "text":
        return written
    return filled(given.get("base", "")[:_LONGEST].replace("\r", ""), given)


def _builder(
    request: Request, visit: Visit, text: str, problem: PassendError | None = None, status: int = 200
) -> Response:
    try:
        form = form_of(text)
    except PassendError as raised:
        form, problem, status = CampaignForm({}), problem or raised, 422
    return page(
        request,
        "campaigns/builder.html.j2",
        status,
        form=form,
        text=text,
        problem=problem,
        triggers=[(one, phrase("joined the audience") if one == "joined" else word(one)) for one in TRIGGERS],
        journey=_journey(text),
        segments=[(one.file, one.name) for one in segments(visit.workspace())],
    )


def _journey(text: str) -> Journey | None:
    """The picture of the file's steps; none while they cannot be read."""
    try:
        return drawn(parse_campaign(text))
    except PassendError:
        return None
