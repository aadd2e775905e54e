"""Settings: one's own account, people, keys, what the firm assumes, and who changed what."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Form, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from passend.channels.links.signing import signer_of
from passend.errors import InvalidInput
from passend.flow.access.sessions import begin_session
from passend.flow.access.users import (
    DEMO,
    PEOPLE,
    add_user,
    disable_user,
    enable_user,
    knows_password,
    list_users,
    set_password,
    set_role,
)
from passend.flow.assuming import assume, assumptions
from passend.flow.campaigns.opening import utc_now
from passend.flow.campaigns.replaying import failed_calls, replay
from passend.flow.changes import list_changes
from passend.flow.serving.keys import PUBLIC, ROLES, SCOPES, list_keys, make_key, revoke_key, rotate_key
from passend.flow.serving.signed_customers import signing_secret
from passend.language import phrase, word
from passend.language.figures import restyled
from passend.settings import Value
from passend.web.pages import go_to, page
from passend.web.rooms.room import Anybody, Assumes, KeepsKeys, Line, Publishes, room_router
from passend.web.visits import carry_session

router = room_router()
After = Annotated[int, Query(ge=0, le=10**9)]
_PAGE = 100
#: What the log of changes is about, as its subjects begin.
_SUBJECTS = ("campaign", "segment", "user", "key", "setting", "customer")


@router.get("/settings")
def account(request: Request, visit: Anybody, done: str = "") -> Response:
    """One's own account."""
    scopes = [says for name, says in SCOPES.items() if visit.may(name)]
    return page(request, "settings/account.html.j2", scopes=scopes, done=done, is_demo=visit.name == DEMO)


@router.post("/settings/password")
def password(request: Request, visit: Anybody, old: Line, new: Line) -> Response:
    """A new password of one's own; whoever is logged in elsewhere is not any more."""
    store, now = visit.desk.store, utc_now()
    user = knows_password(store, visit.name, old)
    if user is None:
        raise InvalidInput("The present password is another one.", remedy="Go back and try again.")
    set_password(store, visit.name, new, who=visit.name, now=now)
    answer = go_to("/settings", "password")
    carry_session(request, answer, begin_session(store, user, now))
    return answer


@router.get("/settings/people")
def people(request: Request, visit: KeepsKeys, done: str = "") -> Response:
    """Who may log in."""
    found = list_users(visit.desk.store)
    return page(request, "settings/people.html.j2", people=found, roles=PEOPLE, done=done)


@router.post("/settings/people")
def add(visit: KeepsKeys, name: Line, secret: Line, role: Line) -> Response:
    """Let somebody in."""
    add_user(visit.desk.store, name, secret, role, who=visit.name, now=utc_now())
    return go_to("/settings/people", "added")


@router.post("/settings/people/change")
def change(visit: KeepsKeys, name: Line, what: Line, role: Line = "", secret: Line = "") -> Response:
    """Another role, another password, out, or in again."""
    store, who, now = visit.desk.store, visit.name, utc_now()
    if what == "role":
        set_role(store, name, role, who=who, now=now)
    elif what == "password":
        set_password(store, name, secret, who=who, now=now)
    elif what == "disable":
        disable_user(store, name, who=who, now=now)
    elif what == "enable":
        enable_user(store, name, who=who, now=now)
    return go_to("/settings/people", "changed")


class NewKeyForm(BaseModel):
    """A key to be made."""

    name: str = Field(min_length=1, max_length=200)
    role: str = Field("", max_length=40)
    origin: str = Field("", max_length=200)


@router.get("/settings/keys")
def keys(request: Request, visit: KeepsKeys) -> Response:
    """The keys of programs."""
    return _keys(request, visit, "", "")


@router.post("/settings/keys")
def new_key(request: Request, visit: KeepsKeys, wanted: Annotated[NewKeyForm, Form()]) -> Response:
    """Make a key; it is shown on this page and never again."""
    origins = [one for one in wanted.origin.split() if one]
    scopes = PUBLIC if origins else ROLES.get(wanted.role, frozenset())
    made = make_key(visit.desk.store, wanted.name, scopes, visit.name, utc_now(), origins=origins)
    signing = signing_secret(signer_of(visit.desk.folder), made.key.id) if origins else ""
    return _keys(request, visit, made.secret, signing)


@router.post("/settings/keys/change")
def change_key(request: Request, visit: KeepsKeys, number: Line, what: Line) -> Response:
    """A new secret for a key, or its end."""
    if what == "rotate":
        return _keys(request, visit, rotate_key(visit.desk.store, number, visit.name, utc_now()).secret, "")
    revoke_key(visit.desk.store, number, visit.name, utc_now())
    return go_to("/settings/keys")


@router.get("/settings/assumptions")
def assumed(request: Request, visit: Assumes, done: str = "") -> Response:
    """What the firm assumes."""
    found = assumptions(visit.workspace())
    return page(request, "settings/assumptions.html.j2", found=found, done=done, usual=_usual)


def _usual(value: Value) -> str:
    """A setting's usual value as people write it."""
    if isinstance(value, bool):
        return word("yes" if value else "no")
    return restyled(str(value)) if isinstance(value, int | float) else word(value)


@router.post("/settings/assumptions")
def change_assumption(visit: Assumes, name: Line, value: Line) -> Response:
    """Assume something else."""
    assume(visit.workspace(), visit.desk.store, name, value, who=visit.name, now=utc_now())
    return go_to("/settings/assumptions", "changed")


@router.get("/settings/changes")
def changes(request: Request, visit: KeepsKeys, after: After = 0, subject: str = "") -> Response:
    """Who changed what."""
    rows = list_changes(visit.desk.store, _PAGE, after, subject)
    kinds = [("", phrase("everything")), *((f"{kind}/", word(kind)) for kind in _SUBJECTS)]
    if subject not in dict(kinds):
        kinds.append((subject, subject))
    return page(
        request, "settings/changes.html.j2", rows=rows, after=after, size=_PAGE, subject=subject, kinds=kinds
    )


@router.get("/settings/webhooks")
def webhooks(request: Request, visit: Publishes, before: After = 0) -> Response:
    """Calls that the firm's other systems did not take."""
    return _calls(request, visit, before, {})


@router.post("/settings/webhooks")
def call_again(request: Request, visit: Publishes, keys: Annotated[list[Line], Form()]) -> Response:
    """Make calls again."""
    return _calls(request, visit, 0, replay(visit.desk.store, keys[:_PAGE], visit.name, utc_now()))


def _calls(request: Request, visit: Publishes, before: int, told: Mapping[str, str]) -> Response:
    rows = failed_calls(visit.desk.store, before, _PAGE)
    queued = sum(not why for why in told.values())
    return page(
        request, "settings/webhooks.html.j2", rows=rows, told=told, queued=queued, size=_PAGE, before=before
    )


def _keys(request: Request, visit: KeepsKeys, secret: str, signing: str) -> Response:
    found = list_keys(visit.desk.store)
    roles = [one for one in ROLES if one != "administrator"] + ["administrator"]
    return page(request, "settings/keys.html.j2", keys=found, roles=roles, secret=secret, signing=signing)
