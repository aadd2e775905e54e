"""Who is let in by the firm's account: the person whom the provider names, matched with an account here.

A person is known by the provider's own number (``sub``), which never changes hands. The first time it is the e-mail
address that matches, and only one that the provider has verified: whoever may type an address there must not become its
owner here.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from passend.errors import NotLetIn
from passend.flow.access.sign_on import SignOn
from passend.flow.access.users import User, new_user, set_role, user_of
from passend.flow.serving.keys import fingerprint
from passend.store import Store
from passend.store.audit import written
from passend.store.users import SignOnRow, SignOnTryRow, UserRow

#: A login at the provider may take so long.
HOLDS = timedelta(minutes=10)
WHO = "sso"
_LONGEST = 255


def begin_try(store: Store, secret: str, wanted: str, now: datetime) -> None:
    """Remember that a login begins in the browser whose cookie holds this; those too old are swept."""
    row = SignOnTryRow
    with store.change() as connection:
        connection.execute(delete(row).where(row.began_at < now - HOLDS))
        connection.execute(insert(row).values(fingerprint=fingerprint(secret), wanted=wanted, began_at=now))


def end_try(store: Store, secret: str, expected: str, state: str, now: datetime) -> str:
    """The page that a browser wanted which comes back from the provider; each login comes back once.

    Raises:
        NotLetIn: it was not begun in this browser, too long ago, or has come back already.
    """
    row, wanted = SignOnTryRow, None
    if secret and hmac.compare_digest(expected.encode(), state.encode()):
        this = row.fingerprint == fingerprint(secret)
        with store.change() as connection:
            found = select(row.wanted).where(this, row.began_at >= now - HOLDS)
            wanted = connection.execute(found).scalar()
            if connection.execute(delete(row).where(this)).rowcount != 1:
                wanted = None
    if wanted is None:
        raise NotLetIn(
            "This login was not begun in this browser, took too long, or was used already.",
            remedy="Start again from the login page.",
        )
    return wanted


def admit(store: Store, sign_on: SignOn, claims: Mapping[str, Any], now: datetime) -> User:
    """The account of the person whom the provider names; made, linked, and given its role as is set.

    Raises:
        NotLetIn: nobody here is this person, or they may not come in; the audit log tells why.
    """
    try:
        return _admitted(store, sign_on, claims, now)
    except NotLetIn as problem:
        with store.change() as connection:
            who = str(claims.get("email") or claims["sub"])[:_LONGEST]
            written(connection, now, WHO, "login refused", f"user/{who}", details={"reason": problem.what})
        raise


def unlink(store: Store, name: str, *, who: str, now: datetime) -> None:
    """Forget which account at the provider is this person's; the next login matches by e-mail address again."""
    with store.change() as connection:
        user_id = connection.execute(select(UserRow.id).where(UserRow.name == name)).scalar()
        if connection.execute(delete(SignOnRow).where(SignOnRow.user_id == user_id)).rowcount:
            written(connection, now, who, "firm's account unlinked", f"user/{name}")


def linked_names(store: Store) -> set[str]:
    """Who has logged in by the firm's account."""
    with store.read() as connection:
        joined = select(UserRow.name).join(SignOnRow, SignOnRow.user_id == UserRow.id)
        return set(connection.execute(joined).scalars())


def has_shown_factor(sign_on: SignOn, claims: Mapping[str, Any]) -> bool:
    """Whether the provider has asked for a second factor, and its word on it counts."""
    ways = claims.get("amr")
    return sign_on.trusts_factor and isinstance(ways, list) and "mfa" in ways


def _admitted(store: Store, sign_on: SignOn, claims: Mapping[str, Any], now: datetime) -> User:
    subject, email = str(claims["sub"]), _email(sign_on, claims)
    role = sign_on.role_of(claims)
    if sign_on.roles and not role:
        if not sign_on.makes_viewers:
            raise NotLetIn(
                "The firm's provider counts you among none of the groups that may use passend.",
                remedy="Ask those who run the provider to add you to one.",
            )
        role = "viewer"
    with store.change() as connection:
        row = _linked(connection, sign_on, subject) or _matching(connection, sign_on, email)
        if row is None and not sign_on.makes_viewers:
            raise NotLetIn(
                f"Nobody has let '{email}' in yet.",
                remedy="Ask an administrator to let you in, with this address as your name.",
            )
        if row is not None and row.disabled_at is not None:
            raise NotLetIn("Your account here is locked out.", remedy="Ask an administrator.")
        user = (
            new_user(connection, email, None, role or "viewer", who=WHO, now=now)
            if row is None
            else user_of(row)
        )
        _link(connection, sign_on, subject, user, now)
    if role and role != user.role:
        set_role(store, user.name, role, who=WHO, now=now)
        user = User(user.id, user.name, role, user.language, user.theme)
    return user


def _email(sign_on: SignOn, claims: Mapping[str, Any]) -> str:
    """The person's address, as names are kept here."""
    told = str(claims.get("email") or "").strip()
    email = told.lower()
    name, at, domain = email.rpartition("@")
    # Judged as told: some foreign letters become those of somebody else when they are made small.
    if not (name and at and domain and told.isascii() and told.isprintable() and " " not in told):
        raise NotLetIn(
            "The firm's provider tells no e-mail address of you.",
            remedy="Ask those who run the provider to tell it to passend (scope email).",
        )
    if claims.get(sign_on.verified_claim) not in (True, "true", "1"):
        raise NotLetIn(
            f"The firm's provider has not verified that '{email}' is yours.",
            remedy="Confirm the address there, or ask those who run the provider.",
        )
    if sign_on.domains and domain not in sign_on.domains:
        raise NotLetIn(
            f"Addresses of '{domain}' are not let in here.",
            remedy="Log in with your address of the firm.",
        )
    return email


def _linked(connection: Connection, sign_on: SignOn, subject: str) -> Any:
    asked = select(UserRow.__table__).join(SignOnRow, SignOnRow.user_id == UserRow.id)
    asked = asked.where(SignOnRow.issuer == sign_on.issuer, SignOnRow.subject == subject)
    return connection.execute(asked).first()


def _matching(connection: Connection, sign_on: SignOn, email: str) -> Any:
    """The account whose name is the address; not one that somebody else of the provider has already."""
    row = connection.execute(select(UserRow.__table__).where(UserRow.name == email)).first()
    if row is None:
        return None
    taken = select(SignOnRow.subject).where(SignOnRow.issuer == sign_on.issuer, SignOnRow.user_id == row.id)
    if connection.execute(taken).first() is not None:
        raise NotLetIn(
            f"The account '{email}' belongs to somebody else who had this address at the firm's provider.",
            remedy="Ask an administrator to unlink it, if it is yours now.",
        )
    return row


def _link(connection: Connection, sign_on: SignOn, subject: str, user: User, now: datetime) -> None:
    known = select(SignOnRow.user_id).where(SignOnRow.issuer == sign_on.issuer, SignOnRow.subject == subject)
    if connection.execute(known).first() is None:
        connection.execute(
            insert(SignOnRow).values(issuer=sign_on.issuer, subject=subject, user_id=user.id, made_at=now)
        )
        written(connection, now, WHO, "firm's account linked", f"user/{user.name}")
