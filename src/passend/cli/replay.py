"""``passend replay``: what changed rules would have earned on the offers that were made."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from passend.cli.console import Talk, open_workspace, out, print_json, print_table, workspace_options
from passend.language import decimal, money, phrase, retold, word

if TYPE_CHECKING:
    from passend.decisions.replay import Replay


class _Changes(click.Command):
    """Lets several changes follow one ``--what-if``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read ``--what-if use.email=no explore=0`` as two changes."""
        return super().parse_args(ctx, several(args))


def several(args: Sequence[str]) -> list[str]:
    """``--what-if a=1 b=2`` as click reads it: ``--what-if a=1 --what-if b=2``."""
    read: list[str] = []
    after = False
    for given in args:
        is_change = after and "=" in given and not given.startswith("-")
        after = is_change or given == "--what-if"
        if is_change and read[-1] != "--what-if":
            read.append("--what-if")
        read.append(given)
    return read


@click.command("replay", cls=_Changes)
@click.option(
    "--log",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A Parquet file with probability, reward and new_probability, in place of the workspace's contacts.",
)
@click.option(
    "--what-if", "changes", multiple=True, metavar="RULE=VALUE ...", help="Changed rules, e.g. use.email=no."
)
@workspace_options
def replay_command(
    log: Path | None,
    changes: Sequence[str],
    workspace: Path,
    overrides: Sequence[str],
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    """Estimate what changed rules would have earned on the offers that were made.

    Needs contacts with the chance with which they were made (column probability), as plans store it. Where the log
    cannot tell, it says so.
    """
    place = open_workspace(workspace, overrides, needs="" if log else "orders")
    from passend.decisions.replay import CannotReplay, replay

    if log is not None:
        found: Replay | CannotReplay = replay(log)
    else:
        from passend.flow.replaying import replay_rules

        with Talk(quiet=quiet or as_json) as progress:
            found = replay_rules(place, changes, progress)
    if as_json:
        print_json(found)
    elif isinstance(found, CannotReplay):
        out.print(
            phrase("It cannot be told: {because:s}", because=found.because), soft_wrap=True, markup=False
        )
        out.print(f"  {word('What to do:')} {retold(found.remedy)}", soft_wrap=True, markup=False)
    else:
        _tell(found, in_money=log is None)


def _tell(found: "Replay", *, in_money: bool) -> None:
    def said(value: float) -> str:
        return money(value, None) if in_money else decimal(value, 4)

    rows = [
        (word(one.method), said(one.value), said(one.low), said(one.high))
        for one in (found.logged, *found.estimates.values())
    ]
    print_table("Earned a decision", ("method", "value", "low", "high"), rows)
    out.print(
        phrase(
            "{decisions:n} decisions in the log, worth {effective:n} of the other policy's own. "
            "Rely on the doubly robust line; 'difference' is its gain over what was done.",
            decisions=found.decisions,
            effective=found.effective,
        ),
        soft_wrap=True,
    )
