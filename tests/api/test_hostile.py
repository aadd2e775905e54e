"""Whoever tries doors gets an answer in words, and nothing else."""

from collections.abc import Iterator

import pytest

from tests.api.conftest import Shop, opened
from tests.api.hostile import hostile

CALLS = 250


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop of their own."""
    made = opened(tmp_path_factory.mktemp("hostile"))
    yield made
    made.desk.close()


def test_hostile_calls_break_nothing_and_open_nothing(own: Shop) -> None:
    key = own.headers("administrator")
    for one in hostile(CALLS):
        headers = {**one.headers, **(key if one.with_key else {})}
        answer = own.client.request(one.method, one.path, content=one.body, headers=headers)
        assert answer.status_code < 500, (one, answer.text[:300])
        assert b"root:" not in answer.content
        assert "Traceback" not in answer.text
        assert "evil.example" not in answer.headers.get("location", "")
        if not one.with_key:
            assert answer.status_code in {400, 401, 403, 413, 415, 422, 429}, one
