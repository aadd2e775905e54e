"""Saved segments: customers by a rule with a name, counted as the data is now, and taken as the audience of campaigns.

A segment is a file ``segments/NAME.json`` of the workspace, which a campaign names under ``audience: file``.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import select

from passend.customers.segments import Condition, Segment
from passend.errors import InvalidInput
from passend.flow.finding import customers_of
from passend.flow.reporting import replace_file
from passend.intake.numbers import parse_number
from passend.store import Store, written
from passend.store.campaigns import CampaignRow, RevisionRow
from passend.tables import contract
from passend.workspace import Workspace

FOLDER = "segments"
SIGNS = ("more than", "at most", "is", "is not")
#: Comparisons of a written rule, also as signs.
_WRITTEN = {
    "at most": "at most", "<=": "at most", "more than": "more than", ">": "more than",
    "is not": "is not", "!=": "is not", "is": "is", "=": "is",
}  # fmt: skip
_NAME = re.compile(r"[\w][\w .,&+-]{0,59}", re.UNICODE)
_FACTS = "customer_facts"
_GONE = ".dropped"
#: What is shown in whole units of money, and in per cent.
_MONEY, _SHARE = "minor units", "share"


@dataclass(frozen=True)
class SavedSegment:
    """One segment: its name, and the conditions that its customers meet, all of them."""

    name: str
    conditions: tuple[Condition, ...]

    @property
    def file(self) -> str:
        """Under which a campaign names it."""
        return f"{FOLDER}/{self.name}.json"


@dataclass(frozen=True)
class Counted:
    """How many customers meet the conditions, of how many, and what they have bought; None where no price is known."""

    people: int
    of: int
    revenue_cents: int | None
    currency: str | None


def fields() -> list[str]:
    """The facts of customers by which a segment may choose: numbers and amounts."""
    return [one.name for one in contract(_FACTS).columns if one.type in {"whole", "number"}]


def unit_of(column: str) -> str:
    """``money``, ``%`` or the unit of a fact."""
    unit = next((one.unit for one in contract(_FACTS).columns if one.name == column), "")
    return {_MONEY: "money", _SHARE: "%"}.get(unit, unit)


def condition_of(column: str, sign: str, typed: str) -> Condition:
    """A condition as people type it: money in whole units, shares in per cent.

    Raises:
        InvalidInput: there is no such fact or comparison, or the value is no number.
    """
    if column not in fields() or sign not in SIGNS:
        raise InvalidInput(
            f"Customers cannot be chosen by '{column} {sign}'.", remedy="Choose from the list."
        )
    number = parse_number(typed, "")
    if number is None:
        raise InvalidInput(f"'{typed}' is no number.", record=column, remedy="Write one such as 3 or 49.90.")
    return Condition(column, sign, number.value * {"money": 100.0, "%": 0.01}.get(unit_of(column), 1.0))


def typed_of(condition: Condition) -> str:
    """The value of a condition as people type it."""
    value = float(condition.value) / {"money": 100.0, "%": 0.01}.get(unit_of(condition.column), 1.0)
    return f"{value:.10g}"


def conditions_in(rule: str, columns: Sequence[str]) -> tuple[Condition, ...]:
    """The conditions of a written rule, such as ``orders more than 5 and returned share at most 0.1``.

    Args:
        rule: as people write it; amounts in cents and shares of 1, as the table holds them.
        columns: of the facts.

    Raises:
        InvalidInput: it cannot be read.
    """
    return tuple(_written_condition(part, columns) for part in re.split(r"\s+and\s+", rule.strip()))


def _written_condition(text: str, columns: Sequence[str]) -> Condition:
    signs = "|".join(re.escape(sign) for sign in sorted(_WRITTEN, key=len, reverse=True))
    read = re.fullmatch(rf"(.+?)\s*({signs})\s*(\S.*)", text.strip())
    column = read[1].strip().replace(" ", "_") if read else ""
    if read is None or column not in columns or column == "customer_id":
        raise InvalidInput(
            f"The rule '{text}' cannot be read.",
            remedy="Write: orders more than 5 and returned share at most 0.1. Columns are those of customer_facts.",
        )
    try:
        return Condition(column, _WRITTEN[read[2]], float(read[3]))
    except ValueError as problem:
        raise InvalidInput(f"'{read[3]}' in the rule '{text}' is no number.") from problem


def rule_of(condition: Condition) -> str:
    """A condition as a written rule."""
    return f"{condition.column.replace('_', ' ')} {condition.sign} {float(condition.value):.10g}"


def segments(workspace: Workspace) -> list[SavedSegment]:
    """All saved segments, by name."""
    folder = workspace.folder / FOLDER
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    return [_read(file) for file in files]


def segment(workspace: Workspace, name: str) -> SavedSegment:
    """One segment.

    Raises:
        InvalidInput: there is none of that name.
    """
    file = _file(workspace, name)
    if not file.is_file():
        raise InvalidInput(f"There is no segment '{name}'.", remedy="Choose one of the list.")
    return _read(file)


def keep_segment(workspace: Workspace, store: Store, kept: SavedSegment, who: str, now: datetime) -> None:
    """Save a segment; one of the same name is replaced, and campaigns that start later take the new one.

    Raises:
        InvalidInput: it has no conditions, or its name cannot be that of a file.
    """
    file = _file(workspace, kept.name)
    if not kept.conditions:
        raise InvalidInput("The segment has no condition.", remedy="Choose at least one.")
    file.parent.mkdir(exist_ok=True)
    replace_file(file, Segment(kept.conditions, 1.0, 1.0).as_json().encode())
    with store.change() as connection:
        rule = " and ".join(map(str, kept.conditions))
        written(connection, now, who, "saved", f"segment/{kept.name}", details={"rule": rule})


def drop_segment(workspace: Workspace, store: Store, name: str, who: str, now: datetime) -> None:
    """Delete a segment; ``restore_segment`` brings it back.

    Raises:
        InvalidInput: there is none of that name, or a campaign chooses its audience by it.
    """
    one = segment(workspace, name)
    with store.change() as connection:
        texts = connection.execute(
            select(CampaignRow.name, CampaignRow.draft, RevisionRow.written)
            .join(
                RevisionRow,
                (RevisionRow.campaign_id == CampaignRow.id)
                & (RevisionRow.number == CampaignRow.live_revision),
                isouter=True,
            )
            .where(CampaignRow.state.not_in(("cancelled", "ended")))
        ).all()
        users = [row.name for row in texts if one.file in f"{row.draft} {row.written}"]
        if users:
            raise InvalidInput(
                f"The segment '{name}' is the audience of {users[0]}.",
                remedy="Give that campaign another audience first.",
            )
        file = _file(workspace, name)
        file.replace(file.with_name(file.name + _GONE))
        written(connection, now, who, "deleted", f"segment/{name}")


def restore_segment(workspace: Workspace, store: Store, name: str, who: str, now: datetime) -> None:
    """Bring back a segment that was deleted.

    Raises:
        InvalidInput: there is nothing to bring back.
    """
    file = _file(workspace, name)
    gone = file.with_name(file.name + _GONE)
    if not gone.is_file() or file.exists():
        raise InvalidInput(f"The segment '{name}' was not deleted.", remedy="Look at the list.")
    gone.replace(file)
    with store.change() as connection:
        written(connection, now, who, "restored", f"segment/{name}")


def counted(workspace: Workspace, conditions: Iterable[Condition]) -> Counted:
    """How many customers meet the conditions now."""
    rules = tuple(conditions)
    facts = _facts(workspace, [*(one.column for one in rules), "revenue_cents", "currency"])
    found = Segment(rules, 1.0, 1.0).of(facts)
    known = found["currency"].drop_null().unique().to_pylist()
    return Counted(
        found.num_rows,
        facts.num_rows,
        pc.sum(found["revenue_cents"]).as_py(),
        known[0] if len(known) == 1 else None,
    )


def members(workspace: Workspace, conditions: Iterable[Condition], most: int) -> list[dict[str, object]]:
    """Some of the customers who meet the conditions, those who bought most first; rows as of ``find_customers``."""
    rules = tuple(conditions)
    facts = _facts(workspace, [*(one.column for one in rules), "customer_id", "revenue_cents"])
    found = Segment(rules, 1.0, 1.0).of(facts)
    first = found.sort_by([("revenue_cents", "descending"), ("customer_id", "ascending")]).slice(0, most)
    return customers_of(workspace, first["customer_id"].to_pylist())


def _facts(workspace: Workspace, columns: Sequence[str]) -> pa.Table:
    names = list(dict.fromkeys(columns))
    schema = pa.schema([contract(_FACTS).schema.field(name) for name in names])
    if not workspace.has(_FACTS):
        return schema.empty_table()
    parts = [pq.ParquetFile(file).read(names) for file in workspace.files(_FACTS)]
    return pa.concat_tables(parts) if parts else schema.empty_table()


def _read(file: Path) -> SavedSegment:
    return SavedSegment(file.stem, Segment.from_json(file.read_text("utf-8")).conditions)


def _file(workspace: Workspace, name: str) -> Path:
    if not _NAME.fullmatch(name) or name.endswith("."):
        raise InvalidInput(
            f"'{name}' cannot be the name of a segment.", remedy="Use letters, digits and blanks, at most 60."
        )
    return workspace.folder / FOLDER / f"{name}.json"
