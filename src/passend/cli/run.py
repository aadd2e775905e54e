"""``passend run`` and ``import``: from files to a plan and its report."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING

import click

from passend.cli.console import (
    Command,
    Talk,
    agreed,
    can_ask,
    err,
    open_workspace,
    out,
    print_json,
    print_table,
    workspace_options,
)
from passend.cli.plan import tell_plan
from passend.errors import InvalidInput
from passend.language import phrase, retold, word

#: Files that cannot be read are found out sooner, and then nothing is loaded in vain.
_GOOD_FILE_SECONDS = 1.0

if TYPE_CHECKING:
    from passend.flow.importing import ImportSummary
    from passend.flow.sources import ImportRequest
    from passend.intake import Recognition, Source


def _source_options(command: Command) -> Command:
    for option in (
        click.option("--yes", "-y", is_flag=True, help="Take the columns that are certain without asking."),
        click.option("--accept-guesses", is_flag=True, help="Take what is likely and not certain, too."),
        click.option("--sheet", default="", help="Sheet of an Excel file."),
        click.option("--query", default="", help="Query of a database, instead of a table."),
        click.option("--table", default="", help="Table of a database."),
        click.option(
            "--map",
            "columns",
            multiple=True,
            metavar="MEANING=COLUMN",
            help='E.g. --map customer_id="Client No".',
        ),
        click.option(
            "--as",
            "tables",
            multiple=True,
            metavar="TABLE",
            help="What the files are: orders, products, customers, contracts, events, contacts, consents or costs; "
            "or FILE=TABLE for one of several.",
        ),
        click.argument("sources", nargs=-1, metavar="[FILE | DATABASE URL]..."),
    ):
        command = option(command)
    return command


def _engine_option(command: Command) -> Command:
    return click.option(
        "--engine", type=click.Choice(["duckdb", "spark"]), help="Where the tables are computed."
    )(command)


def _load_what_plans() -> None:
    """Load what learns and decides while a large file is still read: seconds that nobody waits for."""
    import passend.flow.deciding
    import passend.flow.planning
    import passend.flow.ranking
    import passend.flow.reporting
    import passend.flow.scoring
    import passend.products.counting  # noqa: F401


@click.command("run")
@_source_options
@_engine_option
@workspace_options
def run_command(
    sources: Sequence[str],
    columns: Sequence[str],
    tables: Sequence[str],
    table: str,
    query: str,
    sheet: str,
    engine: str | None,
    workspace: Path,
    overrides: Sequence[str],
    *,
    yes: bool,
    accept_guesses: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Do the whole job: import files, find what goes together, plan offers, write the report.

    Takes order files and product lists (CSV, Parquet, Excel) or database URLs. Without a file, plans again from
    the orders that are there.
    """
    place = open_workspace(workspace, overrides, engine, needs="" if sources else "orders")
    requests = requests_of(sources, columns, (table, query, sheet), tables, accept_guesses=accept_guesses)
    from passend.flow.importing import import_sources

    talk = Talk(quiet=quiet or as_json)
    imported = None
    with talk as progress:
        if requests:
            beforehand = Timer(_GOOD_FILE_SECONDS, _load_what_plans)
            beforehand.daemon = True
            beforehand.start()
            imported = import_sources(
                place, requests, progress, None if yes or accept_guesses or not can_ask() else _Ask(talk)
            )
        from passend.flow import export_offers, make_plan, write_report

        plan = make_plan(place, progress)
        exports = export_offers(place, progress)
        report = write_report(place, progress)
    files = {"report": str(report), **{name: str(path) for name, path in exports.items()}}
    if as_json:
        print_json({"import": imported, "plan": plan, "files": files})
        return
    if imported:
        _tell_import(imported)
    tell_plan(plan)
    out.print()
    out.print(f"{word('Report:')}  [bold]{report}[/bold]", soft_wrap=True)
    out.print(f"{word('Offers:')}  {exports['offers_csv']}", soft_wrap=True)
    if not quiet:
        told = word(
            "open the report; `passend products show ID` and `passend customers show ID` tell the details, "
            "`passend plan export offers.xlsx` writes the offers for Excel."
        )
        out.print(f"{word('Next:')}    {told}")


@click.command("import")
@_source_options
@_engine_option
@click.option("--layouts", is_flag=True, help="List the exports that are known by name, and read nothing.")
@workspace_options
def import_command(
    sources: Sequence[str],
    columns: Sequence[str],
    tables: Sequence[str],
    table: str,
    query: str,
    sheet: str,
    engine: str | None,
    workspace: Path,
    overrides: Sequence[str],
    *,
    layouts: bool,
    yes: bool,
    accept_guesses: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Read files or database tables into the workspace: all of them, or nothing."""
    if layouts:
        _tell_layouts(
            open_workspace(workspace, overrides, engine).settings.text("intake.layouts"), as_json=as_json
        )
        return
    if not sources:
        raise click.UsageError("Name at least one file or database URL.")
    place = open_workspace(workspace, overrides, engine)
    requests = requests_of(sources, columns, (table, query, sheet), tables, accept_guesses=accept_guesses)
    from passend.flow.importing import import_sources

    talk = Talk(quiet=quiet or as_json)
    with talk as progress:
        summary = import_sources(
            place,
            requests,
            progress,
            None if yes or accept_guesses or not can_ask() else _Ask(talk),
        )
    if as_json:
        print_json(summary)
    else:
        _tell_import(summary)


def _tell_layouts(own: str, *, as_json: bool) -> None:
    """The exports that are known by name: the firm's own first."""
    from passend.intake import all_layouts

    layouts = all_layouts(own)
    if as_json:
        print_json([{"name": each.name, "version": each.version, "source": each.source} for each in layouts])
        return
    rows = [(word(each.name), each.source, each.version) for each in layouts]
    print_table("Known exports", ("name", "where it is found", "versions"), rows)


class _Ask:
    """Shows the recognised columns and asks whether they are right."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk

    def __call__(self, source: "Source", recognition: "Recognition") -> bool:
        """Ask on the terminal."""
        self._talk.pause()
        _tell_columns(f"{source.name} ({word(recognition.kind)})", recognition.mapping, recognition.notes)
        for doubt in recognition.doubts:
            told = phrase(
                "In doubt: {doubt:s} (To settle it: {remedy:s})", doubt=doubt.sentence, remedy=doubt.remedy
            )
            err.print(f"  {told}", markup=False)
        answer = agreed(word("Are the columns right?"), default=True)
        self._talk.go_on()
        return answer


def requests_of(
    sources: Sequence[str],
    columns: Sequence[str],
    place: tuple[str, str, str],
    tables: Sequence[str] = (),
    *,
    accept_guesses: bool = False,
) -> "list[ImportRequest]":
    """What to import, from a command's arguments: sources, ``--map`` pairs, table, query and sheet, and ``--as``."""
    table, query, sheet = place
    mapping: dict[str, str] = {}
    for pair in columns:
        meaning, equals, column = pair.partition("=")
        if not equals or not meaning.strip():
            raise InvalidInput(
                f"'{pair}' is not of the form meaning=column.", remedy='E.g. --map customer_id="Client No"'
            )
        mapping[meaning.strip()] = column.strip()
    kinds = _kinds_of(sources, tables)
    from passend.intake.opening import insist_on_file

    for source in sources:
        insist_on_file(source)
    from passend.flow.sources import ImportRequest

    return [
        ImportRequest(source, table, query, sheet, mapping, kinds[source], accept_guesses)
        for source in sources
    ]


def _kinds_of(sources: Sequence[str], tables: Sequence[str]) -> dict[str, str]:
    """What each source is, where ``--as`` says so: ``TABLE`` for all, ``FILE=TABLE`` for one."""
    kinds = dict.fromkeys(sources, "")
    for said in tables:
        file, equals, table = said.rpartition("=")
        named = [source for source in sources if not equals or source == file or Path(source).name == file]
        if not named:
            raise InvalidInput(
                f"--as names the file '{file}', which is not given.", remedy="Write --as TABLE."
            )
        kinds |= dict.fromkeys(named, table.strip())
    return kinds


def _tell_columns(source: str, mapping: Mapping[str, object], notes: Sequence[str]) -> None:
    err.print(phrase("{source}: the columns are read as", source=f"[bold]{source}[/bold]"))
    width = max(14, *(len(word(meaning)) for meaning in mapping)) if mapping else 0
    for meaning, column in mapping.items():
        said = column if isinstance(column, str) else ", ".join(str(item) for item in column)  # type: ignore[attr-defined]
        err.print(f"  {word(meaning):<{width}} {_column(said)}", markup=False)
    for note in notes:
        err.print("  " + phrase("Note: {note:s}", note=note), markup=False)


def _column(name: str) -> str:
    """A column as the file names it, or in words where passend made it."""
    from passend.intake.joined_cells import COUNTED

    return word(name) if name == COUNTED else name


def _tell_import(summary: "ImportSummary") -> None:
    for source in summary.sources:
        columns = ", ".join(
            f"{word(meaning)} = {_column(column)}" for meaning, column in source.columns.items()
        )
        out.print(f"[bold]{source.source}[/bold] ({word(source.kind)}): {columns}", soft_wrap=True)
        for reason, count in source.unusable.items():
            told = phrase(
                "{rows:n} row was not used: {reason:s}",
                "{rows:n} rows were not used: {reason:s}",
                rows=count,
                reason=reason,
            )
            out.print(f"  {told}", soft_wrap=True, markup=False)
        for note in source.notes:
            out.print("  " + phrase("Note: {note:s}", note=note), soft_wrap=True, markup=False)
    for remark in summary.remarks:
        out.print(phrase("Note: {note:s}", note=remark), soft_wrap=True, markup=False)
    rows: list[tuple[object, ...]] = [
        (phrase("read from {source}", source=one.source), one.read) for one in summary.sources
    ]
    known = sum(source.known for source in summary.sources)
    if known:
        rows.append(("  " + word("of these known before"), known))
    rows += [
        (word("rows in the workspace"), summary.lines),
        (word("= order lines kept"), summary.kept),
    ]
    if summary.told:
        rows.append(("  " + word("of these came back or were refunded, as their own rows say"), summary.told))
    rows += [
        (word("+ returns and cancellations"), summary.returns),
        (word("+ set aside in quarantine"), sum(summary.quarantined.values())),
    ]
    rows += [(f"    {retold(reason)}", count) for reason, count in summary.quarantined.items()]
    print_table("Import", ("what", "rows"), rows)
