"""Keys: made by the administrator, told once, changed, ended."""

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from passend.api.access import Needs, TheDesk
from passend.api.problems import Problem
from passend.api.receiving import Name
from passend.flow.campaigns.opening import utc_now
from passend.flow.serving.keys import (
    ROLES,
    NewKey,
    list_keys,
    make_key,
    revoke_key,
    rotate_key,
)
from passend.flow.serving.signed_customers import signing_secret

router = APIRouter(tags=["keys"])
_NEEDS = [Depends(Needs("keys"))]


class Wanted(BaseModel):
    """A key to be made: by role, or by scopes."""

    name: Name
    role: str | None = Field(default=None, max_length=40)
    scopes: list[Name] = Field(default_factory=list, max_length=30)
    origins: list[Name] = Field(default_factory=list, max_length=30)


@router.get("/v1/keys", dependencies=_NEEDS)
def all_keys(desk: TheDesk) -> list[dict[str, object]]:
    """All keys, without their secrets."""
    return list_keys(desk.store)


@router.post("/v1/keys", status_code=201, dependencies=_NEEDS)
def new_key(wanted: Wanted, desk: TheDesk, request: Request) -> dict[str, object]:
    """Make a key; its secret is told now and never again, so this call cannot be replayed."""
    if wanted.role is not None and wanted.role not in ROLES:
        raise Problem(422, f"There is no role '{wanted.role}': {', '.join(ROLES)}.")
    scopes = wanted.scopes or ROLES.get(wanted.role or "", frozenset())
    who = f"key/{request.state.key.id}"
    return _told(desk, make_key(desk.store, wanted.name, scopes, who, utc_now(), origins=wanted.origins))


@router.post("/v1/keys/{key_id}/rotation", status_code=201, dependencies=_NEEDS)
def rotate(key_id: Name, desk: TheDesk, request: Request) -> dict[str, object]:
    """A new secret for a key; the old one still holds for a day."""
    return _told(desk, rotate_key(desk.store, key_id, f"key/{request.state.key.id}", utc_now()))


@router.delete("/v1/keys/{key_id}", status_code=204, dependencies=_NEEDS)
def revoke(key_id: Name, desk: TheDesk, request: Request) -> Response:
    """End a key; within five seconds it opens nothing any more."""
    revoke_key(desk.store, key_id, f"key/{request.state.key.id}", utc_now())
    return Response(status_code=204)


def _told(desk: TheDesk, new: NewKey) -> dict[str, object]:
    told: dict[str, object] = {
        "id": new.key.id, "secret": new.secret, "kind": new.key.kind, "scopes": sorted(new.key.scopes)
    }  # fmt: skip
    if new.key.kind == "public":
        told["signing_secret"] = signing_secret(desk.signer, new.key.id)
    return told
