"""The next new product for a customer, and what completes a live cart."""

from passend.products.next_product.recommender import NextProduct

__all__ = ["NextProduct"]
