"""How many offers and customers are left after each step, what each reason costs, and why a customer gets nothing."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from passend.decisions.candidates import Candidates, Side
from passend.decisions.reasons import STEPS, Losses

#: What people read at each step.
MEANING = {
    "library": "every product on sale, for every customer, on every channel in use",
    "eligible": "fits what the customer bought, and the firm's rules allow it",
    "permitted": "consent, or no need of it, and the customer's peace is kept",
    "suitable": "on stock, with a price and a margin",
    "worth it": "brings more than it costs",
    "chosen": "in the plan, within all limits",
}


@dataclass(frozen=True)
class Library:
    """What could be offered at all, before anything is known of a customer."""

    customers: int
    products: int
    channels: int


def funnel_table(made: Candidates, losses: Losses, library: Library | None) -> pa.Table:
    """The funnel: a row for what is left after each step, and one for each reason that stopped offers before it."""
    rows: list[dict[str, object]] = []
    everything = library.customers * library.products * library.channels if library else len(made)
    customers = library.customers if library else len(np.unique(made.customer))
    rows.append(_row("library", "", MEANING["library"], everything, customers))
    if library and everything > len(made):
        lost = everything - len(made)
        rows.append(
            _row(
                "eligible",
                "unrelated",
                "others fit better, it is not wanted now, or the like was bought lately",
                lost,
                customers,
            )
        )
    step_of = np.array([STEPS.index(one.step) for one in losses.reasons] or [0])
    reached = np.where(losses.why < 0, len(STEPS), step_of[np.maximum(losses.why, 0)])
    for place, step in enumerate(STEPS[1:], start=1):
        for code, reason in enumerate(losses.reasons):
            if reason.step == step:
                here = losses.why == code
                rows.append(_row(step, reason.code, reason.says, int(here.sum()), _customers(made, here)))
        left = reached > place
        rows.append(_row(step, "", MEANING[step], int(left.sum()), _customers(made, left)))
    for place, row in enumerate(rows, start=1):
        row["place"] = place
    return pa.Table.from_pylist(
        rows,
        schema=pa.schema(
            [("step", pa.string()), ("reason_code", pa.string()), ("reason", pa.string()), ("offers", pa.int64()),
             ("customers", pa.int64()), ("place", pa.int64())]
        ),
    )  # fmt: skip


def _row(step: str, code: str, says: str, offers: int, customers: int) -> dict[str, object]:
    return {"step": step, "reason_code": code, "reason": says, "offers": offers, "customers": customers}


def _customers(made: Candidates, here: NDArray[np.bool_]) -> int:
    return len(np.unique(made.customer[here]))


def why_not_table(made: Candidates, losses: Losses, value: NDArray[np.float64]) -> pa.Table:
    """For each customer without an offer: how far the best one came, and what stopped it, in one sentence."""
    customers: Side = made.customers
    with_offer = np.zeros(len(customers), np.bool_)
    with_offer[made.customer[losses.why < 0]] = True
    step_of = np.array([STEPS.index(one.step) for one in losses.reasons] or [0])
    stopped = np.flatnonzero((losses.why >= 0) & ~with_offer[made.customer])
    step = step_of[losses.why[stopped]]
    order = stopped[np.lexsort((-stopped, value[stopped], step, made.customer[stopped]))]
    last = np.ones(len(order), np.bool_)
    last[:-1] = made.customer[order[1:]] != made.customer[order[:-1]]
    furthest = order[last]
    code = np.full(len(customers), -1, np.int64)
    code[made.customer[furthest]] = losses.why[furthest]
    rows = np.flatnonzero(~with_offer)
    verdict, told = customers.texts("verdict"), customers.texts("verdict_reason")
    out: dict[str, list[object]] = {"customer_id": [], "step": [], "reason_code": [], "reason": []}
    for row, identifier in zip(rows.tolist(), customers.ids.take(pa.array(rows)).to_pylist(), strict=True):
        reason = losses.reasons[code[row]] if code[row] >= 0 else None
        words = (reason.step, reason.code, reason.says) if reason else _nothing(verdict[row], told[row])
        if reason and reason.code in ("left alone", "up-sell only") and told[row]:
            words = (reason.step, reason.code, f"{reason.says}: {told[row]}")
        for name, word in zip(out, (identifier, *words), strict=True):
            out[name].append(word)
    return pa.table({name: pa.array(words, pa.string()) for name, words in out.items()})


def _nothing(verdict: str, told: str) -> tuple[str, str, str]:
    """Of a customer without a single candidate."""
    if verdict == "leave alone":
        return "eligible", "left alone", f"the customer is left alone: {told}"
    return "eligible", "nothing fits", told or "nothing is known that fits what this customer bought"
