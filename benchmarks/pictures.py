"""Pictures of every page, light and dark, for the docs: ``python -m benchmarks.pictures [--all FOLDER]``.

Without a folder the pages that the docs show are drawn anew, small, into docs/images/pages. With one, every page at
1280 and 360 pixels, in German and English, to be looked at.
"""

from __future__ import annotations

import argparse
import base64
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

from benchmarks.shown_firm import look, pages_of, shown_firm
from tests.parts import need_chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOWN = Path(__file__).resolve().parent.parent / "docs" / "images" / "pages"
#: Pages in the docs; the rest is drawn only to be looked at.
DOCS = (
    "overview", "data", "products", "products-map", "product", "customers-segments", "customer", "decisions",
    "campaigns", "campaigns-recipes", "builder", "journey", "campaign-1", "desk", "results", "settings-brand",
)  # fmt: skip
_TALL = 900
_SMALL = 0.625


def main(arguments: list[str]) -> int:
    """Draw them."""
    words = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    words.add_argument("--all", type=Path, default=None, metavar="FOLDER")
    given = words.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory() as name,
        shown_firm(Path(name)) as (site, address),
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=need_chromium(), args=["--no-sandbox"])
        for file, picture in _pictures(browser, site, address, given.all):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(picture)
            print(file, len(picture) // 1024, "KB")
        browser.close()
    return 0


def _pictures(browser: Any, site: Any, address: str, whole: Path | None) -> Iterator[tuple[Path, bytes]]:
    pages = pages_of(site)
    for theme in ("light", "dark"):
        for language, locale in (("de", "de-DE"), ("en", "en-GB")) if whole else (("en", "en-GB"),):
            for width in (1280, 360) if whole else (1280,):
                page = look(
                    browser, site, address, viewport={"width": width, "height": _TALL}, color_scheme=theme,
                    locale=locale,
                )  # fmt: skip
                for name, path in pages.items():
                    if not whole and name not in DOCS:
                        continue
                    page.goto(path)
                    page.wait_for_load_state("networkidle")
                    if whole:
                        yield (
                            whole / f"{name}-{language}-{theme}-{width}.png",
                            page.screenshot(full_page=True),
                        )
                    else:
                        yield SHOWN / f"{name}-{theme}.webp", _small(page, width)
                page.context.close()


def _small(page: Any, width: int) -> bytes:
    """What stands on the first screen, at five eighths of its size, as WebP."""
    talk = page.context.new_cdp_session(page)
    clip = {"x": 0, "y": 0, "width": width, "height": _TALL, "scale": _SMALL}
    told = talk.send("Page.captureScreenshot", {"format": "webp", "quality": 70, "clip": clip})
    return base64.b64decode(told["data"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
