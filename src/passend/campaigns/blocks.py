"""A message of blocks: a picture, words, products of the plan, a code, a button, a footer; checked when it is read.

People who build campaigns choose blocks; which MJML a mail program needs is not theirs to know. The words may name
the customer and the offer (``{{ customer.first_name | default: "" }}``); products, prices and codes are those that
are true when the message leaves.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from passend.campaigns import values as v
from passend.campaigns.written import Written

_ADDRESS = re.compile(r"https?://[^\s\"'<>]+")
#: Where a button may lead, beside addresses of one's own.
TARGETS = ("offer", "preferences")
MOST_PRODUCTS = 6
#: What a new block says until somebody writes its words; such a message never leaves.
UNSAID = "..."


@dataclass(frozen=True)
class Block:
    """One part of a message, from top to bottom.

    Attributes:
        kind: ``hero``, ``text``, ``products``, ``coupon``, ``button`` or ``footer``.
        told: what is said about it, such as ``title``, ``text``, ``label``, ``to``, ``most``.
    """

    kind: str
    told: Mapping[str, Any]


def _address(value: Any) -> str:
    text = v.said(value).strip()
    if not _ADDRESS.fullmatch(text):
        raise v.Unfit("an address such as https://shop.example.com/picture.jpg")
    return text


def _target(value: Any) -> str:
    text = v.said(value).strip()
    if text not in TARGETS and not _ADDRESS.fullmatch(text):
        raise v.Unfit(f"one of: {', '.join(TARGETS)}, or an address that begins with https://")
    return text


def _few(value: Any) -> int:
    count = v.whole(value)
    if count > MOST_PRODUCTS:
        raise v.Unfit(f"a whole number from 1 to {MOST_PRODUCTS}")
    return count


#: Kind of block -> what may be said about it, and the first thing, which may stand alone.
FIELDS: Mapping[str, Mapping[str, v.Reader]] = {
    "hero": {"title": v.said, "text": v.said, "picture": _address, "alt": v.said},
    "text": {"text": v.said},
    "products": {"title": v.said, "most": _few, "button": v.said},
    "coupon": {"text": v.said},
    "button": {"label": v.said, "to": _target},
    "footer": {"text": v.said},
}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "hero": ("title",), "text": ("text",), "products": (), "coupon": ("text",), "button": ("label",), "footer": (),
}  # fmt: skip


def read_blocks(
    file: Written, step: str, content: Mapping[str, Any], at: tuple[str, ...] = ()
) -> list[dict[str, Any]]:
    """The blocks of a step as plain values, ``{"block": kind, ...}``, checked one by one.

    Args:
        file: of the campaign.
        step: its name.
        content: what the step says, with its blocks.
        at: where in the step they stand; empty is the step itself.

    Raises:
        InvalidCampaign: a block says what cannot be; file, line and remedy are named.
    """
    path, told = ("steps", step, *at, "blocks"), content["blocks"]
    if not isinstance(told, list) or not told:
        raise file.wrong(
            f"{'.'.join(path)} holds no blocks.", file.line(*path), "Write a list: - text: Good morning."
        )
    if content.get("template"):
        raise file.wrong(f"Step {step} has a template and blocks.", file.line(*path), "Keep one of the two.")
    read = [_block(file, (*path, str(place)), one) for place, one in enumerate(told)]
    for place, one in enumerate(read):
        line = file.line(*path, str(place))
        if one["block"] == "footer" and place < len(read) - 1:
            raise file.wrong(f"The footer of step {step} is not its last block.", line, "Move it to the end.")
        if one["block"] == "coupon" and not content.get("coupons"):
            remedy = "Name the pool of codes beside the blocks, such as coupons: spring."
            raise file.wrong(f"Step {step} shows a code and takes none.", line, remedy)
    return read


def _block(file: Written, path: tuple[str, ...], told: Any) -> dict[str, Any]:
    """One block; ``text: Good morning`` is short for ``text: {text: Good morning}``."""
    line = file.line(*path)
    if not isinstance(told, dict) or len(told) != 1:
        raise file.wrong(f"{'.'.join(path)} is not one block.", line, f"Give it one of: {', '.join(FIELDS)}.")
    ((kind, said),) = told.items()
    file.known(kind, tuple(FIELDS), (*path, kind))
    given = said if isinstance(said, dict) else {next(iter(FIELDS[kind])): said} if said else {}
    for key in given:
        file.known(key, tuple(FIELDS[kind]), (*path, kind, key))
    read = {
        key: file.read((*path, kind, key), value, FIELDS[kind][key])
        for key, value in given.items()
        if value is not None
    }
    for name in NEEDED[kind]:
        if not read.get(name):
            raise file.wrong(f"{'.'.join((*path, kind))} has no {name}.", line, f"Add {name}: and its words.")
    if read.get("picture") and not read.get("alt"):
        remedy = "Add alt: and what the picture shows, for those who do not see it."
        raise file.wrong(f"{'.'.join((*path, kind))} has a picture without words.", line, remedy)
    return {"block": kind, **read}


def blocks_of(content: Mapping[str, Any]) -> tuple[Block, ...]:
    """The blocks of a step that was read; empty where its message is a template of its own."""
    rows: Sequence[Mapping[str, Any]] = content.get("blocks") or ()
    return tuple(
        Block(str(one["block"]), {key: value for key, value in one.items() if key != "block"}) for one in rows
    )
