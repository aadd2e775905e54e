"""``passend serve`` and ``passend mcp``: answers for shops and programs, and tools for assistants."""

from collections.abc import Sequence
from pathlib import Path

import click

from passend.cli.console import err, open_workspace, print_json, workspace_options
from passend.errors import MissingPart
from passend.language import phrase


@click.command("serve")
@click.option("--demo", is_flag=True, help="Try it out on this computer, with keys that everybody knows.")
@workspace_options
def serve_command(
    workspace: Path, overrides: Sequence[str], *, demo: bool, as_json: bool, quiet: bool
) -> None:
    """Answer shops and programs over HTTP: recommendations, offers, events, results. Ends with Ctrl-C."""
    place = open_workspace(workspace, overrides)
    try:
        from passend.api.process import Serving
        from passend.flow.serving.desk import Desk
        from passend.web.site import make_site
    except ModuleNotFoundError as problem:
        raise _part_missing("serve") from problem

    def tell(address: str, setup: str) -> None:
        if as_json:
            print_json({"address": address, "setup": setup})
        elif not quiet:
            err.print(phrase("passend answers at {address}", address=address), markup=False)
        if setup and not as_json:
            err.print(
                phrase("Make the first administrator, once: {link}", link=address + setup), markup=False,
                soft_wrap=True,
            )  # fmt: skip

    words = tuple(overrides)
    Serving(Desk(place.folder, words), make_site, demo, words).run(tell)


@click.command("mcp")
@click.option(
    "--persons", is_flag=True, help="Let the assistant read personal data; without, it sees none of it."
)
@workspace_options
def mcp_command(
    workspace: Path, overrides: Sequence[str], *, persons: bool, as_json: bool, quiet: bool
) -> None:
    """Offer tools to an assistant on this computer (Model Context Protocol). It may prepare drafts, and never sends."""
    del as_json, quiet
    place = open_workspace(workspace, overrides)
    try:
        from passend.assistant.server import run
    except ModuleNotFoundError as problem:
        raise _part_missing("mcp") from problem
    run(place.folder, tuple(overrides), persons=persons)


def _part_missing(extra: str) -> MissingPart:
    return MissingPart(
        "What serves over HTTP is not installed."
        if extra == "serve"
        else "What assistants need is not installed.",
        remedy=f"Install it: pip install passend[{extra}]",
    )
