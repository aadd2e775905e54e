"""Known exports by name: declarative layouts of shops and systems, recognised by their headers.

A layout is a short YAML file, in ``layouts/`` beside this module or in the firm's own folder (the setting
``intake.layouts``). It says which headers give the export away and which column means what; what it leaves out means
nothing here. Headers are compared as everywhere: without case, spaces and punctuation. ``A | B`` are names of one
column in other versions or languages of the system, ``[A, B]`` are columns that share a meaning.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from passend.errors import InvalidInput
from passend.intake.synonyms import MEANINGS, key

#: libyaml's, where this PyYAML was built with it: all layouts are read before the first file is recognised.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FOLDER = Path(__file__).parent / "layouts"
_KEYS = {"name", "version", "source", "kind", "needs", "not", "columns", "amounts", "rows", "words"}
_ROWS = ("follow-on", "variants", "documents", "pieces")
_WORDS = ("never", "back", "pending", "products")
_KINDS = ("orders", "products")


@dataclass(frozen=True)
class Layout:
    """How one system writes its export.

    Attributes:
        name: what people call it.
        version: which versions of the system write it so, in words.
        source: where in the system it is found, in words.
        kind: ``orders`` or ``products``.
        needs: headers that must all be there, each with its other names.
        excludes: headers that give another export away.
        columns: meaning -> columns, each with its other names.
        settles_amounts: its word on prices, line amounts and discounts is final; else the amounts themselves judge.
        rows: ``follow-on`` (header fields on an order's first row only), ``variants`` (a configurable product and
            its variant are two rows), ``documents`` (a status that says refund is a row of its own).
        words: values of the status columns in this system: ``never`` (never paid or sent), ``back`` (returned or
            refunded), ``pending``; and of the kind of a row: ``products`` (the only ones that are products).
    """

    name: str
    version: str
    source: str
    kind: str
    needs: tuple[tuple[str, ...], ...]
    excludes: tuple[str, ...]
    columns: Mapping[str, tuple[tuple[str, ...], ...]]
    settles_amounts: bool = True
    rows: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def found_in(self, columns: Sequence[str]) -> dict[str, tuple[str, ...]] | None:
        """Meaning -> columns of a file with these headers; nothing where it is no such export."""
        headers = _by_key(columns)
        if not all(any(name in headers for name in names) for names in self.needs):
            return None
        if any(name in headers for name in self.excludes):
            return None
        found: dict[str, tuple[str, ...]] = {}
        used: set[str] = set()
        for meaning, parts in self.columns.items():
            there = [next((headers[name] for name in names if name in headers), None) for names in parts]
            fresh = tuple(dict.fromkeys(name for name in there if name is not None and name not in used))
            if fresh:
                found[meaning] = fresh
                used |= set(fresh)
        return found


def known_layout(columns: Sequence[str], own: str = "") -> tuple[Layout, dict[str, tuple[str, ...]]] | None:
    """The layout whose headers a file has, with its columns; of several the one that needs most of them.

    Args:
        columns: the headers of the file.
        own: folder of the firm's own layouts; these come before passend's.

    Raises:
        InvalidInput: a layout of the firm is not right.
    """
    for layouts in (_read_folder(Path(own)) if own else (), _built_in()):
        found = [(layout, mapping) for layout in layouts if (mapping := layout.found_in(columns)) is not None]
        if found:
            return max(found, key=lambda each: (len(each[0].needs), len(each[1]), each[0].name))
    return None


def all_layouts(own: str = "") -> tuple[Layout, ...]:
    """The firm's own layouts and passend's, by name."""
    mine = _read_folder(Path(own)) if own else ()
    return (*mine, *sorted(_built_in(), key=lambda layout: layout.name.lower()))


@lru_cache(maxsize=1)
def _built_in() -> tuple[Layout, ...]:
    return _read_folder(_FOLDER)


def _read_folder(folder: Path) -> tuple[Layout, ...]:
    if not folder.is_dir():
        raise InvalidInput(
            f"There is no folder of layouts {folder}.", remedy="Correct the setting intake.layouts."
        )
    return tuple(_read(path) for path in sorted(folder.glob("*.y*ml")))


def _read(path: Path) -> Layout:
    try:
        said = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 (both loaders are safe)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidInput(f"The layout cannot be read: {error}", record=path.name) from error
    try:
        return _made(said)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput(
            f"The layout is not right: {error}.",
            record=path.name,
            remedy="It needs name, version, source, needs and columns; docs/howto/import.md shows one.",
        ) from error


def _made(said: Any) -> Layout:
    strange = set(said) - _KEYS
    if strange:
        raise ValueError(f"unknown keys {', '.join(sorted(strange))}")
    missing = {"name", "version", "source", "needs", "columns"} - set(said)
    if missing:
        raise ValueError(f"{', '.join(sorted(missing))} missing")
    unknown = set(said["columns"]) - set(MEANINGS)
    if unknown:
        raise ValueError(f"a column cannot mean {', '.join(sorted(unknown))}")
    rows = tuple(_listed(said.get("rows")))
    words = {
        name: tuple(value_key(str(word)) for word in _listed(each))
        for name, each in (said.get("words") or {}).items()
    }
    if said.get("amounts", "open") != "open":
        raise ValueError("amounts can only be open")
    if set(rows) - set(_ROWS) or set(words) - set(_WORDS) or said.get("kind", "orders") not in _KINDS:
        raise ValueError("rows, words or kind hold what is not known")
    return Layout(
        name=str(said["name"]),
        version=str(said["version"]),
        source=str(said["source"]),
        kind=said.get("kind", "orders"),
        needs=tuple(_names(each) for each in _listed(said["needs"])),
        excludes=tuple(name for each in _listed(said.get("not")) for name in _names(each)),
        columns={
            meaning: tuple(_names(each) for each in _listed(text))
            for meaning, text in said["columns"].items()
        },
        settles_amounts="amounts" not in said,
        rows=rows,
        words=words,
    )


def _listed(value: Any) -> Iterable[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


def _names(text: object) -> tuple[str, ...]:
    return tuple(header_key(name) for name in str(text).split("|"))


def header_key(header: str) -> str:
    """A header as layouts compare it; one of punctuation alone stays as it is."""
    return key(header) or header.strip().lower()


def value_key(text: str) -> str:
    """A value of a status column as layouts compare it; ``-1`` keeps its minus."""
    bare = text.strip().lower()
    return bare if bare.removeprefix("-").isdigit() else key(bare)


def _by_key(columns: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for column in columns:
        found.setdefault(header_key(column), column)
    return found
