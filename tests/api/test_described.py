"""The whole interface against its own description: whatever fits it, and whatever does not, nothing breaks."""

from collections.abc import Iterator

import pytest

from tests.api.conftest import Shop, opened
from tests.api.described import operations, tried

EXAMPLES = 3


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop that may be erased."""
    made = opened(tmp_path_factory.mktemp("described"))
    yield made
    made.desk.close()


def test_nothing_breaks_whatever_is_called(own: Shop) -> None:
    every = operations(own)
    assert len(every) > 20
    for operation in every:
        found = tried(own, operation, EXAMPLES)
        assert found.calls, operation.label
        assert not found.broken, found.broken


def test_the_description_is_of_openapi_3_1_with_examples_and_scopes(own: Shop) -> None:
    told = own.client.get("/openapi.json").json()
    assert told["openapi"].startswith("3.1")
    assert told["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert "example" in str(told["paths"]["/v1/recommendations"]["post"])
