"""What a piece of work is called and the steps that it tells on its way: people watch them, in their language."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from passend.language.phrases import PLACE
from translations.refusals import DEPTH, Code, called

#: Functions that tell what is going on -> which of their arguments is the text.
_TELLING = {"step": 0, "begin": 2}
_WORD = re.compile(r"[A-Za-z]{2,}")


def untold_steps(package: Path, known: Callable[[str], bool]) -> list[str]:
    """Steps and titles of works that no message of the catalogues fits."""
    return [
        f"{file.relative_to(package).as_posix()}:{line}: {text}"
        for file in sorted(package.rglob("*.py"))
        for line, text in steps(file.read_text("utf-8"))
        if not known(text)
    ]


def steps(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a Python file that tell a step or begin a work, and the texts."""
    if not re.search(r"\b(?:step|begin)\(", text):
        return
    code = Code(ast.parse(text))
    for call in code.calls:
        place = _TELLING.get(called(call))
        if place is None or len(call.args) <= place:
            continue
        for said in sorted(set(code.told(call.args[place], call, DEPTH))):
            if _WORD.search(PLACE.sub("", said)):
                yield call.lineno, said
