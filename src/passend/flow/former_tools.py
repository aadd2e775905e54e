"""Moving from another mail tool: no advertising leaves until what that tool knows of refusals is imported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, insert, select, update

from passend.errors import InvalidInput
from passend.flow.persons import marker
from passend.intake.mail_tool import Said, mail_tools, read_export
from passend.store import Store, written
from passend.store.consents import FormerToolRow
from passend.store.ledger import NewWord, Wall, add_words, suppress
from passend.workspace import Workspace


@dataclass(frozen=True)
class Moved:
    """What an import brought.

    Attributes:
        tool: whose export it was.
        given: yes, new in the ledger.
        refused: no, new in the ledger.
        walls: addresses that get no advertising, new.
        known: words that the ledger knew already.
    """

    tool: str
    given: int
    refused: int
    walls: int
    known: int


def name_former_tool(store: Store, name: str, who: str, now: datetime) -> None:
    """Say that the firm used another mail tool before: advertising waits until its export is imported.

    Raises:
        InvalidInput: no such tool is known.
    """
    tool = next((one.name for one in mail_tools() if one.name.lower() == name.strip().lower()), None)
    if tool is None:
        raise InvalidInput(
            f"No mail tool '{name}' is known",
            remedy=f"Known are: {', '.join(one.name for one in mail_tools())}.",
        )
    with store.change() as connection:
        known = connection.execute(select(FormerToolRow.name).where(FormerToolRow.name == tool)).first()
        if known is None:
            connection.execute(insert(FormerToolRow).values(name=tool, told_at=now, told_by=who, file=""))
            written(connection, now, who, "named a former tool", f"former_tools/{tool}")


def import_exports(
    workspace: Workspace, store: Store, files: Sequence[Path], who: str, now: datetime
) -> list[Moved]:
    """Import exports of a former tool, all of them or none; the same file twice changes nothing.

    Raises:
        UnrecognisedColumns: a file is of no tool that is known.
        InvalidInput: a row says what no rule knows; nothing is imported.
    """
    read = [(file, *read_export(file)) for file in files]
    mark = marker(workspace)
    found = []
    with store.change() as connection:
        for file, tool, said in read:
            told_at = _told_at(connection, tool.name, who, now)
            yes = [_word(one, tool.name, _UNTOLD) for one in said if one.says == "yes"]
            no = [_word(one, tool.name, told_at) for one in said if one.says == "no"]
            given, refused = add_words(connection, yes, now), add_words(connection, no, now)
            walls = suppress(connection, [_wall(one, tool.name) for one in said if one.says == "wall"], mark)
            found.append(Moved(tool.name, given, refused, walls, len(said) - given - refused - walls))
            done = update(FormerToolRow).where(FormerToolRow.name == tool.name)
            connection.execute(done.values(imported_at=now, file=file.name))
            written(
                connection, now, who, "imported", f"former_tools/{tool.name}", details={"file": file.name}
            )
    return found


#: A yes whose time the export does not tell is older than every refusal; a refusal without one is as new as the move.
_UNTOLD = datetime(2000, 1, 1)


def _told_at(connection: Connection, tool: str, who: str, now: datetime) -> datetime:
    """When the firm said that it comes from this tool; now, where it did not say so before."""
    row = FormerToolRow
    known = connection.execute(select(row.told_at).where(row.name == tool)).scalar()
    if known is None:
        connection.execute(insert(row).values(name=tool, told_at=now, told_by=who, file=""))
    return known or now


def _word(one: Said, tool: str, untold: datetime) -> NewWord:
    return NewWord(
        "email", one.says == "yes", one.at or untold, f"import {tool}", None, one.address,
        basis=one.basis or "objection", evidence=one.evidence,
    )  # fmt: skip


def _wall(one: Said, tool: str) -> Wall:
    proof = "; ".join(f"{name}: {value}" for name, value in one.evidence.items())
    return Wall(one.address, one.reason, one.at or _UNTOLD, f"import {tool}", proof)
