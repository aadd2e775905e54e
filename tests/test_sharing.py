"""Tests that share a heavy part run on one worker; else each worker would start Spark and PostgreSQL for itself."""

import pytest


@pytest.mark.browser
@pytest.mark.parametrize("number", range(6))
def test_those_of_one_part_are_on_one_worker(
    number: int, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    (shared / f"sharing-{worker_id}").mkdir(exist_ok=True)
    found = sorted(folder.name for folder in shared.glob("sharing-*"))
    assert found == [f"sharing-{worker_id}"], number
