"""The firm's name and colour on the pages that customers see; nothing is loaded from anywhere for it."""

import base64
import hashlib
import re
from dataclasses import replace
from html import escape

from passend.channels.links.pages import Page

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def dressed(page: Page, name: str, colour: str, ink: str) -> Page:
    """A page with the firm's head.

    Args:
        page: as the links' logic made it.
        name: of the firm; empty leaves the head out.
        colour: of buttons, such as ``#1f5c4a``.
        ink: of the words on them.
    """
    style = _STYLE.search(page.html)
    if style is None:
        return page
    own = f"{style[1]}:root{{--deed:{colour};--on:{ink}}}header{{font-weight:600;font-size:1.25rem}}"
    head = f"<header>{escape(name)}</header>" if name else ""
    html = page.html.replace(style[0], f"<style>{own}</style>").replace("<body>", f"<body>{head}", 1)
    before = _mark(style[1])
    policy = page.headers["Content-Security-Policy"].replace(before, _mark(own))
    return replace(page, html=html, headers={**page.headers, "Content-Security-Policy": policy})


def _mark(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
