"""What other mail tools know of consent: their exports, read by declarative layouts.

Each row is judged by the first rule that fits.

A row whose state no rule knows stops the import: half of the refusals are none at all. A yes without a time, or with a
ground that the tool does not tell, is no more than what the tool says.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from passend.errors import InvalidInput, UnrecognisedColumns
from passend.intake.identity import written_alike
from passend.intake.opening import open_source
from passend.intake.source import batches_of
from passend.intake.times import parse_time

_FOLDER = Path(__file__).parent / "mail_tools"


@dataclass(frozen=True)
class Rule:
    """What a row says.

    Attributes:
        when: column -> its values in small letters, or ``any``; ``none`` stands for an empty one.
        says: yes, no, wall or nothing.
        at: columns of the time, the first that is filled counts.
        basis: ground of a yes.
        reason: of a wall.
    """

    when: Mapping[str, tuple[str, ...] | str]
    says: str
    at: tuple[str, ...] = ()
    basis: str = ""
    reason: str = ""


@dataclass(frozen=True)
class MailTool:
    """One tool's export.

    Attributes:
        name: of the tool.
        source: where its export is found.
        needs: headers that give it away.
        address: column of the address.
        rules: in their order.
        evidence: columns that are kept as proof.
    """

    name: str
    source: str
    needs: tuple[str, ...]
    address: str
    rules: tuple[Rule, ...]
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Said:
    """What one row of an export says.

    Attributes:
        address: written alike.
        says: yes, no or wall.
        at: when; none where the row does not tell.
        basis: of a yes.
        reason: of a wall.
        evidence: the row's own words.
    """

    address: str
    says: str
    at: datetime | None
    basis: str
    reason: str
    evidence: Mapping[str, str]


@lru_cache(maxsize=1)
def mail_tools() -> tuple[MailTool, ...]:
    """The tools whose exports are known."""
    return tuple(_tool(yaml.safe_load(file.read_text("utf-8"))) for file in sorted(_FOLDER.glob("*.yaml")))


def read_export(file: Path) -> tuple[MailTool, list[Said]]:
    """All rows of an export that say something.

    Raises:
        UnrecognisedColumns: it is of no tool that is known.
        InvalidInput: a row says what no rule knows, or its address is none; nothing is imported then.
    """
    source = open_source(file)
    headers = {column.strip().lower(): column for column in source.columns}
    tool = next((one for one in mail_tools() if all(name.lower() in headers for name in one.needs)), None)
    if tool is None:
        known = "; ".join(f"{one.name}: {', '.join(one.needs)}" for one in mail_tools())
        raise UnrecognisedColumns(
            "This is no export of a mail tool that is known",
            record=file.name,
            remedy=f"Export with these columns: {known}.",
        )
    wanted = {name for rule in tool.rules for name in (*rule.when, *rule.at)} | {tool.address, *tool.evidence}
    columns = {name: headers[name.lower()] for name in wanted if name.lower() in headers}
    found = []
    for number, row in _rows(source, columns):
        said = _judged(tool, row, f"{file.name}, row {number}")
        if said is not None:
            found.append(said)
    return tool, found


def _rows(source: Any, columns: Mapping[str, str]) -> Iterator[tuple[int, dict[str, str]]]:
    for batch in batches_of(source, set(columns.values())):
        if batch.broken:
            raise InvalidInput(
                "A row cannot be read", record=f"row {batch.broken[0].row}", remedy="Export the file anew."
            )
        for number, row in zip(batch.rows.to_pylist(), batch.table.to_pylist(), strict=True):
            yield number, {name: str(row[header] or "").strip() for name, header in columns.items()}


def _judged(tool: MailTool, row: Mapping[str, str], record: str) -> Said | None:
    rule = next((one for one in tool.rules if _fits(one, row)), None)
    if rule is None:
        states = ", ".join(
            f"{name}: {row.get(name, '')}" for name in sorted({n for r in tool.rules for n in r.when})
        )
        raise InvalidInput(
            "This row says what is not known of its tool",
            record=f"{record} ({states})",
            remedy="Report it, and take the row out or correct its state.",
        )
    if rule.says == "nothing":
        return None
    address = written_alike(row[tool.address])
    if "@" not in address:
        raise InvalidInput(
            "This row has no address", record=record, remedy="Correct the address, or take it out."
        )
    evidence = {name: row[name] for name in tool.evidence if row.get(name)}
    return Said(address, rule.says, _moment(rule, row), rule.basis, rule.reason, evidence)


def _fits(rule: Rule, row: Mapping[str, str]) -> bool:
    return all(_has(wanted, row.get(column, "")) for column, wanted in rule.when.items())


def _has(wanted: tuple[str, ...] | str, value: str) -> bool:
    if wanted == "any":
        return bool(value)
    parts = {part.strip(" []\"'").lower() or "none" for part in value.split(",")}
    return any(part in wanted for part in parts)


def _moment(rule: Rule, row: Mapping[str, str]) -> datetime | None:
    for column in rule.at:
        value = row.get(column, "")
        at = parse_time(value, zone=UTC) if value else ""
        if isinstance(at, datetime):
            return at
    return None


def _tool(read: Mapping[str, Any]) -> MailTool:
    rules = tuple(
        Rule(
            {column: _wanted(values) for column, values in one["when"].items()},
            str(one["says"]),
            tuple(part.strip() for part in str(one.get("at", "")).split("|") if part.strip()),
            str(one.get("basis", "")),
            str(one.get("reason", "")),
        )
        for one in read["rules"]
    )
    return MailTool(
        read["name"], read["source"], tuple(read["needs"]), read["address"], rules, tuple(read["evidence"])
    )


def _wanted(values: Sequence[str] | str) -> tuple[str, ...] | str:
    return "any" if values == "any" else tuple(str(one).lower() for one in values)
