"""Where people are logged in: kept on the server, so that it can be ended there.

A cookie holds 256 random bits; the store keeps their fingerprint. Each login makes new ones: what a browser brought
along before is never taken over.
"""

import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, or_, select, update

from passend.flow.access.users import DEMO, User, add_user, disable_user, user_of
from passend.flow.serving.keys import fingerprint
from passend.store import Store
from passend.store.audit import written
from passend.store.users import SessionRow, UserRow

IDLE = timedelta(hours=8)
LONGEST = timedelta(days=7)
#: A page call is noted at most so often: reading must not write each time.
_NOTED = timedelta(minutes=1)


def begin_session(
    store: Store, user: User, now: datetime, *, instead_of: str = "", by: str = ""
) -> str:  # fmt: skip
    """Log a person in; returns what the cookie holds. Sessions that are over are swept.

    Args:
        store: keeps the session.
        user: who logged in.
        now: UTC.
        instead_of: what the browser's cookie held until now; it opens nothing any more.
        by: whose word it was, where it was no password.
    """
    secret = secrets.token_urlsafe(32)
    with store.change() as connection:
        over = or_(
            SessionRow.seen_at < now - IDLE,
            SessionRow.began_at < now - LONGEST,
            SessionRow.fingerprint == fingerprint(instead_of),
        )
        connection.execute(delete(SessionRow).where(over))
        values = {"fingerprint": fingerprint(secret), "user_id": user.id, "began_at": now, "seen_at": now}
        connection.execute(insert(SessionRow).values(**values))
        written(
            connection, now, user.name, "logged in", f"user/{user.name}", details={"by": by} if by else None
        )
    return secret


def find_session(store: Store, secret: str, now: datetime) -> User | None:
    """Whose session this is, if it holds now."""
    mark = fingerprint(secret)
    with store.read() as connection:
        row = connection.execute(
            select(UserRow.__table__, SessionRow.seen_at)
            .join(SessionRow, SessionRow.user_id == UserRow.id)
            .where(
                SessionRow.fingerprint == mark,
                SessionRow.seen_at >= now - IDLE,
                SessionRow.began_at >= now - LONGEST,
                UserRow.disabled_at.is_(None),
            )
        ).first()
    if row is None:
        return None
    if now - row.seen_at > _NOTED:
        with store.change() as connection:
            connection.execute(update(SessionRow).where(SessionRow.fingerprint == mark).values(seen_at=now))
    return user_of(row)


def end_session(store: Store, secret: str) -> None:
    """Log out."""
    with store.change() as connection:
        connection.execute(delete(SessionRow).where(SessionRow.fingerprint == fingerprint(secret)))


def form_token(secret: str) -> str:
    """What a form of this session carries; another one on each page, so that its length tells nothing."""
    nonce = secrets.token_hex(8)
    return f"{nonce}.{_mark(secret, nonce)}"


def is_form_token(secret: str, token: str) -> bool:
    """Whether a form comes from a page of this session."""
    nonce, _, mark = token.partition(".")
    return token.isascii() and bool(nonce) and hmac.compare_digest(_mark(secret, nonce), mark)


def demo_user(store: Store, now: datetime) -> User:
    """The manager of a demo, who has no password and is logged in on this computer alone."""
    with store.read() as connection:
        row = connection.execute(select(UserRow.__table__).where(UserRow.name == DEMO)).first()
    if row is None:
        return add_user(store, DEMO, "", "manager", who=DEMO, now=now)
    if row.disabled_at is not None:
        with store.change() as connection:
            connection.execute(update(UserRow).where(UserRow.name == DEMO).values(disabled_at=None))
    return user_of(row)


def end_demo(store: Store, now: datetime) -> None:
    """Log the demo's manager out for good, where passend serves in earnest."""
    with store.read() as connection:
        found = select(UserRow.id).where(UserRow.name == DEMO, UserRow.disabled_at.is_(None))
        is_there = connection.execute(found).scalar() is not None
    if is_there:
        disable_user(store, DEMO, who=DEMO, now=now)


def _mark(secret: str, nonce: str) -> str:
    return hmac.new(secret.encode(), f"form/{nonce}".encode(), "sha256").hexdigest()[:40]
