"""The firm's rules of what fits what, from a file in the workspace to a table that the steps read."""

from passend.ports import Engine
from passend.products.compatibility import FILE, expand, read_rules
from passend.tables import contract
from passend.workspace import Workspace


def load_compatibility(workspace: Workspace, engine: Engine) -> int:
    """Spread the rules of ``compatibility.yaml`` over the products; returns the number of rules.

    Raises:
        InvalidInput: the file cannot be used; the message names the line.
    """
    rules = read_rules(workspace.folder / FILE)
    table = expand(rules, workspace.read("products")) if rules else contract("compatibility").empty()
    engine.load("compatibility", table)
    return len(rules)
