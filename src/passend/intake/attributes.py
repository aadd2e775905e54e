"""A product's properties (colour, size, which phone it fits) from JSON, short texts or columns of their own."""

import json
import re
from collections.abc import Sequence

import pyarrow as pa

from passend.intake.synonyms import attribute_of
from passend.intake.texts import as_text, is_blank

ATTRIBUTES_UNREADABLE = "the attributes are neither a JSON object nor of the form name: value; name: value"
_PAIR = re.compile(r"\s*(?P<name>[^:=;|]{1,80}?)\s*[:=]\s*(?P<value>[^;|]*?)\s*")


def read_attributes(table: pa.RecordBatch, columns: Sequence[str]) -> tuple[pa.Array, pa.Array]:
    """The attributes of each row as a JSON object of texts (names in lower case, sorted), and which are unreadable.

    Args:
        table: the batch.
        columns: columns that hold attributes: all of them in one text, or one each (``attribute:color``).
    """
    whole = [name for name in columns if attribute_of(name) is None]
    single = {name: attribute_of(name) or "" for name in columns if attribute_of(name) is not None}
    texts = {name: as_text(table.column(name)).to_pylist() for name in columns}
    made: list[str | None] = []
    unreadable: list[bool] = []
    for place in range(table.num_rows):
        found: dict[str, str] = {}
        wrong = False
        for name in whole:
            read = _parsed(texts[name][place])
            wrong = wrong or read is None
            found |= read or {}
        found |= {
            attribute: text.strip()
            for name, attribute in single.items()
            if (text := texts[name][place]) is not None and not is_blank(text)
        }
        made.append(json.dumps(found, ensure_ascii=False, sort_keys=True) if found else None)
        unreadable.append(wrong)
    return pa.array(made, pa.string()), pa.array(unreadable, pa.bool_())


def attributes_of(text: str | None) -> dict[str, str]:
    """The attributes as the tables keep them; of several values of one attribute the text is ``a, b``."""
    return dict(json.loads(text)) if text else {}


def _parsed(text: str | None) -> dict[str, str] | None:
    """Attributes in one text; nothing where it cannot be read."""
    if text is None or is_blank(text):
        return {}
    try:
        tree = json.loads(text)
    except ValueError:
        pairs = [part for part in re.split(r"[;|\n]", text) if part.strip()]
        found = [_PAIR.fullmatch(part) for part in pairs]
        if not all(found):
            return None
        return {pair["name"].strip().lower(): pair["value"] for pair in found if pair and pair["value"]}
    if not isinstance(tree, dict):
        return None
    return {str(name).strip().lower(): said for name, value in tree.items() if (said := _said(value))}


def _said(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(said for item in value if (said := _said(item)))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return (
        json.dumps(value, ensure_ascii=False, sort_keys=True)
        if isinstance(value, dict)
        else str(value).strip()
    )
