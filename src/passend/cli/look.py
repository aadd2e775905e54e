"""``passend story``, ``undo`` and ``doctor``: what happens in a workspace, and whether all is well."""

import importlib.metadata
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from passend.cli.console import open_workspace, out, print_json, print_table, workspace_options
from passend.language import count, phrase, retold, word
from passend.settings import SETTINGS, allowed

if TYPE_CHECKING:
    from passend.workspace import Workspace


@click.command("story")
@workspace_options
def story_command(workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool) -> None:
    """Tell the story of the data: each step with its file, what it reads and makes, and how many rows there are."""
    from passend.flow.steps import STEPS, origin

    place = open_workspace(workspace, overrides)
    steps: list[dict[str, Any]] = []
    for step in STEPS:
        file = origin(step)
        stored = place.manifest.tables.get(step.table)
        steps.append(
            {
                "room": step.room,
                "step": step.says,
                "file": file.path,
                "reads": list(file.reads),
                "makes": step.table,
                "one_row_is": file.grain,
                "rows": stored.rows if stored else None,
                "stale": place.is_stale(step.table) if stored else False,
            }
        )
    if as_json:
        print_json(steps)
        return
    for room in dict.fromkeys(step.room for step in STEPS):
        rows = []
        for told in steps:
            if told["room"] == room:
                shown = count(told["rows"])
                if told["stale"]:
                    shown = phrase("{rows} (older than the orders)", rows=shown)
                rows.append((retold(told["step"]), ", ".join(told["reads"]), told["makes"], shown))
        print_table(room, ("step", "reads the tables", "writes the table", "rows stored"), rows)
    if not quiet:
        out.print(
            phrase("The SQL of each step is in src/passend/ROOM/sql/TABLE.sql; changing it changes the rule.")
        )


#: What a person knows of a state: these tables, where they are stored.
_KNOWN = {
    "orders": "order lines", "products": "products", "customer_facts": "customers", "offers": "offers",
    "consents": "consents", "contacts": "contacts",
}  # fmt: skip


@click.command("undo")
@click.option("--redo", is_flag=True, help="Bring back what was undone last.")
@workspace_options
def undo_command(
    workspace: Path, overrides: Sequence[str], *, redo: bool, as_json: bool, quiet: bool
) -> None:
    """Go back to the state before the last import or plan; again: one further."""
    place = open_workspace(workspace, overrides)
    undone, tables = place.manifest.what, place.manifest.tables
    manifest = place.redo() if redo else place.undo()
    rows = {name: stored.rows for name, stored in manifest.tables.items()}
    if as_json:
        print_json({"redone": manifest.what, "tables": rows} if redo else {"undone": undone, "tables": rows})
        return
    if quiet:
        return
    if redo:
        out.print(phrase("Brought back: {what:s}.", what=manifest.what))
    else:
        out.print(phrase("Undone: {what:s}.", what=undone))
    if rows:
        known = [(word(name), rows[one]) for one, name in _KNOWN.items() if one in rows]
        print_table("What there is now", ("what", "number"), known)
        if not redo:
            way = "passend undo" + ("" if place.folder.name == "passend-workspace" else f" -w {workspace}")
            out.print(
                phrase("It was made by: {what:s}. To undo that, too: {way}. To take it back: {way} --redo.",
                       what=manifest.what, way=way),
                soft_wrap=True,
            )  # fmt: skip
    else:
        out.print(phrase("The workspace is empty again."))
    shown = [one for one in ("report.html", "offers.csv") if (place.folder / one).exists()]
    if shown and tables.get("offers") != manifest.tables.get("offers"):
        out.print(
            phrase("{files} in the workspace still show the state before: passend plan writes them anew.",
                   files=", ".join(shown)),
            soft_wrap=True,
        )  # fmt: skip


@click.command("doctor")
@click.option("--settings", "show_settings", is_flag=True, help="List all settings with their values.")
@workspace_options
def doctor_command(
    workspace: Path, overrides: Sequence[str], *, show_settings: bool, as_json: bool, quiet: bool
) -> None:
    """Check the installation and the workspace."""
    place = open_workspace(workspace, overrides)
    checks = [*_installation(), *_health(place)]
    settings = [
        (s.name, s.shown(place.settings[s.name]), s.default, retold(allowed(s)), retold(s.help))
        for s in SETTINGS
    ]
    if as_json:
        print_json({"checks": checks, "settings": {name: value for name, value, *_ in settings}})
    else:
        for check in checks:
            if not quiet or not check["ok"]:
                sign = "[green]ok[/green]  " if check["ok"] else "[red]bad[/red] "
                what = f"{word('table')} {check['table']}" if "table" in check else word(str(check["what"]))
                out.print(f"{sign} {what}: {retold(str(check['says']))}", soft_wrap=True)
        if show_settings:
            print_table("Settings", ("name", "value", "default", "takes", "what it does"), settings)
    if not all(check["ok"] for check in checks):
        raise click.exceptions.Exit(1)


def _installation() -> list[dict[str, object]]:
    checks: list[dict[str, object]] = [
        {"what": "Python", "ok": sys.version_info >= (3, 11), "says": sys.version.split()[0]}
    ]
    for package in ("passend", "duckdb", "pyarrow", "numpy", "numba", "lightgbm", "sqlglot"):
        try:
            checks.append({"what": package, "ok": True, "says": importlib.metadata.version(package)})
        except importlib.metadata.PackageNotFoundError:
            checks.append({"what": package, "ok": False, "says": "is missing; install passend again"})
    for package, use in (("pyspark", "--engine spark"), ("psycopg", "PostgreSQL")):
        try:
            says = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            says = f"not installed; only needed for {use}"
        checks.append({"what": package, "ok": True, "says": says})
    java = shutil.which("java")
    checks.append({"what": "Java", "ok": True, "says": java or "not found; only needed for --engine spark"})
    return checks


def _health(place: "Workspace") -> list[dict[str, object]]:
    checks: list[dict[str, object]] = [
        {"what": "workspace", "ok": True, "says": f"{place.folder}, change {place.manifest.number}"}
    ]
    for name, stored in place.manifest.tables.items():
        lost = [file for file in place.files(name) if not file.exists()]
        says = f"{stored.rows:,} rows" + (
            ", older than the orders: run passend plan" if place.is_stale(name) else ""
        )
        if lost:
            says = f"{len(lost)} of its files are gone, e.g. {lost[0]}; go back with passend undo or import again"
        checks.append({"what": f"table {name}", "table": name, "ok": not lost, "says": says})
    free = shutil.disk_usage(place.folder).free
    checks.append({"what": "disk", "ok": free > 2**30, "says": f"{free / 2**30:,.1f} GiB free"})
    return checks
