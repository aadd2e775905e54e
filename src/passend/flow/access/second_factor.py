"""A second factor beside the password: codes of a device (TOTP, RFC 6238), and codes for whoever lost it.

A code holds for its half minute and the ones beside it, since clocks differ, and is taken once. Recovery codes hold 80
random bits, so a plain SHA-256 is enough for them. What the device makes codes from must be read again, so the store
keeps it sealed (``sealing.py``).
"""

import hmac
import secrets
from base64 import b32decode, b32encode
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote

from sqlalchemy import Connection, delete, insert, select, update

from passend.channels.links.signing import FILE, Signer
from passend.errors import InvalidInput, WorkspaceError
from passend.flow.access.sealing import seal, unseal
from passend.flow.access.users import User
from passend.store import Store
from passend.store.audit import written
from passend.store.users import RecoveryRow, SecondFactorRow, UserRow

STEP_SECONDS, DIGITS = 30, 6
#: Half minutes before and after the present one whose codes are taken.
_BESIDE = 1
_SECRET_BYTES = 20
RECOVERY_CODES = 10


def code_at(secret: bytes, step: int, digits: int = DIGITS, algorithm: str = "sha1") -> str:
    """The code of a step (RFC 4226 over RFC 6238's count of steps since 1970)."""
    digest = hmac.new(secret, step.to_bytes(8, "big"), algorithm).digest()
    place = digest[-1] & 15
    number = int.from_bytes(digest[place : place + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}d}"


def begin_second_factor(store: Store, signer: Signer, user: User) -> str:
    """A new secret for a person's device, as it is typed or scanned; it holds once a first code was typed.

    Raises:
        InvalidInput: the person has a second factor already.
    """
    if has_second_factor(store, user.id):
        raise InvalidInput("There is a second factor already.", remedy="End it first.")
    secret = b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    with store.change() as connection:
        connection.execute(delete(SecondFactorRow).where(SecondFactorRow.user_id == user.id))
        connection.execute(
            insert(SecondFactorRow).values(
                user_id=user.id, secret=seal(signer, user.id, secret), confirmed_at=None, last_step=0
            )
        )
    return secret


def confirm_second_factor(store: Store, signer: Signer, user: User, code: str, now: datetime) -> list[str]:
    """Turn it on by a first code; returns the recovery codes, which are told now and never again.

    Raises:
        InvalidInput: the code is another one, or nothing was begun.
        WorkspaceError: the server's key is another one since it was begun.
    """
    row = SecondFactorRow
    with store.change() as connection:
        begun = connection.execute(
            select(row.secret).where(row.user_id == user.id, row.confirmed_at.is_(None))
        ).scalar()
        step = None if begun is None else _step_of(_opened(connection, signer, user, begun), code, now)
        if step is None:
            raise InvalidInput(
                "This code is another one than the device's.",
                remedy="Look at the device's clock, and type the code that it shows now.",
            )
        connection.execute(update(row).where(row.user_id == user.id).values(confirmed_at=now, last_step=step))
        codes = [b32encode(secrets.token_bytes(10)).decode().lower() for _ in range(RECOVERY_CODES)]
        connection.execute(delete(RecoveryRow).where(RecoveryRow.user_id == user.id))
        connection.execute(
            insert(RecoveryRow), [{"fingerprint": _fingerprint(one), "user_id": user.id} for one in codes]
        )
        written(connection, now, user.name, "second factor on", f"user/{user.name}")
    return codes


def end_second_factor(store: Store, user: User, who: str, now: datetime) -> None:
    """Turn it off; the password alone lets the person in again."""
    with store.change() as connection:
        connection.execute(delete(RecoveryRow).where(RecoveryRow.user_id == user.id))
        connection.execute(delete(SecondFactorRow).where(SecondFactorRow.user_id == user.id))
        written(connection, now, who, "second factor off", f"user/{user.name}")


def has_second_factor(store: Store, user_id: str) -> bool:
    """Whether a person's password alone lets nobody in."""
    row = SecondFactorRow
    with store.read() as connection:
        found = select(row.user_id).where(row.user_id == user_id, row.confirmed_at.is_not(None))
        return connection.execute(found).first() is not None


def names_with_factor(store: Store) -> set[str]:
    """Whom a password alone does not let in."""
    row = SecondFactorRow
    with store.read() as connection:
        found = select(UserRow.name).join(row, row.user_id == UserRow.id).where(row.confirmed_at.is_not(None))
        return set(connection.execute(found).scalars())


def seal_all(store: Store, signer: Signer) -> int:
    """Seal what was kept before there were seals, or under an older key; returns how many.

    What no key opens is left: its recovery codes still let its person in.
    """
    row, done = SecondFactorRow, 0
    with store.read() as connection:
        rows = connection.execute(select(row.user_id, row.secret)).all()
    for user_id, kept in rows:
        found = unseal(signer, user_id, kept)
        if found is not None and not found[1]:
            same = (row.user_id == user_id, row.secret == kept)  # else begun anew in between
            with store.change() as connection:
                fresh = update(row).where(*same).values(secret=seal(signer, user_id, found[0]))
                done += connection.execute(fresh).rowcount
    return done


def takes_code(store: Store, signer: Signer, user: User, code: str, now: datetime) -> bool:
    """Whether this is a code of the person's device, or one for a lost device; either is used up by it.

    Raises:
        WorkspaceError: the server's key is gone under which the device's secret is kept, and this is no recovery code.
    """
    row = SecondFactorRow
    with store.change() as connection:
        secret = connection.execute(
            select(row.secret).where(row.user_id == user.id, row.confirmed_at.is_not(None))
        ).scalar()
        if secret is None:
            return False
        mark = _fingerprint(code)
        used = delete(RecoveryRow).where(RecoveryRow.user_id == user.id, RecoveryRow.fingerprint == mark)
        if connection.execute(used).rowcount == 1:
            written(connection, now, user.name, "recovery code used", f"user/{user.name}")
            return True
        step = _step_of(_opened(connection, signer, user, secret), code, now)
        if step is None:
            return False
        fresh = update(row).where(row.user_id == user.id, row.last_step < step).values(last_step=step)
        return connection.execute(fresh).rowcount == 1


def address_of(secret: str, name: str) -> str:
    """What the device's app reads, as a link or a picture."""
    return f"otpauth://totp/{quote(f'passend:{name}')}?secret={secret}&issuer=passend"


def _opened(connection: Connection, signer: Signer, user: User, kept: str) -> str:
    """The device's secret; sealed under the present key from now on."""
    found = unseal(signer, user.id, kept)
    if found is None:
        raise WorkspaceError(
            f"The key is gone under which the second factor of '{user.name}' is kept.",
            record=FILE,
            remedy="Type a recovery code, ask an administrator to end your second factor (Settings, People), or bring "
            "the file back from a backup.",
        )
    secret, is_present = found
    if not is_present:
        row = SecondFactorRow
        fresh = update(row).where(row.user_id == user.id).values(secret=seal(signer, user.id, secret))
        connection.execute(fresh)
    return secret


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step whose code this is, of those that are taken now."""
    typed = "".join(code.split())
    present = int(now.replace(tzinfo=UTC).timestamp()) // STEP_SECONDS
    key, found = b32decode(secret), None
    for step in range(present - _BESIDE, present + _BESIDE + 1):
        if hmac.compare_digest(code_at(key, step).encode(), typed.encode()):
            found = step
    return found


def _fingerprint(code: str) -> str:
    return sha256("".join(code.split()).lower().encode()).hexdigest()
