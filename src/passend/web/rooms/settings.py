"""Settings: one's own account, people, keys, what the firm assumes, and who changed what."""

from collections.abc import Mapping
from time import monotonic
from typing import Annotated, Any

from fastapi import Form, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from passend.channels.links.signing import signer_of
from passend.errors import InvalidInput
from passend.flow.access.admitting import linked_names, unlink
from passend.flow.access.second_factor import (
    address_of,
    begin_second_factor,
    confirm_second_factor,
    end_second_factor,
    has_second_factor,
    names_with_factor,
    takes_code,
)
from passend.flow.access.sessions import begin_session
from passend.flow.access.users import (
    DEMO,
    PEOPLE,
    User,
    add_user,
    disable_user,
    enable_user,
    has_password,
    knows_password,
    list_users,
    set_password,
    set_role,
    user_named,
)
from passend.flow.campaigns.opening import utc_now
from passend.flow.campaigns.replaying import failed_calls, replay
from passend.flow.changes import MESSAGE, list_changes
from passend.flow.serving.keys import PUBLIC, ROLES, SCOPES, list_keys, make_key, revoke_key, rotate_key
from passend.flow.serving.signed_customers import signing_secret
from passend.language import phrase, word
from passend.web.pages import go_to, page
from passend.web.rooms.room import Anybody, KeepsKeys, Line, Publishes, room_router
from passend.web.visits import carry_session

router = room_router()
After = Annotated[int, Query(ge=0, le=10**9)]
_PAGE = 100
#: What the log of changes is about, as its subjects begin.
_SUBJECTS = ("campaign", "segment", "user", "key", "setting", "customer")


@router.get("/settings")
def account(request: Request, visit: Anybody, done: str = "") -> Response:
    """One's own account."""
    return _account(request, visit, done=done)


@router.post("/settings/password")
def password(request: Request, visit: Anybody, old: Line, new: Line) -> Response:
    """A new password of one's own; whoever is logged in elsewhere is not any more."""
    store, now = visit.desk.store, utc_now()
    user = knows_password(store, visit.name, old)
    if user is None:
        raise InvalidInput("The present password is another one.", remedy="Go back and try again.")
    set_password(store, visit.name, new, who=visit.name, now=now, keeps_factor=True)
    answer = go_to("/settings", "password")
    carry_session(request, answer, begin_session(store, user, now))
    return answer


@router.post("/settings/factor")
def begin_factor(request: Request, visit: Anybody, old: Line) -> Response:
    """Begin a second factor; whoever found an open browser does not know the password."""
    user = knows_password(visit.desk.store, visit.name, old)
    if user is None:
        raise InvalidInput("The present password is another one.", remedy="Go back and try again.")
    import segno  # noqa: PLC0415 - for this one picture

    secret = begin_second_factor(visit.desk.store, visit.desk.signer, user)
    picture = segno.make(address_of(secret, user.name)).svg_data_uri(border=2, light="#fff")
    letters = " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))
    return _account(request, visit, secret=letters, picture=picture)


@router.post("/settings/factor/confirm")
def confirm_factor(request: Request, visit: Anybody, code: Line) -> Response:
    """Turn the second factor on; the recovery codes are shown on this page and never again."""
    codes = confirm_second_factor(visit.desk.store, visit.desk.signer, _person(visit), code, utc_now())
    return _account(request, visit, codes=codes)


@router.post("/settings/factor/end")
def end_factor(request: Request, visit: Anybody, code: Line) -> Response:
    """Turn the second factor off, by a code of it."""
    store, who, now = visit.desk.store, _person(visit), utc_now()
    if not request.app.state.logins[0].take(f"code|{who.id}", monotonic()):
        raise InvalidInput("Too many tries.", remedy="Wait a minute.")
    if not takes_code(store, visit.desk.signer, who, code, now):
        raise InvalidInput("This code does not hold, or was used already.", remedy="Go back and try again.")
    end_second_factor(store, who, visit.name, now)
    return go_to("/settings")


def _account(request: Request, visit: Anybody, **more: Any) -> Response:
    scopes = [says for name, says in SCOPES.items() if visit.may(name)]
    has_factor = visit.user is not None and has_second_factor(visit.desk.store, visit.user.id)
    knows_one = visit.user is not None and has_password(visit.desk.store, visit.user.id)
    given = {"done": "", "codes": (), "secret": "", **more}
    return page(
        request, "settings/account.html.j2", scopes=scopes, is_demo=visit.name == DEMO, has_factor=has_factor,
        has_password=knows_one, **given,
    )  # fmt: skip


def _person(visit: Anybody) -> User:
    if visit.user is None or visit.name == DEMO:
        raise InvalidInput("The demo has no account of its own.", remedy="Make an account first.")
    return visit.user


@router.get("/settings/people")
def people(request: Request, visit: KeepsKeys, done: str = "") -> Response:
    """Who may log in."""
    found = list_users(visit.desk.store)
    provider, store = request.app.state.provider, visit.desk.store
    return page(
        request, "settings/people.html.j2", people=found, roles=PEOPLE, done=done, linked=linked_names(store),
        factors=names_with_factor(store), sign_on=provider.sign_on if provider else None,
    )  # fmt: skip


@router.post("/settings/people")
def add(request: Request, visit: KeepsKeys, name: Line, role: Line, secret: Line = "") -> Response:
    """Let somebody in; where the firm's accounts are known, also without a password here."""
    password = secret if secret or request.app.state.provider is None else None
    add_user(visit.desk.store, name, password, role, who=visit.name, now=utc_now())
    return go_to("/settings/people", "added")


@router.post("/settings/people/change")
def change(visit: KeepsKeys, name: Line, what: Line, role: Line = "", secret: Line = "") -> Response:
    """Another role, another password, no second factor, another account of the firm, out, or in again."""
    store, who, now = visit.desk.store, visit.name, utc_now()
    if what == "role":
        set_role(store, name, role, who=who, now=now)
    elif what == "password":
        set_password(store, name, secret, who=who, now=now)
    elif what == "disable":
        disable_user(store, name, who=who, now=now)
    elif what == "enable":
        enable_user(store, name, who=who, now=now)
    elif what == "factor":
        end_second_factor(store, user_named(store, name), who, now)
    elif what == "unlink":
        unlink(store, name, who=who, now=now)
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


@router.get("/settings/changes")
def changes(request: Request, visit: KeepsKeys, after: After = 0, subject: str = "") -> Response:
    """Who changed what."""
    rows = list_changes(visit.desk.store, _PAGE, after, subject)
    kinds = [("", phrase("everything")), *((f"{kind}/", word(kind)) for kind in _SUBJECTS)]
    kinds.append((MESSAGE, phrase("answers at the desk")))
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
