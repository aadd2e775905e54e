"""The errors that the source raises: what happened, in which record, and what to do, each as a message."""

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from passend import errors
from passend.language.phrases import PLACE
from translations.literals import template

#: The classes whose texts people read; what may stand somewhere (``Unfit``) becomes part of an error's remedy.
CLASSES = frozenset(
    name
    for name, one in inspect.getmembers(errors, inspect.isclass)
    if issubclass(one, errors.PassendError | errors.EmptyAnswer)
) | {"Unfit"}
#: The parts of an error that are sentences.
PARTS = ("what", "record", "remedy")
#: Files that raise texts of other files -> where those stand; all of them are gathered whole.
PASSED_ON = {
    "flow/estimators.py": ("intake/columns.py", "intake/amounts_tally.py"),
    "campaigns/graph.py": ("campaigns/graph.py",),
    "decisions/rules/contradictions.py": ("decisions/rules/contradictions.py",),
    "flow/importing.py": ("intake/columns.py", "intake/amounts_tally.py"),
    "intake/formats.py": ("intake/formats.py",),
    "market/scenario.py": ("market/parameters.py",),
    "products/edits.py": ("products/edits.py",),
}
#: How far a text is followed from a name to what was given for it.
DEPTH = 6
#: A word of a sentence, not of a name such as ``intake.timezone``.
_WORD = re.compile(r"(?<![\w.])[A-Za-z]{2,}(?!\w|\.\w)")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Refusal:
    """One text of one error.

    Attributes:
        line: where the error is made.
        part: what, record or remedy.
        message: the text with its places; empty where the source does not tell it.
    """

    line: int
    part: str
    message: str


def refusals(text: str) -> list[Refusal]:
    """Every text of every error that a Python file makes."""
    code = Code(ast.parse(text))
    return [
        Refusal(call.lineno, part, message)
        for call in code.calls
        if called(call) in CLASSES
        for part, given in _parts(call)
        for message in sorted(set(code.told(given, call, DEPTH)))
        if _is_sentence(part, message)
    ]


def _is_sentence(part: str, message: str) -> bool:
    """Whether words have to be told: a record may also be a bare name, which stays as it is."""
    if part == "record" and " " not in message:
        return False
    return not message or bool(_WORD.search(PLACE.sub("", message)))


def untold_refusals(package: Path, known: Callable[[str], bool]) -> list[str]:
    """Texts of errors that no message of the catalogues fits, and errors whose text the source does not tell."""
    return [
        f"{name}:{one.line}: {one.message or f'{one.part} cannot be followed to its text'}"
        for name, found in all_refusals(package).items()
        for one in found
        if not (known(one.message) if one.message else name in PASSED_ON)
    ]


@lru_cache(maxsize=1)
def all_refusals(package: Path) -> dict[str, list[Refusal]]:
    """File -> its refusals."""
    found = {
        file.relative_to(package).as_posix(): refusals(file.read_text("utf-8")) for file in _files(package)
    }
    return {name: some for name, some in found.items() if some}


def _files(package: Path) -> list[Path]:
    return sorted(package.rglob("*.py"))


def called(call: ast.Call) -> str:
    """The name of the function that is called."""
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _parts(call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    if call.args:
        yield "what", call.args[0]
    for one in call.keywords:
        if one.arg in PARTS:
            yield one.arg, one.value


class Code:
    """A file's code, in which a name can be followed to the texts that it stands for."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.above = {id(low): high for high in ast.walk(tree) for low in ast.iter_child_nodes(high)}
        self.calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        self.functions = {node.name: node for node in ast.walk(tree) if isinstance(node, _Function)}

    def told(self, value: ast.expr, at: ast.AST, depth: int) -> Iterator[str]:
        """The texts that an expression may be; an empty one where that cannot be told."""
        choices = _choices(value)
        if depth == 0:
            yield ""
        elif isinstance(value, ast.Constant | ast.JoinedStr):
            yield from [template(value)] if isinstance(value, ast.JoinedStr) else [str(value.value or "")]
            yield from self._pieces(value, at, depth)
        elif choices:
            yield from (said for one in choices for said in self.told(one, at, depth))
        elif isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
            for left in self.told(value.left, at, depth):
                yield from (left + right for right in self.told(value.right, at, depth))
        elif isinstance(value, ast.Name):
            yield from self._named(value.id, at, depth)
        elif isinstance(value, ast.Call) and called(value) in self.functions:
            yield from self._returned(self.functions[called(value)], depth)
        else:
            yield ""

    def _pieces(self, value: ast.expr, at: ast.AST, depth: int) -> Iterator[str]:
        """The sentences and words that stand in the places of an f-string."""
        for place in (one for one in ast.walk(value) if isinstance(one, ast.FormattedValue)):
            yield from (
                said for said in self.told(place.value, at, depth - 1) if len(_WORD.findall(said)) > 1
            )

    def _returned(self, function: _Function, depth: int) -> Iterator[str]:
        """What a function of the file gives back."""
        for node in ast.walk(function):
            if isinstance(node, ast.Return) and node.value is not None:
                yield from self.told(node.value, node, depth - 1)

    def _named(self, name: str, at: ast.AST, depth: int) -> Iterator[str]:
        """What was given for a name: in the function, by its callers, or in the module."""
        function = self._function(at)
        given = list(_given(function or self.tree, name)) or list(_given(self.tree, name))
        for one in given:
            yield from self.told(one, at, depth - 1)
        if not given:
            yield from self._passed(function, name, depth) if function else [""]

    def _passed(self, function: _Function, name: str, depth: int) -> Iterator[str]:
        """What callers in this file pass for a parameter."""
        names = [one.arg for one in (*function.args.posonlyargs, *function.args.args) if one.arg != "self"]
        calls = [one for one in self.calls if called(one) == function.name]
        if not calls:
            yield ""
        for call in calls:
            by_name = [one.value for one in call.keywords if one.arg == name]
            by_place = call.args[names.index(name) :][:1] if name in names else []
            for one in by_name or by_place:
                yield from self.told(one, call, depth - 1)

    def _function(self, node: ast.AST) -> _Function | None:
        above = self.above.get(id(node))
        while above is not None and not isinstance(above, _Function):
            above = self.above.get(id(above))
        return above


def _choices(value: ast.expr) -> list[ast.expr]:
    """The expressions of which one is taken."""
    if isinstance(value, ast.IfExp):
        return [value.body, value.orelse]
    if isinstance(value, ast.BoolOp | ast.Dict):
        return value.values
    return [value.value] if isinstance(value, ast.Subscript) else []


def _given(where: ast.AST, name: str) -> Iterator[ast.expr]:
    """The values assigned to a name."""
    for node in ast.walk(where):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        if not isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) or value is None:
            continue
        for target in targets:
            if isinstance(target, ast.Name) and target.id == name:
                yield value
            elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                yield from (
                    two
                    for one, two in zip(target.elts, value.elts, strict=False)
                    if isinstance(one, ast.Name) and one.id == name
                )
