"""Liquid templates that cannot harm: values are escaped, loops and lengths are bounded, nothing is read from outside.

A template is written by one person of the firm and rendered for many customers, whose names may hold anything. So
every value is escaped for HTML; a name that is not there is an error instead of a gap, though a condition may ask for
it; and a template that would run for ever or grow without end is stopped. What goes wrong is told with line and remedy.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache, wraps
from io import StringIO
from typing import Any, TextIO

from liquid import BoundTemplate, Environment, RenderContext
from liquid.builtin.output import Output, OutputNode
from liquid.exceptions import (
    LiquidError,
    LoopIterationLimitError,
    OutputStreamLimitError,
    ResourceLimitError,
    UndefinedError,
)
from liquid.output import LimitedStringIO
from liquid.stringify import to_liquid_string
from liquid.undefined import FalsyStrictUndefined

from passend.errors import InvalidTemplate
from passend.language import figures

#: A newsletter has some hundred of these; a template that needs more is a mistake.
LOOPS, CHARACTERS, LARGEST = 10_000, 300_000, 10**15
#: What no template needs: reading other files, and passing customers' words on unescaped.
_NO_TAGS, _NO_FILTERS = ("include", "render"), ("safe", "base64_decode", "base64_url_safe_decode")


_SECRET = f"value{secrets.token_hex(6)}n"
#: What stands in a marked text for the value of that number; nobody can write one into a template.
MARK = re.compile(_SECRET + r"(\d+)x")


class _Marked(LimitedStringIO):
    """Takes a message with marks in the places of its values, and the values apart."""

    def __init__(self) -> None:
        super().__init__(CHARACTERS)
        self.values: list[str] = []

    def place(self, value: str) -> int:
        """Leave a mark for a value; one that is blank is written: it may decide what stands around it."""
        if not value.strip():
            return self.write(value)
        self.size += len(value.encode("utf-8", "replace"))
        if self.size > self.limit:
            raise OutputStreamLimitError("output stream limit reached", token=None)
        self.values.append(value)
        return StringIO.write(self, f"{_SECRET}{len(self.values) - 1}x")


class _Value(OutputNode):
    """A place of a template at which a value is written."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        """Write the value, or its mark."""
        if not isinstance(buffer, _Marked):
            return super().render_to_output(context, buffer)
        return buffer.place(to_liquid_string(self.expression.evaluate(context), context.autoescape))


class _Values(Output):
    """Reads such places."""

    node_class = _Value


class _Bounded(Environment):
    """Liquid with an end to everything."""

    block_nesting_limit = 30
    context_depth_limit = 30
    loop_iteration_limit = LOOPS
    local_namespace_limit = CHARACTERS
    output_stream_limit = CHARACTERS


@lru_cache(maxsize=2)
def environment(*, is_html: bool) -> Environment:
    """The one way templates are read; for HTML values are escaped, for plain text they stand as they are."""
    made = _Bounded(autoescape=is_html, undefined=FalsyStrictUndefined)
    made.add_tag(_Values)
    for name in _NO_TAGS:
        made.tags.pop(name, None)
    for name in _NO_FILTERS:
        made.filters.pop(name, None)
    for name, what in {**made.filters, "money": _money, "day": _day, "number": _number}.items():
        made.filters[name] = _bounded(what)  # type: ignore[arg-type,unused-ignore]
    return made


@lru_cache(maxsize=256)
def compiled(source: str, *, is_html: bool, part: str) -> BoundTemplate:
    """A template ready to render; the same text is read once.

    Raises:
        InvalidTemplate: it is not Liquid; line and remedy are named.
    """
    try:
        return environment(is_html=is_html).from_string(source)
    except (LiquidError, RecursionError) as problem:
        raise _told(problem, source, part) from problem


def filled(source: str, values: Mapping[str, Any], *, is_html: bool, part: str) -> str:
    """A template with its values.

    Args:
        source: the template.
        values: what it may name, such as ``customer``, ``offer`` and ``links``.
        is_html: whether values are escaped for HTML.
        part: which part of the message this is, for the message of an error.

    Raises:
        InvalidTemplate: it cannot be rendered; line and remedy are named.
    """
    into = LimitedStringIO(CHARACTERS)
    _write(source, values, into, is_html=is_html, part=part)
    return into.getvalue()


def marked(source: str, values: Mapping[str, Any], part: str) -> tuple[str, list[str]]:
    """An HTML template with marks in the places of its values, and the values, escaped, in their order.

    Raises:
        InvalidTemplate: it cannot be rendered; line and remedy are named.
    """
    into = _Marked()
    _write(source, values, into, is_html=True, part=part)
    return into.getvalue(), into.values


def _write(source: str, values: Mapping[str, Any], into: TextIO, *, is_html: bool, part: str) -> None:
    template = compiled(source, is_html=is_html, part=part)
    try:
        named = template.make_globals(dict(values))
        template.render_with_context(RenderContext(template, globals=named), into)
    except InvalidTemplate:
        raise
    except Exception as problem:  # whatever a filter meets in a customer's data is told, never passed on bare
        raise _told(problem, source, part) from problem


def _bounded(what: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that refuses what would take all memory: endless ranges, texts and numbers."""

    @wraps(what)
    def run(left: Any, *given: Any, **named: Any) -> Any:
        for value in (left, *given):
            if _is_too_large(value):
                raise LoopIterationLimitError("a value is too large", token=None)
        return what(left, *given, **named)

    return run


def _is_too_large(value: Any) -> bool:
    kind = type(value)  # what is missing in a template answers no question about itself
    if issubclass(kind, range):
        return len(value) > LOOPS
    if issubclass(kind, str):
        return len(value) > CHARACTERS
    return issubclass(kind, int | float) and abs(value) > LARGEST


def _money(cents: Any, currency: str = "EUR") -> str:
    """An amount in minor units as the customer's language writes it."""
    return figures.money(float(cents), currency)


def _day(value: Any) -> str:
    return figures.day(value if isinstance(value, date) else date.fromisoformat(str(value)[:10]))


def _number(value: Any, digits: int = 0) -> str:
    return figures.decimal(float(value), int(digits))


def _told(problem: Exception, source: str, part: str) -> InvalidTemplate:
    line = _line(problem, source)
    record = f"{part}, line {line}" if line else part
    if isinstance(problem, UndefinedError):
        return InvalidTemplate(
            f"The template names something that is not there: {problem.message}",
            record=record,
            remedy="Correct the name, or give a word for when it is missing: "
            "{{ customer.first_name | default: 'friend' }}.",
        )
    if isinstance(problem, ResourceLimitError | RecursionError):
        return InvalidTemplate(
            "The template would run too long or grow too large",
            record=record,
            remedy=f"Keep loops below {LOOPS:,} rounds, blocks below 30 levels and the message below "
            f"{CHARACTERS:,} characters.",
        )
    says = problem.message if isinstance(problem, LiquidError) else problem
    return InvalidTemplate(
        f"The template cannot be read: {says}",
        record=record,
        remedy="Correct this line; tags such as {% if %} need their {% endif %}, and filters their names.",
    )


def _line(problem: Exception, source: str) -> int | None:
    token = getattr(problem, "token", None)
    if token is None or token.start_index < 0:
        return None
    return source.count("\n", 0, token.start_index) + 1
