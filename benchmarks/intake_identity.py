"""One person is one person, what was refused stays refused, what was written reads back, and nothing runs in a sheet.

Files are generated in which each customer's number or address is written in another way in every table; who is who,
who refused and who is to be forgotten is known. ``python3 dev.py bench intake_identity``.
"""

import csv
import io
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.row import Row, at_least, at_most
from passend.flow import ImportRequest, import_sources
from passend.flow.persons import erase_person
from passend.flow.steps import run_steps, steps_of
from passend.market.scenario import load_scenario
from passend.market.world import Market
from passend.ports import Silence
from passend.tables.spreadsheets import as_csv, unguarded
from passend.workspace import Workspace

SEEDS, CUSTOMERS, SMALL = 12, 60, 100
TRADES = ("bicycle-shop", "electronics", "insurer", "gym", "b2b-parts")
COMMAND = "python3 dev.py bench intake_identity"
START = datetime(2025, 1, 1)


@dataclass
class Found:
    """What went wrong, counted over all worlds."""

    people: int = 0
    wrong_people: int = 0
    words: int = 0
    sent_against_a_no: int = 0
    silenced_without_a_no: int = 0
    erased: int = 0
    traces: int = 0
    others_lost: int = 0
    kinds: set[str] = field(default_factory=set)


def rows() -> Iterator[Row]:
    """The bars, one by one."""
    found = Found()
    for seed in range(SEEDS):
        _world(seed, found)
    work = f"{SEEDS} generated shops of {CUSTOMERS} customers, written in {len(found.kinds)} ways"
    people = f"of {found.people} customers"
    yield Row(work, "customers who are not one person", found.wrong_people, at_most(0, found.wrong_people), people,
              command=COMMAND)  # fmt: skip
    for measure in ("sent_against_a_no", "silenced_without_a_no"):
        value = getattr(found, measure)
        yield Row(
            work,
            measure.replace("_", " "),
            value,
            at_most(0, value),
            f"of {found.words} words",
            command=COMMAND,
        )
    for measure in ("traces", "others_lost"):
        value = getattr(found, measure)
        said = {
            "traces": "tables with a trace of the erased",
            "others_lost": "rows of others lost by erasure",
        }[measure]
        yield Row(work, said, value, at_most(0, value), f"{found.erased} erased", command=COMMAND)
    yield _round_trips()
    yield from _exports()


def _world(seed: int, found: Found) -> None:
    random = np.random.default_rng(seed)
    by_number = bool(seed % 2)
    found.kinds |= set(_WAYS[by_number])
    with tempfile.TemporaryDirectory(prefix="passend-bench-") as name:
        folder = Path(name)
        workspace = Workspace(folder / "ws")
        refused = _files(folder, random, by_number)
        for file in random.permutation(sorted(map(str, folder.glob("*.csv")))):
            import_sources(workspace, [ImportRequest(str(file))], Silence())
        sold = workspace.read("orders")
        found.people += CUSTOMERS
        counts = sold.group_by("customer_id").aggregate([("order_id", "count_distinct")]).to_pylist()
        named = [row["order_id_count_distinct"] for row in counts if row["customer_id"]]
        found.wrong_people += abs(len(named) - CUSTOMERS) + sum(number != 2 for number in named)
        _judge_words(workspace, refused, found)
        _judge_erasure(workspace, random, by_number, found)


_NOBODY = ("0", "-1", "guest@example.com")
_WAYS = {
    False: ("{a}", "{A}", " {t} ", "<{a}>", "Kim <{A}>", "mailto:{a}", "\u200b{t}", "{a}\u00a0"),
    True: ("{n:05d}", "{n}", " {n:05d}", "{n:06d}", "{n}\u00a0", "\ufeff{n}"),
}


def _way(who: int, way: str) -> str:
    address = f"kim.{who}@example.com"
    return way.format(a=address, A=address.upper(), t=address.title(), n=who)


def _files(folder: Path, random: np.random.Generator, by_number: bool) -> set[int]:
    """Orders in one way of writing each, consents and unsubscribing in any; returns who said no last."""
    ways = _WAYS[by_number]

    def any_way(who: int) -> str:
        return _way(who, str(random.choice(ways)))

    def write(name: str, header: str, lines: list[str]) -> None:
        (folder / name).write_text("\n".join([header, *lines]) + "\n", "utf-8")

    people = range(1, CUSTOMERS + 1)
    for part in range(2):
        # A file of orders writes its numbers in one way; addresses are typed by people.
        way = ways[part] if by_number else None
        write(f"orders-{part}.csv", "order_id,customer_id,date,sku,qty,price", [
            f"{part}-{who},{_way(who, way) if way else any_way(who)},2025-0{part + 1}-11,P{who % 7},1,9.00"
            for who in people
        ] + [f"{part}-g{k},{guest},2025-03-03,P1,1,9.00" for k, guest in enumerate(_NOBODY)])  # fmt: skip
    words = [(who, int(random.integers(5)), bool(random.random() < 0.6), bool(random.random() < 0.3))
             for who in random.integers(1, CUSTOMERS + 1, 3 * CUSTOMERS).tolist()]  # fmt: skip
    yes = [(who, day, given) for who, day, given, _ in words]
    write("consents.csv", "customer_id,channel,said_at,is_given,basis", [
        f"{any_way(who)},email,{START + timedelta(days=day):%Y-%m-%d},{'yes' if given else 'no'},opt-in"
        for who, day, given in yes
    ])  # fmt: skip
    gone = [(who, day + 1) for who, day, _, leaves in words if leaves]
    write("contacts.csv", "customer_id,sent_at,channel,campaign,sku,outcome", [
        f"{any_way(who)},{START + timedelta(days=day):%Y-%m-%d},email,spring {place},P1,unsubscribed"
        for place, (who, day) in enumerate(gone)
    ])  # fmt: skip
    last: dict[int, tuple[int, bool]] = {}
    for who, day, given in [*yes, *((who, day, False) for who, day in gone)]:
        last[who] = max(last.get(who, (-1, False)), (day, not given))
    return {who for who, (_, is_no) in last.items() if is_no}


def _number(text: str) -> int:
    return int(text.split("@", maxsplit=1)[0].removeprefix("kim."))


def _judge_words(workspace: Workspace, refused: set[int], found: Found) -> None:
    steps = [step for step in steps_of("customers") if step.table in ("decision_date", "latest_consents")]
    with workspace.engine() as engine:
        run_steps(engine, steps, workspace.settings, Silence())
        said = {
            _number(row["customer_id"]): row["is_given"]
            for row in engine.fetch("latest_consents").to_pylist()
        }
    found.words += len(said)
    found.sent_against_a_no += sum(said.get(who, True) for who in refused)
    found.silenced_without_a_no += sum(not given for who, given in said.items() if who not in refused)


def _judge_erasure(workspace: Workspace, random: np.random.Generator, by_number: bool, found: Found) -> None:
    who = int(random.integers(1, CUSTOMERS + 1))
    before = workspace.read("lines").num_rows
    erase_person(workspace, _way(who, str(random.choice(_WAYS[by_number]))))
    found.erased += 1
    found.others_lost += before - 2 - workspace.read("lines").num_rows
    needles = {_way(who, way).strip(" \u00a0\u200b\ufeff").lower() for way in _WAYS[by_number]}
    for file in workspace.folder.rglob("*.parquet"):
        table = pq.ParquetFile(file).read()
        names = [name for name in ("customer_id", "spelling", "email") if name in table.schema.names]
        texts = {str(text).lower() for name in names for text in table[name].to_pylist()}
        found.traces += bool(texts & needles)


def _round_trips() -> Row:
    """Tables of five trades that an import takes back exactly, in one folder with the order file."""
    exact = tables = 0
    for trade in TRADES:
        with tempfile.TemporaryDirectory(prefix="passend-bench-") as name:
            folder = Path(name)
            market = Market(load_scenario(trade).changed({"customers.number": SMALL}), 1)
            made = market.tables()
            market.write_orders(folder / "orders.csv")
            for table, content in made.items():
                pq.write_table(content, folder / f"{table}.parquet")
            workspace = Workspace(folder / "ws")
            import_sources(workspace, [ImportRequest(file) for file in sorted(folder.glob("*.*"))], Silence())
            for table, content in made.items():
                if content.num_rows:
                    tables += 1
                    exact += _same(table, workspace.read(table), content)
    work, share = f"{len(TRADES)} markets of {SMALL} customers", exact / tables
    said = "share of tables that import as they were made"
    return Row(work, said, share, at_least(1, share), f"{tables} tables", command=COMMAND)


#: Numbered anew by the intake, not in the order file, or another word for nothing.
_NOT_KEPT = {"line", "order_line", "return_id", "sequence", "channel", "is_gift", "outcome", "variant"}


def _same(table: str, read: pa.Table, made: pa.Table) -> bool:
    """Equal rows, but for what stands in the order file alone: gifts, and the words for 'nothing came of it'."""
    names = [name for name in made.schema.names if name not in _NOT_KEPT]
    if table == "orders":
        read = read.filter(pc.invert(read["is_gift"]))
    if table == "products":
        read = read.filter(pc.is_in(read["product_id"], made["product_id"].combine_chunks()))
        names = ["product_id", "name", "category", "price_cents", "unit_cost_cents", "currency", "kind"]
    one, other = (sorted(map(str, part.select(names).to_pylist())) for part in (read, made))
    return one == other


def _exports() -> Iterator[Row]:
    """Texts made of what formulas begin with, letters and blanks, through a CSV export and back."""
    random = np.random.default_rng(1)
    signs = list("=+-@\t\r\n'\" ;,aß1\uff1d\u200b")
    texts = ["".join(random.choice(signs, int(random.integers(1, 8)))) for _ in range(20_000)]
    cells = [
        row[0] for row in csv.reader(io.StringIO(as_csv(pa.table({"id": texts})).decode("utf-8"), newline=""))
    ][1:]
    unsafe = sum(cell.lstrip()[:1] in {*"=+-@\uff1d"} for cell in cells if cell.strip())
    back = unguarded(pa.array(cells, pa.string())).to_pylist()
    changed = sum(one != other for one, other in zip(texts, back, strict=True))
    work = f"{len(texts):,} hostile texts"
    yield Row(work, "cells that a spreadsheet may run", unsafe, at_most(0, unsafe), command=COMMAND)
    yield Row(work, "texts that do not come back as they were", changed, at_most(0, changed), command=COMMAND)
