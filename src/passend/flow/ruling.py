"""The firm's rules of offers as people write them: checked, and changed with a row in the audit log."""

from collections.abc import Sequence
from datetime import datetime

from passend.decisions.rules import Finding
from passend.decisions.rules.example import example
from passend.decisions.rules.rewriting import rewritten
from passend.flow.reporting import replace_file
from passend.flow.rules_file import check_rules, rules_text
from passend.store import Store
from passend.store.audit import last_details, written
from passend.workspace import Workspace

FILE = "rules.yaml"


def rules_or_example(workspace: Workspace) -> tuple[str, bool]:
    """The rules, and whether they are the firm's own; a commented example where it has none."""
    text = rules_text(workspace)
    return (text, True) if text else (example(), False)


def keep_rules(workspace: Workspace, store: Store, text: str, who: str, now: datetime) -> list[Finding]:
    """Keep new rules, unless something is wrong with them; returns what was found.

    Raises:
        InvalidRules: they cannot be read.
    """
    text, before = text.replace("\r\n", "\n"), rules_text(workspace)
    found = check_rules(workspace, text)
    if not any(one.is_error for one in found):
        if text:
            replace_file(workspace.folder / FILE, text.encode())
        else:  # there were none before
            (workspace.folder / FILE).unlink(missing_ok=True)
        with store.change() as connection:
            details = {"rules": text, "before": before}
            written(connection, now, who, "changed", "rules", details=details)
    return found


def put_in_force(
    workspace: Workspace, store: Store, changes: Sequence[str], who: str, now: datetime
) -> list[Finding]:
    """Write changes that were tried into the firm's rules; returns what was found, errors where nothing was kept.

    Raises:
        InvalidRules: they cannot be written into the file.
    """
    return keep_rules(workspace, store, rewritten(rules_text(workspace), changes), who, now)


def former_rules(workspace: Workspace, store: Store) -> str | None:
    """The rules before their last change; none where nobody changed them here, or somebody did elsewhere since."""
    with store.read() as connection:
        details = last_details(connection, "rules")
    is_last = details.get("rules") == rules_text(workspace)
    former: str | None = details.get("before") if is_last else None
    return former


def take_back_rules(workspace: Workspace, store: Store, who: str, now: datetime) -> list[Finding]:
    """Go back to the rules before their last change; done again, they come back."""
    former = former_rules(workspace, store)
    return [] if former is None else keep_rules(workspace, store, former, who, now)
