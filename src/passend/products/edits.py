"""The people's word on relations: pin, forbid, retype, release, annotate; as a table and as CSV.

Edits are a log. Nothing is changed in it: a new decision on a pair is a new row, the latest counts, and the older ones
tell who thought what, when and why. A release takes a decision back: from then on the figures decide again.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from passend.errors import InvalidInput
from passend.tables import contract
from passend.tables.spreadsheets import guarded_text, unguarded_text
from passend.vocabulary import Relation

ACTIONS = ("pin", "forbid", "retype", "release", "annotate")
#: Finer kinds of relation, in the words of Google Merchant's related_product.
ROLES: Mapping[str, Relation] = {
    "part_of_set": Relation.COMPLEMENT,
    "required_part": Relation.COMPLEMENT,
    "often_bought_with": Relation.COMPLEMENT,
    "accessory": Relation.COMPLEMENT,
    "different_brand": Relation.SUBSTITUTE,
}
_COLUMNS = ("product_id", "other_id", "action", "type", "note", "author", "edited_at")
_TYPES = (*(str(kind) for kind in Relation), *ROLES)


@dataclass(frozen=True)
class Edit:
    """One decision or note of one person on one pair of products."""

    product_id: str
    other_id: str
    action: str
    note: str
    author: str
    edited_at: datetime
    type: str | None = None

    def __post_init__(self) -> None:
        if not self.product_id or not self.other_id:
            raise self._wrong("a product is missing", "Name both products.")
        if self.product_id == self.other_id:
            raise self._wrong("a product does not relate to itself", "Name two products.")
        if self.action not in ACTIONS:
            raise self._wrong(f"'{self.action}' is no action", f"Use {', '.join(ACTIONS)}.")
        if self.type is not None and self.type not in _TYPES:
            raise self._wrong(f"'{self.type}' is no type", f"Use {', '.join(_TYPES)}.")
        if self.action == "retype" and self.type is None:
            raise self._wrong("it does not say which type", f"Use {', '.join(_TYPES)}.")
        if not self.author.strip() or not self.note.strip():
            raise self._wrong("author or note is missing", "Every change needs an author and a reason.")

    def _wrong(self, what: str, remedy: str) -> InvalidInput:
        pair = f"{self.product_id}, {self.other_id}"
        return InvalidInput(f"An edit of relations cannot be used: {what}.", record=pair, remedy=remedy)


def edits_table(edits: Iterable[Edit]) -> pa.Table:
    """Edits as the contract table ``relation_edits``, oldest first, each once."""
    rows = sorted(
        {(one.product_id, one.other_id, one.action, one.edited_at): one for one in edits}.items(),
        key=lambda item: (item[0][3], item[0][:3]),
    )
    made = contract("relation_edits")
    return made.check(
        pa.Table.from_pylist(
            [{name: getattr(one, name) for name in _COLUMNS} for _, one in rows], schema=made.schema
        )
    )


def edits_of(table: pa.Table) -> list[Edit]:
    """The rows of a table ``relation_edits``."""
    return [Edit(**row) for row in contract("relation_edits").check(table).to_pylist()]


def with_edits(known: pa.Table, new: Iterable[Edit]) -> pa.Table:
    """The log with new edits; the same edit twice stands once."""
    return edits_table([*edits_of(known), *new])


def read_edits(source: Path | str, *, author: str = "", at: datetime | None = None) -> list[Edit]:
    """Edits from a CSV file, or from the text of one, with the columns of ``relation_edits``.

    Args:
        source: a path, or the CSV itself.
        author: who is named where a row names nobody.
        at: the time of rows that give none.

    Raises:
        InvalidInput: a column is missing or a row cannot be used; the record names its line.
    """
    text = source.read_text("utf-8-sig") if isinstance(source, Path) else source
    reader = csv.DictReader(io.StringIO(text))
    missing = {"product_id", "other_id", "action", "note"} - set(reader.fieldnames or ())
    if missing:
        raise InvalidInput(
            f"The file of edits lacks columns: {', '.join(sorted(missing))}.",
            remedy=f"It has these: {', '.join(_COLUMNS)}.",
        )
    return [_edit(row, reader.line_num, author, at) for row in reader]


def _edit(row: Mapping[str, str | None], line: int, author: str, at: datetime | None) -> Edit:
    cells = {name: unguarded_text((row.get(name) or "").strip()) for name in _COLUMNS}
    try:
        when = datetime.fromisoformat(cells["edited_at"]) if cells["edited_at"] else at
    except ValueError:
        when = None
    if when is None:
        raise InvalidInput(
            f"'{cells['edited_at']}' is not a time.",
            record=f"line {line}",
            remedy="Write it as 2026-01-31T14:00:00.",
        )
    try:
        return Edit(
            product_id=cells["product_id"],
            other_id=cells["other_id"],
            action=cells["action"],
            type=cells["type"] or None,
            note=cells["note"],
            author=cells["author"] or author,
            edited_at=when.replace(tzinfo=None),
        )
    except InvalidInput as problem:
        raise InvalidInput(problem.what, record=f"line {line}", remedy=problem.remedy) from problem


def edits_as_csv(table: pa.Table) -> str:
    """The log as CSV, to be changed in a spreadsheet and read again."""
    out = io.StringIO()
    writer = csv.DictWriter(out, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in table.to_pylist():
        cells = {**row, "type": row["type"] or "", "edited_at": row["edited_at"].isoformat()}
        writer.writerow({name: guarded_text(text) for name, text in cells.items()})
    return out.getvalue()
