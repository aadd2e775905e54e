"""Small errors in the ``.sql`` files: a comparison, a term, the smaller for the larger, a constant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import sqlglot
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType

from mutations.site import Site

#: What is typed for what; several errors can be made of one word.
WORDS: dict[str, tuple[str, ...]] = {
    "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"), "=": ("<>",), "<>": ("=",),
    "+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",),
    "and": ("or",), "or": ("and",), "least": ("greatest",), "greatest": ("least",), "min": ("max",), "max": ("min",),
    "floor": ("ceil",), "ceil": ("floor",), "asc": ("desc",), "desc": ("asc",),
}  # fmt: skip
#: Words that begin a term which can be dropped, and words that end one.
_BEGIN = {"where", "having", "on", "when", "and"}
_END = {
    "and", "or", "then", "group", "order", "having", "qualify", "union", "limit", "window", "join", "left", "right",
    "inner", "cross", "full", "where", "intersect", "except", "as", "else", "end", ",", ";",
}  # fmt: skip


def sql_sites(file: str, text: str) -> Iterator[Site]:
    """All places in a SQL file where a small error can be made."""
    tokens = sqlglot.tokenize(text, read="duckdb")
    for place, token in enumerate(tokens):
        word = token.text.lower()
        begin = token.start
        for other in WORDS.get(word, ()) if token.token_type != TokenType.STRING else ():
            yield _site(file, text, (begin, token.end + 1), other)
        if token.token_type == TokenType.NUMBER:
            other = f"({word} + 1)" if word.isdigit() else f"({word} * 2)"
            yield _site(file, text, (begin, token.end + 1), other)
        if word == "left" and tokens[place + 1].token_type == TokenType.JOIN:
            yield _site(file, text, (begin, token.end + 1), "inner")
    for begin, end in _terms(tokens):
        yield _site(file, text, (begin, end), "true")


def _site(file: str, text: str, span: tuple[int, int], other: str) -> Site:
    begin, end = span
    was = " ".join(text[begin:end].split())
    what = f"{other} for {was[:60]} at {begin}"
    return Site(file, text.count("\n", 0, begin) + 1, what, partial(_changed, span=span, other=other))


def _changed(text: str, *, span: tuple[int, int], other: str) -> str | None:
    changed = text[: span[0]] + other + text[span[1] :]
    # A part that several files include is some CTEs, and no statement by itself.
    return changed if _is_sql(changed) or _is_sql(f"with {changed} select 1") else None


def _is_sql(text: str) -> bool:
    try:
        sqlglot.parse_one(text, read="duckdb")
    except SqlglotError:
        return False
    return True


def _terms(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """From where to where each term of a condition goes."""
    between = 0
    for place, token in enumerate(tokens):
        word = token.text.lower()
        between += word == "between"
        if word == "and" and between:
            between -= 1
        elif word in _BEGIN and place + 1 < len(tokens):
            last = _last(tokens, place + 1)
            if last > place:
                yield tokens[place + 1].start, tokens[last].end + 1


def _last(tokens: Sequence[Token], first: int) -> int:
    """The last word of the term that begins here."""
    depth = between = 0
    for place in range(first, len(tokens)):
        word = tokens[place].text.lower()
        if word == "(":
            depth += 1
        elif word == ")":
            depth -= 1
            if depth < 0:
                return place - 1
        elif depth == 0:
            between += word == "between"
            if word == "and" and between:
                between -= 1
            elif word.split(" ")[0] in _END and tokens[place].token_type != TokenType.STRING:
                return place - 1
    return len(tokens) - 1
