"""The command line, by rooms: thin, one line a use case."""

import errno
import importlib
import sys
from pathlib import Path

import click
from click.exceptions import NoSuchCommand

from passend import __version__
from passend.cli.tongue import in_language, language_option, say_error, spoken
from passend.errors import PassendError
from passend.language import phrase, word

#: Command -> module that holds it, in the order of the story. Loaded when called, so that help answers at once.
COMMANDS = {
    "run": "passend.cli.run",
    "import": "passend.cli.run",
    "plan": "passend.cli.plan",
    "replay": "passend.cli.replay",
    "results": "passend.cli.results",
    "scorecard": "passend.cli.results",
    "letter": "passend.cli.results",
    "report": "passend.cli.results",
    "products": "passend.cli.show",
    "customers": "passend.cli.show",
    "campaigns": "passend.cli.campaigns",
    "consent": "passend.cli.consent",
    "worker": "passend.cli.campaigns_at_work",
    "serve": "passend.cli.serve",
    "mcp": "passend.cli.serve",
    "keys": "passend.cli.keys",
    "placements": "passend.cli.placements",
    "users": "passend.cli.users",
    "evaluate": "passend.cli.evaluate",
    "market": "passend.cli.market",
    "story": "passend.cli.look",
    "undo": "passend.cli.look",
    "doctor": "passend.cli.look",
}


class _ByRoom(click.Group):
    """A group that loads a command's module only when the command is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The commands in the order of the story."""
        return list(COMMANDS)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a mistyped one is answered with the nearest, a file with the command that reads it."""
        name = args[0]
        if name in COMMANDS or name.startswith("-"):
            return super().resolve_command(ctx, args)
        if Path(name).suffix or "://" in name:
            raise click.UsageError(
                phrase("'{name}' is no command. Did you mean: passend run {name}", name=name), ctx
            )
        raise NoSuchCommand(name, possibilities=COMMANDS, ctx=ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """Load one command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name])
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return in_language(command)


@click.group(cls=_ByRoom, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="passend")
@language_option
def cli() -> None:
    """Sell what fits: which products go together, whom to offer them, and whom to leave alone.

    Start with your order file:

        passend run orders.csv

    Every command takes --workspace, the folder that keeps the data; `passend story` tells what happens in it.
    """


def main() -> None:
    """Run the command line; errors are told in words, with exit code 1 (a mistake in the call: 2)."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    with spoken(sys.argv[1:]):
        _call()


def _call() -> None:
    try:
        code = in_language(cli).main(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.Abort:
        click.echo(word("Stopped. The workspace is as it was before."), err=True)
        sys.exit(130)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except KeyboardInterrupt:
        click.echo(word("Stopped. The workspace is as it was before."), err=True)
        sys.exit(130)
    except PassendError as problem:
        click.echo(say_error(problem), err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as problem:
        if problem.filename is None:
            raise
        click.echo(say_error(_unusable(problem)), err=True)
        sys.exit(1)


#: Why the system would not open a file, in words.
_WHY = {
    errno.ENOENT: "there is no such file or folder",
    errno.EACCES: "you may not write or read there",
    errno.EPERM: "you may not write or read there",
    errno.ENOSPC: "the disk is full",
    errno.EISDIR: "it is a folder",
    errno.ENOTDIR: "what should be a folder is a file",
}


def _unusable(problem: OSError) -> PassendError:
    """A file that the system would not open: in a folder that is not there, write-protected, or open elsewhere."""
    return PassendError(
        f"{Path(str(problem.filename)).name} cannot be opened: {_WHY.get(problem.errno or 0, str(problem.strerror))}.",
        record=str(problem.filename),
        remedy="Look whether the folder is there, whether you may write to it, and whether another program has the "
        "file open.",
    )
