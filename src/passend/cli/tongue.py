"""The command line in the language of the call: help, mistakes in a call, and errors with their remedies."""

import copy
import gettext
import inspect
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from passend.errors import PassendError
from passend.language import chosen, retold, speak, usual_language, word
from passend.language.phrases import LOCALES, SAID

#: The words of a metavar.
CAPITALS = re.compile(r"[A-Z]{2,}(?: [A-Z]{2,})*")
_SENTENCE = re.compile(r"(?<=\.) (?=[A-ZÄÖÜ`])")
#: Where a call keeps the language that it asks for.
LANGUAGE = "passend.language"


def _remember(context: click.Context, _: click.Parameter, language: str | None) -> None:
    if language:
        context.find_root().meta[LANGUAGE] = language


language_option = click.option(
    "--language",
    type=click.Choice(["de", "en"]),
    expose_value=False,
    callback=_remember,
    help="Language of what is printed and written; else the setting's, or the computer's.",
)


def _unattached() -> click.Parameter:
    found: click.Parameter = getattr(language_option(lambda: None), "__click_params__")[0]  # noqa: B009 - click's own
    return found


_LANGUAGE = _unattached()


@contextmanager
def spoken(arguments: Sequence[str]) -> Iterator[None]:
    """Speak the language that a call asks for, its help and click's own words included, for a ``with`` block."""
    speak(_asked(arguments))
    before = os.environ.get("LANGUAGE")
    domain = gettext.textdomain()
    gettext.bindtextdomain(SAID, LOCALES)
    gettext.textdomain(SAID)
    os.environ["LANGUAGE"] = chosen()
    try:
        yield
    finally:
        gettext.textdomain(domain)
        os.environ.pop("LANGUAGE") if before is None else os.environ.update(LANGUAGE=before)


def _asked(arguments: Sequence[str]) -> str:
    for place, said in enumerate(arguments):
        if said == "--language":
            return next(iter(arguments[place + 1 :]), "")
        if said.startswith("--language="):
            return said.partition("=")[2]
    return usual_language()


def in_language(command: click.Command) -> click.Command:
    """A command whose help is in the language that is spoken; the command itself stays as it is.

    In a list of commands it is told by a whole sentence: click would cut it at the end of the line. Each takes
    ``--language``, so that it may stand anywhere in a call.
    """
    told = copy.copy(command)
    told.help = word(inspect.cleandoc(command.help)) if command.help else command.help
    told.short_help = _first_sentence(told.help or "")
    told.options_metavar = worded(command.options_metavar or "")
    told.params = [_told(one) for one in command.params]
    if isinstance(told, click.Group):
        told.subcommand_metavar = worded(told.subcommand_metavar)
        told.commands = {name: in_language(one) for name, one in told.commands.items()}
    if not any(one.name == "language" for one in told.params):
        told.params.append(_told(_LANGUAGE))
    return told


def worded(metavar: str) -> str:
    """What stands for a value in help and mistakes, such as ``[FILE]...``, in the language that is spoken."""
    whole = word(metavar)
    return whole if whole != metavar else CAPITALS.sub(lambda found: word(found[0]), metavar)


def _told(parameter: click.Parameter) -> click.Parameter:
    told = copy.copy(parameter)
    if isinstance(told, click.Option) and told.help:
        told.help = word(inspect.cleandoc(told.help))
    told.type = copy.copy(parameter.type)
    if chosen() != "en":
        told.type.name = word(parameter.type.name)
        setattr(told, "make_metavar", lambda ctx: worded(parameter.make_metavar(ctx)))  # noqa: B010 - of one
    return told


def _first_sentence(text: str) -> str:
    """The first sentence of a help text, on one line."""
    first = " ".join(text.partition("\n\n")[0].split())
    return _SENTENCE.split(first, maxsplit=1)[0]


def say_error(problem: PassendError) -> str:
    """An error with its record and remedy, in the language that is spoken."""
    place = f" ({retold(problem.record)})" if problem.record else ""
    remedy = f"\n  {word('What to do:')} {retold(problem.remedy)}" if problem.remedy else ""
    return f"{word('Error')}: {retold(problem.what)}{place}{remedy}"
