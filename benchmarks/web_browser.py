"""The pages in a real Chromium: how soon they show, what they weigh, and whether they bar or fail anybody.

python -m benchmarks.web_browser [--json]

A firm of 3,000 customers with campaigns, results and a desk; each page is opened with an empty cache. Slow is a
processor four times as slow (Emulation.setCPUThrottlingRate); the largest paint is the browser's own entry. Bytes are
those that came over the line, packed. At 200 % zoom a window of 1280 pixels has room for 640; 360 is a small phone.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.kept import kept
from benchmarks.row import Row, at_most
from benchmarks.showing import show

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = "python -m benchmarks.web_browser"
_SLOW = 4
#: Asked for after the page has loaded: a script that comes before it is tried in the frame of a mail, too, where none
#: runs, and the browser complains of the benchmark.
_PAINT = (
    "new Promise((done) => new PerformanceObserver((list) => "
    "done(Math.max(...list.getEntries().map((one) => one.startTime))))"
    ".observe({type: 'largest-contentful-paint', buffered: true}))"
)
#: Language, theme, width in CSS pixels, and how many pixels of the screen each takes.
LOOKS = (
    ("en-GB", "light", 1280, 1), ("de-DE", "dark", 1280, 1), ("en-GB", "dark", 360, 1), ("de-DE", "light", 360, 1),
    ("de-DE", "light", 640, 2),
)  # fmt: skip


def rows() -> Iterator[Row]:
    """A row for each bar."""
    told = kept(measured_pages)
    pages = told["pages"]
    work = f"{len(pages)} pages, 3,000 customers"
    slowest = max(pages, key=lambda one: pages[one]["paint"])
    heaviest = max(pages, key=lambda one: pages[one]["bytes"])
    paint, weight = pages[slowest]["paint"], pages[heaviest]["bytes"] / 1024
    middle = sorted(one["paint"] for one in pages.values())[len(pages) // 2]
    yield Row(
        f"{work}; slowest: {slowest}", f"largest paint at {_SLOW}x throttle, ms", paint, at_most(1500, paint),
        f"half of the pages below {middle:.0f} ms", command=COMMAND,
    )  # fmt: skip
    yield Row(
        f"{work}; heaviest: {heaviest}",
        "KB over the line, packed",
        weight,
        at_most(300, weight),
        command=COMMAND,
    )
    for name, measure in (
        ("scrolls", "pages that scroll sideways at 360 px or 200 % zoom"),
        ("violations", "violations of axe's rules, both languages and themes"),
        ("complaints", "console errors and reports of the policy"),
        ("missing", "messages without German"),
    ):
        found = told[name]
        more = "; ".join(found[:5])
        yield Row(
            f"{work}{f': {more}' if more else ''}",
            measure,
            len(found),
            at_most(0, len(found)),
            command=COMMAND,
        )


def measured_pages() -> dict[str, Any]:
    """Paint and bytes by page, and all that is wrong."""
    from playwright.sync_api import sync_playwright

    from benchmarks.shown_firm import look, pages_of, shown_firm
    from tests.parts import need_chromium

    told: dict[str, Any] = {
        "pages": {},
        "scrolls": [],
        "violations": [],
        "complaints": [],
        "missing": _missing(),
    }
    with (
        tempfile.TemporaryDirectory() as name,
        shown_firm(Path(name)) as (site, address),
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=need_chromium(), args=["--no-sandbox"])
        pages = pages_of(site)
        for path in pages.values():
            page = look(browser, site, address, viewport={"width": 1280, "height": 800})
            told["pages"][path] = _timed(page, path)
            told["complaints"] += [f"{path}: {one}" for one in page.said]
            page.context.close()
        for locale, theme, width, scale in LOOKS:
            page = look(
                browser, site, address, viewport={"width": width, "height": 800}, device_scale_factor=scale,
                locale=locale, color_scheme=theme, bypass_csp=True,
            )  # fmt: skip
            for path in pages.values():
                _judged(page, path, width, told)
            page.context.close()
        told["complaints"] += list(site.app.state.reports)
        browser.close()
    return told


def _timed(page: Any, path: str) -> dict[str, float]:
    """Milliseconds until the largest paint on a slow processor, and bytes with an empty cache."""
    talk = page.context.new_cdp_session(page)
    talk.send("Network.enable")
    talk.send("Emulation.setCPUThrottlingRate", {"rate": _SLOW})
    sizes: list[float] = []
    talk.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(path)
    page.wait_for_load_state("networkidle")
    return {"paint": float(page.evaluate(_PAINT)), "bytes": float(sum(sizes))}


def _judged(page: Any, path: str, width: int, told: dict[str, Any]) -> None:
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

    page.goto(path)
    page.wait_for_load_state("networkidle")
    if page.evaluate("document.documentElement.scrollWidth") > width:
        told["scrolls"].append(f"{path} at {width}")
    found = Axe().run(page)
    told["violations"] += [f"{path} at {width}: {one['id']}" for one in found.response["violations"]]


def _missing() -> list[str]:
    """Messages of the source that have no German."""
    from translations.__main__ import untranslated

    return untranslated("de")


def main() -> None:
    """On the command line."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    words.add_argument("--json", action="store_true")
    show(rows(), as_json=words.parse_args().json)


if __name__ == "__main__":
    main()
