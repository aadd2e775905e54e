"""When a person may be reached: quiet hours and best hours, in local time, also on days on which clocks change."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_DAY = 1440


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _local(at: datetime, zone: str) -> datetime:
    return at.replace(tzinfo=UTC).astimezone(_zone(zone))


def is_quiet(at: datetime, quiet: tuple[int, int] | None, zone: str) -> bool:
    """Whether nobody is contacted at that moment (naive UTC)."""
    if quiet is None:
        return False
    local = _local(at, zone)
    minute = 60 * local.hour + local.minute
    begin, end = quiet
    return begin <= minute < end if begin < end else minute >= begin or minute < end


def next_open(at: datetime, quiet: tuple[int, int] | None, zone: str) -> datetime:
    """The first moment from then on that is not quiet, naive UTC."""
    if quiet is None or not is_quiet(at, quiet, zone):
        return at
    local = _local(at, zone)
    end = local.replace(hour=quiet[1] % _DAY // 60, minute=quiet[1] % 60, second=0, microsecond=0, fold=0)
    opens = end.astimezone(UTC).replace(tzinfo=None)
    if opens <= at:
        opens = (end + timedelta(days=1)).astimezone(UTC).replace(tzinfo=None)
    while is_quiet(opens, quiet, zone):  # the hour that a clock change repeats or leaves out
        opens += timedelta(minutes=1)
    return opens


def next_hour(at: datetime, hour: int, zone: str) -> datetime:
    """The next moment at which the local clock stands at that hour, naive UTC; now, while it does."""
    local = _local(at, zone)
    if local.hour == hour:
        return at
    wanted = local.replace(hour=hour, minute=0, second=0, microsecond=0, fold=0)
    if hour < local.hour:
        wanted += timedelta(days=1)
    return wanted.astimezone(UTC).replace(tzinfo=None)
