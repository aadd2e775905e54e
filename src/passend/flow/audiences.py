"""Customers like an audience, and customers whose next need is due: from the stored tables of a workspace."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passend.customers.lookalikes import LookAlikes
from passend.customers.propensity import Hazard
from passend.customers.propensity.timing import Window
from passend.customers.scores import LEFT_OUT
from passend.customers.segments import Condition, Segment
from passend.errors import InvalidInput
from passend.flow.lookup import find_product
from passend.flow.segments import conditions_in
from passend.workspace import Workspace

_DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Alike:
    """Customers like an audience.

    Attributes:
        members: customers of the audience who are known.
        auc: how well unseen members can be told from others, with its interval: .5 is chance.
        rules: segments in which the audience is most frequent.
        customers: customer_id, likeness, reason: the most alike who are not in the audience.
    """

    members: int
    auc: tuple[float, float, float]
    rules: tuple[Segment, ...]
    customers: pa.Table


@dataclass(frozen=True)
class Due:
    """When the next need is likely after an anchor purchase, and whose is near.

    Attributes:
        product_id: the anchor.
        then_id: what is bought next; None for any later order.
        customers: who bought the anchor.
        followed: of these, who have bought next.
        window: the days after the anchor in which the need is likeliest.
        due: customer_id, since_days, probability: likeliest first, of those who have not bought yet.
    """

    product_id: str
    then_id: str | None
    customers: int
    followed: int
    window: Window
    due: pa.Table


def find_alike(workspace: Workspace, like: str, most: int) -> Alike:
    """Customers like an audience.

    Args:
        workspace: with a plan.
        like: a file of customer numbers, one a line; a saved segment (``.json``); or a rule such as
            ``orders more than 5 and returned share at most 0.1``.
        most: customers to list.

    Raises:
        InvalidInput: the rule cannot be read, or there are too few members.
        NotSeparable: the audience cannot be told from other customers.
    """
    return alike_in(workspace.read("customer_facts"), like, most)


def alike_in(facts: pa.Table, like: str, most: int) -> Alike:
    """The same among customers of whom these facts are known.

    Raises:
        InvalidInput: the rule cannot be read, or there are too few members.
        NotSeparable: the audience cannot be told from other customers.
    """
    facts = facts.drop_columns(list(LEFT_OUT))
    members, by = members_of(facts, like)
    # What defines the audience would tell it apart by itself: likeness is in everything else.
    model = LookAlikes().fit(facts.drop_columns(sorted(by)), members.to_pylist())
    known = int(pc.sum(pc.is_in(facts["customer_id"], members)).as_py())
    return Alike(
        known, (model.auc_, model.auc_low_, model.auc_high_), tuple(model.rules()), model.table(most)
    )


def find_due(workspace: Workspace, product: str, then: str | None, days: int) -> Due:
    """When what comes next is likely after the first purchase of a product, and whose next purchase is near.

    Args:
        workspace: with orders.
        product: the anchor, by number or words of its name.
        then: what is bought next; None for any later order.
        days: the chance to buy within so many days from now.

    Raises:
        InvalidInput: there is no such product, or nobody bought it at a known time.
    """
    anchor = find_product(workspace, product)["product"]["product_id"]
    wanted = None if then is None else find_product(workspace, then)["product"]["product_id"]
    orders = workspace.read("orders").select(["customer_id", "product_id", "ordered_at"])
    orders = orders.filter(pc.and_(pc.is_valid(orders["customer_id"]), pc.is_valid(orders["ordered_at"])))
    bought = orders.filter(pc.equal(orders["product_id"], anchor))
    if not bought.num_rows:
        raise InvalidInput(f"No customer is known to have bought '{anchor}' at a known time.")
    first = bought.group_by("customer_id").aggregate([("ordered_at", "min")])
    begin = _days(first["ordered_at_min"])
    place = pc.index_in(orders["customer_id"], first["customer_id"].combine_chunks())
    day, end = _days(orders["ordered_at"]), float(_days(orders["ordered_at"]).max())
    own = pc.fill_null(place, -1).to_numpy().astype(np.int64)
    later = (own >= 0) & (day > begin[own])
    if wanted is not None:
        later &= pc.equal(orders["product_id"], wanted).to_numpy(zero_copy_only=False)
    next_day = np.full(len(begin), np.inf)
    np.minimum.at(next_day, own[later], day[later])
    followed = np.isfinite(next_day)
    hazard = Hazard().fit(np.where(followed, next_day, end) - begin, followed)
    waiting = pa.table(
        {
            "customer_id": first["customer_id"].filter(pa.array(~followed)),
            "since_days": pa.array((end - begin[~followed]).astype(np.int64)),
            "probability": pa.array(hazard.chance(end - begin[~followed], days)),
        }
    ).sort_by([("probability", "descending"), ("customer_id", "ascending")])
    return Due(anchor, wanted, len(begin), int(followed.sum()), hazard.best_window(), waiting)


def members_of(facts: pa.Table, like: str) -> tuple[pa.Array, set[str]]:
    """The audience's customer numbers, and the columns by which it is defined."""
    conditions = conditions_of(like, facts.schema.names)
    if conditions is None:
        numbers = {line.strip().strip('"') for line in _text_of(like).splitlines()}
        return pa.array(sorted(numbers - {""}), pa.string()), set()
    found = Segment(conditions, 1.0, 1.0).of(facts)["customer_id"]
    return found.combine_chunks(), {one.column for one in conditions}


def conditions_of(like: str, columns: Sequence[str]) -> tuple[Condition, ...] | None:
    """The conditions of a rule or of a saved segment; None for a list of customer numbers.

    Raises:
        InvalidInput: the rule cannot be read, or there is no such file.
    """
    file = Path(like)
    if file.suffix == ".json":
        return Segment.from_json(_text_of(like)).conditions
    if file.suffix in {".txt", ".csv"} or file.is_file():
        return None
    return conditions_in(like, columns)


def _text_of(like: str) -> str:
    if not Path(like).is_file():
        raise InvalidInput(f"There is no file '{like}'.", remedy="Give a file, or a rule.")
    return Path(like).read_text("utf-8-sig")


def _days(times: pa.ChunkedArray) -> np.ndarray:
    """Whole days since 1970."""
    micros = times.cast(pa.timestamp("us")).cast(pa.int64()).to_numpy()
    return np.asarray(micros // _DAY_US, np.float64)
