"""Reading a firm's own product list into ``product_list``: one row a product, the last word counts."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from passend.intake.attributes import ATTRIBUTES_UNREADABLE, read_attributes
from passend.intake.columns import Recognition
from passend.intake.source import Batch, Source
from passend.intake.staging import PartWriter, SetAside, Staged, raw_texts, source_identity
from passend.intake.synonyms import key
from passend.intake.texts import as_text, is_blank, word_set
from passend.intake.typed import PRODUCT_MISSING, Reading, TypedRows
from passend.ports import Progress
from passend.settings import Settings
from passend.tables.intake import PRODUCT_LIST

LISTED_AGAIN = "the product is listed again further down, and the later row counts"
_MOST_SET_ASIDE = 100_000
_KINDS = {
    "good": "good goods ware waren physical simple variable storable artikel product produkt merchandise",
    "service": "service services dienstleistung dienstleistungen leistung virtual montage wartung",
    "contract": "contract contracts vertrag subscription abo abonnement police versicherung tarif membership",
}
_KIND_OF = {word: kind for kind, names in _KINDS.items() for word in names.split()}
_YES = word_set(
    """
    1 true yes ja y j x wahr active aktiv enabled published publish available lieferbar verfuegbar instock
    visible sichtbar online aufllager
    """
)
_NO = word_set(
    """
    0 -1 false no nein n falsch inactive inaktiv disabled draft entwurf archived archiviert discontinued
    unavailable nichtlieferbar hidden offline outofstock deleted geloescht ausgelaufen eingestellt
    """
)
_REVERSED = frozenset({"discontinued", "ausgelaufen", "auslaufartikel", "eol"})


def stage_products(
    source: Source, recognition: Recognition, settings: Settings, folder: Path, progress: Progress
) -> Staged:
    """Read a product list into Parquet files of the table ``product_list``.

    Args:
        source: the file.
        recognition: what its columns mean.
        settings: the currency where the file names none.
        folder: where the files go.
        progress: is told how far the reading is.
    """
    reading = Reading.of(recognition, settings)
    parts: list[pa.Table] = []
    set_aside: list[SetAside] = []
    counts: Counter[str] = Counter()
    rows = position = 0
    for batch in source.batches():
        table, unusable = _products(batch, reading)
        parts.append(table)
        rows += batch.table.num_rows + len(batch.broken)
        counts.update(item.reason for item in unusable)
        set_aside.extend(unusable[: _MOST_SET_ASIDE - len(set_aside)])
        progress.advance(source.position() - position)
        position = source.position()
    table, again = _last_of_each(pa.concat_tables(parts) if parts else _numbered_schema().empty_table())
    counts.update({LISTED_AGAIN: len(again)} if again else {})
    set_aside.extend(
        SetAside(row, LISTED_AGAIN, product) for row, product in again[: _MOST_SET_ASIDE - len(set_aside)]
    )
    writer = PartWriter(folder, PRODUCT_LIST.schema)
    writer.write(PRODUCT_LIST.check(table))
    writer.close()
    found = dict(counts.most_common())
    return Staged(tuple(writer.files), source_identity(source, recognition), rows, found, tuple(set_aside))


def _products(batch: Batch, reading: Reading) -> tuple[pa.Table, list[SetAside]]:
    typed = TypedRows(batch.table, reading)
    product = typed.ids("product_id")
    typed.note(pc.is_null(product), PRODUCT_MISSING)
    price, cost = typed.numbers("unit_price"), typed.numbers("unit_cost")
    attributes, unreadable = read_attributes(batch.table, reading.recognition.mapping.get("attributes", ()))
    typed.note(unreadable, ATTRIBUTES_UNREADABLE)
    columns = {
        "product_id": product,
        "name": typed.names("product_name"),
        "category": typed.names("category"),
        "unit_price": price.values,
        "unit_cost": cost.values,
        "currency": typed.currency(price.currency, cost.currency),
        "kind": _each(batch.table, reading, "kind", pa.string(), lambda text, _: _KIND_OF.get(key(text))),
        "is_active": _each(batch.table, reading, "is_active", pa.bool_(), _is_active),
        "attributes": attributes,
        "stock": typed.numbers("stock").values,
        "row": batch.rows,
    }
    usable = pc.is_null(typed.problem)
    bad = pc.invert(usable)
    lost = zip(
        batch.rows.filter(bad).to_pylist(),
        typed.problem.filter(bad).to_pylist(),
        raw_texts(batch.table.filter(bad)),
        strict=True,
    )
    broken = [SetAside(item.row, item.reason, item.raw) for item in batch.broken]
    unusable = sorted([*broken, *(SetAside(*item) for item in lost)], key=lambda item: item.row)
    return pa.table(columns).cast(_numbered_schema()).filter(usable), unusable


def _last_of_each(table: pa.Table) -> tuple[pa.Table, list[tuple[int, str]]]:
    """One row for each product, and the rows that a later one replaces."""
    last = table.group_by("product_id", use_threads=False).aggregate([("row", "max")]).column("row_max")
    kept = pc.is_in(table.column("row"), value_set=last)
    replaced = table.filter(pc.invert(kept)).select(["row", "product_id"]).to_pylist()
    return table.filter(kept).drop_columns(["row"]), [(item["row"], item["product_id"]) for item in replaced]


def _numbered_schema() -> pa.Schema:
    return PRODUCT_LIST.schema.append(pa.field("row", pa.int64()))


def _each(
    table: pa.RecordBatch,
    reading: Reading,
    meaning: str,
    kind: pa.DataType,
    change: Callable[[str, str], str | bool | None],
) -> pa.Array:
    """A column changed value by value; nothing where the file has no such column."""
    columns = reading.recognition.mapping.get(meaning, ())
    if not columns:
        return pa.nulls(table.num_rows, kind)
    texts = as_text(table.column(columns[0])).to_pylist()
    return pa.array([None if is_blank(text) else change(text, columns[0]) for text in texts], kind)


def _is_active(text: str, header: str) -> bool | None:
    word = text.strip() if text.strip() in _NO else key(text)
    answer = True if word in _YES else False if word in _NO else None
    return not answer if answer is not None and key(header) in _REVERSED else answer
