"""Campaigns: how far they are, what holds them, recipes to begin with, and starting, pausing and stopping them."""

from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Query, Request
from starlette.responses import HTMLResponse, Response

from passend.campaigns import Campaign, findings
from passend.campaigns.recipes import TRADES, recipes
from passend.campaigns.schema import PULLED, PUSHED
from passend.errors import PassendError, StoreError
from passend.flow.campaigns.adapting import competing
from passend.flow.campaigns.deliveries import answers_of, latest_of
from passend.flow.campaigns.fitting_recipes import trades_of
from passend.flow.campaigns.opening import draft_of, hold_out_of, start, utc_now
from passend.flow.campaigns.planning import preview
from passend.flow.campaigns.publishing import approve, impact
from passend.flow.campaigns.steering import cancel, pause, resume, switch
from passend.flow.campaigns.telling import Progress, progress
from passend.flow.campaigns.ways import without_way
from passend.flow.campaigns.wording import Shown, examples_shown, send_test
from passend.flow.overview import stuck_by
from passend.language import chosen, phrase
from passend.web.journeys import Journey, Standing, drawn
from passend.web.pages import POLICY, go_to, page
from passend.web.rooms.room import Line, Publishes, SeesCampaigns, SeesPersons, room_router
from passend.web.shown_mails import Seen, ShownMails
from passend.web.visits import Visit

router = room_router()
#: Where the first message leaves later than that, the page says why.
_LONG = timedelta(days=1)
#: A mail in its frame: its own styles, pictures of the shop, and no script at all.
MAIL_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)


@router.get("/campaigns")
def campaigns(request: Request, visit: SeesCampaigns, done: str = "") -> Response:
    """All campaigns: state, people, messages, and the cause where one is stuck."""
    found = progress(visit.desk.store, utc_now())
    rows = [(one, stuck_by(one)) for one in found]
    off = next((one.stopped_by for one in found if one.stopped_by.startswith("all ")), "")
    return page(request, "campaigns/list.html.j2", rows=rows, off=off, done=done)


@router.get("/campaigns/recipes")
def gallery(request: Request, visit: SeesCampaigns) -> Response:
    """Campaigns to begin with: those of the firm's own trade, and behind a fold those of others, by trade."""
    own = trades_of(visit.workspace())
    found = {trade: [one for one in recipes() if one.trade == trade] for trade in TRADES}
    return page(request, "campaigns/recipes.html.j2", found=found, own=own, spoken=chosen())


@router.get("/campaigns/deliveries")
def deliveries(
    request: Request, visit: SeesPersons, campaign: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """What mail servers said to the messages, by code, and the latest word for word."""
    store = visit.desk.store
    names = [one.name for one in progress(store, utc_now())]
    return page(
        request, "campaigns/deliveries.html.j2", names=names, campaign=campaign,
        answers=answers_of(store, campaign), latest=latest_of(store, campaign),
    )  # fmt: skip


@router.get("/campaigns/at/{name}")
def campaign(request: Request, name: str, visit: SeesCampaigns, done: str = "") -> Response:
    """One campaign: what it would do, or how far it is."""
    return _campaign(request, visit, name, done=done)


def _campaign(
    request: Request, visit: Visit, name: str, *, done: str = "", problem: PassendError | None = None
) -> Response:
    store = visit.desk.store
    [state] = progress(store, utc_now(), name)
    draft = draft_of(store, name)
    change = impact(store, name) if state.has_draft else None
    seen, mails = shown_of(request, visit, draft) if visit.workspace().has("customer_facts") else (None, [])
    made = page(
        request, "campaigns/campaign.html.j2", 422 if problem else 200, state=state, stuck=stuck_by(state),
        draft=draft, change=change, seen=seen, mails=mails if visit.may("persons") else [], done=done,
        problem=problem, name_path=quote(name, safe=""), journey=_journey(draft, state),
        is_demo=request.app.state.demo, variants=competing(store, name, utc_now()),
        missing=without_way(visit.workspace(), draft.channels), **_standing(draft, state),
        is_empty=state.state == "running" and draft.trigger is None and not state.entered,
    )  # fmt: skip
    made.headers["content-security-policy"] = f"{POLICY}; frame-src 'self'"
    return made


@router.get("/campaigns/at/{name}/progress")
def campaign_progress(request: Request, name: str, visit: SeesCampaigns) -> Response:
    """How far a campaign is: the part of its page that is looked at again and again while it runs."""
    [state] = progress(visit.desk.store, utc_now(), name)
    draft = draft_of(visit.desk.store, name)
    journey = _journey(draft, state)
    return page(
        request, "campaigns/progress.html.j2", state=state, journey=journey, **_standing(draft, state)
    )


def _standing(draft: Campaign, state: Progress) -> dict[str, Any]:
    """Where the messages of a campaign stand: its channels, and what the next one waits for where it takes long."""
    pushed = [one for one in draft.channels if one in PUSHED]
    pulled = [one for one in draft.channels if one in PULLED]
    is_long = state.next_wake is not None and state.next_wake > utc_now() + _LONG
    waits_for = ""
    if is_long and not state.contacts and state.state == "running":
        waits_for = phrase("Until then the steps and times of the journey let everybody wait.")
        if draft.trigger is not None and draft.trigger.after:
            waits_for = phrase(
                "The campaign speaks {days:n} days after what lets people in: {trigger:w}.",
                days=draft.trigger.after.days,
                trigger=draft.trigger.on,
            )
    return {"pushed": pushed, "pulled": pulled, "waits_for": waits_for}


def _journey(draft: Campaign, state: Progress) -> Journey:
    return drawn(draft, Standing(state.steps, state.waits) if state.version else None, findings(draft))


def shown_of(request: Request, visit: Visit, draft: Campaign) -> Seen:
    """What a draft would do, and the mails to its examples as they would leave."""
    workspace, now = visit.workspace(), utc_now()

    def make() -> Seen:
        seen = preview(workspace, draft, hold_out_of(workspace))
        sends = "email" in draft.channels
        return seen, examples_shown(workspace, visit.desk.store, draft, seen, now) if sends else []

    kept: ShownMails = request.app.state.mails
    settings = tuple(workspace.settings.items())
    return kept.of((workspace.manifest.number, settings, draft.written), now, make)


@router.get("/campaigns/at/{name}/mail/{number}")
def mail(request: Request, name: str, number: int, visit: SeesPersons) -> Response:
    """One mail as its customer would see it; it stands in a frame that runs nothing."""
    _, found = shown_of(request, visit, draft_of(visit.desk.store, name))
    return framed(found, number)


def framed(found: list[Shown], number: int) -> Response:
    """One of some mails, for a frame that runs nothing."""
    shown = found[number].mail if 0 <= number < len(found) else None
    headers = {"content-security-policy": MAIL_POLICY, "x-frame-options": "SAMEORIGIN"}
    return HTMLResponse(shown.content.html if shown else "", 200 if shown else 404, headers)


@router.post("/campaigns/test-mail")
def test_mail(request: Request, visit: Publishes, name: Line, address: Line) -> Response:
    """Send the first mail to somebody of the firm; where it does not leave, the campaign's page says why."""
    _, mails = shown_of(request, visit, draft_of(visit.desk.store, name))
    first = next((one.mail for one in mails if one.mail is not None), None)
    try:
        if first is None:
            raise StoreError(
                f"Campaign '{name}' has no mail to show.",
                remedy="It needs a step that sends by email, and customers whom it reaches.",
            )
        send_test(visit.workspace(), first, address)
    except PassendError as problem:
        return _campaign(request, visit, name, problem=problem)
    return go_to(f"/campaigns/at/{quote(name, safe='')}", "tested")


@router.post("/campaigns/act")
def act(visit: Publishes, name: Line, do: Line, token: Line = "", reason: Line = "") -> Response:
    """Approve, start, pause, resume or end a campaign, or let those enter who fit it only now."""
    store, who, now = visit.desk.store, visit.name, utc_now()
    if do == "approve":
        approve(store, name, token, who, now)
    elif do == "start":
        start(visit.workspace(), store, name, token, who, now=now)
    elif do == "enter":
        start(visit.workspace(), store, name, "", who, now=now)
    elif do == "pause":
        pause(store, name, who, reason, now)
    elif do == "resume":
        resume(store, name, who, now)
    elif do == "cancel":
        cancel(store, name, who, reason, now)
    else:
        raise StoreError(f"There is no action '{do}'.", remedy="Load the page again.")
    return go_to(f"/campaigns/at/{quote(name, safe='')}", do)


@router.post("/campaigns/switch")
def sending(visit: Publishes, do: Line, reason: Line = "") -> Response:
    """Stop all sending at once, or allow it again."""
    switch(visit.desk.store, "all", visit.name, reason, utc_now(), off=do == "off")
    return go_to("/campaigns", f"sending-{'off' if do == 'off' else 'on'}")
