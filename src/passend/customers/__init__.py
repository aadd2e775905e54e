"""Customers: who is receptive, who is worth it, who is left alone."""
