"""A store on each database, and a worker with channels that remember what they were given."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from passend.store import Store
from tests.flow.campaigns.stage import Stage
from tests.store.databases import BOTH, opened


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    yield from opened(request, tmp_path)


@pytest.fixture
def stage(store: Store) -> Stage:
    """A worker on that store."""
    return Stage(store)
