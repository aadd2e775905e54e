"""Keys of the interface: made, told once, found again by their fingerprint, changed with the old one still good.

A key holds 256 random bits. Nobody can guess through those, so its fingerprint is a plain SHA-256: a slow password hash
would add nothing to them and cost 50 ms a call.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, insert, or_, select, update

from passend.errors import InvalidInput, StoreError
from passend.store import Store
from passend.store.audit import written
from passend.store.doors import KeyRow

#: What each role may do; the one place that says so. A key has these scopes, or some of them.
ROLES: dict[str, frozenset[str]] = {
    "shop": frozenset({"recommend", "events", "catalogue", "customers"}),
    "viewer": frozenset({"products", "campaigns", "results"}),
    "staff": frozenset({"products", "campaigns", "results", "customers", "persons"}),
    "manager": frozenset(
        {
            "recommend",
            "products",
            "campaigns",
            "drafts",
            "results",
            "customers",
            "persons",
            "consents",
            "data",
            "edits",
            "plans",
            "publish",
            "assumptions",
        }
    ),
}
SCOPES: dict[str, str] = {
    "recommend": "ask for recommendations",
    "events": "tell what happens in the shop",
    "catalogue": "tell products, prices and stock",
    "customers": "tell and name customers: offers, hold-out",
    "persons": "read personal data",
    "consents": "record and read consents",
    "products": "read products and relations",
    "campaigns": "read campaigns",
    "drafts": "prepare campaigns that people approve",
    "results": "read results",
    "data": "bring data in",
    "edits": "forbid, pin and correct relations",
    "plans": "make plans",
    "publish": "approve, start and stop campaigns",
    "assumptions": "change what the firm assumes",
    "erase": "export and erase a person",
    "keys": "make and revoke keys",
}
ROLES["administrator"] = frozenset(SCOPES)
#: All that a key in a shop's pages may ever do.
PUBLIC = frozenset({"recommend"})
GRACE = timedelta(hours=24)


@dataclass(frozen=True)
class Key:
    """Who calls.

    Attributes:
        id: shows in logs; opens nothing.
        kind: secret or public.
        scopes: what it may do.
        origins: pages from which a public key may be used.
        expires_at: when it ends by itself; none for one that holds until it is revoked.
    """

    id: str
    name: str
    kind: str
    scopes: frozenset[str]
    origins: frozenset[str] = frozenset()
    expires_at: datetime | None = None

    def may(self, scope: str) -> bool:
        """Whether it may do this."""
        return scope in self.scopes

    def has_ended(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True)
class NewKey:
    """A key that was just made; ``secret`` is told now and never again."""

    key: Key
    secret: str


def make_key(
    store: Store, name: str, scopes: Iterable[str], who: str, now: datetime, *, origins: Iterable[str] = ()
) -> NewKey:
    """Make a key. One with origins is public: it may stand in a shop's pages and asks for recommendations alone.

    Raises:
        InvalidInput: a scope does not exist, or a public key would do more than ask.
    """
    wanted, pages = frozenset(scopes), frozenset(one.rstrip("/") for one in origins)
    unknown = sorted(wanted - frozenset(SCOPES))
    if unknown or not wanted:
        raise InvalidInput(
            f"There is no scope '{', '.join(unknown)}'.", remedy=f"Choose from: {', '.join(sorted(SCOPES))}."
        )
    if pages and not wanted <= PUBLIC:
        raise InvalidInput(
            "A key that stands in a shop's pages can only ask for recommendations.",
            remedy="Give it the scope recommend, or make a secret key without origins.",
        )
    kind = "public" if pages else "secret"
    made = Key(secrets.token_hex(6), name, kind, wanted, pages)
    return _keep(store, made, secrets.token_urlsafe(32), (who, now))


def _keep(store: Store, key: Key, random: str, by: tuple[str, datetime]) -> NewKey:
    who, now = by
    secret = f"{'pk' if key.kind == 'public' else 'sk'}_{random}"
    with store.change() as connection:
        connection.execute(
            insert(KeyRow).values(
                id=key.id, fingerprint=fingerprint(secret), name=key.name, kind=key.kind,
                scopes=" ".join(sorted(key.scopes)), origins=" ".join(sorted(key.origins)), created_at=now,
                created_by=who, expires_at=None, revoked_at=None,
            )
        )  # fmt: skip
        written(connection, now, who, "made", f"key/{key.id}", details={"name": key.name})
    return NewKey(key, secret)


def find_key(store: Store, secret: str, now: datetime) -> Key | None:
    """The key that this is, if it is one that holds now."""
    with store.read() as connection:
        row = connection.execute(_holding(now).where(KeyRow.fingerprint == fingerprint(secret))).first()
    return None if row is None else _key(row)


def keys_that_hold(store: Store, now: datetime) -> dict[str, Key]:
    """All keys that hold now, by their fingerprint."""
    with store.read() as connection:
        return {row.fingerprint: _key(row) for row in connection.execute(_holding(now))}


def _holding(now: datetime) -> Select[Any]:
    ends = or_(KeyRow.expires_at.is_(None), KeyRow.expires_at > now)
    return select(KeyRow.__table__).where(KeyRow.revoked_at.is_(None), ends)


def list_keys(store: Store) -> list[dict[str, object]]:
    """All keys without their secrets, the latest first."""
    with store.read() as connection:
        rows = connection.execute(
            select(KeyRow.__table__).order_by(KeyRow.created_at.desc(), KeyRow.id)
        ).all()
    return [
        {
            "id": row.id, "name": row.name, "kind": row.kind, "scopes": row.scopes.split(),
            "origins": row.origins.split(), "created_at": row.created_at, "created_by": row.created_by,
            "expires_at": row.expires_at, "revoked_at": row.revoked_at,
        }
        for row in rows
    ]  # fmt: skip


def rotate_key(store: Store, key_id: str, who: str, now: datetime, grace: timedelta = GRACE) -> NewKey:
    """A new key in place of one, which still holds for the time of grace.

    Raises:
        StoreError: there is no such key, or it was revoked.
    """
    with store.change() as connection:
        row = connection.execute(
            select(KeyRow.__table__).where(KeyRow.id == key_id, KeyRow.revoked_at.is_(None))
        ).first()
        if row is None:
            raise _unknown(key_id)
        connection.execute(update(KeyRow).where(KeyRow.id == key_id).values(expires_at=now + grace))
        written(connection, now, who, "rotated", f"key/{key_id}")
    old = _key(row)
    new = Key(secrets.token_hex(6), old.name, old.kind, old.scopes, old.origins)
    return _keep(store, new, secrets.token_urlsafe(32), (who, now))


def revoke_key(store: Store, key_id: str, who: str, now: datetime) -> None:
    """End a key at once.

    Raises:
        StoreError: there is no such key, or it was revoked already.
    """
    with store.change() as connection:
        done = connection.execute(
            update(KeyRow).where(KeyRow.id == key_id, KeyRow.revoked_at.is_(None)).values(revoked_at=now)
        )
        if not done.rowcount:
            raise _unknown(key_id)
        written(connection, now, who, "revoked", f"key/{key_id}")


DEMO_PUBLIC, DEMO_SECRET = "pk_demo-passend-demo", "sk_demo-passend-demo"


def make_demo_keys(store: Store, origins: Iterable[str], now: datetime) -> None:
    """The two keys that everybody knows, for trying out on one's own computer."""
    for secret, scopes, pages in (
        (DEMO_PUBLIC, PUBLIC, frozenset(origins)),
        (DEMO_SECRET, frozenset(SCOPES), ()),
    ):
        if find_key(store, secret, now) is None:
            kind, random = ("public" if pages else "secret"), secret[3:]
            key = Key(f"demo-{secrets.token_hex(4)}", "demo", kind, scopes, frozenset(pages))
            _keep(store, key, random, ("demo", now))


def demo_keys_hold(store: Store, now: datetime) -> bool:
    """Whether one of the keys that everybody knows opens this firm's doors."""
    return any(find_key(store, secret, now) is not None for secret in (DEMO_PUBLIC, DEMO_SECRET))


def revoke_demo_keys(store: Store, now: datetime) -> None:
    """End the keys that everybody knows."""
    for secret in (DEMO_PUBLIC, DEMO_SECRET):
        found = find_key(store, secret, now)
        if found is not None:
            revoke_key(store, found.id, "demo", now)


def _key(row: object) -> Key:
    told = row._mapping  # type: ignore[attr-defined]  # noqa: SLF001 - the public name of a row's columns
    return Key(
        told["id"], told["name"], told["kind"], frozenset(told["scopes"].split()),
        frozenset(told["origins"].split()), told["expires_at"],
    )  # fmt: skip


def fingerprint(secret: str) -> str:
    """By which a key, or another long secret, is known again."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _unknown(key_id: str) -> StoreError:
    return StoreError(f"There is no key '{key_id}' that holds.", remedy="List them: passend keys list")
