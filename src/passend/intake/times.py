"""Dates and times as files hold them, turned into UTC.

``03.04.2011`` is April in Germany and March in America. What the values of the column prove decides; where
they prove nothing, the order is an assumption, marked as such so that a person can correct it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passend.errors import InvalidSetting
from passend.intake.plain_values import plain_times
from passend.intake.texts import as_text, is_blank

DATE_UNREADABLE = "the date cannot be read"
DATE_IMPOSSIBLE = "the date does not exist"
YEAR_ABSURD = "the year is not between 1970 and 2100"
DATE_MISSING = "the date is missing"

_MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "january januar jan jaenner jänner", "february februar feb feber", "march märz maerz mar mär mrz",
            "april apr", "may mai", "june juni jun", "july juli jul", "august aug", "september sep sept",
            "october oktober oct okt", "november nov", "december dezember dec dez",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
#: Zones by name, where most exports that write them mean the same.
_ZONES = {
    "cet": "+0100", "mez": "+0100", "cest": "+0200", "mesz": "+0200", "wet": "+0000", "west": "+0100",
    "eet": "+0200", "eest": "+0300", "bst": "+0100", "msk": "+0300", "ist": "+0530", "sgt": "+0800",
    "hkt": "+0800", "jst": "+0900", "kst": "+0900", "aest": "+1000", "aedt": "+1100", "acst": "+0930",
    "awst": "+0800", "nzst": "+1200", "nzdt": "+1300", "est": "-0500", "edt": "-0400", "cst": "-0600",
    "cdt": "-0500", "mst": "-0700", "mdt": "-0600", "pst": "-0800", "pdt": "-0700", "akst": "-0900",
    "akdt": "-0800", "hst": "-1000", "brt": "-0300", "art": "-0300",
}  # fmt: skip
_CLOCK = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?P<half>[ap]\.?m\.?)?(?:\s*uhr)?\s*(?P<offset>z|utc|gmt|"
    + "|".join(_ZONES)
    + r"|[+-]\d{2}:?\d{2}|[+-]\d{2})?"
)
_TAIL = rf"(?:(?:\s*t\s*|,?\s+|\s+um\s+){_CLOCK}|\s*(?P<offset_only>z))?"
_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})(?P<s>[-/.])(?P<month>\d{1,2})(?P=s)(?P<day>\d{1,2})" + _TAIL, re.ASCII
)
_YEAR_LAST = re.compile(
    r"(?P<a>\d{1,2})(?P<s>[./-])(?P<b>\d{1,2})(?P=s)(?P<year>\d{4}|\d{2})" + _TAIL, re.ASCII
)
_DAY_NAME = r"(?:[a-zäöü]{2,10}\.?,?\s+)?"
_NAMED_DAY = re.compile(
    _DAY_NAME + r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?[\s-]*(?P<name>[a-zäöü]{3,9})"
    r"\.?,?[\s-]*(?P<year>\d{4}|\d{2})" + _TAIL
)
_NAMED_MONTH = re.compile(
    _DAY_NAME
    + r"(?P<name>[a-zäöü]{3,9})\.?[\s-]+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?[\s-]+(?P<year>\d{4}|\d{2})"
    + _TAIL
)
_COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
    r"(?:[t ]?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?)?",
    re.ASCII,
)
_DIGITS = re.compile(r"\d{5}(?:[.,]\d+)?|\d{9,10}(?:\.\d+)?|\d{13}|\d{16}", re.ASCII)
_EPOCH = datetime(1970, 1, 1)
_EXCEL_DAY_0 = datetime(1899, 12, 30)


@dataclass(frozen=True)
class DateOrder:
    """Whether the day or the month comes first, and how that was found out.

    Attributes:
        order: ``iso`` (the year first, or months by name), ``day-first`` or ``month-first``.
        how: the reason, for people.
        ambiguous: a person should look at it.
        proven: values of the column allow no other order.
    """

    order: str
    how: str
    ambiguous: bool = False
    proven: bool = False


@dataclass(frozen=True)
class Times:
    """A column of times: naive UTC microseconds, and a problem where a value is none."""

    values: pa.Array
    problem: pa.Array


def zone_named(name: str) -> tzinfo:
    """The time zone of a setting.

    Raises:
        InvalidSetting: there is no zone of that name.
    """
    if name.upper() == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as problem:
        raise InvalidSetting(
            f"There is no time zone '{name}'.",
            record="intake.timezone",
            remedy="Take a name such as Europe/Berlin.",
        ) from problem


def parse_time(text: str, order: str = "day-first", zone: tzinfo = UTC) -> datetime | str:
    """The time (naive UTC) that a text stands for, or the sentence that says why it stands for none."""
    found = _parts(text.strip().lower())
    if found is None:
        return DATE_UNREADABLE
    if isinstance(found, datetime):
        moment, offset = found, "z"
    else:
        year, month, day = _calendar(found, order)
        try:
            moment = datetime(year, month, day) + _clock(found)
        except (ValueError, OverflowError):
            return YEAR_ABSURD if year == 0 else DATE_IMPOSSIBLE
        offset = found.get("offset") or found.get("offset_only") or ""
    if not 1970 <= moment.year <= 2100:
        return YEAR_ABSURD
    return _to_utc(moment, offset, zone)


def date_order(texts: Iterable[str]) -> DateOrder:
    """The order of day and month that a column's values prove, or the assumption where they prove none."""
    day_first = month_first = numeric = dotted = 0
    for text in texts:
        found = _YEAR_LAST.fullmatch(text.strip().lower())
        if not found:
            continue
        numeric += 1
        dotted += found["s"] == "."
        day_first += int(found["a"]) > 12 >= int(found["b"])
        month_first += int(found["b"]) > 12 >= int(found["a"])
    if not numeric:
        return DateOrder("iso", "the dates name the year first, or the month by its name")
    if day_first != month_first:
        order, count = ("day-first", day_first) if day_first > month_first else ("month-first", month_first)
        if day_first and month_first:
            return DateOrder(order, f"most dates can only be {order}, but others cannot", ambiguous=True)
        return DateOrder(order, f"{count} different dates can only be {order}", proven=True)
    if dotted * 2 > numeric:
        return DateOrder("day-first", "dates with points are written with the day first")
    return DateOrder("day-first", "no date tells; day-first is an assumption", ambiguous=True)


def parse_times(column: pa.Array, order: str, zone: tzinfo) -> Times:
    """A whole column; ISO times at once, other distinct texts one by one, and native times as they are."""
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        return _native_times(column, zone)
    coded = pc.dictionary_encode(as_text(column))
    plain, read = plain_times(coded.dictionary, utc=zone is UTC)
    if read.all():
        return Times(plain.take(coded.indices), pa.nulls(len(column), pa.string()))
    moments: list[datetime | None] = []
    problems: list[str | None] = []
    for text in coded.dictionary.filter(pa.array(~read)).to_pylist():
        moment = None if is_blank(text) else parse_time(text, order, zone)
        moments.append(moment if isinstance(moment, datetime) else None)
        problems.append(moment if isinstance(moment, str) else None)
    places = pa.array(np.cumsum(~read) - 1, mask=read)
    return Times(
        pc.coalesce(plain, pa.array(moments, pa.timestamp("us")).take(places)).take(coded.indices),
        pa.array(problems, pa.string()).take(places).take(coded.indices),
    )


def _native_times(column: pa.Array, zone: tzinfo) -> Times:
    """Times of a database or Parquet file in UTC; a zone of the column itself counts before the firm's."""
    own = getattr(column.type, "tz", None)
    moments = pc.cast(column, pa.timestamp("us", own) if own else pa.timestamp("us"), safe=False)
    if not own and isinstance(zone, ZoneInfo):
        moments = pc.assume_timezone(moments, zone.key, ambiguous="earliest", nonexistent="latest")
    moments = moments.cast(pa.int64()).cast(pa.timestamp("us"))
    years = pc.year(moments)
    absurd = pc.fill_null(pc.or_(pc.less(years, 1970), pc.greater(years, 2100)), False)
    return Times(
        pc.if_else(absurd, pa.scalar(None, pa.timestamp("us")), moments),
        pc.if_else(absurd, pa.scalar(YEAR_ABSURD), pa.scalar(None, pa.string())),
    )


def _parts(text: str) -> dict[str, str | None] | datetime | None:
    for pattern in (_YEAR_FIRST, _YEAR_LAST, _NAMED_DAY, _NAMED_MONTH, _COMPACT):
        found = pattern.fullmatch(text)
        if found and (found.groupdict().get("name") or "may") in _MONTHS:
            if pattern is _COMPACT and not 1900 <= int(found["year"]) <= 2200:
                continue  # an epoch in milliseconds or seconds rather than a date
            return found.groupdict()
    return _counted(text) if _DIGITS.fullmatch(text) else None


def _counted(text: str) -> datetime | None:
    """Seconds, milliseconds or microseconds since 1970, or the day number of a spreadsheet."""
    value = float(text.replace(",", "."))
    if value < 1e5:
        # 25569 is the first day of 1970, 73415 the last one of 2100.
        return _EXCEL_DAY_0 + timedelta(seconds=round(value * 86400)) if 25569 <= value < 73416 else None
    seconds = value / 1e6 if value >= 1e15 else value / 1000 if value >= 1e12 else value
    return _EPOCH + timedelta(seconds=seconds) if seconds < 4.2e9 else None


def _calendar(found: dict[str, str | None], order: str) -> tuple[int, int, int]:
    year_text = found["year"] or ""
    year = int(year_text)
    if len(year_text) == 2:
        year += 2000 if year < 70 else 1900
    if found.get("name"):
        return year, _MONTHS[found["name"] or ""], int(found["day"] or 0)
    if found.get("a"):
        a, b = int(found["a"] or 0), int(found["b"] or 0)
        return (year, a, b) if order == "month-first" else (year, b, a)
    return year, int(found["month"] or 0), int(found["day"] or 0)


def _clock(found: dict[str, str | None]) -> timedelta:
    hour, minute, second = (int(found.get(part) or 0) for part in ("hour", "minute", "second"))
    half = (found.get("half") or "").replace(".", "")
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(hour, minute, second)
    micro = int((found.get("fraction") or "0")[:6].ljust(6, "0"))
    return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=micro)


def _to_utc(moment: datetime, offset: str, zone: tzinfo) -> datetime:
    if offset in {"z", "utc", "gmt"} or (not offset and zone is UTC):
        return moment
    if offset:
        offset = _ZONES.get(offset, offset)
        hours, minutes = int(offset[1:3]), int(offset[3:].lstrip(":") or 0)
        shift = timedelta(hours=hours, minutes=minutes)
        return moment - shift if offset[0] == "+" else moment + shift
    return moment.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
