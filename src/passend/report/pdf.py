"""A page as PDF: printed by Chromium, or a browser of its kind, from the very page that people open.

The page holds all that it shows, so nothing is fetched from anywhere. The print rules stand in the page itself.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from passend.errors import MissingPart

#: Names under which the browser may be found, and places that are on no path.
_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
)
_PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
_SECONDS = 120
_REMEDY = (
    "Install Chromium, Chrome or Edge, or name it in the variable PASSEND_CHROMIUM; or open the page in any browser "
    "and print it as PDF."
)


def as_pdf(page: str) -> bytes:
    """The page as PDF.

    Raises:
        MissingPart: there is no such browser, or it could not print.
    """
    browser = _browser()
    with tempfile.TemporaryDirectory(prefix="passend-pdf-") as name:
        folder = Path(name)
        (folder / "page.html").write_text(page, "utf-8")
        target = folder / "page.pdf"
        command = [
            browser, "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions",
            "--disable-background-networking", "--no-pdf-header-footer", f"--user-data-dir={folder / 'profile'}",
            f"--print-to-pdf={target}", (folder / "page.html").as_uri(),
        ]  # fmt: skip
        # The administrator of a server, as in a container, has no sandbox; the page is passend's own and runs nothing.
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")
        try:
            # The browser is the firm's own, and the page comes from passend.
            done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired) as problem:
            raise MissingPart(
                f"The browser could not be run: {problem}.", record=browser, remedy=_REMEDY
            ) from problem
        if not target.is_file() or not target.stat().st_size:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no word"]
            raise MissingPart(f"The browser printed no PDF: {said[0]}.", record=browser, remedy=_REMEDY)
        return target.read_bytes()


def _browser() -> str:
    named = os.environ.get("PASSEND_CHROMIUM")
    found = (
        [named] if named else [*map(shutil.which, _NAMES), *(one for one in _PLACES if Path(one).exists())]
    )
    browser = next(filter(None, found), None)
    if browser is None:
        raise MissingPart("There is no browser that makes a PDF of the page.", remedy=_REMEDY)
    return browser
