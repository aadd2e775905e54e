"""Tests of the engines and of the SQL that runs on them."""
