"""Rules by which customers are chosen, in the visitor's language: as rows of a form, and as sentences."""

from collections.abc import Mapping, Sequence

from passend.customers.segments import Condition
from passend.errors import PassendError
from passend.flow.segments import condition_of, conditions_in, fields, rule_of, typed_of, unit_of
from passend.language import joined, phrase, retold, word

#: What a line of the funnel begins with where a rule took people out.
_RULE = "rule: "
Row = tuple[str, str, str]


def columns() -> list[tuple[str, str]]:
    """Facts by which customers are chosen, by their name in the visitor's language."""
    return sorted(((name, label(name)) for name in fields()), key=lambda one: one[1].lower())


def label(column: str) -> str:
    """A fact of customers by its name."""
    named = word(column.removesuffix("_cents").replace("_", " "))
    unit = unit_of(column)
    return f"{named} (%)" if unit == "%" else named


def said(conditions: Sequence[Condition]) -> str:
    """Conditions as people read them."""
    return joined([f"{label(one.column)} {word(one.sign)} {typed_of(one)}" for one in conditions], " and ")


def funnel_step(step: str) -> str:
    """A line of the funnel; a rule among them in the words of its conditions."""
    if step.startswith(_RULE):
        try:
            rule = said(conditions_in(step.removeprefix(_RULE), fields()))
        except PassendError:
            return retold(step)
        return phrase("Rule: {rule}", rule=rule)
    return retold(step)


def rows_of(rules: str) -> tuple[list[Row], list[str]]:
    """Written rules, one a line, as rows of a form; and those that the form has no room for.

    Returns:
        (fact, comparison, value) of each condition; the lines that stay as they are written.
    """
    rows: list[Row] = []
    rest = []
    for line in filter(None, (one.strip() for one in rules.split("\n"))):
        try:
            rows += [(one.column, one.sign, typed_of(one)) for one in conditions_in(line, fields())]
        except PassendError:
            rest.append(line)
    return rows, rest


def typed_rows(given: Mapping[str, str], room: int) -> list[Row]:
    """The rows of a form as they were filled in."""
    rows = [
        tuple(given.get(f"{part}|{at}", "") for part in ("column", "sign", "value")) for at in range(room)
    ]
    return [(column, sign, value) for column, sign, value in rows if column]


def rules_of(given: Mapping[str, str], room: int) -> str:
    """The rows of a form as written rules, one a line, and below them what the form had no room for.

    Raises:
        InvalidInput: a value is no number.
    """
    rules = [rule_of(condition_of(*row)) for row in typed_rows(given, room)]
    return "\n".join([*rules, *filter(None, (one.strip() for one in given.get("rules", "").split("\n")))])
