"""People who use the pages: their accounts, where they are logged in, and their accounts at the firm's provider."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from passend.store.rows import Moment, Row


class UserRow(Row):
    """A person who may log in. ``password`` is an argon2 hash; ``role`` decides what they may do.

    ``language`` and ``theme`` are what the person chose; ``auto`` follows the browser.
    """

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    password: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text, default="auto")
    theme: Mapped[str] = mapped_column(Text, default="auto")
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[str] = mapped_column(Text)
    disabled_at: Mapped[datetime | None] = mapped_column(Moment)


class SessionRow(Row):
    """One browser in which a person is logged in; ``fingerprint`` is the SHA-256 of what its cookie holds."""

    __tablename__ = "sessions"

    fingerprint: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[str] = mapped_column(Text, ForeignKey("users.id"), index=True)
    began_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment, index=True)


class SecondFactorRow(Row):
    """What a person's device makes codes from, beside the password; it holds once a first code was typed.

    ``secret`` is sealed under the server's key. ``last_step`` is the half minute of the last code that was taken: no
    code is taken twice.
    """

    __tablename__ = "second_factors"

    user_id: Mapped[str] = mapped_column(Text, ForeignKey("users.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(Text)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)


class RecoveryRow(Row):
    """A code for whoever lost the device, by its SHA-256; it is deleted when it was used."""

    __tablename__ = "recovery_codes"

    fingerprint: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[str] = mapped_column(Text, ForeignKey("users.id"), index=True)


class SignOnRow(Row):
    """A person's account at the firm's sign-in provider, by the number that never changes there (``sub``)."""

    __tablename__ = "sign_ons"

    issuer: Mapped[str] = mapped_column(Text, primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[str] = mapped_column(Text, ForeignKey("users.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(Moment)


class SignOnTryRow(Row):
    """A login at the provider that was begun in a browser; ``fingerprint`` is the SHA-256 of what its cookie holds.

    It is deleted when the browser comes back: each is good once. ``wanted`` is the page to go on to.
    """

    __tablename__ = "sign_on_tries"

    fingerprint: Mapped[str] = mapped_column(Text, primary_key=True)
    wanted: Mapped[str] = mapped_column(Text)
    began_at: Mapped[datetime] = mapped_column(Moment, index=True)
