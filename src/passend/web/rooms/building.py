"""The builder: a campaign as form and as file, with what it would do beside it while it is written."""

from dataclasses import replace
from typing import Annotated
from urllib.parse import quote

from fastapi import Query, Request
from pydantic import BaseModel, StringConstraints
from starlette.responses import Response

from passend.campaigns import findings, insist, parse_campaign
from passend.campaigns.editing import HOWS, UNITS, length_of, time_of
from passend.campaigns.example import example
from passend.campaigns.forms import CampaignForm, filled, form_of, rearranged
from passend.campaigns.recipes import Recipe, recipe_of
from passend.campaigns.schema import QUESTIONS, TRIGGERS, Kind
from passend.errors import PassendError
from passend.flow.campaigns.fitting_recipes import fitted
from passend.flow.campaigns.opening import draft_of, hold_out_of, utc_now
from passend.flow.campaigns.planning import preview
from passend.flow.campaigns.publishing import save_draft
from passend.flow.campaigns.telling import progress
from passend.flow.campaigns.ways import without_way
from passend.flow.campaigns.wording import Shown, insist_on_words
from passend.flow.segments import SIGNS, segment, segments
from passend.language import chosen, phrase, word
from passend.store.shelf import pools_of
from passend.web.journey_editor import LONGEST, Editor, acted, carried, opened, shown, wrong_of
from passend.web.journeys import ASKED, BY, Journey, Standing, drawn, named
from passend.web.pages import POLICY, go_to, is_part, page
from passend.web.rooms.campaigns import framed, router, shown_of
from passend.web.rooms.room import Drafts, Room, SeesPersons, Typed
from passend.web.rules_said import columns, rows_of, rules_of
from passend.web.shown_mails import ShownMails
from passend.web.visits import Visit

#: The builder's pages are the campaigns' own.
ROOM = Room("Campaigns", "/campaigns", "campaigns", router, "campaigns")
#: Rules of an audience that the form has room for.
_RULES = 12
#: Fields of the form that are times: a number and a unit.
_LENGTHS = ("after", "within", "caps_within", "again_after")
#: The view of the builder in which steps are put together.
JOURNEY = "journey"
#: Channels on which a step sends by itself.
SENT = ("email", "sms", "onsite", "audience")
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
        usual = example(word("new campaign"), chosen())
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
def edit(request: Request, name: str, visit: Drafts, view: Words = "") -> Response:
    """A campaign that is kept already."""
    text = draft_of(visit.desk.store, name).written
    return _steps(request, visit, opened(text)) if view == JOURNEY else _builder(request, visit, text)


@router.post("/campaigns/steps")
def steps(request: Request, visit: Drafts, given: Typed, do: Words = "") -> Response:
    """The journey after a step was added, changed, linked anew or taken out, or the file was written in."""
    asked = {**given, "do": do or given.get("do-now", "") or given.get("do", "")}
    standing = _standing(visit, given.get("base", ""))
    waits = standing.waits if standing else {}
    return _steps(request, visit, acted(asked, chosen(), waits, utc_now()), asked["do"])


@router.post("/campaigns/build")
def build(request: Request, visit: Drafts, given: Typed) -> Response:
    """Keep the campaign as draft, go to its journey or back, or rearrange the blocks of a mail."""
    what, _, rest = given.get("do", "").partition("|")
    is_journey = given.get("view") == JOURNEY
    try:
        text = _text(given)
        if what == "view" and rest == JOURNEY:
            return _steps(request, visit, replace(opened(text), past=carried(given).past))
        if what in {"up", "down", "remove", "add"}:
            step, _, number = rest.partition("|")
            added = given.get(f"add|{step}", "text")
            place = int(number) if number.isdecimal() else 0
            pool = next(iter(_pools(visit)), "")
            return _builder(
                request, visit, rearranged(text, step, added if what == "add" else what, place, pool)
            )
        if what == "keep":
            kept = parse_campaign(text)
            save_draft(visit.desk.store, kept, visit.name, utc_now())
            return go_to(f"/campaigns/at/{quote(kept.name, safe='')}", "kept")
        form_of(text)
    except PassendError as problem:
        if is_journey:
            made = acted({**given, "do": ""}, chosen(), {}, utc_now())
            wrong = made.wrong or wrong_of(made.text, problem)
            return _steps(request, visit, replace(made, wrong=wrong), status=422)
        return _builder(request, visit, given.get("base", ""), problem, 422)
    return _builder(request, visit, text, back=given.get("back", ""))


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
        return page(request, "campaigns/look.html.j2", seen=None, found=(), problem=problem, missing={})
    return page(
        request,
        "campaigns/look.html.j2",
        seen=seen,
        found=findings(read),
        problem=None,
        missing=without_way(workspace, read.channels),
    )


@router.post("/campaigns/mails")
def mails(request: Request, _visit: Drafts, persons: SeesPersons, given: Typed) -> Response:
    """The mails of the campaign of the form to five customers, before it is kept."""
    kept: ShownMails = request.app.state.mails
    found: list[Shown] = []
    key, name, problem = "", "", None
    try:
        text = _text(given)
        read = parse_campaign(text)
        insist(read)
        insist_on_words(read)
        name, found = read.name, shown_of(request, persons, read)[1]
        key = kept.remember(text)
    except PassendError as raised:
        problem = raised
    made = page(
        request,
        "campaigns/mails.html.j2",
        422 if problem else 200,
        mails=found,
        key=key,
        name=name,
        problem=problem,
    )
    made.headers["content-security-policy"] = f"{POLICY}; frame-src 'self'"
    return made


@router.get("/campaigns/mails/{key}/{number}")
def mail_shown(request: Request, key: str, number: int, visit: SeesPersons) -> Response:
    """One of these mails."""
    kept: ShownMails = request.app.state.mails
    text = kept.remembered(key)
    return framed(shown_of(request, visit, parse_campaign(text))[1] if text is not None else [], number)


def _text(given: dict[str, str]) -> str:
    """The file: as it was written there, where somebody wrote in it; with the fields of the page in it."""
    base = given.get("base", "")[:LONGEST].replace("\r", "")
    if given.get("view") == JOURNEY:
        made = acted({**given, "do": ""}, chosen(), {}, utc_now())
        return made.typed
    given = dict(given)
    if "column|0" in given:
        given["rules"] = rules_of(given, _RULES)
    for name in _LENGTHS:
        if f"{name}-unit" in given:
            given[name] = time_of(given.get(name, "").strip(), given[f"{name}-unit"])
    if "budget" in given:
        given["budget"] = given["budget"].replace(",", ".")
    return filled(base, given)


def _builder(
    request: Request, visit: Visit, text: str, problem: PassendError | None = None, status: int = 200,
    *, back: str = "",
) -> Response:  # fmt: skip
    try:
        form = form_of(text)
    except PassendError as raised:
        form, problem, status = CampaignForm({}), problem or raised, 422
    rules, more = rows_of(form.fields.get("rules", ""))
    return page(
        request,
        "campaigns/builder.html.j2",
        status,
        form=form,
        rules=[*rules, *[("", "", "")] * max(1, min(2, _RULES - len(rules)))][:_RULES],
        more_rules=more,
        lengths={name: length_of(form.fields.get(name, "")) for name in _LENGTHS},
        units=UNITS,
        columns=columns(),
        signs=SIGNS,
        text=text,
        back=back,
        problem=problem,
        triggers=[(one, phrase("joined the audience") if one == "joined" else word(one)) for one in TRIGGERS],
        journey=_journey(text),
        pools=_pools(visit),
        programme=hold_out_of(visit.workspace()).share,
        segments=[(one.file, one.name) for one in segments(visit.workspace())],
    )


def _pools(visit: Visit) -> list[str]:
    with visit.desk.store.read() as connection:
        return pools_of(connection)


def _steps(request: Request, visit: Visit, editor: Editor, do: str = "", *, status: int = 200) -> Response:
    """The journey's page; for htmx its parts alone, those that changed."""
    seen = shown(editor, _standing(visit, editor.text))
    return page(
        request, "campaigns/steps_part.html.j2" if is_part(request) else "campaigns/steps.html.j2", status,
        editor=editor, seen=seen, do=do.partition("|")[0], kinds=list(Kind), units=UNITS, hows=HOWS,
        asked=[(one, word(ASKED[one])) for one in QUESTIONS], sent=[(one, word(BY[one])) for one in SENT],
        named=lambda ways: " / ".join(map(named, ways)),
    )  # fmt: skip


def _standing(visit: Visit, text: str) -> Standing | None:
    """Where the people of the campaign are; None where it does not run."""
    try:
        name = form_of(text).fields["name"]
        state = progress(visit.desk.store, utc_now(), name)[0] if name else None
    except PassendError:
        return None
    if state is None:
        return None
    return Standing(state.steps, state.waits) if state.version else None


def _journey(text: str) -> Journey | None:
    """The picture of the file's steps; none while they cannot be read."""
    try:
        return drawn(parse_campaign(text))
    except PassendError:
        return None
