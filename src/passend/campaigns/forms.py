"""A campaign as a form: its file read into fields, and fields written back into the file; steps stay as they are.

Both show the same campaign, so whoever prefers the file edits the file; its comments survive the form.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from passend.campaigns.blocks import FIELDS as BLOCK_FIELDS
from passend.campaigns.blocks import UNSAID
from passend.campaigns.rewriting import rewritten
from passend.campaigns.written import Written

#: Field of the form -> where it stands in the file, and whether it is a list.
FIELDS: Mapping[str, tuple[tuple[str, ...], bool]] = {
    "name": (("name",), False),
    "goal": (("goal",), False),
    "products": (("products",), True),
    "rules": (("audience", "rules"), True),
    "bought": (("audience", "bought"), True),
    "segment": (("audience", "file"), False),
    "most": (("audience", "most"), False),
    "trigger": (("trigger", "on"), False),
    "after": (("trigger", "after"), False),
    "within": (("trigger", "within"), False),
    "at_least": (("trigger", "at_least"), False),
    "about": (("trigger", "products"), True),
    "holdout_share": (("holdout_share",), False),
    "budget": (("budget",), False),
    "caps_most": (("caps", "most"), False),
    "caps_within": (("caps", "within"), False),
    "again_after": (("caps", "again_after"), False),
    "quiet_hours": (("quiet_hours",), False),
    "four_eyes": (("four_eyes",), False),
}
#: What a new block of each kind begins with.
_BEGINS: Mapping[str, Mapping[str, str]] = {
    "hero": {"title": UNSAID}, "text": {"text": UNSAID}, "products": {"most": "3"}, "coupon": {"text": UNSAID},
    "button": {"label": UNSAID, "to": "offer"}, "footer": {"text": UNSAID},
}  # fmt: skip


@dataclass(frozen=True)
class MessageForm:
    """One step that contacts, as a form.

    Attributes:
        step: its name.
        way: ``send`` or ``hand``, and what stands behind it.
        subject: of a mail.
        script: for staff.
        blocks: kind, and each field with its words.
        coupons: of a mail that shows codes, the pool that they are taken from.
    """

    step: str
    way: str
    subject: str | None = None
    script: str | None = None
    blocks: tuple[tuple[str, Mapping[str, str]], ...] = ()
    coupons: str | None = None


@dataclass(frozen=True)
class CampaignForm:
    """A campaign as fields.

    Attributes:
        fields: as in ``FIELDS``; lists are lines of text.
        messages: the steps that contact.
    """

    fields: Mapping[str, str]
    messages: tuple[MessageForm, ...] = ()


def form_of(text: str) -> CampaignForm:
    """The fields of a campaign's file.

    Raises:
        InvalidCampaign: it is no YAML.
    """
    tree = Written(text, "campaign").tree
    fields = {name: _shown(_at(tree, path)) for name, (path, _) in FIELDS.items()}
    steps = tree.get("steps")
    told = (
        {name: one for name, one in steps.items() if isinstance(one, dict)} if isinstance(steps, dict) else {}
    )
    messages = tuple(_message(name, one) for name, one in told.items() if "send" in one or "hand" in one)
    return CampaignForm(fields, messages)


def filled(text: str, given: Mapping[str, str]) -> str:
    """The file with fields of a form in it; what the form does not name stays.

    Args:
        text: of the file.
        given: field -> words; ``subject|STEP``, ``script|STEP``, ``coupons|STEP`` and ``block|STEP|NUMBER|FIELD`` are
            those of messages.
    """
    tree = Written(text, "campaign").tree
    for name, (path, is_list) in FIELDS.items():
        if name in given and _same(given[name]) != _same(_shown(_at(tree, path))):
            lines = [line.strip() for line in given[name].replace("\r", "").split("\n") if line.strip()]
            _set(tree, path, lines if is_list else " ".join(lines))
    if "trigger" in given and not given["trigger"].strip():
        tree.pop("trigger", None)  # all enter at the start: nothing else that it said means anything
    for name, words in given.items():
        kind, *where = name.split("|")
        step = _at(tree, ("steps", where[0])) if where else None
        if not isinstance(step, dict):
            continue
        if (
            kind in {"subject", "script", "coupons"}
            and len(where) == 1
            and _same(words) != _same(_shown(step.get(kind)))
        ):
            step[kind] = words.replace("\r", "")
        elif kind == "block" and len(where) == 3:
            _set_block(step, int(where[1]) if where[1].isdecimal() else -1, where[2], words.replace("\r", ""))
    return rewritten(text, tree)


def rearranged(text: str, step: str, what: str, number: int, pool: str = "") -> str:
    """The file with a message's blocks rearranged.

    Args:
        text: of the file.
        step: whose message.
        what: ``up``, ``down``, ``remove``, or the kind of a block that is added.
        number: of the block; of a new one, after which it comes.
        pool: from which a new block takes its codes, where the message takes none yet.
    """
    tree = Written(text, "campaign").tree
    told = _at(tree, ("steps", step))
    blocks = told.get("blocks") if isinstance(told, dict) else None
    if not isinstance(blocks, list):
        return text
    if what in _BEGINS:
        has_footer = bool(blocks) and "footer" in blocks[-1]
        blocks.insert(len(blocks) - has_footer, {what: dict(_BEGINS[what])})
        if what == "coupon" and pool:
            told.setdefault("coupons", pool)
    elif what == "remove" and 0 <= number < len(blocks) and len(blocks) > 1:
        del blocks[number]
        if not any("coupon" in one for one in blocks if isinstance(one, dict)):
            told.pop("coupons", None)  # a code that no block shows would be taken for nothing
    elif what in {"up", "down"}:
        other = number + (1 if what == "down" else -1)
        if 0 <= number < len(blocks) and 0 <= other < len(blocks):
            blocks[number], blocks[other] = blocks[other], blocks[number]
    return rewritten(text, tree)


def _message(name: str, told: Mapping[str, Any]) -> MessageForm:
    way = f"send {told['send']}" if "send" in told else f"hand {told['hand']}"
    blocks = []
    for one in told.get("blocks") or ():
        if isinstance(one, dict) and len(one) == 1:
            ((kind, said),) = one.items()
            names = tuple(BLOCK_FIELDS.get(kind, {}))
            given = said if isinstance(said, dict) else {names[0]: said} if names and said else {}
            blocks.append((kind, {key: _shown(given.get(key)) for key in names}))
    return MessageForm(
        name, way, _shown(told["subject"]) if "subject" in told else None,
        _shown(told["script"]) if "script" in told else None, tuple(blocks),
        _shown(told.get("coupons")) if "coupons" in told or any(kind == "coupon" for kind, _ in blocks) else None,
    )  # fmt: skip


def _at(tree: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(str(one) for one in value)
    return "" if value is None or isinstance(value, dict) else str(value)


def _same(words: str) -> list[str]:
    """What a field of a form says, however its browser ends lines: what is the same keeps the writer's hand."""
    return [line.strip() for line in words.replace("\r", "").split("\n") if line.strip()]


def _set(tree: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Set a place; an empty value takes it away, and the section with it when nothing is left."""
    *sections, last = path
    place = tree
    for name in sections:
        below = place.get(name)
        if not isinstance(below, dict):
            if not value:
                return
            below = place[name] = {}
        place = below
    if value:
        place[last] = value
    else:
        place.pop(last, None)
        if sections and not place:
            tree.pop(sections[0], None)


def _set_block(step: dict[str, Any], number: int, name: str, words: str) -> None:
    blocks = step.get("blocks")
    if not isinstance(blocks, list) or not 0 <= number < len(blocks) or not isinstance(blocks[number], dict):
        return
    ((kind, said),) = blocks[number].items()
    names = tuple(BLOCK_FIELDS.get(kind, {}))
    if name not in names:
        return
    given = dict(said) if isinstance(said, dict) else {names[0]: said} if said else {}
    if _same(_shown(given.get(name))) == _same(words):
        return
    given[name] = words.strip()
    blocks[number] = {kind: {key: value for key, value in given.items() if value}}
