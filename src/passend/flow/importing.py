"""Intake: files, databases and frames become contract tables, all or nothing."""

import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from passend.engines import sql
from passend.errors import EmptyTable, InvalidInput, PassendError, UnsettledGuess
from passend.flow.currencies import load_currencies
from passend.flow.firm_tables import keep_firm_rows, keep_set_aside
from passend.flow.identity import link_numbers
from passend.flow.persons import keep_out_erased
from passend.flow.sources import ImportRequest, Opened, form_of, open_requests, recognised
from passend.flow.steps import run_steps, steps_of
from passend.intake import (
    TABLE,
    OwnSource,
    Recognition,
    Source,
    Staged,
    insist_on_file,
    is_remark,
    non_products,
    source_identity,
    stage_firm_table,
    stage_lines,
    stage_products,
    table_without_rows,
)
from passend.intake.lessons import contact_lesson
from passend.intake.misread import misread
from passend.intake.resolving import resolve
from passend.ports import Engine, Progress, Statement
from passend.settings import Settings
from passend.tables import contract
from passend.workspace import Change, Workspace

Confirm = Callable[[Source, Recognition], bool]


@dataclass(frozen=True)
class SourceSummary:
    """What became of one source: read = added + known before + unusable.

    Rows of orders that cannot be used are counted in the account of all lines instead of here.
    """

    source: str
    kind: str
    read: int
    added: int
    notes: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    unusable: Mapping[str, int] = field(default_factory=dict)
    new_aside: bool = False

    @property
    def known(self) -> int:
        """Records that were in the workspace before."""
        return self.read - self.added - sum(self.unusable.values())


@dataclass(frozen=True)
class ImportSummary:
    """The account of an import: read = kept + returns + quarantined; ``told`` of the kept say that they came back."""

    sources: tuple[SourceSummary, ...]
    lines: int
    kept: int
    returns: int
    quarantined: Mapping[str, int]
    remarks: tuple[str, ...] = ()
    told: int = 0

    @property
    def adds_up(self) -> bool:
        """Whether every line is accounted for."""
        return self.lines == self.kept + self.returns + sum(self.quarantined.values())


def import_sources(
    workspace: Workspace,
    requests: Sequence[ImportRequest],
    progress: Progress,
    confirm: Confirm | None = None,
) -> ImportSummary:
    """Read sources into the workspace. Either all are in afterwards, or none.

    Args:
        workspace: where the tables go.
        requests: what to read.
        progress: is told what goes on.
        confirm: asked with the recognised columns before anything is read; declining ends the import.
    """
    for request in requests:
        if isinstance(request.what, str | Path):
            insist_on_file(request.what)  # the last of many files may be misspelt: no reading for nothing
    with workspace.change("import") as change, workspace.engine(as_written=True) as engine:
        _load_known(workspace, engine)
        desk = _Desk(workspace, change, engine, progress, len(requests) == 1)
        opened = open_requests(requests, workspace.settings.text("intake.layouts"))
        summaries = [_import_one(desk, each, confirm) for each in opened]
        if any(summary.added or summary.new_aside for summary in summaries) or not workspace.has("orders"):
            for name in ("imports", "lines", "product_list", "set_aside"):
                if not change.has(name):
                    change.write(engine, name)
            remarks = link_numbers(change, engine)
            rebuild_orders(workspace.settings, engine, progress)
            if any(summary.kind == "contacts" for summary in summaries):
                remarks = (*remarks, *_lesson(engine))
            account = replace(_account(engine, summaries), remarks=remarks)
            _refuse_if_useless(account, workspace.settings)
            progress.step("Storing tables")
            for step in steps_of("intake"):
                if step.kept:
                    change.write(engine, step.table)
        else:
            account = _account(engine, summaries)
    return account


@dataclass(frozen=True)
class _Desk:
    """What the clerk who takes in a source has at hand."""

    workspace: Workspace
    change: Change
    engine: Engine
    progress: Progress
    alone: bool


def _import_one(desk: _Desk, opened: Opened, confirm: Confirm | None) -> SourceSummary:
    request, source = opened.request, opened.source
    if isinstance(source, EmptyTable):
        return _nothing_in(request, source, alone=desk.alone)
    desk.progress.step(f"Recognising the columns of {source.name}")
    recognition = recognised(desk.workspace, opened, source)
    _settle(desk, source, recognition, confirm, request)
    source_id = source_identity(source, recognition)
    before = _imported_before(desk.engine, source_id)
    if before:
        note = f"{source.name} was imported before, on {before['imported_at']:%Y-%m-%d}; nothing to add."
        return SourceSummary(source.name, before["kind"], before["rows"], 0, (note,), recognition.remember())
    scratch = desk.workspace.folder / "scratch" / f"stage-{desk.change.number}-{source_id}"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    desk.progress.step(f"Reading {source.name}", source.size)
    kind = recognition.kind
    stage = _STAGES.get(kind, stage_firm_table)
    staged = stage(source, recognition, desk.workspace.settings, scratch, desk.progress)
    late = (
        *(each.doubt() for each in staged.agreements if not each.holds),
        *(misread(staged.problems, staged.rows, recognition.mapping) if kind == "orders" else ()),
    )
    if late:
        _settle(desk, source, replace(recognition, notes=(), doubts=late), confirm, request)
    if kind == "orders":
        added = _add_lines(desk, staged, only_new_orders=isinstance(source, OwnSource))
    elif kind == "products":
        added = _add_products(desk, staged)
    else:
        added = keep_firm_rows(desk.workspace, desk.change, desk.engine, kind, staged)
    keep_set_aside(desk.change, desk.engine, source.name, kind, staged)
    unusable = dict(staged.problems) if kind != "orders" else {}
    if unusable and staged.rows == sum(unusable.values()):
        raise _nothing_usable(source, kind, unusable)
    forced = {TABLE: kind} if request.as_table or kind not in _STAGES else {}
    desk.change.remember_columns(form_of(source), {**recognition.remember(), **forced})
    _note_import(desk, source, recognition, (staged, added))
    return SourceSummary(
        source.name,
        kind,
        staged.rows,
        added,
        (
            *_notes(source, (*recognition.notes, *staged.notes)),
            *(each.sentence for each in recognition.doubts),
            *(each.sentence() for each in staged.agreements),
        ),
        recognition.remember(),
        unusable,
        bool(unusable),
    )


def _notes(source: Source, notes: tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(source, OwnSource) and source.note:
        return (*notes, f"{source.name}: {source.note}")
    return notes


def _lesson(engine: Engine) -> tuple[str, ...]:
    """Why the firm's contacts cannot teach what an offer adds, where most of them cannot."""
    resolve(engine, "contacts")
    engine.create("contact_lessons", sql("intake", "contact_lessons"))
    said = contact_lesson(engine.fetch("contact_lessons").to_pylist())
    return (said,) if said else ()


def _nothing_in(request: ImportRequest, empty: EmptyTable, *, alone: bool) -> SourceSummary:
    """A firm without contracts has an empty table of contracts: nothing to read. Orders without rows are an error."""
    kind = table_without_rows(empty.columns, request.as_table)
    if not kind or alone:
        raise empty
    return SourceSummary(empty.table, kind, 0, 0, (f"{empty.table} has no rows; nothing to add.",))


def _settle(
    desk: _Desk, source: Source, recognition: Recognition, confirm: Confirm | None, request: ImportRequest
) -> None:
    """Ask whether the columns are right where somebody can be asked, else take nothing that is not certain."""
    settings = desk.workspace.settings
    doubts = tuple(
        each for each in recognition.doubts if not each.setting or settings.text(each.setting) == "auto"
    )
    if confirm:
        if not confirm(source, replace(recognition, doubts=doubts)):
            raise InvalidInput(
                "The import was stopped.", remedy='Name columns yourself with --map meaning="Column".'
            )
    elif doubts and not request.accept_guesses:
        ways = "; ".join(dict.fromkeys(doubt.remedy for doubt in doubts))
        raise UnsettledGuess(
            "\n".join(doubt.sentence for doubt in doubts),
            record=source.name,
            remedy=f"{ways}. Or take what is likely with --accept-guesses.",
        )


_STAGES = {"orders": stage_lines, "products": stage_products}


def _nothing_usable(source: Source, kind: str, unusable: Mapping[str, int]) -> InvalidInput:
    reason, rows = next(iter(unusable.items()))
    return InvalidInput(
        f"As {kind}, no row of the file can be used; most often ({rows:,} times) {reason}.",
        record=source.name,
        remedy='Check how the columns were read, and name them with --map meaning="Column"; if the file is '
        "something else, say so with --as TABLE.",
    )


def _imported_before(engine: Engine, source_id: str) -> dict[str, Any] | None:
    rows = engine.fetch("imports").to_pylist()
    return next((row for row in rows if row["source_id"] == source_id), None)


def _load_known(workspace: Workspace, engine: Engine) -> None:
    for name in ("imports", "lines", "product_list", "set_aside"):
        if not workspace.has(name):
            engine.load(name, contract(name).empty())


_OF_NEW_ORDERS = Statement(
    "intake/of_new_orders",
    "select n.* from new_lines n left join (select distinct order_id from lines) k on k.order_id = n.order_id "
    "where k.order_id is null",
)


def _add_lines(desk: _Desk, staged: Staged, *, only_new_orders: bool = False) -> int:
    """Keep the lines that are not known yet; the engine's ``lines`` then hold old and new.

    Of passend's own tables only the orders that are not known yet: they say again what the firm's files said first.
    """
    desk.progress.step("Looking for what is new")
    engine, change = desk.engine, desk.change
    is_first = engine.fetch("lines", limit=1).num_rows == 0
    if is_first:
        engine.load("added_lines", staged.files)
    else:
        engine.load("new_lines", staged.files)
        if only_new_orders:
            engine.create("of_new_orders", _OF_NEW_ORDERS)
            engine.create("new_lines", Statement("intake/new_lines", "select * from of_new_orders"))
        engine.load("new_import", pa.table({"as_of": pa.array([staged.as_of], pa.timestamp("us"))}))
        engine.create("added_lines", sql("intake", "added_lines"))
    left_out = keep_out_erased(desk.workspace, engine, "added_lines")
    if left_out:
        desk.progress.step(f"{left_out:,} lines of erased customers are left out")
    if engine.fetch("added_lines", limit=1).num_rows == 0:
        return 0
    if is_first and not left_out:
        added = change.take(engine, "lines", staged.files)
    else:
        added = change.write(engine, "lines", append=True, source="added_lines")
    engine.load("lines", change.files("lines"))
    engine.drop("added_lines")
    return added


def _add_products(desk: _Desk, staged: Staged) -> int:
    """Take the product list as given; a product given again replaces what was known of it."""
    desk.engine.load("given_products", staged.files)
    desk.engine.create("product_list_new", sql("intake", "product_list"))
    desk.change.write(desk.engine, "product_list", source="product_list_new")
    desk.engine.load("product_list", desk.change.files("product_list"))
    return staged.rows - sum(staged.problems.values())


def _note_import(desk: _Desk, source: Source, recognition: Recognition, counts: tuple[Staged, int]) -> None:
    staged, added = counts
    row = {
        "source_id": staged.source_id,
        "source": source.name,
        "kind": recognition.kind,
        "imported_at": datetime.now(UTC).replace(tzinfo=None),
        "rows": staged.rows,
        "added": added,
        "column_map": json.dumps(recognition.remember(), sort_keys=True, ensure_ascii=False),
        "as_of": staged.as_of,
        "counts_pieces": recognition.kind == "orders" and "quantity" not in recognition.mapping,
    }
    table = pa.Table.from_pylist([row], schema=contract("imports").schema)
    desk.engine.load(
        "imports_new", pa.concat_tables([desk.engine.fetch("imports").cast(table.schema), table])
    )
    desk.change.write(desk.engine, "imports", source="imports_new")
    desk.engine.load("imports", desk.change.files("imports"))


def rebuild_orders(settings: Settings, engine: Engine, progress: Progress) -> None:
    """Make orders, returns, products and quarantine from all lines that were ever read.

    They depend on the content of the lines alone, not on the files or the order in which these came.
    """
    steps = steps_of("intake")
    names = next(place for place, step in enumerate(steps) if step.table == "product_names") + 1
    run_steps(engine, steps[:names], settings, progress)
    _load_word_lists(engine, settings)
    run_steps(engine, steps[names:], settings, progress)


def _load_word_lists(engine: Engine, settings: Settings) -> None:
    """What is no product, which names are remarks, and what currencies are worth."""
    names = engine.fetch("product_names")
    engine.load("non_products", non_products(names))
    remarks = sorted({name for name in names.column("product_name").to_pylist() if name and is_remark(name)})
    engine.load("remarks", pa.table({"product_name": pa.array(remarks, pa.string())}))
    load_currencies(engine, settings)


def _account(engine: Engine, summaries: Iterable[SourceSummary]) -> ImportSummary:
    engine.create("account", sql("intake", "account"))
    row = engine.fetch("account").to_pylist()
    counts = {item["fate"]: item["rows"] for item in row if item["reason"] == ""}
    reasons = {item["reason"]: item["rows"] for item in row if item["reason"] != ""}
    account = ImportSummary(
        tuple(summaries),
        counts["lines"],
        counts["orders"],
        counts["returns"],
        dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
        told=counts["told"],
    )
    if not account.adds_up:
        raise PassendError(
            f"The import does not add up: {account.lines} lines were read, {account.kept} kept, {account.returns} "
            f"returned and {sum(account.quarantined.values())} set aside.",
            remedy="The workspace is as it was. Please report this with the file's first lines.",
        )
    return account


def _refuse_if_useless(account: ImportSummary, settings: Settings) -> None:
    usable = account.kept + account.returns
    if not account.lines or usable >= account.lines * settings.number("intake.min_usable_share"):
        return
    reason, rows = next(iter(account.quarantined.items()))
    raise InvalidInput(
        f"Only {usable:,} of {account.lines:,} rows can be used; most often ({rows:,} times) {reason}.",
        record=", ".join(summary.source for summary in account.sources),
        remedy='Check how the columns were read, and name them with --map meaning="Column". '
        "If the file really is like that, set --set intake.min_usable_share=0.",
    )
