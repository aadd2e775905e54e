"""What is to be imported, opened: what belongs together is put together, several products of a row become lines."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from passend.errors import EmptyTable
from passend.intake import (
    OwnSource,
    Recognition,
    Source,
    join_campaigns,
    join_pairs,
    open_frame,
    open_source,
    own_table,
    recognise_table,
    shaped,
    whole_workbook,
)
from passend.workspace import Workspace


@dataclass(frozen=True)
class ImportRequest:
    """One source to import.

    Attributes:
        what: a path, a database URL, or a frame that speaks Arrow.
        table: the table of a database.
        query: a query of a database, instead of a table.
        sheet: the sheet of an Excel file.
        columns: meaning -> column, where the user knows better than the recognition.
        as_table: what the source is (orders, products, customers, contracts, events, contacts, consents or costs),
            where the user knows better.
        accept_guesses: whether to go on with what is likely and not certain.
    """

    what: object
    table: str = ""
    query: str = ""
    sheet: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    as_table: str = ""
    accept_guesses: bool = False


@dataclass(frozen=True)
class Opened:
    """A source, ready to be recognised, or the word that its table has no rows.

    Attributes:
        request: what was asked for; of joined sources the one with the lines.
        source: the source.
        notes: how it was put together.
    """

    request: ImportRequest
    source: Source | EmptyTable
    notes: tuple[str, ...] = ()


def open_requests(requests: Sequence[ImportRequest], layouts: str = "") -> list[Opened]:
    """Open what is asked for; a table of orders and a table of their lines become one source.

    Args:
        requests: what was asked for, in its order.
        layouts: folder of the firm's own layouts.
    """
    opened = _with_campaigns([_opened(request) for request in requests])
    free = [source for each in opened if (source := _joinable(each)) is not None]
    joined = {id(parts[0]): made for made, parts in join_pairs(free)}
    gone = {id(source) for source in free} - set(joined)  # the orders' side of a join
    return [
        _shaped(Opened(each.request, joined.get(id(each.source), each.source), each.notes), layouts)
        for each in opened
        if id(each.source) not in gone
    ]


def recognised(workspace: Workspace, opened: Opened, source: Source) -> Recognition:
    """What the columns of a source mean: for the import, and for whoever looks at it first.

    Args:
        workspace: knows what was settled for tables of this form before, and the firm's own layouts.
        opened: what was asked for.
        source: it, with rows.
    """
    request = opened.request
    found = recognise_table(
        source,
        table=request.as_table or (source.as_table if isinstance(source, OwnSource) else ""),
        overrides=request.columns,
        remembered=workspace.manifest.column_maps.get(form_of(source)),
        layouts=workspace.settings.text("intake.layouts"),
    )
    return replace(found, notes=(*opened.notes, *found.notes))


def form_of(source: Source) -> str:
    """The mark of all tables with these columns."""
    return hashlib.sha256("\x1f".join(source.columns).encode()).hexdigest()[:16]


def _with_campaigns(opened: list[Opened]) -> list[Opened]:
    """Tables of campaigns and of those who got them become one source of contacts."""
    found = join_campaigns([source for each in opened if (source := _joinable(each)) is not None])
    if found is None:
        return opened
    made, parts = found
    gone = {id(part) for part in parts}
    first = next(each for each in opened if id(each.source) == id(parts[0]))
    contacts = Opened(replace(first.request, as_table="contacts"), made, (*first.notes, *made.notes))
    return [*(each for each in opened if id(each.source) not in gone), contacts]


def _opened(request: ImportRequest) -> Opened:
    notes: tuple[str, ...] = ()
    try:
        if isinstance(request.what, str | Path):
            given = open_source(request.what, table=request.table, query=request.query, sheet=request.sheet)
            if not (request.sheet or request.columns):
                given, notes = whole_workbook(given, Path(request.what))
        else:
            given = open_frame(request.what)
    except EmptyTable as empty:
        return Opened(request, empty)
    own = None if request.columns else own_table(given)
    return Opened(request, own or given, notes)


def _joinable(opened: Opened) -> Source | None:
    if opened.request.columns or opened.request.as_table or isinstance(opened.source, OwnSource | EmptyTable):
        return None
    return opened.source


def _shaped(opened: Opened, layouts: str) -> Opened:
    if isinstance(opened.source, OwnSource | EmptyTable) or opened.request.as_table not in {"", "orders"}:
        return opened
    source = shaped(opened.source, opened.request.columns, layouts)
    return Opened(opened.request, source, (*opened.notes, *getattr(source, "notes", ())))
