"""Suites to inherit: with them a new engine or channel proves that it can take another's place."""
