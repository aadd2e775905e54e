"""What the firm assumes: settings that people look at and change, with the change in the audit log."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock

from passend.errors import InvalidSetting
from passend.flow.reporting import replace_file
from passend.language import typed_number
from passend.language.typed import is_percent
from passend.settings import SETTINGS, Setting, Settings, Value, load_settings
from passend.store import Store
from passend.store.audit import last_details, written
from passend.vocabulary import minor_units
from passend.workspace import Workspace

#: Sections of the settings that are about the business; the rest is about machines.
SECTIONS = ("decisions", "customers", "results", "products")
#: Sections that have a page of their own.
OWN_PAGES = ("brand", "notify")
#: Whoever knew or changed it would know or change who is held out.
_HIDDEN = {"decisions.salt"}
FILE = "settings.toml"
#: What whoever runs a shop knows about it, in the order of its page -> what they call it.
KNOWN: Mapping[str, str] = {
    "customers.margin_share": "Margin of goods",
    "customers.return_cost_cents": "Cost of a return",
    "customers.resold_share": "Returned goods sold again",
    "customers.contact_cost_cents": "Cost of an e-mail or another automatic contact",
    "customers.service_contact_cents": "Cost of a contact with staff",
    "customers.service_share": "Cost of service that is too much",
    "customers.return_share": "Returns that are too many",
    "customers.deep_discount_share": "Discount that makes a bargain",
    "decisions.per_customer": "Offers to a customer",
    "decisions.holdout_share": "Customers without offers, to measure",
    "results.window_days": "Days in which an order counts as answer",
    "results.returns_days": "Days until returns are complete",
    "results.planned_days": "Days after which a campaign ends undecided",
}
#: Seconds that a change of the settings waits for another.
_PATIENCE = 10.0
#: How names of settings end -> the unit in which people type them.
_UNITS = {"_cents": "money", "_share": "%", "_probability": "%", "_rate": "%", "_days": "days"}


@dataclass(frozen=True)
class Assumption:
    """One setting: its value, the usual one, what it means, and what it may be.

    Attributes:
        called: what people call it; empty for what only data people know.
        unit: ``money`` (of minor units), ``%``, ``days``, or none.
    """

    name: str
    value: Value
    usual: Value
    setting: Setting
    called: str = ""
    unit: str = ""

    @property
    def section(self) -> str:
        """The room that it is about."""
        return self.name.partition(".")[0]

    @property
    def is_number(self) -> bool:
        """Whether its value is a number."""
        return self.setting.kind in (int, float)


def assumptions(workspace: Workspace) -> list[Assumption]:
    """What the firm assumes: first what whoever runs a shop knows about it, then the rest by section."""
    known = {one.name: one for one in SETTINGS}
    rest = [
        one.name
        for section in SECTIONS
        for one in SETTINGS
        if _is_open(one) and one.name.startswith(f"{section}.") and one.name not in KNOWN
    ]
    return [
        Assumption(name, workspace.settings[name], one.default, one, KNOWN.get(name, ""), unit_of(one))
        for name in (*KNOWN, *rest)
        for one in [known[name]]
    ]


def unit_of(setting: Setting) -> str:
    """The unit in which people type a setting; empty where it is a bare number or no number."""
    ending = next((end for end in _UNITS if setting.name.endswith(end)), "")
    return _UNITS[ending] if ending and setting.kind in (int, float) else ""


def assume(workspace: Workspace, store: Store, name: str, value: str, *, who: str, now: datetime) -> None:
    """Change a setting, as people type it, in the firm's file; everything else in it stays as it is.

    Raises:
        InvalidSetting: there is no such setting, people may not change it, or it cannot have this value.
    """
    setting = _open(name)
    _assume(workspace, store, setting, Settings({name: _told(workspace, setting, value)})[name], (who, now))


def assume_usual(workspace: Workspace, store: Store, name: str, *, who: str, now: datetime) -> None:
    """Go back to the usual value of a setting."""
    setting = _open(name)
    _assume(workspace, store, setting, setting.default, (who, now))


def assume_former(workspace: Workspace, store: Store, name: str, *, who: str, now: datetime) -> None:
    """Take back the last change of a setting; done again, it comes back."""
    setting, former = _open(name), former_value(store, name)
    if former is not None:
        _assume(workspace, store, setting, Settings({name: former})[name], (who, now))


def former_value(store: Store, name: str) -> Value | None:
    """The value that a setting had before its last change; none where nobody changed it here."""
    with store.read() as connection:
        former: Value | None = last_details(connection, f"setting/{name}").get("before")
    return former


def currency_of(workspace: Workspace) -> str:
    """The firm's currency: that of its settings, else of its latest plan; empty where neither is known."""
    given = workspace.settings.text("intake.currency")
    if given or not workspace.has("plans"):
        return given
    plans = workspace.read("plans", ["plan", "currency"]).sort_by([("plan", "descending")])
    return plans["currency"][0].as_py() or "" if plans.num_rows else ""


def _open(name: str) -> Setting:
    """A setting that people may change on a page."""
    found = (one for one in SETTINGS if one.name == name and _is_open(one, (*SECTIONS, *OWN_PAGES)))
    setting = next(found, None)
    if setting is None:
        raise InvalidSetting(
            f"The setting '{name}' cannot be changed here.", remedy="Change it in settings.toml."
        )
    return setting


def _told(workspace: Workspace, setting: Setting, typed: str) -> str:
    """What people typed in the setting's unit and their language, as settings are written."""
    number = typed_number(typed) if setting.kind in (int, float) else None
    if number is None:
        return typed.strip()
    unit = unit_of(setting)
    if unit == "money":
        number *= minor_units(currency_of(workspace) or None)
    elif unit == "%" and not is_percent(typed):
        if 0 < abs(number) < 1:
            raise InvalidSetting(
                f"It is not clear whether '{typed.strip()}' is in per cent.",
                remedy="Write the sign behind it, such as 30 % or 0.5 %.",
            )
        number /= 100
    return f"{number.normalize():f}"


def _assume(
    workspace: Workspace, store: Store, setting: Setting, wanted: Value, change: tuple[str, datetime]
) -> None:
    name, (who, now) = setting.name, change
    with _alone(workspace):  # else the second of two who change at once would write over the first
        file = workspace.folder / FILE
        before = file.read_text("utf-8") if file.exists() else ""
        text = _changed(before, name, wanted)
        draft = workspace.folder / "settings.check"
        draft.mkdir(exist_ok=True)
        try:
            (draft / FILE).write_text(text, "utf-8")
            if load_settings(draft)[name] != wanted:
                raise InvalidSetting(
                    f"The setting '{name}' cannot be changed here.", remedy="Change it in settings.toml."
                )
        finally:
            _drop(draft)
        replace_file(file, text.encode())
    with store.change() as connection:
        # Whoever knew a secret could speak in the firm's name: only that it changed is told.
        details = {} if setting.secret else {"before": workspace.settings[name], "after": wanted}
        written(connection, now, who, "changed", f"setting/{name}", details=details)


def _alone(workspace: Workspace) -> FileLock:
    """Whoever holds it changes the settings alone; another change waits for some moments."""
    return FileLock(workspace.folder / "settings.lock", timeout=_PATIENCE)


def _is_open(one: Setting, sections: Sequence[str] = SECTIONS) -> bool:
    return one.name.partition(".")[0] in sections and one.name not in _HIDDEN


def _changed(text: str, name: str, value: Value) -> str:
    """The file with one value changed, where it stands or at the end of its section."""
    section, _, key = name.partition(".")
    line = f"{key} = {_toml(value)}"
    lines = text.splitlines()
    heads = [place for place, one in enumerate(lines) if re.match(r"\s*\[", one)]
    start = next((place for place in heads if re.match(rf"\s*\[\s*{section}\s*\]", lines[place])), None)
    if start is None:
        return "\n".join([*lines, *([""] if lines else []), f"[{section}]", line]) + "\n"
    end = next((place for place in heads if place > start), len(lines))
    for place in range(start + 1, end):
        if re.match(rf"\s*{re.escape(key)}\s*=", lines[place]):
            lines[place] = line
            break
    else:
        lines.insert(start + 1, line)
    return "\n".join(lines) + "\n"


def _toml(value: Value) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str | bool) else repr(value)


def _drop(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
