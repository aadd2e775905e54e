"""The file in which a firm writes its rules of offers."""

from passend.workspace import Workspace


def rules_text(workspace: Workspace) -> str:
    """What stands in ``rules.yaml``; empty where there is none."""
    file = workspace.folder / "rules.yaml"
    return file.read_text("utf-8-sig") if file.exists() else ""
