"""Customers: search, and one customer: what they have, need and are offered, what happened, consent, export, erase."""

import json
from typing import Annotated, Any

from fastapi import Form, Request
from pydantic import BaseModel, StringConstraints
from starlette.responses import Response

from passend.campaigns.consent.standing import Question
from passend.decisions.rules import load_rules
from passend.errors import InvalidInput
from passend.flow.campaigns.opening import utc_now
from passend.flow.consents import SPOKEN_OF, Said, explain_all, note_word
from passend.flow.finding import find_customers
from passend.flow.identity import Merge
from passend.flow.lookup import find_customer
from passend.flow.merging import merge_customers, merged_into
from passend.flow.persons import erase_person, export_person
from passend.flow.rules_file import rules_text
from passend.flow.serving.work import Work
from passend.flow.timeline import timeline
from passend.flow.treating import WORDS, Decision, treat
from passend.language import phrase
from passend.store.audit import written
from passend.web.pages import go_to, is_part, page
from passend.web.rooms.room import Erases, Line, Room, SeesPersons, TreatsPersons, room_router
from passend.web.visits import Visit
from passend.web.working import begin

router = room_router()
ROOM = Room("Customers", "/customers", "persons", router, "customers")
_MOST = 50
Words = Annotated[str, StringConstraints(max_length=400)]
#: Channels of which consent is told; text messages where the firm sends them.
_CHANNELS = ("email", "onsite", "desk", "phone")
#: Lines of the timeline that are shown at once.
_LATEST = 30


@router.get("/customers")
def customers(request: Request, visit: SeesPersons) -> Response:
    """The search, before anybody is searched."""
    return page(request, "customers/customers.html.j2", found=None, wanted="", total=_total(visit))


@router.post("/customers")
def search(request: Request, visit: SeesPersons, wanted: Line = "") -> Response:
    """Customers whose number, name or address hold the words. A form, so that no name stands in an address."""
    found = find_customers(visit.workspace(), wanted, _MOST)
    template = "customers/list.html.j2" if is_part(request) else "customers/customers.html.j2"
    return page(request, template, found=found, wanted=wanted, total=_total(visit))


@router.get("/customers/{token}")
def customer(request: Request, visit: SeesPersons, token: str, done: str = "") -> Response:
    """One customer."""
    place, number = visit.workspace(), visit.uncover(token)
    rules, now = load_rules(rules_text(place)), utc_now()
    sends_texts = bool(place.settings.text("sms.url"))
    channels = (*_CHANNELS, "sms") if sends_texts else _CHANNELS
    found, store = find_customer(place, number), visit.desk.store
    told = explain_all(place, store, rules, number, [Question(channel, now) for channel in channels])
    return page(
        request, "customers/customer.html.j2", found=found, consents=list(zip(channels, told, strict=True)),
        token_of=token, words=WORDS, done=done, merged=merged_into(place, number), latest=_LATEST,
        lines=timeline(place, store, number, told[0].words),
        spoken_of=[one for one in SPOKEN_OF if one != "sms" or sends_texts],
    )  # fmt: skip


@router.post("/customers/{token}/treat")
def decide(visit: TreatsPersons, token: str, verdict: Line, reason: Line) -> Response:
    """A person's word on how the customer is treated."""
    treat(visit.workspace(), Decision(visit.uncover(token), verdict, reason, visit.name, utc_now()))
    _note(visit, "treatment decided", token)
    return go_to(f"/customers/{token}", "treated")


@router.post("/customers/{token}/word")
def hear(visit: TreatsPersons, token: str, channel: Line, says: Line, how: Line) -> Response:
    """What the customer told us of contacts: yes or no, on a channel or on all, and how it was said."""
    if says not in {"yes", "no"}:
        raise InvalidInput("Choose whether the customer agrees or objects.", remedy="Go back and try again.")
    said = Said(visit.uncover(token), channel, says == "yes", how)
    note_word(visit.workspace(), visit.desk.store, said, visit.name, utc_now())
    _note(visit, "consent noted" if said.is_given else "objection noted", token, channel=channel)
    return go_to(f"/customers/{token}", "heard")


@router.post("/customers/{token}/merge")
def merge(request: Request, visit: TreatsPersons, token: str, other: Line, reason: Line) -> Response:
    """Make another number one customer with this one, in every table."""
    return _merged(
        request, visit, token, Merge(visit.uncover(token), other, "merge", reason, visit.name, utc_now())
    )


class Parting(BaseModel):
    """A merge that is taken back."""

    first: Words
    other: Words
    reason: Words


@router.post("/customers/{token}/part")
def part(request: Request, visit: TreatsPersons, token: str, told: Annotated[Parting, Form()]) -> Response:
    """Take a merge back: they are two again."""
    word = Merge(told.first, told.other, "part", told.reason, visit.name, utc_now())
    return _merged(request, visit, token, word)


def _merged(request: Request, visit: Visit, token: str, word: Merge) -> Response:
    place, said = visit.workspace(), "merged" if word.action == "merge" else "parted"

    def task(work: Work) -> str:
        stands = merge_customers(place, word, work)
        _note(visit, said, token)
        return stands

    return begin(request, visit, "Merging customers", task, f"/customers/{token}?done={said}")


@router.post("/customers/{token}/export")
def export(visit: Erases, token: str) -> Response:
    """Everything that is stored of the customer, as a file that says first what it is."""
    rows, now = export_person(visit.workspace(), visit.uncover(token)), utc_now()
    _note(visit, "exported", token)
    about = phrase(
        "This is all that is stored here of one customer, as of {day:d}. Below, each table stands under its name, "
        "with a list of its rows; amounts are in cents or the smallest unit of their currency, times in UTC.",
        day=now,
    )
    text = json.dumps({"about": about, **rows}, ensure_ascii=False, indent=1, default=str)
    headers = {"content-disposition": f'attachment; filename="customer-{now:%Y-%m-%d}.json"'}
    return Response(text, headers=headers, media_type="application/json")


@router.get("/customers/{token}/erase")
def erase_page(request: Request, visit: Erases, token: str) -> Response:
    """What erasing would do, before it is done."""
    rows = export_person(visit.workspace(), visit.uncover(token))
    counts: list[tuple[str, Any]] = [(name, len(found)) for name, found in sorted(rows.items())]
    return page(request, "customers/erase.html.j2", counts=counts, token_of=token)


@router.post("/customers/{token}/erase")
def erase(request: Request, visit: Erases, token: str, sure: Line = "") -> Response:
    """Erase the customer everywhere, for good."""
    if sure != "yes":
        raise InvalidInput("Nothing was erased: the box was not ticked.", remedy="Go back and tick it.")
    erased = erase_person(visit.workspace(), visit.uncover(token))
    _note(visit, "erased", token)
    return page(request, "customers/erased.html.j2", counts=sorted(erased.items()))


def _note(visit: Visit, what: str, token: str, **details: str) -> None:
    """In the audit log, which must not name an erased customer."""
    with visit.desk.store.change() as connection:
        written(connection, utc_now(), visit.name, what, f"customer/{token[:16]}", details=details)


def _total(visit: Visit) -> int:
    stored = visit.workspace().manifest.tables.get("customer_facts")
    return stored.rows if stored else 0
