"""A picture of one product's neighbourhood: what it goes with, leads to and is replaced by, as an SVG file."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from passend.language import decimal, phrase, retold, word
from passend.vocabulary import WORDING

_WIDTH, _LEFT, _RIGHT = 900, 250, 430
_LINE, _GAP, _TOP = 22, 18, 30
_COLOURS = {
    "complement": "#1b6e53",
    "next": "#1f5fa8",
    "substitute": "#8a5a00",
    "upgrade": "#7a3e9d",
    "service": "#a23b3b",
}


def picture(product: str, relations: Mapping[str, Sequence[Mapping[str, Any]]], *, most: int = 6) -> str:
    """Draw a product and its strongest relations of each type; the thicker the line, the stronger the relation.

    Args:
        product: name of the product.
        relations: by type the relations, best first, each with `name`, `strength` and `reason`.
        most: relations drawn of each type.

    Returns:
        the SVG as text; every line tells its reason when pointed at.
    """
    parts: list[str] = []
    lines: list[str] = []
    y = _TOP
    groups = [(kind, list(relations[kind])[:most]) for kind in WORDING if relations.get(kind)]
    height = _TOP + sum((len(rows) + 1) * _LINE + _GAP for _, rows in groups) + _GAP
    height = max(height, 4 * _TOP)
    middle = height / 2
    for kind, rows in groups:
        colour = _COLOURS[kind]
        parts.append(
            f'<text x="{_RIGHT}" y="{y}" fill="{colour}" font-weight="bold">{escape(word(WORDING[kind]))}</text>'
        )
        y += _LINE
        for row in rows:
            thick = min(1 + float(row["strength"]), 8.0)
            title = f"<title>{escape(retold(str(row['reason'])))}</title>"
            lines.append(
                f'<path d="M {_LEFT} {middle:.1f} C {_LEFT + 90} {middle:.1f}, '
                f'{_RIGHT - 100} {y - 5}, {_RIGHT - 8} {y - 5}" '
                f'fill="none" stroke="{colour}" stroke-opacity="0.55" stroke-width="{thick:.1f}">{title}</path>'
            )
            times = phrase("{strength} times", strength=decimal(row["strength"], 1))
            told = f"{_short(str(row['name']), 48)} ({times})"
            parts.append(f'<text x="{_RIGHT}" y="{y}">{escape(told)}{title}</text>')
            y += _LINE
        y += _GAP
    if not groups:
        nothing = escape(phrase("Nothing is bought with it more often than chance explains."))
        parts.append(f'<text x="{_RIGHT}" y="{middle}">{nothing}</text>')
    name = escape(_short(product, 30))
    centre = f'<text x="{_LEFT - 8}" y="{middle + 5:.1f}" text-anchor="end" font-weight="bold">{name}</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'font-family="sans-serif" font-size="14" role="img">\n<title>{escape(product)}</title>\n'
        f'<rect width="100%" height="100%" fill="white"/>\n'
        + "\n".join([*lines, *parts, centre])
        + "\n</svg>\n"
    )


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
