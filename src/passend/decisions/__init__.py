"""Decisions: which offer, to whom, within which limits."""
