"""One thing has one German name, in every message and on every page of the documentation."""

import re
from pathlib import Path

import pytest

from passend.language.phrases import SAID, STORED
from translations.__main__ import catalogue

ROOT = Path(__file__).resolve().parent.parent.parent
#: What a thing is not called -> its name, as in docs/glossary.md.
OTHERWISE = {
    r"Kontrollgruppe": "Vergleichsgruppe",
    r"[Zz]urückgehalten": "Vergleichsgruppe",
    r"\bProdukt(e|en|s|namen)?\b": "Artikel",
    r"\bRetouren?\b": "Rücksendung",
    r"(?<![-\w{\['.])E?Mails?\b(?![-.\]{'])": "E-Mail",
    r"\bRezepte?[ns]?\b": "Vorlage",
    r"Beispielshop": "Beispielladen",
    r"Ausgabenbegrenzer": "Budgetkäufer",
}
SAYINGS = [
    (text, str(entry.id))
    for domain in (SAID, STORED)
    for entry in catalogue("de", domain)
    if entry.id
    for text in ([entry.string] if isinstance(entry.string, str) else entry.string)
]
PAGES = [ROOT / "README.de.md", *sorted((ROOT / "docs" / "de").glob("*.md"))]


@pytest.mark.parametrize("wrong", OTHERWISE)
def test_no_message_calls_it_otherwise(wrong):
    assert [text for text, _ in SAYINGS if re.search(wrong, text)] == [], f"say {OTHERWISE[wrong]}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_calls_it_otherwise(page):
    prose = re.sub(r"`[^`]*`", "", page.read_text("utf-8"))
    found = {wrong: re.findall(f".*{wrong}.*", prose) for wrong in OTHERWISE}
    assert {wrong: lines for wrong, lines in found.items() if lines} == {}


def test_the_glossary_knows_the_names():
    glossary = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    assert [name for name in OTHERWISE.values() if name not in glossary] == []
