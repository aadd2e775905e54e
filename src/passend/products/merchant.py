"""Relations in the form of Google Merchant's ``related_product``, out and in.

The form: one row a product with ``id`` and ``related_product``, which holds up to 30 entries
``relationship_type:identifier_type:identifier`` divided by commas
(support.google.com/merchants/answer/17085213). Google knows no *bought later* and no service; these stay here. An
upgrade can replace the product, so it goes out as a substitute.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from passend.errors import InvalidInput
from passend.products.edits import Edit
from passend.vocabulary import Relation

MOST = 30
_WORDS = ("part_of_set", "required_part", "often_bought_with", "substitute", "different_brand", "accessory")
_SAID: Mapping[str, str] = {
    Relation.COMPLEMENT: "often_bought_with",
    Relation.SUBSTITUTE: "substitute",
    Relation.UPGRADE: "substitute",
}
_ALLOWED = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Export:
    """The feed, and the relations that Google's form cannot hold, each with its reason."""

    text: str
    left_out: tuple[str, ...]


def merchant_feed(relations: pa.Table) -> Export:
    """Relations as a tab-separated feed, the best 30 of each product: people's word first, then by rank."""
    by_product: dict[str, list[dict[str, Any]]] = {}
    left_out: list[str] = []
    for row in relations.to_pylist():
        word = row["role"] or _SAID.get(row["type"])
        names = (row["product_id"], row["other_id"])
        if word is None:
            continue
        if not all(_ALLOWED.fullmatch(name) for name in names):
            left_out.append(f"{names[0]} and {names[1]}: an article number has signs that Google refuses")
            continue
        by_product.setdefault(names[0], []).append({**row, "word": word})
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerow(["id", "related_product"])
    for product, rows in sorted(by_product.items()):
        rows.sort(key=lambda row: (not row["is_pinned"], row["rank"], row["type"], row["other_id"]))
        entries = list(dict.fromkeys(f"{row['word']}:id:{row['other_id']}" for row in rows))
        left_out += [f"{product} and {entry.split(':')[2]}: more than {MOST}" for entry in entries[MOST:]]
        writer.writerow([product, ",".join(entries[:MOST])])
    return Export(out.getvalue(), tuple(left_out))


def read_merchant_feed(
    text: str, *, author: str, at: datetime, note: str = "from Google Merchant"
) -> list[Edit]:
    """A feed's relations as pins, with the columns ``id`` and ``related_product``, tab or comma separated.

    Raises:
        InvalidInput: a column is missing, or an entry is not of the form; the record names its line.
    """
    header = text.lstrip("\ufeff").split("\n", 1)[0]
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")), delimiter="\t" if "\t" in header else ",")
    if not {"id", "related_product"} <= set(reader.fieldnames or ()):
        raise InvalidInput(
            "The feed lacks the columns id and related_product.", remedy="Export both columns."
        )
    return [
        Edit(row["id"], other, "pin", note, author, at, word)
        for row in reader
        for word, other in _entries(row["related_product"] or "", reader.line_num)
    ]


def _entries(cell: str, line: int) -> Iterator[tuple[str, str]]:
    for entry in filter(None, (part.strip() for part in cell.split(","))):
        parts = [part.strip() for part in entry.split(":")]
        if len(parts) != 3 or parts[0] not in _WORDS:
            raise InvalidInput(
                f"'{entry}' is no related product.",
                record=f"line {line}",
                remedy=f"Write relationship:id:number, with one of {', '.join(_WORDS)}.",
            )
        if parts[1] != "id":
            raise InvalidInput(
                f"'{entry}' names the product by {parts[1]}.",
                record=f"line {line}",
                remedy="Use id, the article number: the catalogue here knows no GTIN.",
            )
        yield parts[0], parts[2]
