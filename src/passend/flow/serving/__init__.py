"""Answers for shops within milliseconds: lists laid out ahead, what changed since, keys, and what shops tell us."""
