"""Suites to inherit: with them a new engine proves that it can take another's place."""
