"""Lay out a workspace's answers for shops: relations, next products, ownership and refusals as arrays.

The version is written whole beside the one in force and put in force by renaming one small file, so that whoever
answers sees the old or the new one, never something in between.
"""

import json
import os
import shutil
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from passend.flow.serving.learning import PRODUCTS, REASONS, carts_folder
from passend.flow.serving.shelf import (
    CARTS,
    CODE,
    CURRENT,
    FOLDER,
    INTENTS,
    LAYOUT,
    LEFT_ALONE,
    PINNED,
    PLACE,
    REFUSES,
    TYPES,
    TYPES_OF,
    hashes,
    version_in_force,
)
from passend.flow.steps import statement
from passend.tables import contract
from passend.workspace import Workspace

#: Sales of so many last days tell what is popular now.
POPULAR_DAYS = 90
#: Products kept in each list of what is popular.
POPULAR = 100
_NONE = -1
#: The tables that are laid out.
_READ = (
    "products", "relations", "relation_edits", "orders", "recommendations", "customer_facts", "verdicts",
    "latest_consents", "customer_aliases", "product_aliases", "customer_merges",
)  # fmt: skip


def version_of(workspace: Workspace) -> str:
    """The name of the version that belongs to the settings and to the tables that are laid out, as they are now.

    What else changes, such as events that are carried over each minute, needs no new version.
    """
    settings = workspace.settings
    carts = carts_folder(workspace)
    tables = workspace.manifest.tables
    changes = {name: tables[name].change for name in _READ if name in tables}
    said = json.dumps(
        [
            changes, settings.text("decisions.salt"), settings.number("decisions.holdout_share"),
            carts.name if carts.exists() else "",
        ]
    )  # fmt: skip
    number = max(changes.values(), default=0)
    return f"{LAYOUT:02d}-{number:06d}-{sha256(said.encode()).hexdigest()[:8]}"


def lay_out(workspace: Workspace) -> bool:
    """Lay out the present state of the workspace and put it in force; returns False where that was done already.

    Raises:
        WorkspaceError: the workspace holds no products yet.
    """
    version = version_of(workspace)
    if version_in_force(workspace.folder) == version:
        return False
    products = workspace.read("products")
    place = workspace.folder / FOLDER
    folder = place / version
    draft = place / f"{version}.{os.getpid()}.draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    codes = products["product_id"].combine_chunks()
    _write_products(workspace, products, draft)
    _write_relations(workspace, codes, draft)
    _write_apart(workspace, codes, draft)
    _write_carts(workspace, codes, draft)
    _write_customers(workspace, codes, draft)
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
    name = place / f"{CURRENT}.{os.getpid()}.draft"
    name.write_text(folder.name, "ascii")
    name.replace(place / CURRENT)
    _sweep(place)
    return True


def forget_versions(folder: Path) -> None:
    """Delete all versions but the one in force: nobody can go back to what was erased."""
    _sweep(folder / FOLDER, kept=1)


def _sweep(place: Path, kept: int = 2) -> None:
    """Keep the version in force and the one before; whoever still reads an older one has it open."""
    versions = sorted((one for one in place.glob("[0-9]*") if one.suffix != ".draft"), key=_made)
    for one in versions[:-kept]:
        shutil.rmtree(one, ignore_errors=True)


def _made(version: Path) -> float:
    return version.stat().st_mtime


def _write_products(workspace: Workspace, products: pa.Table, folder: Path) -> None:
    _write_texts(folder, "goods", _pieces(products))
    _write_texts(folder, "product_id", products["product_id"])
    stock = pc.fill_null(products["stock"], 1.0)
    sold = pc.and_(products["is_active"], pc.greater(stock, 0.0))
    sold.to_numpy().astype(np.uint8).tofile(folder / "sold")
    kinds = pc.dictionary_encode(products["category"].combine_chunks())
    category = pc.fill_null(kinds.indices, _NONE).to_numpy(zero_copy_only=False).astype(np.int32)
    category.tofile(folder / "category")
    popular = _popular(workspace, products)
    by_kind: dict[int, list[int]] = {}
    for code in popular:
        mine = by_kind.setdefault(int(category[code]), [])
        if len(mine) < POPULAR:
            mine.append(code)
    told = {
        "number": workspace.manifest.number,
        "categories": kinds.dictionary.to_pylist(),
        "popular": popular[:POPULAR],
        "popular_in": {str(kind): codes for kind, codes in by_kind.items()},
        "salt": workspace.settings.text("decisions.salt"),
        "share": workspace.settings.number("decisions.holdout_share"),
    }
    (folder / "shelf.json").write_text(json.dumps(told), "utf-8")


def _pieces(products: pa.Table) -> pa.Array:
    """What answers tell of each product, as JSON without the closing brace; the price is the last of it."""
    goods = products.select(["product_id", "name", "currency", "price_cents"]).to_pylist()
    written = [json.dumps(one, ensure_ascii=False, separators=(",", ":"))[:-1] for one in goods]
    return pa.array(written, pa.string())


def _popular(workspace: Workspace, products: pa.Table) -> list[int]:
    """Codes by orders of the last days of the data, then by all orders."""
    lately = np.zeros(products.num_rows)
    if workspace.has("orders"):
        orders = workspace.read("orders").select(["product_id", "ordered_at"])
        latest = pc.max(orders["ordered_at"]).as_py()
        if latest is not None:
            since = latest - timedelta(days=POPULAR_DAYS)
            orders = orders.filter(pc.greater(orders["ordered_at"], since))
        code = _codes(orders["product_id"], products["product_id"].combine_chunks())
        lately = np.bincount(code[code >= 0], minlength=products.num_rows).astype(float)
    total = products["orders"].to_numpy()
    return [int(one) for one in np.lexsort((np.arange(len(total)), -total, -lately))]


def _codes(values: pa.ChunkedArray, known: pa.Array) -> Any:
    return pc.fill_null(pc.index_in(values, value_set=known), _NONE).to_numpy()


def _write_relations(workspace: Workspace, products: pa.Array, folder: Path) -> None:
    """Product after product, intent after intent: pinned first, then by rank within the type."""
    names = ["product_id", "other_id", "type", "rank", "is_pinned", "reason"]
    table = workspace.read("relations").select(names) if workspace.has("relations") else None
    if table is None or not table.num_rows:
        _write_lists(folder, "related", _nothing(len(products) * len(INTENTS)))
        return
    product, other = _codes(table["product_id"], products), _codes(table["other_id"], products)
    said = table["type"].to_numpy(zero_copy_only=False)
    intent, kind, turn = (np.full(len(said), _NONE) for _ in range(3))
    for number, name in enumerate(INTENTS):
        for place, one in enumerate(TYPES_OF[name]):
            mine = said == one
            intent[mine], kind[mine], turn[mine] = number, TYPES.index(one), place
    pinned = table["is_pinned"].to_numpy(zero_copy_only=False)
    good = np.flatnonzero((product >= 0) & (other >= 0) & (intent >= 0))
    whose = product[good] * len(INTENTS) + intent[good]
    rank = table["rank"].to_numpy()[good]
    order = np.lexsort((other[good], turn[good], rank, ~pinned[good], whose))
    # Two products may be related in two ways of one intent; the better place counts.
    _, first = np.unique(whose[order] * len(products) + other[good][order], return_index=True)
    order = order[np.sort(first)]
    chosen = good[order]
    starts = np.searchsorted(whose[order], np.arange(len(products) * len(INTENTS) + 1))
    kinds = kind[chosen] + PINNED * pinned[chosen]
    rows = (starts, other[chosen], kinds, product[chosen], table["reason"].take(chosen))
    _write_lists(folder, "related", rows)


def _write_apart(workspace: Workspace, products: pa.Array, folder: Path) -> None:
    """What is not offered beside a product: what replaces it, and what people forbade."""
    size = max(len(products), 1)
    pairs = np.empty(0, np.int64)
    if workspace.has("relations"):
        with workspace.engine() as engine:
            for name in ("relations", "relation_edits"):
                engine.load(name, workspace.read(name) if workspace.has(name) else contract(name).empty())
            engine.create("kept_apart", statement("products", "kept_apart", workspace.settings))
            apart = engine.fetch("kept_apart")
        product, other = _codes(apart["product_id"], products), _codes(apart["other_id"], products)
        good = (product >= 0) & (other >= 0)
        pairs = np.unique(product[good].astype(np.int64) * size + other[good])
    np.searchsorted(pairs // size, np.arange(len(products) + 1)).astype(np.uint64).tofile(
        folder / "apart_start"
    )
    (pairs % size).astype(np.uint32).tofile(folder / "apart")


def _write_carts(workspace: Workspace, products: pa.Array, folder: Path) -> None:
    """What completes a cart, as it was learned from past orders, and why."""
    learned = carts_folder(workspace)
    if not learned.exists():
        _write_lists(folder, "companions", _nothing(len(products)))
        return
    place = folder / CARTS
    place.mkdir()
    for file in learned.iterdir():  # they never change, so that two versions may share them
        if file.name not in (PRODUCTS, REASONS):
            try:
                os.link(file, place / file.name)
            except OSError:
                shutil.copyfile(file, place / file.name)
    known = pq.read_table(learned / PRODUCTS)["product_id"].combine_chunks()
    on_shelf = _codes(known, products)
    on_shelf.astype(np.int32).tofile(place / PLACE)
    _codes(products, known).astype(np.int32).tofile(place / CODE)
    reasons = pq.read_table(learned / REASONS)
    product, other = (on_shelf[reasons[name].to_numpy()] for name in ("product", "other"))
    good = np.flatnonzero((product >= 0) & (other >= 0))
    good = good[np.argsort(product[good], kind="stable")]
    starts = np.searchsorted(product[good], np.arange(len(products) + 1))
    kinds = np.full(len(good), TYPES.index("complement"))
    _write_lists(
        folder, "companions", (starts, other[good], kinds, product[good], reasons["reason"].take(good))
    )


def _write_customers(workspace: Workspace, products: pa.Array, folder: Path) -> None:
    """Customers by the hash of their number: next products, what they own, and whether they are left alone."""
    orders = (
        workspace.read("orders").select(["customer_id", "product_id"]) if workspace.has("orders") else None
    )
    next_ones = workspace.read("recommendations") if workspace.has("recommendations") else None
    found = [one["customer_id"] for one in (orders, next_ones) if one is not None]
    if workspace.has("customer_facts"):
        found.append(workspace.read("customer_facts")["customer_id"])
    ids = pc.unique(pa.chunked_array([part for one in found for part in one.chunks], pa.string())).drop_null()
    pairs = np.array([hashes(one) for one in ids.to_pylist()], dtype=np.uint64).reshape(-1, 2)
    order = np.argsort(pairs[:, 0], kind="stable")
    pairs, ids = pairs[order], ids.take(pa.array(order))
    pairs[:, 0].tofile(folder / "customer_high")
    pairs[:, 1].tofile(folder / "customer_low")
    _flags(workspace, ids).tofile(folder / "customer_flags")
    _write_owned(orders, ids, products, folder)
    if next_ones is None or not next_ones.num_rows:
        _write_lists(folder, "recommended", _nothing(len(ids)))
        return
    customer, product = _codes(next_ones["customer_id"], ids), _codes(next_ones["product_id"], products)
    good = np.flatnonzero((customer >= 0) & (product >= 0))
    good = good[np.lexsort((next_ones["rank"].to_numpy()[good], customer[good]))]
    kinds = _codes(next_ones["type"], pa.array(TYPES))
    because = _codes(next_ones["because_of"], products)
    starts = np.searchsorted(customer[good], np.arange(len(ids) + 1))
    rows = (starts, product[good], np.maximum(kinds[good], 0), because[good], next_ones["reason"].take(good))
    _write_lists(folder, "recommended", rows)


def _write_owned(orders: pa.Table | None, ids: pa.Array, products: pa.Array, folder: Path) -> None:
    whole = np.empty(0, np.int64)
    if orders is not None:
        customer, product = _codes(orders["customer_id"], ids), _codes(orders["product_id"], products)
        good = (customer >= 0) & (product >= 0)
        whole = np.unique(customer[good].astype(np.int64) * len(products) + product[good])
    size = max(len(products), 1)
    starts = np.searchsorted(whole // size, np.arange(len(ids) + 1))
    starts.astype(np.uint64).tofile(folder / "owned_start")
    (whole % size).astype(np.uint32).tofile(folder / "owned")


def _flags(workspace: Workspace, ids: pa.Array) -> Any:
    flags = np.zeros(len(ids), np.uint8)
    if workspace.has("verdicts"):
        verdicts = workspace.read("verdicts")
        alone = pc.invert(pc.is_in(verdicts["verdict"], value_set=pa.array(["offer", "nothing fits"])))
        _mark(flags, verdicts.filter(alone)["customer_id"], ids, LEFT_ALONE)
    if workspace.has("latest_consents"):
        said = workspace.read("latest_consents")
        no = pc.and_(pc.equal(said["channel"], "onsite"), pc.invert(said["is_given"]))
        _mark(flags, said.filter(no)["customer_id"], ids, REFUSES)
    return flags


def _mark(flags: Any, customers: pa.ChunkedArray, ids: pa.Array, flag: int) -> None:
    places = _codes(customers, ids)
    flags[places[places >= 0]] |= flag


def _nothing(lists: int) -> tuple[Any, Any, Any, Any, pa.Array]:
    none = np.empty(0, np.int64)
    return np.zeros(lists + 1, np.int64), none, none, none, pa.array([], pa.string())


def _write_lists(folder: Path, name: str, rows: tuple[Any, Any, Any, Any, Any]) -> None:
    starts, items, kinds, because, reasons = rows
    starts.astype(np.uint64).tofile(folder / f"{name}_start")
    items.astype(np.uint32).tofile(folder / f"{name}_item")
    kinds.astype(np.uint8).tofile(folder / f"{name}_kind")
    because.astype(np.int32).tofile(folder / f"{name}_because")
    _write_texts(folder, f"{name}_reason", reasons)


def _write_texts(folder: Path, name: str, texts: pa.Array | pa.ChunkedArray) -> None:
    """The letters of all texts, and where each begins; what is missing is empty."""
    chunks = texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]
    starts, written = [np.zeros(1, np.int64)], 0
    with (folder / name).open("wb") as stream:
        for chunk in chunks:
            full = pc.fill_null(chunk.cast(pa.large_string()), "")
            offsets = np.frombuffer(full.buffers()[1], np.int64)[full.offset : full.offset + len(full) + 1]
            stream.write(full.buffers()[2].slice(offsets[0], offsets[-1] - offsets[0]) if len(full) else b"")
            starts.append(offsets[1:] - offsets[0] + written)
            written += int(offsets[-1] - offsets[0])
    np.concatenate(starts).astype(np.uint64).tofile(folder / f"{name}_start")
