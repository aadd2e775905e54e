"""MJML into the HTML that mail programs understand, and into the plain text beside it."""

import re
from html.parser import HTMLParser

from mjml import mjml2html

from passend.errors import InvalidTemplate

#: What a link in a message may start with; everything else (javascript:, data:, file:) is refused.
_LINKS = re.compile(
    r"""<(?:a|area|base|link)\b[^>]*?\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", re.IGNORECASE
)
_ALLOWED = re.compile(r"(?:https?://[^\s/]|mailto:|tel:|#)", re.IGNORECASE)
#: What no mail can hold; it comes in with customers' names from broken files.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_POSITION = re.compile(r"position (\d+):")
_UNKNOWN = re.compile(r"<(mj-[a-z-]+)")
#: Elements after which a line ends in plain text.
_BLOCKS = {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "ul", "ol", "table", "hr", "title"}
_BLOCKS |= {"mj-text", "mj-button", "mj-section", "mj-image", "mj-divider", "mj-table", "mj-hero"}
_SILENT = {"mj-head", "style", "script", "head", "mj-style", "mj-attributes"}
_LINES = re.compile(r"\n{3,}")


def printable(text: str) -> str:
    """A text without the signs that no mail can hold."""
    return text if text.isprintable() else _UNPRINTABLE.sub("", text)


def compiled_mjml(mjml: str, part: str = "body") -> str:
    """The HTML of an MJML text.

    Raises:
        InvalidTemplate: it is not MJML.
    """
    try:
        html: str = mjml2html(printable(mjml), disable_comments=True)
    except (ValueError, UnicodeError) as problem:
        raise InvalidTemplate(
            f"The template is not MJML: {_plainly(problem)}",
            record=_place(problem, mjml, part),
            remedy="Close every element, write the signs for less and for and as entities in texts, and begin with "
            "mjml and mj-body.",
        ) from problem
    unknown = _UNKNOWN.search(html)
    if unknown:
        line = mjml.count("\n", 0, max(mjml.find(f"<{unknown[1]}"), 0)) + 1
        raise InvalidTemplate(
            f"MJML has no element '{unknown[1]}' here",
            record=f"{part}, line {line}",
            remedy="Correct its name; texts stand in mj-section, mj-column, mj-text.",
        )
    return html


def insist_on_links(html: str, part: str = "body") -> None:
    """Refuse a message with a link that mail programs must not follow.

    Raises:
        InvalidTemplate: it has one.
    """
    for found in links_of(html):
        if not _ALLOWED.match(found):
            raise InvalidTemplate(
                f"A link goes where a message must not lead: '{found[:80]}'",
                record=part,
                remedy="Links begin with https://, http://, mailto: or tel:.",
            )


def links_of(html: str) -> list[str]:
    """Where the links of a page lead, as written."""
    return [(one[1] or one[2] or one[3] or "").strip() for one in _LINKS.finditer(html)]


def words_of(mjml: str) -> str:
    """The words of MJML (or HTML) in their order, links after their words; spaces and empty lines as they come."""
    reader = _Words()
    reader.feed(mjml)
    reader.close()
    return "".join(reader.said)


def tidied(words: str) -> str:
    """Plain text with single spaces, and at most one empty line at a time."""
    lines = (" ".join(line.split()) for line in words.split("\n"))
    return _LINES.sub("\n\n", "\n".join(lines)).strip() + "\n"


class _Words(HTMLParser):
    """Collects words, lines and links."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._links: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block begins on a line of its own; a picture is told by its words."""
        if tag in _SILENT:
            self._silent += 1
        if tag in _BLOCKS:
            self.said.append("\n")
        given = dict(attrs)
        if tag in {"a", "mj-button"}:
            self._links.append(given.get("href") or "")
        if tag in {"img", "mj-image"} and given.get("alt"):
            self.said.append(f"[{given['alt']}]")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element that is empty; a break ends one line, not two."""
        if tag == "br":
            self.said.append("\n")
            return
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Links stand after their words."""
        if tag in _SILENT:
            self._silent = max(self._silent - 1, 0)
        if tag in {"a", "mj-button"} and self._links:
            link = self._links.pop()
            if link and not link.startswith("#"):
                self.said.append(f" {link}")
        if tag in _BLOCKS:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        """Words between the elements; their line ends are those of the source and mean nothing."""
        if not self._silent:
            self.said.append(data.replace("\n", " "))


def _plainly(problem: Exception) -> str:
    return str(problem).replace(" in root template", "")


def _place(problem: Exception, mjml: str, part: str) -> str:
    found = _POSITION.search(str(problem))
    if not found:
        return part
    line = mjml.encode(errors="replace")[: int(found[1])].count(b"\n") + 1
    return f"{part}, line {line}"
