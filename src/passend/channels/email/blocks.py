"""Blocks of a message written as MJML with Liquid, in the firm's colours; the footer is always there.

The words of a block are the firm's own Liquid. Whatever stands outside its tags is text and is escaped, so that a
"<" in a sentence stays one.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from passend.campaigns.blocks import Block
from passend.language import phrase, speaking, word

_LIQUID = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
_IN_A_ROW = 3
#: Kept small, so that the words fit beside each other on a phone, too.
_PRICE = (
    "{{{{ product.final_cents | money: product.currency }}}}"
    "{{% if product.strike_cents %}} {instead} <s>{{{{ product.strike_cents | money: product.currency }}}}</s>"
    "{{% endif %}}"
)


@dataclass(frozen=True)
class Brand:
    """How the firm looks and who it is, in every message.

    Attributes:
        name: of the firm.
        colour: of buttons, such as ``#1f5c4a``.
        logo: address of a picture; empty shows the name in letters.
        logo_alt: what the logo shows, for those who do not see it; empty takes the name.
        address: the firm's own, as the law asks of each message; parts between ``|`` become lines.
        imprint: address of the page that tells all about the firm.
    """

    name: str = ""
    colour: str = "#1f5c4a"
    logo: str = ""
    logo_alt: str = ""
    address: str = ""
    imprint: str = ""


def ink_on(colour: str) -> str:
    """Black or white, whichever is read better on a colour (contrast by WCAG 2.2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#ffffff" if 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 else "#000000"


def mjml_of(blocks: Sequence[Block], brand: Brand, language: str) -> str:
    """The message as a template: MJML in which Liquid still names customer, offer, products and links.

    Args:
        blocks: from top to bottom; a footer is added where there is none.
        brand: the firm.
        language: ``de`` or ``en``: of the words that the blocks bring with them.
    """
    whole = blocks if any(one.kind == "footer" for one in blocks) else (*blocks, Block("footer", {}))
    with speaking(language):
        body = "\n".join(_WRITTEN[one.kind](one.told, brand) for one in whole)
    return _whole(body, brand, language)


def frame(inner: str, brand: Brand, language: str) -> str:
    """A message of one part with the firm's head and foot, for mails that are no advertising."""
    foot = "<br />".join(escape(part) for part in _firm(brand))
    said = f'<mj-text font-size="13px" color="#555555">{foot}</mj-text>' if foot else ""
    return _whole(_section(inner) + (_section(said) if said else ""), brand, language)


def _whole(body: str, brand: Brand, language: str) -> str:
    return (
        f'<mjml lang="{language}"><mj-head><mj-attributes>'
        '<mj-all font-family="Helvetica, Arial, sans-serif" />'
        '<mj-text font-size="16px" line-height="1.5" color="#222222" />'
        '<mj-section background-color="#ffffff" padding="8px 16px" />'
        "</mj-attributes></mj-head>"
        f'<mj-body background-color="#f2f2ef">{_head(brand)}\n{body}</mj-body></mjml>'
    )


def liquid_words(text: str) -> str:
    """The firm's words: Liquid stays, all else is text; an empty line begins a paragraph."""
    parts = _LIQUID.split(text.strip())
    return "".join(
        part if place % 2 else escape(part).replace("\n", "<br />") for place, part in enumerate(parts)
    )


def _section(inner: str, more: str = "") -> str:
    return f"<mj-section{more}><mj-column>{inner}</mj-column></mj-section>"


def _head(brand: Brand) -> str:
    if brand.logo:
        alt = escape(brand.logo_alt or brand.name)
        return _section(f'<mj-image src="{escape(brand.logo)}" alt="{alt}" width="160px" align="left" />')
    if not brand.name:
        return ""
    return _section(f'<mj-text font-size="20px" font-weight="bold">{escape(brand.name)}</mj-text>')


def _hero(told: Mapping[str, Any], _: Brand) -> str:
    parts = []
    if told.get("picture"):
        parts.append(
            f'<mj-image src="{escape(told["picture"])}" alt="{liquid_words(told["alt"])}" padding="0 0 12px" />'
        )
    title = liquid_words(told["title"])
    style = "margin:0;font-size:28px"
    parts.append(f'<mj-text line-height="1.2"><h1 style="{style}">{title}</h1></mj-text>')
    if told.get("text"):
        parts.append(f'<mj-text font-size="18px">{liquid_words(told["text"])}</mj-text>')
    return _section("".join(parts))


def _text(told: Mapping[str, Any], _: Brand) -> str:
    return _section(f"<mj-text>{liquid_words(told['text'])}</mj-text>")


def _products(told: Mapping[str, Any], brand: Brand) -> str:
    """Products of the plan for this customer, the best first; rows of three, below each other on a phone.

    Without the plan's reasons: "looked at it on 3 May" helps staff, and frightens customers.
    """
    most = int(told.get("most", _IN_A_ROW))
    label = liquid_words(told.get("button") or word("Look at it"))
    price = _PRICE.format(instead=escape(word("instead of")))
    column = (
        '<mj-column><mj-text font-weight="bold">{{ product.name }}</mj-text>'
        f"{{% if product.final_cents %}}<mj-text>{price}</mj-text>{{% endif %}}"
        '{% if product.url != "" %}' + pressed(label, "{{ product.url }}", brand) + "{% endif %}</mj-column>"
    )
    title = liquid_words(told["title"]) if told.get("title") else ""
    head = _section(f'<mj-text><h2 style="margin:0;font-size:20px">{title}</h2></mj-text>') if title else ""
    rows = "".join(
        f"{{% if products.size > {begin} %}}<mj-section>"
        f"{{% for product in products limit: {min(_IN_A_ROW, most - begin)} offset: {begin} %}}{column}{{% endfor %}}"
        "</mj-section>{% endif %}"
        for begin in range(0, most, _IN_A_ROW)
    )
    return f"{{% if products.size > 0 %}}{head}{rows}{{% endif %}}"


def _coupon(told: Mapping[str, Any], brand: Brand) -> str:
    code = (
        '<mj-text align="center" font-size="24px" font-weight="bold" letter-spacing="2px" '
        'container-background-color="#f2f2ef">{{ offer.code }}</mj-text>'
    )
    del brand
    return _section(f'<mj-text align="center">{liquid_words(told["text"])}</mj-text>{code}')


def _button(told: Mapping[str, Any], brand: Brand) -> str:
    """A button that leads to the offer is left out where the shop has no address for it."""
    to = str(told.get("to", "offer"))
    if to == "offer":
        made = _section(pressed(liquid_words(told["label"]), "{{ links.offer }}", brand))
        return f'{{% if links.offer != "" %}}{made}{{% endif %}}'
    url = "{{ links.preferences }}" if to == "preferences" else escape(to)
    return _section(pressed(liquid_words(told["label"]), url, brand))


def pressed(label: str, url: str, brand: Brand) -> str:
    """A button in the firm's colour."""
    return (
        f'<mj-button href="{url}" background-color="{brand.colour}" color="{ink_on(brand.colour)}" '
        f'border-radius="4px" font-size="16px" align="left" inner-padding="12px 20px">{label}</mj-button>'
    )


def _firm(brand: Brand) -> list[str]:
    """The firm's address in lines; at least its name."""
    return [part.strip() for part in brand.address.split("|") if part.strip()] or [brand.name]


def _footer(told: Mapping[str, Any], brand: Brand) -> str:
    """Who writes, why, and how to leave: German law asks for all three in each message (DDG 5, UWG 7)."""
    firm = _firm(brand)
    lines = [liquid_words(told["text"])] if told.get("text") else []
    lines.append("<br />".join(escape(part) for part in firm))
    ways = [
        f'<a href="{{{{ links.unsubscribe }}}}" style="color:#555555">{escape(word("Unsubscribe"))}</a>',
        f'<a href="{{{{ links.preferences }}}}" style="color:#555555">{escape(word("What I want to hear about"))}</a>',
    ]
    if brand.imprint:
        ways.append(f'<a href="{escape(brand.imprint)}" style="color:#555555">{escape(word("Imprint"))}</a>')
    ways_said = phrase("You may object at any time, at no cost beyond those of the line.")
    lines += [escape(ways_said), " &#183; ".join(ways)]
    said = "".join(f'<mj-text font-size="13px" color="#555555">{line}</mj-text>' for line in lines if line)
    return _section(said, ' background-color="#f2f2ef"')


_WRITTEN: Mapping[str, Callable[[Mapping[str, Any], Brand], str]] = {
    "hero": _hero, "text": _text, "products": _products, "coupon": _coupon, "button": _button, "footer": _footer,
}  # fmt: skip
