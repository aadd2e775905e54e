"""Reading a firm's further tables (customers, contracts, events, contacts, consents, costs) into their contracts.

Each row is kept, or set aside with the reason; of rows with one key the last one in the file counts.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from passend.intake.columns import Recognition
from passend.intake.firm_columns import MADE
from passend.intake.firm_typed import FirmRows
from passend.intake.source import Batch, Source
from passend.intake.staging import PartWriter, Staged, raw_texts, source_identity
from passend.intake.typed import Reading
from passend.ports import Progress
from passend.settings import Settings
from passend.tables import contract
from passend.tables.contract import Contract
from passend.tables.intake import SET_ASIDE

LISTED_AGAIN = "the same key comes again further down, and the later row counts"
REPEATED = "the same row was read before in this file"


def stage_firm_table(
    source: Source, recognition: Recognition, settings: Settings, folder: Path, progress: Progress
) -> Staged:
    """Read a file into Parquet files of the table that it was recognised as.

    Args:
        source: the file.
        recognition: which table it is, and what its columns mean.
        settings: time zone, currency and order of day and month where the file names none.
        folder: where the files go.
        progress: is told how far the reading is.
    """
    table = contract(recognition.kind)
    desk = _Desk(table, Reading.of(recognition, settings), source_identity(source, recognition), source.name)
    (folder / "kept").mkdir(parents=True, exist_ok=True)
    (folder / "aside").mkdir(exist_ok=True)
    kept = PartWriter(folder / "kept", table.schema.append(pa.field("row", pa.int64())))
    aside = PartWriter(folder / "aside", SET_ASIDE.schema)
    rows = position = 0
    for batch in source.batches():
        good, bad = desk.read(batch)
        kept.write(good)
        desk.lay_aside(aside, bad)
        rows += batch.table.num_rows + len(batch.broken)
        progress.advance(source.position() - position)
        position = source.position()
    kept.close()
    files = _last_of_each(desk, kept.files, aside)
    aside.close()
    return Staged(
        tuple(files),
        desk.source_id,
        rows,
        dict(desk.counts.most_common()),
        (),
        tuple(aside.files),
        notes=desk.reading.notes,
    )


@dataclass
class _Desk:
    """One reading of one file."""

    table: Contract
    reading: Reading
    source_id: str
    source: str
    counts: Counter[str] = field(default_factory=Counter)

    def read(self, batch: Batch) -> tuple[pa.Table, pa.Table]:
        """The usable rows of a batch with their numbers, and the others as rows of ``set_aside``."""
        typed = FirmRows(batch.table, self.reading)
        made = MADE.get(self.table.name, set())
        columns = {}
        for column in self.table.columns:
            values = typed.column(self.table.name, column)
            if column.required and column.name not in made:
                typed.note(pc.is_null(values), f"{column.name} is missing: {column.meaning}")
            columns[column.name] = values
        typed.complete(self.table.name, columns)
        usable = pc.is_null(typed.problem)
        bad = pc.invert(usable)
        full = pa.table({**columns, "row": batch.rows})
        schema = self.table.schema.append(pa.field("row", pa.int64()))
        lost = self._aside(
            batch.rows.filter(bad), typed.problem.filter(bad), raw_texts(batch.table.filter(bad))
        )
        broken = self._aside(
            pa.array([item.row for item in batch.broken], pa.int64()),
            pa.array([item.reason for item in batch.broken], pa.string()),
            [item.raw for item in batch.broken],
        )
        return full.cast(schema).filter(usable), pa.concat_tables([lost, broken])

    def lay_aside(self, writer: PartWriter, rows: pa.Table) -> None:
        """Keep rows that cannot be used, and count them by their reason."""
        if rows.num_rows:
            writer.write(rows)
            for pair in pc.value_counts(rows.column("reason")).to_pylist():
                self.counts[pair["values"]] += pair["counts"]

    def again(self, rows: pa.Table) -> pa.Table:
        """Rows whose key a later row has, as rows of ``set_aside``."""
        reason = REPEATED if self.table.name == "events" else LISTED_AGAIN
        reasons = pa.repeat(pa.scalar(reason), rows.num_rows)
        texts = [text for batch in rows.drop_columns(["row"]).to_batches() for text in raw_texts(batch)]
        return self._aside(rows.column("row"), reasons, texts)

    def _aside(self, rows: pa.Array, reasons: pa.Array, raw: list[str]) -> pa.Table:
        size = len(raw)
        return pa.table(
            {
                "source_id": pa.repeat(pa.scalar(self.source_id), size),
                "source": pa.repeat(pa.scalar(self.source), size),
                "row": rows,
                "kind": pa.repeat(pa.scalar(self.table.name), size),
                "reason": reasons,
                "raw": pa.array(raw, pa.string()),
            }
        ).cast(SET_ASIDE.schema)


def _last_of_each(desk: _Desk, files: list[Path], aside: PartWriter) -> list[Path]:
    """The files with one row for each key: the last one; the earlier ones are set aside."""
    key = list(desk.table.key)
    if not files:
        return files
    keys = pa.concat_tables([pq.read_table(file, columns=[*key, "row"]) for file in files])
    last = keys.group_by(key, use_threads=False).aggregate([("row", "max")]).column("row_max")
    kept: list[Path] = []
    for file in files:
        table = pq.read_table(file)
        stays = pc.is_in(table.column("row"), value_set=last)
        desk.lay_aside(aside, desk.again(table.filter(pc.invert(stays))))
        target = file.with_name(f"one-{file.name}")
        pq.write_table(table.filter(stays).drop_columns(["row"]), target)
        kept.append(target)
    return kept
