"""Compiles the catalogues: ``python -m translations``; with ``--check`` it only tells what is missing or stale.

Each language has two folders of ``.po`` files, one file a subject: what faces say (``said``), and what tables and
exceptions hold (``stored``). They become two ``.mo`` files inside the package, which the wheel carries, so that
nothing has to be compiled where passend is installed.
"""

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from passend.language.phrases import LOCALES, SAID, STORED
from passend.language.retelling import is_known
from translations.faces import unsaid
from translations.gathering import PACKAGE, followed, says, unstored
from translations.gathering import untold as untold_fragments
from translations.literals import shape
from translations.refusals import untold_refusals
from translations.steps import untold_steps

HERE = Path(__file__).resolve().parent
LANGUAGES = ("de",)


def catalogue(language: str, domain: str) -> Catalog:
    """All messages of a language; one that stands in two files of a folder is refused."""
    whole = Catalog(locale=language, charset="utf-8")
    for file in sorted((HERE / language / domain).glob("*.po")):
        with file.open("rb") as lines:
            for entry in read_po(lines, locale=language, abort_invalid=True):
                if not entry.id:
                    continue
                if entry.id in whole:
                    raise SystemExit(f"{file.name}: {entry.id!r} stands in the catalogue twice.")
                whole.add(entry.id, entry.string)
    return whole


def compiled(language: str, domain: str) -> bytes:
    """The catalogue as gettext reads it; the same bytes for the same messages."""
    plain = Catalog(locale=language, charset="utf-8")
    for entry in sorted((one for one in catalogue(language, domain) if one.id), key=lambda one: str(one.id)):
        plain.add(entry.id, entry.string)
    plain.creation_date = plain.revision_date = datetime(2026, 1, 1, tzinfo=UTC)  # the same bytes every day
    text = io.BytesIO()
    write_mo(text, plain)
    return text.getvalue()


def told(language: str, domain: str) -> dict[str, bool]:
    """Each message of a catalogue, and whether all its forms have words."""
    found = {}
    for entry in catalogue(language, domain):
        if entry.id:
            first = entry.id if isinstance(entry.id, str) else entry.id[0]
            strings = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ("",))
            found[first] = all(strings)
    return found


def forms(language: str, domain: str) -> list[str]:
    """Each message of a catalogue, and its plural where it has one."""
    ids = (entry.id for entry in catalogue(language, domain) if entry.id)
    return [form for one in ids for form in ([one] if isinstance(one, str) else one)]


def untranslated(language: str) -> list[str]:
    """What the source says and the catalogues do not have, or have without words; and where it stands."""
    said, stored = told(language, SAID), told(language, STORED)
    missing = [f"{place}: {message}" for message, place in says().items() if not said.get(message)]
    missing += [
        f"{place}: {message}" for message, place in followed().items() if message not in {*said, *stored}
    ]
    missing += [
        f"{domain}: {one}"
        for domain in (SAID, STORED)
        for one, has in told(language, domain).items()
        if not has
    ]
    shapes = {shape(one) for domain in (SAID, STORED) for one in forms(language, domain)}
    missing += unsaid(PACKAGE)
    for untold in (untold_refusals, untold_steps):
        missing += untold(PACKAGE, lambda message: shape(message) in shapes or is_known(message))
    return sorted(set(missing) | set(untold_fragments([*stored, *said])))


def unused(language: str) -> list[str]:
    """What the catalogues have and nothing in the source says any more."""
    return sorted({*told(language, SAID)} - {*says(), *followed()}) + unstored(told(language, STORED))


def main() -> int:
    """Compile, or check; tells what is missing either way."""
    check, bad = "--check" in sys.argv[1:], 0
    for language in LANGUAGES:
        for domain in (SAID, STORED):
            file = LOCALES / language / "LC_MESSAGES" / f"{domain}.mo"
            fresh = compiled(language, domain)
            if check and (not file.exists() or file.read_bytes() != fresh):
                bad += 1
                print(f"{file.name} is not up to date; run python -m translations")
            if not check:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(fresh)
        for what, found in (("missing", untranslated(language)), ("unused", unused(language))):
            bad += len(found)
            for one in found:
                print(f"{language}: {what}: {one}")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
