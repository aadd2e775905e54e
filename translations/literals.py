"""The sentences in the source's literals: texts and f-strings of several words, without docstrings."""

import ast
import re
from collections.abc import Iterator

from passend.language.phrases import PLACE

#: What only a regular expression holds.
_PATTERN = re.compile(r"\\[swdb]|[|]")
_WORDS = re.compile(r"[A-Za-z][a-z]+")


def shape(message: str) -> str:
    """A message without the names and kinds of its places, so that code and catalogue can be compared."""
    return PLACE.sub("{}", message)


def sentences(text: str) -> Iterator[str]:
    """Each literal of two words or more in a Python file; places of f-strings carry the name of their value."""
    tree = ast.parse(text)
    silent = {id(node) for node in _silent(tree)}
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        if isinstance(node, ast.JoinedStr):
            said = template(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            said = node.value
        else:
            continue
        if (
            " " in said.strip()
            and not _PATTERN.search(said)
            and len(_WORDS.findall(PLACE.sub(" ", said))) >= 2
        ):
            yield said


def _silent(tree: ast.Module) -> Iterator[ast.AST]:
    """Docstrings, annotations and the parts of f-strings, which are told with their whole."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield first.value
        if isinstance(node, ast.JoinedStr):
            yield from (part for part in ast.walk(node) if part is not node)
        if isinstance(node, ast.AnnAssign):
            yield from ast.walk(node.annotation)


def template(node: ast.JoinedStr) -> str:
    """The text of an f-string, with its places by the names of their values."""
    said = ""
    taken: dict[str, int] = {}
    for part in node.values:
        if isinstance(part, ast.Constant):
            said += str(part.value)
        elif isinstance(part, ast.FormattedValue):
            name = _name(part.value)
            taken[name] = taken.get(name, 0) + 1
            number = "" if taken[name] == 1 else str(taken[name])
            said += f"{{{name}{number}{_kind(part)}}}"
    return said


def _name(value: ast.expr) -> str:
    if isinstance(value, ast.Name):
        return value.id
    if isinstance(value, ast.Attribute):
        return value.attr
    return "value"


def _kind(part: ast.FormattedValue) -> str:
    spec = (
        "".join(str(one.value) for one in part.format_spec.values if isinstance(one, ast.Constant))
        if isinstance(part.format_spec, ast.JoinedStr)
        else ""
    )
    if spec in (",", "d", ",d"):
        return ":n"
    found = re.fullmatch(r",?\.(\d)([f%])", spec)
    if found:
        return f":%{found[1]}" if found[2] == "%" else f":.{found[1]}"
    return ":d" if spec.startswith("%Y") else ""


def fragments(text: str) -> list[str]:
    """The texts of several words in a SQL file, without comments."""
    bare = re.sub(r"--[^\n]*", "", text)
    found = (one.replace("''", "'").strip() for one in re.findall(r"'((?:[^']|'')*)'", bare))
    return [one for one in found if " " in one and len(_WORDS.findall(one)) >= 2]
