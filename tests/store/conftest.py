"""A store on each database: every test of operations runs on both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from passend.store import Store
from tests.store.databases import BOTH, opened


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    yield from opened(request, tmp_path)
