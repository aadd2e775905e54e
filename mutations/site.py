"""A place in a file where a small error can be made."""

from __future__ import annotations

import difflib
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Site:
    """A place where one small error can be made.

    Attributes:
        file: path in the project, with forward slashes.
        line: counted from 1.
        what: the error in words.
        change: the file's text -> the text with the error, or None where it would mean the same.
    """

    file: str
    line: int
    what: str
    change: Callable[[str], str | None] = field(compare=False, repr=False)


@dataclass(frozen=True)
class Mutant:
    """A file with one error in it."""

    site: Site
    text: str

    def diff(self, before: str) -> str:
        """What was changed."""
        lines = difflib.unified_diff(
            before.splitlines(), self.text.splitlines(), self.site.file, f"{self.site.file} ({self.site.what})", n=1,
            lineterm="",
        )  # fmt: skip
        return "\n".join(lines)


def drawn(sites: Iterable[Site], texts: dict[str, str], most: int, seed: int) -> list[Mutant]:
    """A sample of errors, at most one a line, the same for a seed.

    Args:
        sites: of all files.
        texts: by file its text.
        most: how many.
        seed: of the draw.
    """
    order = sorted(sites, key=lambda site: (site.file, site.line, site.what))
    random.Random(seed).shuffle(order)
    found: dict[tuple[str, int], Mutant] = {}
    for site in order:
        if len(found) == most:
            break
        if (site.file, site.line) in found:
            continue
        text = site.change(texts[site.file])
        if text is not None and text != texts[site.file]:
            found[site.file, site.line] = Mutant(site, text)
    return [found[place] for place in sorted(found)]
