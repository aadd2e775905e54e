"""Who may do what: the key of a call, its scope, its page of origin, and how often."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from starlette.types import Scope

from passend.api.problems import Problem
from passend.flow.serving.desk import Desk
from passend.flow.serving.keys import Key

#: Wrong keys that one address may try in a minute.
WRONG_KEYS = 30
_ADDRESSES = 50_000
_LONGEST_KEY = 100


@dataclass
class Bucket:
    """How often somebody may call: so many a minute, and so many at once."""

    per_minute: int
    left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, who: str, clock: float) -> bool:
        """Whether one more call fits."""
        left, before = self.left.pop(who, (float(self.per_minute), clock))
        left = min(self.per_minute, left + (clock - before) * self.per_minute / 60)
        self.left[who] = (max(left - 1, 0.0), clock)
        if len(self.left) > _ADDRESSES:
            self.left.popitem(last=False)
        return left >= 1

    def is_empty(self, who: str, clock: float) -> bool:
        """Whether no further call fits; asking takes nothing."""
        left, before = self.left.get(who, (float(self.per_minute), clock))
        return left + (clock - before) * self.per_minute / 60 < 1


class Door:
    """Opens to keys.

    Args:
        desk: knows the keys.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._hops = desk.settings.whole("serve.proxy_hops")
        self._visitors = Bucket(desk.settings.whole("serve.visitor_calls_per_minute"))
        self._servers = Bucket(desk.settings.whole("serve.key_calls_per_minute"))
        self._wrong = Bucket(WRONG_KEYS)

    def caller(self, call: Scope, scope: str, secret: str = "") -> Key:
        """The key of a call.

        Args:
            call: as ASGI gives it.
            scope: what the key must allow.
            secret: the key where it does not stand in the header.

        Raises:
            Problem: there is no key, it may not do this, not from there, or not so often.
        """
        clock = time.monotonic()
        origin = b""
        for name, value in call["headers"]:
            if name == b"authorization" and value[:7].lower() == b"bearer ":
                secret = value[7:].strip().decode("latin-1")
            elif name == b"origin":
                origin = value
        key = self._known(call, secret, clock)
        if key.kind == "public":
            if origin.decode("latin-1").rstrip("/") not in key.origins:
                raise Problem(403, "This key may not be used from this page.")
            fits = self._visitors.take(self.address(call), clock)
        else:
            fits = self._servers.take(key.id, clock)
        if not fits:
            raise Problem(429, "Too many calls.", {"Retry-After": "1"})
        if not key.may(scope):
            raise Problem(403, f"This key lacks the scope '{scope}'.")
        call["state"]["key"] = key
        return key

    def _known(self, call: Scope, secret: str, clock: float) -> Key:
        needed = {"WWW-Authenticate": "Bearer"}
        if not secret or len(secret) > _LONGEST_KEY:
            raise Problem(401, "A key is needed: Authorization: Bearer sk_...", needed)
        key = self.desk.known_key(secret)
        if key is not None:
            return key
        address = self.address(call)
        if self._wrong.is_empty(address, clock):  # the store is not asked for each guess
            raise Problem(429, "Too many wrong keys.", {"Retry-After": "60"})
        key = self.desk.key(secret)
        if key is None:
            self._wrong.take(address, clock)
            raise Problem(401, "This key does not hold.", needed)
        return key

    def address(self, call: Scope) -> str:
        """Of the caller; behind trusted proxies, what the outermost of them saw."""
        peer: str = call["client"][0] if call.get("client") else ""
        if not self._hops:
            return peer
        said = b",".join(value for name, value in call["headers"] if name == b"x-forwarded-for")
        chain = [one.strip() for one in said.decode("latin-1").split(",") if one.strip()]
        return chain[-self._hops] if len(chain) >= self._hops else peer


class Needs:
    """A route that needs a scope; the test of roles reads it from here."""

    def __init__(self, scope: str) -> None:
        self.scope = scope

    def __call__(self, request: Request) -> Key:
        """The key of the call."""
        door: Door = request.app.state.door
        return door.caller(request.scope, self.scope)


def the_desk(request: Request) -> Desk:
    """What the answers of this process come from."""
    desk: Desk = request.app.state.desk
    return desk


TheDesk = Annotated[Desk, Depends(the_desk)]
