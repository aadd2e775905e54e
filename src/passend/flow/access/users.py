"""Accounts of people: made, listed, changed, disabled. What a role may do stands with the keys' roles, in one place."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, delete, insert, select, update

from passend.errors import InvalidInput, StoreError
from passend.flow.serving.keys import ROLES
from passend.store import Store
from passend.store.audit import written
from passend.store.users import RecoveryRow, SecondFactorRow, SessionRow, UserRow

#: Roles that a person may have; a shop's program has a key instead.
PEOPLE = ("viewer", "staff", "manager", "administrator")
SHORTEST = 10
LONGEST = 200
DEMO = "demo"


@dataclass(frozen=True)
class User:
    """A person who is logged in.

    Attributes:
        id: shows in logs.
        name: by which the person logs in, and which the audit log names.
        role: decides what they may do.
        language: en, de or auto.
        theme: light, dark or auto.
    """

    id: str
    name: str
    role: str
    language: str = "auto"
    theme: str = "auto"

    def may(self, scope: str) -> bool:
        """Whether the person may do this."""
        return scope in ROLES[self.role]


def add_user(
    store: Store, name: str, password: str | None, role: str, *, who: str, now: datetime
) -> User:  # fmt: skip
    """Make an account; without a password for somebody who logs in by the firm's account alone.

    Raises:
        InvalidInput: the name is taken, the role does not exist, or the password is too short.
    """
    _check_role(role)
    is_demo = name == DEMO and who == DEMO
    hashed = None if is_demo or password is None else _hashed(password)
    with store.change() as connection:
        return new_user(connection, name, hashed, role, who=who, now=now)


def new_user(
    connection: Connection, name: str, hashed: str | None, role: str, *, who: str, now: datetime
) -> User:  # fmt: skip
    """The same within a change of the store, with a password that is hashed already.

    Raises:
        InvalidInput: the name is taken.
    """
    name = _the_name(name)
    made = User(secrets.token_hex(6), name, role)
    if connection.execute(select(UserRow.id).where(UserRow.name == name)).scalar() is not None:
        raise InvalidInput(f"There is somebody called '{name}' already.", remedy="Choose another name.")
    connection.execute(
        insert(UserRow).values(
            id=made.id, name=name, password=hashed or "", role=role, language="auto", theme="auto", created_at=now,
            created_by=who, disabled_at=None,
        )
    )  # fmt: skip
    written(connection, now, who, "made", f"user/{name}", details={"role": role})
    return made


def list_users(store: Store) -> list[dict[str, Any]]:
    """All accounts without their passwords, by name."""
    columns = (UserRow.name, UserRow.role, UserRow.created_at, UserRow.created_by, UserRow.disabled_at)
    with store.read() as connection:
        rows = connection.execute(select(*columns).order_by(UserRow.name)).all()
    return [dict(row._mapping) for row in rows]  # noqa: SLF001 - the public name of a row's columns


def has_users(store: Store) -> bool:
    """Whether somebody who may make accounts can log in."""
    with store.read() as connection:
        found = select(UserRow.id).where(UserRow.role == "administrator", UserRow.disabled_at.is_(None))
        return connection.execute(found.limit(1)).scalar() is not None


def set_password(
    store: Store, name: str, password: str, *, who: str, now: datetime, keeps_factor: bool = False
) -> None:
    """Give a person a new password; wherever they were logged in, they are not any more.

    Unless they changed it themselves (``keeps_factor``), their second factor ends with it: the way back in for whoever
    lost the device.

    Raises:
        InvalidInput: it is too short.
        StoreError: there is nobody of this name.
    """
    ends = "session" if keeps_factor else "session and factor"
    _change(store, name, {"password": _hashed(password)}, by=(who, now, "password changed"), ends=ends)


def set_role(store: Store, name: str, role: str, *, who: str, now: datetime) -> None:
    """Let a person do more or less, from the next page on.

    Raises:
        InvalidInput: there is no such role.
        StoreError: there is nobody of this name.
    """
    _check_role(role)
    _change(store, name, {"role": role}, by=(who, now, f"role {role}"))


def disable_user(store: Store, name: str, *, who: str, now: datetime) -> None:
    """Let a person in no more; they are logged out everywhere.

    Raises:
        StoreError: there is nobody of this name.
    """
    _change(store, name, {"disabled_at": now}, by=(who, now, "disabled"), ends="session")


def enable_user(store: Store, name: str, *, who: str, now: datetime) -> None:
    """Let a person in again.

    Raises:
        StoreError: there is nobody of this name.
    """
    _change(store, name, {"disabled_at": None}, by=(who, now, "enabled"))


def set_taste(store: Store, user_id: str, *, language: str = "", theme: str = "") -> None:
    """Keep the language or theme that a person chose."""
    chosen = {name: value for name, value in (("language", language), ("theme", theme)) if value}
    if chosen:
        with store.change() as connection:
            connection.execute(update(UserRow).where(UserRow.id == user_id).values(**chosen))


def knows_password(store: Store, name: str, password: str) -> User | None:
    """The person of a name and password; takes as long for a name that nobody has."""
    with store.read() as connection:
        row = connection.execute(
            select(UserRow.__table__).where(
                UserRow.name == name.strip().lower(), UserRow.disabled_at.is_(None)
            )
        ).first()
    kept = row.password if row is not None and row.password else _nobodys()
    try:
        _hasher().verify(kept, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return None
    return None if row is None or not row.password else user_of(row)


def user_named(store: Store, name: str) -> User:
    """The person of a name.

    Raises:
        StoreError: there is nobody of this name.
    """
    with store.read() as connection:
        row = connection.execute(
            select(UserRow.__table__).where(UserRow.name == name.strip().lower())
        ).first()
    if row is None:
        raise StoreError(f"There is nobody called '{name}'.", remedy="List them: passend users list")
    return user_of(row)


def has_password(store: Store, user_id: str) -> bool:
    """Whether a person can log in by a password; others come by the firm's account alone."""
    with store.read() as connection:
        return bool(connection.execute(select(UserRow.password).where(UserRow.id == user_id)).scalar())


def password_mark(store: Store, user_id: str) -> str:
    """Changes with the password of a person, and tells nothing of it."""
    with store.read() as connection:
        kept = connection.execute(select(UserRow.password).where(UserRow.id == user_id)).scalar()
    return sha256((kept or "").encode()).hexdigest()[:16]


def find_user(store: Store, user_id: str, mark: str) -> User | None:
    """The person, who may still log in, and whose password is still the one of this mark."""
    with store.read() as connection:
        row = connection.execute(
            select(UserRow.__table__).where(UserRow.id == user_id, UserRow.disabled_at.is_(None))
        ).first()
    return user_of(row) if row is not None and password_mark(store, user_id) == mark else None


def user_of(row: Any) -> User:
    """A row of the table as the person."""
    return User(row.id, row.name, row.role, row.language, row.theme)


def _change(
    store: Store, name: str, values: dict[str, Any], *, by: tuple[str, datetime, str], ends: str = ""
) -> None:
    who, now, what = by
    name = name.strip().lower()
    with store.change() as connection:
        found = connection.execute(select(UserRow.id, UserRow.role).where(UserRow.name == name)).first()
        if found is None:
            raise StoreError(f"There is nobody called '{name}'.", remedy="List them: passend users list")
        loses = values.get("disabled_at") or values.get("role", "administrator") != "administrator"
        if found.role == "administrator" and loses:
            others = connection.execute(
                select(UserRow.id).where(
                    UserRow.role == "administrator", UserRow.disabled_at.is_(None), UserRow.name != name
                )
            ).first()
            if others is None:
                raise InvalidInput(
                    f"'{name}' is the last administrator: nobody could let people in any more.",
                    remedy="Make another administrator first.",
                )
        connection.execute(update(UserRow).where(UserRow.name == name).values(**values))
        if ends:
            connection.execute(delete(SessionRow).where(SessionRow.user_id == found.id))
        if "factor" in ends:
            for row in (RecoveryRow, SecondFactorRow):
                connection.execute(delete(row).where(row.user_id == found.id))
        written(connection, now, who, what, f"user/{name}")


def _the_name(name: str) -> str:
    name = name.strip().lower()
    if not name or len(name) > LONGEST or any(not one.isprintable() or one == "/" for one in name):
        raise InvalidInput(
            "A name has 1 to 200 letters, and no control characters.", remedy="Take an e-mail address."
        )
    return name


def _check_role(role: str) -> None:
    if role not in PEOPLE:
        raise InvalidInput(f"There is no role '{role}'.", remedy=f"Choose from: {', '.join(PEOPLE)}.")


def _hashed(password: str) -> str:
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInput(
            f"A password has {SHORTEST} to {LONGEST} characters.",
            remedy="Take three words that do not belong together.",
        )
    return _hasher().hash(password)


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@lru_cache(maxsize=1)
def _nobodys() -> str:
    """The hash of a password that nobody knows."""
    return _hasher().hash(secrets.token_urlsafe(32))
