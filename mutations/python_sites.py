"""Small errors in Python: those of cosmic-ray, and the smaller taken for the larger.

Of cosmic-ray's operators those are used that a tired person could have typed. Errors in type annotations are none: the
program is the same.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from functools import partial

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

from mutations.site import Site

_BINARY = (
    "Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Mul", "Mod_Mul", "Pow_Mul", "BitAnd_BitOr", "BitOr_BitAnd",
    "BitXor_BitOr",
)  # fmt: skip
_COMPARISONS = (
    "Eq_NotEq", "NotEq_Eq", "Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt", "Is_IsNot",
    "IsNot_Is",
)  # fmt: skip
OPERATORS = (
    *(f"core/ReplaceBinaryOperator_{name}" for name in _BINARY),
    *(f"core/ReplaceComparisonOperator_{name}" for name in _COMPARISONS),
    "core/ReplaceUnaryOperator_Delete_USub",
    "core/ReplaceUnaryOperator_Delete_Invert",
    "core/ReplaceUnaryOperator_Delete_Not",
    "core/AddNot",
    "core/ReplaceTrueWithFalse",
    "core/ReplaceFalseWithTrue",
    "core/ReplaceAndWithOr",
    "core/ReplaceOrWithAnd",
    "core/ReplaceBreakWithContinue",
    "core/ReplaceContinueWithBreak",
    "core/NumberReplacer",
    "core/ZeroIterationForLoop",
)
#: Names that are taken for each other.
SWAPS = {
    "min": "max",
    "minimum": "maximum",
    "fmin": "fmax",
    "argmin": "argmax",
    "any": "all",
    "floor": "ceil",
}
SWAPS |= {other: one for one, other in SWAPS.items()}


def python_sites(file: str, text: str) -> Iterator[Site]:
    """All places in a Python file where a small error can be made."""
    nodes = list(ast_nodes(get_ast(text)))
    for name in OPERATORS:
        operator = get_operator(name)()
        count = 0
        for node in nodes:
            for (line, _), _ in operator.mutation_positions(node):
                what = name.removeprefix("core/").removeprefix("Replace")
                yield Site(file, line, f"{what} {count}", partial(_mutated, name=name, occurrence=count))
                count += 1
    yield from _swaps(file, text)


def _mutated(text: str, *, name: str, occurrence: int) -> str | None:
    found = mutate_code(text, get_operator(name)(), occurrence)
    return None if found is None or _meaning(found) == _meaning(text) else str(found)


def _swaps(file: str, text: str) -> Iterator[Site]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        other = SWAPS.get(token.string) if token.type == tokenize.NAME else None
        if other:
            line, column = token.start
            what = f"{token.string} for {other} at {column}"
            yield Site(
                file, line, what, partial(_swapped, at=token.start, length=len(token.string), word=other)
            )


def _swapped(text: str, *, at: tuple[int, int], length: int, word: str) -> str:
    lines = text.splitlines(keepends=True)
    line, column = lines[at[0] - 1], at[1]
    lines[at[0] - 1] = line[:column] + word + line[column + length :]
    return "".join(lines)


def _meaning(text: str) -> str | None:
    """What Python reads, without annotations; None where it reads nothing."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
    return ast.dump(tree)
