"""The journey editor: what a person does to a journey, in picture, form or file, and the same journey after it.

Nothing is kept on the server until the campaign is kept as draft: the page carries the file, the versions before it for
undo, and which step stands in the form.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from passend.campaigns import Campaign, Finding, findings, parse_campaign
from passend.campaigns.editing import (
    StepForm,
    changed,
    inserted,
    parted,
    removed,
    renamed,
    sent_by,
    step_at,
    step_form,
    step_names,
)
from passend.campaigns.recipes import recipe_of, written
from passend.campaigns.schema import Kind
from passend.campaigns.written import Written
from passend.errors import PassendError
from passend.language import phrase
from passend.web.journeys import Journey, Standing, drawn

#: Longer files are not read from a form, and so many steps back are kept; the page carries them.
LONGEST = 100_000
_BACK, _BACK_LONGEST = 30, 200_000
#: Fields of the form of a step, apart from those of the campaign.
MARK = "s|"
#: Whose mail, offer and call a new step begins with.
_USUAL = "second-category"
_LINE = re.compile(r"line (\d+)$")


@dataclass(frozen=True)
class Wrong:
    """Why the file cannot be read: where, as people look for it, and what would be right."""

    what: str
    remedy: str
    line: int
    step: str = ""


@dataclass(frozen=True)
class Editor:
    """The editor as it stands.

    Attributes:
        text: the file.
        typed: what stands in the field of the file; something else than the file only while it cannot be read.
        past, ahead: versions to which undo and redo lead, the nearest last.
        at: the step in the form.
        place: the step and its ways on which a new step is to be put; none while none is.
        wrong: what cannot be read.
        said: what was done last, for those who do not see it.
        moves_focus: whether what stands in the form is another step, to which the keyboard goes.
    """

    text: str
    typed: str
    past: tuple[str, ...] = ()
    ahead: tuple[str, ...] = ()
    at: str = ""
    place: tuple[str, tuple[str, ...]] | None = None
    wrong: Wrong | None = None
    said: str = ""
    moves_focus: bool = False

    @property
    def back(self) -> str:
        """The versions before and after, as the page carries them."""
        return json.dumps({"past": self.past, "ahead": self.ahead}, ensure_ascii=False)


@dataclass(frozen=True)
class Shown:
    """What the page shows of an editor.

    Attributes:
        journey: the picture; of the last version that could be read, and none where none can.
        found: all that is wrong or odd.
        names: of all steps.
        senders: those that send, as value and label of a choice: a check may ask about one of them.
        form: the step in the form.
        waits: step -> people who wait there now; empty where the campaign does not run.
        line: of the file on which the chosen step stands; 0 where none is chosen.
        name: of the campaign.
    """

    journey: Journey | None
    found: tuple[Finding, ...]
    names: tuple[str, ...]
    senders: list[tuple[str, str]]
    form: StepForm | None
    waits: Mapping[str, int] = field(default_factory=dict)
    line: int = 0
    name: str = ""

    def of(self, name: str) -> tuple[Finding, ...]:
        """What is wrong or odd at a step."""
        return tuple(one for one in self.found if one.step == name)


def opened(text: str) -> Editor:
    """The editor of a campaign's file; its first step stands in the form."""
    try:
        names = step_names(text)
    except PassendError as problem:
        return Editor(text, text, wrong=wrong_of(text, problem))
    return _read(Editor(text, text, at=names[0] if names else ""))


def acted(given: Mapping[str, str], language: str, waits: Mapping[str, int], now: datetime) -> Editor:
    """The editor after what a person did.

    Args:
        given: the fields of the page, and ``do``: what was asked for.
        language: of the words of new steps.
        waits: step -> people who wait there: they are taken along when it goes.
        now: a wait for a moment begins with one a week from now.
    """
    before = carried(given)
    do, _, rest = given.get("do", "").partition("|")
    if do in {"undo", "redo"}:
        return _read(_stepped(before, is_undo=do == "undo"))
    text, typed = before.text, _plain(given.get("text", before.text))
    if typed != before.text:
        try:
            step_names(typed)
        except PassendError as problem:
            # What was typed stays until it can be read; nothing is done to a file that nobody sees.
            return replace(before, typed=typed, wrong=wrong_of(typed, problem))
        text = typed
    made = replace(before, text=text, typed=text)
    try:
        if do != "text":
            made = _filled(made, given, language, waits, now)
        made = _done(made, do, _called_now(rest, before.at, made.at), language, waits)
    except PassendError as problem:
        made = replace(made, wrong=wrong_of(made.text, problem))
    if made.text != before.text:
        made = replace(made, past=_short((*before.past, before.text)), ahead=())
    return _read(replace(made, typed=made.text))


def shown(editor: Editor, standing: Standing | None) -> Shown:
    """What the page shows: the picture, what is wrong where, and the form of the chosen step."""
    campaign = next((one for text in (editor.text, *reversed(editor.past)) if (one := _parsed(text))), None)
    found = tuple(findings(campaign)) if campaign else ()
    try:
        names, form = tuple(step_names(editor.text)), step_form(editor.text, editor.at)
        line = Written(editor.text, "campaign").line("steps", editor.at)
    except PassendError:
        names, form, line = (), None, 0
    senders = [
        (one, one) for one in names if campaign and one in campaign.steps and campaign.steps[one].is_contact
    ]
    return Shown(
        drawn(campaign, standing, found) if campaign else None, found, names, senders, form,
        standing.waits if standing else {}, line, campaign.name if campaign else "",
    )  # fmt: skip


def wrong_of(text: str, problem: PassendError) -> Wrong:
    """Where and why a file cannot be read."""
    where = _LINE.search(problem.record or "")
    line = int(where[1]) if where else 0
    try:
        step = step_at(text, line) if line else ""
    except PassendError:
        step = ""
    return Wrong(problem.what, problem.remedy or "", line, step)


def carried(given: Mapping[str, str]) -> Editor:
    """The editor as the page carried it."""
    try:
        told = json.loads(given.get("back") or "{}")
        past, ahead = (tuple(str(one) for one in told.get(name, ())) for name in ("past", "ahead"))
    except (ValueError, AttributeError, TypeError):
        past, ahead = (), ()
    base = _plain(given.get("base", ""))
    return Editor(base, base, past, ahead, given.get("at", ""))


def _plain(text: str) -> str:
    """As it was: fields of forms begin their lines otherwise, and the first empty one is left out by browsers."""
    return text[:LONGEST].replace("\r", "")


def _stepped(before: Editor, *, is_undo: bool) -> Editor:
    taken, other = (before.past, before.ahead) if is_undo else (before.ahead, before.past)
    if not taken:
        return before
    text, other = taken[-1], (*other, before.text)
    past, ahead = (taken[:-1], other) if is_undo else (other, taken[:-1])
    says = phrase("Undone.") if is_undo else phrase("Done again.")
    return replace(before, text=text, typed=text, past=past, ahead=ahead, said=says)


def _filled(
    made: Editor, given: Mapping[str, str], language: str, waits: Mapping[str, int], now: datetime
) -> Editor:
    """With the fields of the step's form in the file, as far as they are others."""
    form = step_form(made.text, made.at)
    if form is None or given.get("form-of") != made.at:
        return made
    words = {name.removeprefix(MARK): value for name, value in given.items() if name.startswith(MARK)}
    if words.get("how") == "until" and not words.get("until"):
        words["until"] = f"{now + timedelta(days=7):%Y-%m-%d}T09:00"
    text = made.text
    if form.kind == Kind.SEND and words.get("channel", form.fields["channel"]) != form.fields["channel"]:
        text = sent_by(text, made.at, words["channel"], _usual(Kind.SEND, language))
        words = {name: words[name] for name in words if name not in {"subject", "text", "place"}}
    text = changed(text, made.at, words)
    name = words.get("name", made.at).strip()
    if name != made.at:
        text = renamed(text, made.at, name, moves=bool(waits.get(made.at)))
    return replace(made, text=text, at=name)


def _place(where: str) -> tuple[str, tuple[str, ...]] | None:
    """The step and its ways that a button names; none where it names none."""
    try:
        told = json.loads(where)
        return str(told["step"]), tuple(str(way) for way in told["ways"])
    except (ValueError, KeyError, TypeError):
        return None


def _called_now(rest: str, old: str, new: str) -> str:
    """What a button is about, where its step was called otherwise in the same moment."""
    if rest == old:
        return new
    kind, where = ("", rest) if rest.startswith("{") else rest.split("|", 1) if "|{" in rest else ("", "")
    place = _place(where)
    if old == new or place is None or place[0] != old:
        return rest
    return (f"{kind}|" if kind else "") + json.dumps({"step": new, "ways": place[1]}, ensure_ascii=False)


def _done(made: Editor, do: str, rest: str, language: str, waits: Mapping[str, int]) -> Editor:
    """After a button."""
    if do == "select":
        return replace(made, at=rest, moves_focus=True)
    if do == "add" and (place := _place(rest)):
        return replace(made, place=place, moves_focus=True)
    if do == "put":
        return _put(made, rest, language)
    if do == "remove":
        text, onward = removed(made.text, rest, moves=bool(waits.get(rest)))
        says = phrase("Step {step} is removed.", step=rest)
        return replace(made, text=text, at=onward, moves_focus=True, said=says)
    if do == "part":
        return replace(made, text=parted(made.text, made.at, int(rest) if rest.isdecimal() else None))
    return made


def _put(made: Editor, rest: str, language: str) -> Editor:
    """With a new step on the way that was chosen."""
    kind, _, where = rest.partition("|")
    place = _place(where)
    if place is None or kind not in set(Kind):
        return made
    begins = _usual(Kind(kind), language)
    text, name = inserted(made.text, Kind(kind), begins, place if place[1] else None)
    says = phrase("Step {step} is added.", step=name)
    return replace(made, text=text, at=name, moves_focus=True, said=says)


def _read(made: Editor) -> Editor:
    """With what is wrong about it, and a step in the form that there is."""
    try:
        names = step_names(made.text)
        if made.at not in names:
            made = replace(made, at=names[0] if names else "")
        if made.wrong is None:
            parse_campaign(made.text)
    except PassendError as problem:
        return replace(made, wrong=wrong_of(made.text, problem))
    return made


def _short(past: tuple[str, ...]) -> tuple[str, ...]:
    """As many versions as a page can carry."""
    kept: list[str] = []
    room = _BACK_LONGEST
    for text in reversed(past[-_BACK:]):
        room -= len(text)
        if room < 0:
            break
        kept.append(text)
    return tuple(reversed(kept))


def _parsed(text: str) -> Campaign | None:
    try:
        return parse_campaign(text)
    except PassendError:
        return None


def _usual(kind: Kind, language: str) -> dict[str, Any]:
    """What a new step says at first: words as in a recipe, and times that are often right."""
    if kind in (Kind.SEND, Kind.HAND):
        steps = Written(written(recipe_of(_USUAL), language), "campaign").tree["steps"].values()
        told = next(one for one in steps if kind in one)
        return {key: value for key, value in told.items() if key not in ("then", "failed", "yes", "no")}
    begins: dict[Kind, dict[str, Any]] = {
        Kind.WAIT: {"wait": "3 days"},
        Kind.DECIDE: {"decide": "plan"},
        Kind.CHECK: {"check": "bought", "within": "7 days"},
        Kind.WEBHOOK: {"webhook": "crm", "offer": "none"},
        Kind.STOP: {"stop": phrase("all said")},
    }
    return begins.get(kind, {})
