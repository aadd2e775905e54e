"""Rows that a file marks as taken back by letters before the order's number."""

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_SHAPE = r"^([^\d]{0,7})\d[\d\-/]*$"
_MOSTLY = 0.8


class PrefixWatch:
    """Learns over a whole file which letters before the order number mark a cancellation.

    ``C536379`` among numbers such as ``536365`` is one if rows under ``C`` mostly take something back. A row
    that takes something back under an unusual prefix is marked at once; the few others wait for the end of
    the file.
    """

    def __init__(self, usual: str | None) -> None:
        self._usual = usual
        self._rows: Counter[str] = Counter()
        self._negative: Counter[str] = Counter()
        self._waiting: dict[int, set[str]] = {}

    def look(self, order_ids: pa.Array, negative: pa.Array) -> tuple[pa.Array, set[str]]:
        """The rows that are cancelled for sure, and the prefixes of those that may turn out to be."""
        if self._usual is None:
            return pa.repeat(pa.scalar(False), len(order_ids)), set()
        prefixes = self._prefixes(order_ids)
        odd = pc.fill_null(pc.not_equal(prefixes, self._usual), False)
        if not pc.any(odd).as_py():
            return odd, set()
        taken_back = pc.and_(odd, negative)
        every = _counts(prefixes.filter(odd))
        back = _counts(prefixes.filter(taken_back))
        self._rows.update(every)
        self._negative.update(back)
        return taken_back, {prefix for prefix, count in every.items() if count > back.get(prefix, 0)}

    def wait(self, part: int, prefixes: set[str]) -> None:
        """Remember that a file holds unmarked rows under these prefixes."""
        if prefixes:
            self._waiting.setdefault(part, set()).update(prefixes)

    def mend(self, files: list[Path]) -> None:
        """Now that the whole file is known, mark the rows that had to wait."""
        known = {
            prefix
            for prefix, rows in self._rows.items()
            if rows >= 2 and self._negative[prefix] >= _MOSTLY * rows
        }
        for part, prefixes in self._waiting.items():
            if prefixes & known:
                self._mark(files[part], prefixes & known)

    def _mark(self, file: Path, prefixes: set[str]) -> None:
        table = pq.read_table(file)
        found = self._prefixes(pc.cast(table.column("order_id"), pa.string()).combine_chunks())
        usable = pc.is_null(table.column("problem")).combine_chunks()
        marked = pc.and_(usable, pc.fill_null(pc.is_in(found, value_set=pa.array(sorted(prefixes))), False))
        place = table.schema.get_field_index("is_cancelled")
        flags = pc.or_(table.column(place).combine_chunks(), marked)
        pq.write_table(table.set_column(place, table.schema.field(place), flags), file)

    @staticmethod
    def _prefixes(order_ids: pa.Array) -> pa.Array:
        coded = pc.dictionary_encode(order_ids)
        shaped = pc.match_substring_regex(coded.dictionary, _SHAPE)
        prefixes = pc.replace_substring_regex(coded.dictionary, _SHAPE, r"\1")
        return pc.if_else(shaped, prefixes, pa.scalar(None, pa.string())).take(coded.indices)


def _counts(texts: pa.Array) -> dict[str, int]:
    return {pair["values"]: pair["counts"] for pair in pc.value_counts(texts).to_pylist()}
