"""``passend products pin``, ``forbid``, ``retype``, ``annotate``: the people's word, which wins over the figures."""

import getpass
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from passend.cli.console import (
    Command,
    as_said,
    open_workspace,
    out,
    print_json,
    print_table,
    workspace_options,
)
from passend.errors import PassendError
from passend.language import phrase, word

if TYPE_CHECKING:
    from passend.workspace import Workspace

#: Said after every change.
_AFTERWARDS = "It counts from the next plan on: passend plan"
#: What a change means, in words.
_MEANS = {
    "pin": "{other} always stands first beside {product}.",
    "forbid": "{other} is never shown beside {product}.",
    "release": "The figures decide again on {other} beside {product}.",
    "retype": "{other} now relates to {product} as: {kind:w}.",
    "annotate": "The note on {product} and {other} is kept.",
}


def person() -> str:
    """Who sits at the keyboard, for the log of decisions."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def _word_options(command: Command) -> Command:
    for option in (
        click.option("--author", default=person, show_default="you", help="Who decided."),
        click.option("--note", required=True, help="Why, for those who come after."),
        click.argument("other"),
        click.argument("product"),
    ):
        command = option(command)
    return command


def _add(
    action: str, pair: tuple[str, str], why: tuple[str, str], kind: str | None, place: "Workspace"
) -> None:
    from passend.flow.editing import add_edits
    from passend.products.edits import Edit

    note, author = why
    edit = Edit(*pair, action, note, author, _now(), kind)
    add_edits(place, [edit])
    done = phrase(_MEANS[action], product=pair[0], other=pair[1], kind=kind)
    changes_plans = action != "annotate"
    out.print(f"{done} {word(_AFTERWARDS)}" if changes_plans else done, markup=False)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _plain(action: str, says: str) -> click.Command:
    """A command that says one thing of a pair, and needs nothing but the reason."""

    @click.command(action, help=says)
    @_word_options
    @workspace_options
    def command(
        product: str, other: str, note: str, author: str, workspace: Path, overrides: Sequence[str],
        *, as_json: bool, quiet: bool,
    ) -> None:  # fmt: skip
        del as_json, quiet
        _add(action, (product, other), (note, author), None, open_workspace(workspace, overrides))

    return command


@click.command("pin")
@_word_options
@click.option(
    "--type", "kind", help="complement, next, substitute, upgrade, service, or Google Merchant's finer words."
)
@workspace_options
def pin_command(
    product: str, other: str, note: str, author: str, kind: str | None, workspace: Path, overrides: Sequence[str],
    *, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Have OTHER always stand first beside PRODUCT."""
    del as_json, quiet
    _add("pin", (product, other), (note, author), kind, open_workspace(workspace, overrides))


@click.command("retype")
@_word_options
@click.option(
    "--type", "kind", required=True, help="The right type: complement, next, substitute, upgrade, service."
)
@workspace_options
def retype_command(
    product: str, other: str, note: str, author: str, kind: str, workspace: Path, overrides: Sequence[str],
    *, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Correct how OTHER relates to PRODUCT."""
    del as_json, quiet
    _add("retype", (product, other), (note, author), kind, open_workspace(workspace, overrides))


@click.command("edits")
@workspace_options
def edits_command(workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool) -> None:
    """List who decided what on which products, when and why."""
    from passend.flow.editing import edits

    del quiet
    table = edits(open_workspace(workspace, overrides))
    if as_json:
        print_json(table.to_pylist())
    else:
        print_table("Edits", table.schema.names, [as_said(row) for row in table.to_pylist()])


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--merchant", is_flag=True, help="The file is a Google Merchant feed with related_product.")
@click.option(
    "--author", default=person, show_default="you", help="Who decided, where the file does not say."
)
@workspace_options
def import_command(
    file: Path,
    author: str,
    workspace: Path,
    overrides: Sequence[str],
    *,
    merchant: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Take edits from a CSV file, or relations from a Google Merchant feed; all of them, or none."""
    from passend.flow.editing import add_edits
    from passend.products.edits import read_edits
    from passend.products.merchant import read_merchant_feed

    del quiet
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise PassendError(f"{file.name} is not UTF-8 text.", remedy="Save it as CSV UTF-8.") from None
    read = read_merchant_feed if merchant else read_edits
    added = add_edits(open_workspace(workspace, overrides), read(text, author=author, at=_now()))
    if as_json:
        print_json({"added": added})
    else:
        done = phrase("{edits:n} edit added.", "{edits:n} edits added.", edits=added)
        out.print(f"{done} {word(_AFTERWARDS)}", markup=False)


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--merchant", is_flag=True, help="Relations as a Google Merchant feed with related_product.")
@workspace_options
def export_command(
    file: Path, workspace: Path, overrides: Sequence[str], *, merchant: bool, as_json: bool, quiet: bool
) -> None:
    """Write the edits as CSV, or all relations as a Google Merchant feed."""
    del as_json
    place = open_workspace(workspace, overrides, needs="relations" if merchant else "")
    from passend.flow.editing import edits, relations_of
    from passend.products.edits import edits_as_csv
    from passend.products.merchant import merchant_feed

    left_out: Sequence[str] = ()
    if merchant:
        feed = merchant_feed(relations_of(place))
        text, left_out = feed.text, feed.left_out
    else:
        text = edits_as_csv(edits(place))
    file.write_text(text, "utf-8")
    if not quiet:
        out.print(phrase("Written to {file}", file=file), soft_wrap=True, markup=False)
        for line in left_out:
            out.print("  " + phrase("left out: {line:s}", line=line), soft_wrap=True, markup=False)


COMMANDS = (
    pin_command,
    _plain("forbid", "Never show OTHER beside PRODUCT."),
    retype_command,
    _plain("release", "Take back what was said of OTHER beside PRODUCT: the figures decide again."),
    _plain("annotate", "Leave a note on a pair of products."),
    edits_command,
    import_command,
    export_command,
)
