"""Decisions: which offer, to whom, on which channel and when, within the firm's limits."""
