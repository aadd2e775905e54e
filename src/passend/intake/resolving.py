"""Tables with each customer and product under the one number that stands for it, as a statement for either engine.

What a file says is kept as it was written; whoever reads a table reads it through these.
"""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from passend.ports import Engine, Statement
from passend.tables import contract

#: Which table says which number stands for another, by the column that it is about.
ALIASES = {"customer_id": "customer_aliases", "product_id": "product_aliases"}
#: Tables that keep numbers as they were written.
AS_WRITTEN = (
    "lines", "product_list", "customers", "contracts", "events", "contacts", "consents", "treatment_edits",
)  # fmt: skip


def resolve(engine: Engine, name: str) -> None:
    """Put a table's rows under the numbers that stand for them; the engine holds them as written, and the aliases."""
    written = f"{name}_as_written"
    engine.create(written, Statement(f"intake/{written}", f'select * from "{name}"'))
    engine.create(name, Statement(f"intake/resolved_{name}", _text(name, written)))
    engine.drop(written)


def resolved(name: str, table: pa.Table, aliases: Mapping[str, pa.Table]) -> pa.Table:
    """The same for rows in memory.

    Args:
        name: the table.
        table: its rows as they were written.
        aliases: the tables of aliases, by the column that they are about.
    """
    for column, known in aliases.items():
        if name in AS_WRITTEN and column in table.schema.names and known.num_rows:
            place = pc.index_in(table[column], value_set=known["spelling"].combine_chunks())
            one = pc.coalesce(known[column].take(place), table[column])
            table = table.set_column(table.schema.get_field_index(column), column, one)
    return table


def _text(name: str, written: str) -> str:
    made = contract(name)
    columns = made.schema.names
    one = {column: f"coalesce({column[:1]}.{column}, t.{column})" for column in ALIASES if column in columns}
    joins = "".join(
        f" left join {ALIASES[column]} {column[:1]} on {column[:1]}.spelling = t.{column}" for column in one
    )
    if made.key not in {("customer_id",), ("product_id",)}:
        picked = ", ".join(f"{one.get(column, f't.{column}')} as {column}" for column in columns)
        return f'select {picked} from "{written}" t{joins}'
    # One row for each: what stands under the number itself comes first, the other ways of writing fill its gaps.
    key = made.key[0]
    rest = ", ".join(
        f"coalesce(max(case when t.{key} = {one[key]} then t.{column} end), max(t.{column})) as {column}"
        for column in columns
        if column != key
    )
    return f'select {one[key]} as {key}, {rest} from "{written}" t{joins} group by {one[key]}'
