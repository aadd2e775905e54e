"""Questions on the terminal: yes and no in both languages, asked again where neither was said."""

import io
import sys

import click
import pytest

from passend.cli.console import agreed
from passend.language import speaking


@pytest.mark.parametrize(
    ("said", "default", "is_yes"),
    [
        ("y", False, True), ("j", False, True), ("Ja", False, True), ("yes", False, True), ("n", True, False),
        ("NEIN", True, False), ("", True, True), ("", False, False), ("vielleicht\nja", False, True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", ["de", "en"])
def test_yes_and_no(said: str, default: bool, is_yes: bool, language: str, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{said}\n"))
    with speaking(language):
        assert agreed("Go on?", default=default) is is_yes


def test_the_end_of_the_input_is_no_answer(monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    with pytest.raises(click.Abort):
        agreed("Go on?", default=True)
