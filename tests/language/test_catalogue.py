"""Every message has its words, in both directions, and the compiled catalogues are those of the source."""

import re
from pathlib import Path

import pytest

from passend.language.phrases import LOCALES, PLACE, SAID, STORED
from translations.__main__ import LANGUAGES, catalogue, compiled, untranslated, unused
from translations.faces import bare
from translations.gathering import PACKAGE, _by_name, bare_words

TEMPLATES = sorted(PACKAGE.rglob("*.j2"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_lacks_its_words_and_no_words_lack_their_message(language):
    assert untranslated(language) == []
    assert unused(language) == []


@pytest.mark.parametrize("domain", [SAID, STORED])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_fresh(language, domain):
    file = LOCALES / language / "LC_MESSAGES" / f"{domain}.mo"
    assert file.read_bytes() == compiled(language, domain), "run python -m translations"


@pytest.mark.parametrize("domain", [SAID, STORED])
@pytest.mark.parametrize("language", LANGUAGES)
def test_words_have_the_places_of_their_message_and_no_markup(language, domain):
    for entry in catalogue(language, domain):
        if not entry.id:
            continue
        ids = (entry.id,) if isinstance(entry.id, str) else entry.id
        strings = (entry.string,) if isinstance(entry.string, str) else entry.string
        for text, wanted in zip(strings, ids, strict=True):
            # A singular may leave its number out: "the dearest one".
            may_lack = text == strings[0] != strings[-1]
            assert places(text) == places(wanted) or (may_lack and places(text) < places(wanted))
            assert not re.search(r"<[a-z/]|&\w+;", text), text


def places(text: str) -> set[tuple[str, str]]:
    """The places of a message, and what they take."""
    return {(place[1], place[2]) for place in PLACE.finditer(text)}


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_a_page_says_nothing_but_messages(file: Path):
    assert bare_words(file.read_text("utf-8")) == []


def test_a_message_that_a_name_or_a_list_holds_is_found():
    code = """
LATER = "It counts later"
MEANS = {"pin": "{other} stands first.", "forbid": "{other} is never shown."}
def tell(action, undo):
    done = "Taken back" if undo else "Done at last"
    out.print(phrase(MEANS[action], other=1) + word(LATER) + phrase(done))
"""
    assert set(_by_name(code)) == {
        "It counts later", "{other} stands first.", "{other} is never shown.", "Taken back", "Done at last",
    }  # fmt: skip


def test_a_text_that_a_command_prints_without_a_message_is_found():
    assert list(bare('out.print(f"[bold]{rows:,}[/bold] rows")\n')) == [(1, "[bold]{rows:n}[/bold] rows")]
    assert list(bare('click.echo("Done" if ready else phrase("Wait"))')) == [(1, "Done")]
    assert not list(bare('out.print(phrase("Done"), end="")\nprint_table("Plans", ("plan",), rows)'))


def test_a_bare_word_in_a_page_is_found():
    assert bare_words('<p title="{{ x }}">{{ _("Hello") }} <b>dear reader</b></p>') == ["dear reader"]
    assert bare_words('<svg aria-label="One map">') == ["One map"]
