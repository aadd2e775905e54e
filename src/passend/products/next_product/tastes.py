"""Tastes: a few dozen numbers a customer that say what kind of things they buy."""

from dataclasses import dataclass

import numpy as np

from passend.products.next_product.purchases import Snapshot
from passend.products.next_product.sparse_rows import Floats, Rows, scaled, sums, unit_rows

DIMENSIONS = 64
ROUNDS = 4


@dataclass(frozen=True)
class Tastes:
    """Customers and products in one space: `customers` x DIMENSIONS and `products` x DIMENSIONS."""

    customers: Floats
    products: Floats

    def directions(self) -> Floats:
        """Customers as unit vectors, zero for those without a history."""
        length = np.linalg.norm(self.customers, axis=1, keepdims=True)
        return np.asarray(self.customers / np.maximum(length, 1e-9), dtype=np.float32)


def rarity(snapshot: Snapshot) -> Floats:
    """How much a product says about its buyer: log of the inverse share of owners, at least .1."""
    share = snapshot.shape[0] / (1.0 + sums(snapshot.owned, 0))
    return np.maximum(np.log(np.maximum(share, 1e-9)), 0.1).astype(np.float32)


def profile(recent: Rows, weight: Floats) -> Rows:
    """What a customer bought, rare things first, on a root scale and of length one."""
    shaped = scaled(recent, right=weight)
    shaped.data = np.sqrt(shaped.data)
    return unit_rows(shaped)


def tastes(snapshot: Snapshot, seed: int) -> Tastes:
    """Truncated SVD of the customers' profiles by randomised subspace iteration (Halko et al. 2011)."""
    held = profile(snapshot.recent(0.95), rarity(snapshot))
    width = min(DIMENSIONS, *snapshot.shape)
    basis = np.random.default_rng(seed).standard_normal(
        (held.shape[1], width + min(16, held.shape[1] - width))
    )
    basis = basis.astype(np.float32)
    for _ in range(ROUNDS):
        basis = np.linalg.qr(held.T @ (held @ basis))[0].astype(np.float32)
    turned = np.linalg.svd(held @ basis, full_matrices=False)[2]
    products = (basis @ turned.T)[:, :width].astype(np.float32)
    return Tastes(np.asarray(held @ products, dtype=np.float32), products)


def placed(snapshot: Snapshot, liking: Tastes) -> Tastes:
    """Customers as they were at another moment, in the same space of products."""
    held = profile(snapshot.recent(0.95), rarity(snapshot))
    return Tastes(np.asarray(held @ liking.products, dtype=np.float32), liking.products)


def no_tastes(snapshot: Snapshot) -> Tastes:
    """For where there is no time for tastes: nobody has one."""
    customers, products = snapshot.shape
    return Tastes(np.zeros((customers, 0), np.float32), np.zeros((products, 0), np.float32))
