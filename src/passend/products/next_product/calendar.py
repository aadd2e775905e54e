"""What the calendar says about a product: selling now, selling in this season last year, fading, brand new."""

import numpy as np

from passend.products.next_product.purchases import Purchases, Snapshot
from passend.products.next_product.sparse_rows import Floats

NAMES = (
    "buyers_last_fortnight",
    "buyers_last_30_days",
    "buyers_last_90_days",
    "buyers_same_season",
    "buyers_same_month",
    "days_since_sale",
    "days_on_sale",
)
YEAR = 365.0


def calendar(snapshot: Snapshot, horizon: float) -> Floats:
    """Facts of each product at the snapshot, as shares of the customers then active; products x 7.

    Without dates, or where the shop is younger than the season asked for, the value is missing (NaN).
    """
    n_products = snapshot.shape[1]
    out = np.full((n_products, len(NAMES)), np.nan, dtype=np.float32)
    lines, now = snapshot.purchases, snapshot.now
    if not lines.dated or not len(lines.when):
        return out
    opened = float(lines.when.min())
    for column, days in enumerate((14.0, 30.0, 90.0)):
        out[:, column] = buyers_share(lines, now - days, now)
    for column, span in ((3, horizon), (4, min(horizon, 30.0))):
        if opened <= now - YEAR:
            out[:, column] = buyers_share(lines, now - YEAR, now - YEAR + span)
    latest, first = np.full(n_products, -np.inf), np.full(n_products, np.inf)
    np.maximum.at(latest, lines.product, lines.when)
    np.minimum.at(first, lines.product, lines.when)
    sold = np.isfinite(latest)
    out[sold, 5] = now - latest[sold]
    out[sold, 6] = now - first[sold]
    return out


def buyers_share(lines: Purchases, start: float, end: float) -> Floats:
    """Share of the customers active in a stretch of time who bought each product in it."""
    inside = (lines.when >= start) & (lines.when < end) & (lines.customer >= 0)
    pairs = np.unique(lines.customer[inside] * lines.n_products + lines.product[inside])
    active = len(np.unique(lines.customer[inside]))
    return (np.bincount(pairs % lines.n_products, minlength=lines.n_products) / max(active, 1)).astype(
        np.float32
    )
