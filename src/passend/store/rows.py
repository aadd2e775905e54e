"""What all rows of the operational store share: their root class, and how moments are kept."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, MetaData
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

_NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


_BEGIN, _MILLISECOND = datetime(1970, 1, 1), timedelta(milliseconds=1)
#: A running number that never ends; SQLite counts by itself in a plain INTEGER only, which has 64 bits there.
WholeKey = BigInteger().with_variant(Integer(), "sqlite")


class Row(DeclarativeBase):
    """The root of every table of the store; one class a table."""

    metadata = MetaData(naming_convention=_NAMES)


def as_milliseconds(at: datetime) -> int:
    """A naive UTC moment as milliseconds since 1970."""
    return (at - _BEGIN) // _MILLISECOND


def as_moment(milliseconds: int) -> datetime:
    """Milliseconds since 1970 as a naive UTC moment."""
    return _BEGIN + milliseconds * _MILLISECOND


@lru_cache(maxsize=1 << 14)
def _known_moment(milliseconds: int | None) -> datetime | None:
    """People who walked together share their moments."""
    return None if milliseconds is None else as_moment(milliseconds)


class Moment(TypeDecorator[datetime]):
    """A moment, naive UTC outside and whole milliseconds inside: the same order and value in every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ARG002 - its signature
        """To the database."""
        return None if value is None else as_milliseconds(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database."""
        return None if value is None else as_moment(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:  # noqa: ARG002
        """The same without a detour: it is called for every moment of every row."""
        return _known_moment
