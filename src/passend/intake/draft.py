"""The mapping of meanings to columns while it is being made, and a person's own words on it."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from passend.errors import UnrecognisedColumns
from passend.intake.assign import Choice
from passend.intake.synonyms import MEANINGS

#: Divides columns that share one meaning, as in ``Date|Time``; ``Date + Time`` does as well.
JOIN = "|"


@dataclass
class Draft:
    """The mapping while it is being made; ``rates`` are columns of tax rates, which nothing needs."""

    columns: tuple[str, ...]
    mapping: dict[str, tuple[str, ...]] = field(default_factory=dict)
    choices: dict[str, Choice] = field(default_factory=dict)
    ignored: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    rates: set[str] = field(default_factory=set)

    def settle(self, given: Mapping[str, tuple[str, ...]], reason: str) -> None:
        """Take a person's word; no columns means that the meaning is left out."""
        for meaning, columns in given.items():
            if not columns:
                self.ignored.add(meaning)
                continue
            self.mapping[meaning] = columns
            self.choices |= {column: Choice(column, meaning, 1.0, reason) for column in columns}

    def take(self, choices: Iterable[Choice]) -> None:
        """Add what was found."""
        for choice in choices:
            self.mapping[choice.meaning] = (*self.mapping.get(choice.meaning, ()), choice.column)
            self.choices[choice.column] = choice

    def drop(self, meaning: str) -> None:
        """Take a meaning back; its columns are free again."""
        for column in self.mapping.pop(meaning, ()):
            if not any(column in columns for columns in self.mapping.values()):
                self.choices.pop(column, None)

    def is_given(self, column: str | None) -> bool:
        """Whether a person, a person's word on an earlier file, or a known export has given a column its meaning."""
        return column is not None and self.choices[column].reason.startswith(("given", "remembered", "known"))

    def is_known(self, column: str) -> bool:
        """Whether a known export has given a column its meaning."""
        return self.choices[column].reason.startswith("known")

    def only(self, meaning: str) -> str | None:
        """The column of a meaning that has exactly one."""
        columns = self.mapping.get(meaning, ())
        return columns[0] if len(columns) == 1 else None


def checked(
    overrides: Mapping[str, str], columns: tuple[str, ...], meanings: Mapping[str, str] = MEANINGS
) -> dict[str, tuple[str, ...]]:
    """The overrides as columns, or an error that lists what there is."""
    settled: dict[str, tuple[str, ...]] = {}
    claimed: dict[str, str] = {}
    for meaning, text in overrides.items():
        if meaning not in meanings:
            near = difflib.get_close_matches(meaning, meanings, n=1)
            meant = f"Did you mean {near[0]}? " if near else ""
            raise UnrecognisedColumns(
                f"A column cannot mean '{meaning}'.", remedy=meant + f"Meanings are: {', '.join(meanings)}."
            )
        names = split(text, columns)
        if text.strip() and not names:
            near = difflib.get_close_matches(text, columns, n=1)
            hint = f"Did you mean '{near[0]}'? " if near else ""
            raise UnrecognisedColumns(
                f"There is no column '{text}' for {meaning}.",
                remedy=hint + f"The columns are: {', '.join(columns)}.",
            )
        for name in names:
            if name in claimed:
                raise UnrecognisedColumns(
                    f"The column '{name}' is given for {claimed[name]} and for {meaning}.",
                    remedy="Give each column one meaning.",
                )
            claimed[name] = meaning
        settled[meaning] = names
    return settled


def split(text: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    """One column, or several that share a meaning; nothing where one does not exist."""
    if text in columns:
        return (text,)
    names = tuple(part.strip() for part in text.replace(" + ", JOIN).split(JOIN))
    return names if all(name in columns for name in names) else ()
