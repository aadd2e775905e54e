"""The script: small, without anything that stores, tracks or runs foreign text."""

import gzip
import re
from pathlib import Path

from passend import widget
from tests.api.conftest import Shop, shop  # noqa: F401 - the fixture


def test_it_is_small() -> None:
    assert len(gzip.compress(widget.script())) <= 10 * 1024


def test_it_never_reads_foreign_text_as_code_and_stores_nothing() -> None:
    text = widget.script().decode()
    code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    for forbidden in (
        "innerHTML",
        "eval(",
        "document.write",
        "cookie",
        "localStorage",
        "sessionStorage",
        "canvas",
    ):
        assert forbidden not in code, forbidden


def test_it_comes_with_the_fingerprint_that_pages_name(shop: Shop) -> None:  # noqa: F811
    answer = shop.client.get("/v1/widget.js")
    assert answer.content == widget.script()
    assert answer.headers["etag"] == f'"{widget.integrity()}"'
    again = shop.client.get("/v1/widget.js", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert Path(widget.__file__).with_name("passend.js").read_bytes() == answer.content
