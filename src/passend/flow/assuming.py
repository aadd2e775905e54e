"""What the firm assumes: settings that people look at and change, with the change in the audit log."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from passend.errors import InvalidSetting
from passend.flow.reporting import replace_file
from passend.settings import SETTINGS, Setting, Settings, Value, allowed, load_settings
from passend.store import Store
from passend.store.audit import written
from passend.workspace import Workspace

#: Sections of the settings that are about the business; the rest is about machines.
SECTIONS = ("decisions", "customers", "results", "products")
#: Sections that have a page of their own.
OWN_PAGES = ("brand", "notify")
#: Whoever knew or changed it would know or change who is held out.
_HIDDEN = {"decisions.salt"}
FILE = "settings.toml"


@dataclass(frozen=True)
class Assumption:
    """One setting: its value, the usual one, what it means, and what it may be."""

    name: str
    value: Value
    usual: Value
    help: str
    allowed: str

    @property
    def section(self) -> str:
        """The room that it is about."""
        return self.name.partition(".")[0]


def assumptions(workspace: Workspace) -> list[Assumption]:
    """What the firm assumes, by section."""
    return [
        Assumption(one.name, workspace.settings[one.name], one.default, one.help, allowed(one))
        for section in SECTIONS
        for one in SETTINGS
        if _is_open(one) and one.name.startswith(f"{section}.")
    ]


def assume(workspace: Workspace, store: Store, name: str, value: str, *, who: str, now: datetime) -> None:
    """Change a setting in the firm's file; everything else in it stays as it is.

    Raises:
        InvalidSetting: there is no such setting, people may not change it, or it cannot have this value.
    """
    setting = next(
        (one for one in SETTINGS if one.name == name and _is_open(one, (*SECTIONS, *OWN_PAGES))), None
    )
    if setting is None:
        raise InvalidSetting(
            f"The setting '{name}' cannot be changed here.", remedy="Change it in settings.toml."
        )
    wanted = Settings({name: value.strip()})[name]
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
