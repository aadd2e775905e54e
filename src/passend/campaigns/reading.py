"""Reads a campaign from YAML; every error names file and line, and what would be right."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from passend.campaigns import values as v
from passend.campaigns.blocks import read_blocks
from passend.campaigns.schema import (
    CHANNELS,
    EXITS,
    QUESTIONS,
    TRIGGERS,
    VARIANTS,
    WANTED,
    Adaptive,
    Audience,
    Campaign,
    Caps,
    Kind,
    Step,
    Trigger,
)
from passend.campaigns.written import Written

_TOP: Mapping[str, v.Reader] = {
    "name": v.said, "goal": v.said, "products": v.words, "starts_at": v.moment, "ends_at": v.moment,
    "holdout_share": v.share, "budget": v.cents, "quiet_hours": v.hours, "timezone": v.zone,
    "four_eyes": v.flag, "exits": v.words, "keep_old": v.flag, "first": v.said,
}  # fmt: skip
_AUDIENCE: Mapping[str, v.Reader] = {
    "rules": v.words,
    "bought": v.words,
    "file": v.said,
    "like": v.said,
    "most": v.whole,
}
_TRIGGER: Mapping[str, v.Reader] = {
    "on": v.OneOf(TRIGGERS), "products": v.words, "after": v.duration, "at_least": v.whole, "within": v.duration,
}  # fmt: skip
_CAPS: Mapping[str, v.Reader] = {
    "most": v.whole, "within": v.duration, "entries_a_day": v.whole, "at_once": v.whole,
    "again_after": v.duration, "keyed_by": v.OneOf(("customer", "order")),
}  # fmt: skip
_STEP: Mapping[str, v.Reader] = {
    "then": v.said, "failed": v.said, "yes": v.said, "no": v.said, "nothing": v.said, "place": v.said,
    "of": v.said, "within": v.duration, "expires": v.duration,
}  # fmt: skip
_ADAPTIVE: Mapping[str, v.Reader] = {"by": v.OneOf(WANTED), "floor": v.share, "within": v.duration}
_SECTIONS = ("audience", "trigger", "caps", VARIANTS, "adaptive", "stock", "moves", "steps")
#: What is the same in all variants: whether there is an offer, and which codes are taken.
_SAME = ("offer", "coupons", VARIANTS)
#: The keys that each kind of step takes beside its own; ``send``, ``hand`` and ``webhook`` take any for their content.
_TAKES: Mapping[Kind, tuple[str, ...]] = {
    Kind.WAIT: ("then",),
    Kind.SEND: ("then", "failed", "place", "expires"),
    Kind.DECIDE: ("nothing", *CHANNELS),
    Kind.CHECK: ("yes", "no", "of", "within"),
    Kind.SPLIT: (),
    Kind.HAND: ("then", "failed", "yes", "no", "expires"),
    Kind.WEBHOOK: ("then", "failed", "expires"),
    Kind.STOP: (),
}


def parse_campaign(text: str, source: str = "campaign") -> Campaign:
    """A campaign from the text of its file.

    Raises:
        InvalidCampaign: the text says what cannot be; file, line and remedy are named.
    """
    file = Written(text, source)
    for key in file.tree:
        file.known(key, (*_TOP, *_SECTIONS), (key,))
    top = {
        key: file.read((key,), file.tree[key], reader) for key, reader in _TOP.items() if file.tree.get(key)
    }
    steps = {name: _step(file, name, told) for name, told in file.section("steps").items()}
    if not top.get("name") or not steps:
        raise file.wrong("A campaign needs a name and steps.", 1, "`passend campaigns new` writes one.")
    for exit_ in top.get("exits", ()):
        file.read(("exits",), exit_, v.OneOf(EXITS))
    variants, trigger = _variants(file), file.fields("trigger", _TRIGGER)
    _insist_on_trigger(file, trigger, steps)
    return Campaign(
        name=top["name"],
        source=source,
        goal=top.get("goal", ""),
        products=() if top.get("products") == ("plan",) else top.get("products", ()),
        audience=Audience(**file.fields("audience", _AUDIENCE)),
        trigger=Trigger(**trigger, line=file.line("trigger")) if trigger else None,
        starts_at=top.get("starts_at"),
        ends_at=top.get("ends_at"),
        holdout_share=top.get("holdout_share", 0.1),
        budget_cents=top.get("budget"),
        stock={
            name: float(file.read(("stock", name), n, v.whole)) for name, n in file.section("stock").items()
        },
        caps=Caps(**file.fields("caps", _CAPS)),
        quiet=top.get("quiet_hours"),
        timezone=top.get("timezone", "UTC"),
        four_eyes=top.get("four_eyes", False),
        variants=variants,
        adaptive=_adaptive(file, variants),
        exits=top.get("exits", ("objection", "complaint")),
        moves={name: str(to) for name, to in file.section("moves").items()},
        keep_old=top.get("keep_old", False),
        first=top.get("first", next(iter(steps))),
        steps=steps,
        written=text,
    )


def _insist_on_trigger(file: Written, trigger: Mapping[str, Any], steps: Mapping[str, Step]) -> None:
    """What a trigger needs, and what it cannot go together with."""
    if file.tree.get("trigger") and "on" not in trigger:
        raise file.wrong(
            "The trigger does not say on what.", file.line("trigger"), f"on: {', '.join(TRIGGERS)}."
        )
    if trigger.get("on") == "joined" and set(trigger) & {"products", "at_least", "within"}:
        raise file.wrong(
            "Who has joined an audience is told by the audience alone.",
            file.line("trigger"),
            "Say under audience who is in it; beside 'on: joined' stands only 'after'.",
        )
    about = next((one for one in steps.values() if one.content.get("offer") == "trigger"), None)
    if trigger.get("on") == "joined" and about is not None:
        raise file.wrong(
            f"Step {about.name} speaks of the trigger's product, and joining an audience has none.",
            about.line,
            "Write offer: none, or leave it out to take the plan's.",
        )
    if trigger and file.section("audience").get("most"):
        raise file.wrong(
            "An audience that people enter by a trigger has no 'most'.",
            file.line("audience", "most"),
            "Let caps hold it down: entries_a_day or at_once.",
        )


def _variants(file: Written) -> dict[str, float]:
    shares = {
        name: file.read(("variants", name), part, v.share) for name, part in file.section("variants").items()
    }
    if shares and abs(sum(shares.values()) - 1) > 1e-6:
        raise file.wrong(
            f"The shares of the variants add up to {sum(shares.values()):g}.",
            file.line("variants"),
            "Let them be 1.",
        )
    return shares


def _adaptive(file: Written, variants: Mapping[str, float]) -> Adaptive | None:
    """``adaptive: {by: clicked, floor: 10 %}``, beside at least two variants."""
    if "adaptive" not in file.tree:
        return None
    how = Adaptive(**file.fields("adaptive", _ADAPTIVE))
    line = file.line("adaptive")
    if len(variants) < 2:
        raise file.wrong(
            "Chances can only follow the answers where there are variants.",
            line,
            "Name two or more under variants, each with its share.",
        )
    if how.floor <= 0 or how.floor * len(variants) > 1:
        most = 100 / len(variants)
        raise file.wrong(
            f"Each of {len(variants)} variants cannot keep a chance of {how.floor:.0%}.",
            line,
            f"Let floor be more than 0 % and at most {most:.1f} %.",
        )
    return how


def _own_words(file: Written, step: Step, told: Any) -> dict[str, dict[str, Any]]:
    """What a step says otherwise in a variant: ``variants: {long: {subject: ...}}``."""
    path = ("steps", step.name, VARIANTS)
    made: dict[str, dict[str, Any]] = {}
    for name, own in (told if isinstance(told, dict) else {}).items():
        file.known(name, tuple(file.section(VARIANTS)), (*path, name))
        if not isinstance(own, dict) or set(own) & set(_SAME):
            raise file.wrong(
                f"{'.'.join((*path, name))} does not say what is different.",
                file.line(*path, name),
                "Name the words that differ, such as subject; offer and coupons are the same in all.",
            )
        made[name] = dict(own)
        if "blocks" in own:
            made[name]["blocks"] = read_blocks(file, step.name, own, (VARIANTS, name))
    return made


def _step(file: Written, name: str, told: Any) -> Step:
    path = ("steps", name)
    kinds = [kind for kind in Kind if isinstance(told, dict) and kind in told]
    if len(kinds) != 1:
        raise file.wrong(
            f"Step {name} does not say what it does.", file.line(*path), f"Give it one of: {', '.join(Kind)}."
        )
    kind = kinds[0]
    own = told[kind]
    rest = {key: value for key, value in told.items() if key != kind}
    step = _own(file, Step(name, kind, file.line(*path)), own)
    if kind == Kind.SPLIT:
        return step
    takes = _TAKES[kind]
    is_open = kind in (Kind.SEND, Kind.HAND, Kind.WEBHOOK)
    ways, content, how = {}, {}, {}
    for key, value in rest.items():
        if key not in takes:
            if not is_open:
                file.known(key, takes, (*path, key))
            content[key] = value
        elif key in ("then", "failed", "yes", "no", "nothing", *CHANNELS):
            ways[key] = file.read((*path, key), value, v.said)
        else:
            how[key] = file.read((*path, key), value, _STEP[key])
    if "blocks" in content:
        if step.channel != "email":
            raise file.wrong(
                f"Step {name} has blocks, and is no e-mail.", step.line, "Only e-mail is made of blocks."
            )
        content["blocks"] = read_blocks(file, name, content)
    if VARIANTS in content:
        content[VARIANTS] = _own_words(file, step, content[VARIANTS])
    return replace(
        step,
        ways={**step.ways, **ways},
        content=content,
        place=how.get("place", step.place),
        about=how.get("of", ""),
        wait=how.get("within", step.wait),
        expires=how.get("expires", step.expires),
    )


def _own(file: Written, step: Step, own: Any) -> Step:
    """What stands behind the word of the step itself."""
    path = ("steps", step.name, step.kind)
    match step.kind:
        case Kind.WAIT:
            made = _wait(file, step, str(own).strip())
        case Kind.SEND:
            made = replace(
                step, channel=file.read(path, own, v.OneOf(("email", "sms", "audience", "onsite")))
            )
        case Kind.HAND:
            made = replace(
                step, channel="desk", place=file.read(path, own, v.said), expires=timedelta(days=7)
            )
        case Kind.WEBHOOK:
            made = replace(step, channel="webhook", place=file.read(path, own, v.said))
        case Kind.CHECK:
            made = replace(step, question=file.read(path, own, v.OneOf(QUESTIONS)), wait=timedelta(days=3))
        case Kind.DECIDE:
            file.read(path, own, v.OneOf(("plan",)))
            made = step
        case Kind.SPLIT:
            made = _split(file, step, own)
        case Kind.STOP:
            made = replace(step, text=str(own or "end"))
    return made


def _wait(file: Written, step: Step, text: str) -> Step:
    """``wait: 3 days``, ``wait: until 2026-05-01 10:00`` or ``wait: best hour``."""
    path = ("steps", step.name, step.kind)
    if text == "best hour":
        return replace(step, at_best_hour=True)
    if text.startswith("until "):
        return replace(step, until=file.read(path, text.removeprefix("until "), v.moment))
    length = file.read(path, text, v.duration)
    if length <= timedelta(0):
        raise file.wrong(
            f"Step {step.name} waits for no time.", step.line, "Let it wait for a minute or more."
        )
    return replace(step, wait=length)


def _split(file: Written, step: Step, own: Any) -> Step:
    """``split: {half: [.5, step], other: [.5, step]}``."""
    path = ("steps", step.name, "split")
    shares: dict[str, float] = {}
    ways: dict[str, str] = {}
    for name, told in (own if isinstance(own, dict) else {}).items():
        if not isinstance(told, list) or len(told) != 2:
            raise file.wrong(
                f"{'.'.join((*path, name))} cannot be '{told}'.",
                file.line(*path, name),
                "Write e.g. [0.5, next step].",
            )
        shares[name] = file.read((*path, name), told[0], v.share)
        ways[name] = str(told[1])
    if abs(sum(shares.values()) - 1) > 1e-6:
        raise file.wrong(
            f"The shares of step {step.name} add up to {sum(shares.values()):g}.", step.line, "Let them be 1."
        )
    return replace(step, shares=shares, ways=ways)
