"""The firm's rules of offers as people write them: checked, and changed with a row in the audit log."""

from datetime import datetime

from passend.decisions.rules import Finding
from passend.decisions.rules.example import example
from passend.flow.reporting import replace_file
from passend.flow.rules_file import check_rules, rules_text
from passend.store import Store
from passend.store.audit import written
from passend.workspace import Workspace


def rules_or_example(workspace: Workspace) -> tuple[str, bool]:
    """The rules, and whether they are the firm's own; a commented example where it has none."""
    text = rules_text(workspace)
    return (text, True) if text else (example(), False)


def keep_rules(workspace: Workspace, store: Store, text: str, who: str, now: datetime) -> list[Finding]:
    """Keep new rules, unless something is wrong with them; returns what was found.

    Raises:
        InvalidRules: they cannot be read.
    """
    text = text.replace("\r\n", "\n")
    found = check_rules(workspace, text)
    if not any(one.is_error for one in found):
        replace_file(workspace.folder / "rules.yaml", text.encode())
        with store.change() as connection:
            written(connection, now, who, "changed", "rules", details={"rules": text})
    return found
