"""The command line in the language of the call: help, mistakes in a call, and errors with their remedies."""

import copy
import gettext
import inspect
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from passend.errors import PassendError
from passend.language import chosen, retold, speak, word
from passend.language.phrases import LOCALES, SAID

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
    return os.environ.get("PASSEND_LANGUAGE", "auto")


def in_language(command: click.Command) -> click.Command:
    """A command whose help is in the language that is spoken; the command itself stays as it is."""
    if chosen() == "en":
        return command
    told = copy.copy(command)
    told.help = word(inspect.cleandoc(command.help)) if command.help else command.help
    told.params = [_told(one) for one in command.params]
    if isinstance(told, click.Group):
        told.commands = {name: in_language(one) for name, one in told.commands.items()}
    return told


def _told(parameter: click.Parameter) -> click.Parameter:
    if not isinstance(parameter, click.Option) or not parameter.help:
        return parameter
    told = copy.copy(parameter)
    told.help = word(inspect.cleandoc(parameter.help))
    return told


def say_error(problem: PassendError) -> str:
    """An error with its record and remedy, in the language that is spoken."""
    place = f" ({retold(problem.record)})" if problem.record else ""
    remedy = f"\n  {word('What to do:')} {retold(problem.remedy)}" if problem.remedy else ""
    return f"{word('Error')}: {retold(problem.what)}{place}{remedy}"
