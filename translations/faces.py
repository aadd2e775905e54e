"""What commands print without a message: words that would stay English in every language."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from passend.language.phrases import PLACE
from translations.literals import template

#: Functions that show a text, and those whose text is a message already.
_SHOWING = {"print", "echo", "confirm", "prompt", "print_table"}
_TOLD = {"phrase", "word", "retold", "joined", "_", "print_json"}
_MARKUP = re.compile(r"\[/?[a-z ]*\]")
_WORD = re.compile(r"[A-Za-z]{2,}")


def unsaid(package: Path) -> list[str]:
    """Texts that the command line shows and no message says."""
    return [
        f"cli/{file.name}:{line}: printed without a message: {text}"
        for file in sorted((package / "cli").rglob("*.py"))
        for line, text in bare(file.read_text("utf-8"))
    ]


def bare(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a Python file that show words of their own, and the words."""
    for call in ast.walk(ast.parse(text)):
        if isinstance(call, ast.Call) and _name(call) in _SHOWING:
            # Title and heads of a table are messages; what its cells say comes from tables.
            shown = [one for one in call.args if not (_name(call) == "print_table" and _is_told(one))]
            yield from ((call.lineno, said) for one in shown for said in _words(one))


def _words(value: ast.AST) -> Iterator[str]:
    if isinstance(value, ast.Call) and _name(value) in _TOLD:
        return
    if isinstance(value, ast.JoinedStr | ast.Constant):
        said = template(value) if isinstance(value, ast.JoinedStr) else value.value
        if isinstance(said, str) and _WORD.search(_MARKUP.sub(" ", PLACE.sub(" ", said))):
            yield said
        return
    for one in [value.value] if isinstance(value, ast.Subscript) else ast.iter_child_nodes(value):
        yield from _words(one)


def _is_told(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant | ast.Tuple | ast.List | ast.ListComp)


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
