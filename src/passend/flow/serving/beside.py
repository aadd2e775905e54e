"""What `passend serve` has done in processes of its own: each gives way first, and only then loads what it needs."""

from pathlib import Path

from passend.flow.serving.giving_way import give_way


def lay_out_beside(folder: Path, overrides: tuple[str, ...]) -> bool:
    """Lay out the present state of a workspace; returns False where that was done already."""
    give_way()
    from passend.flow.serving.stocking import lay_out  # noqa: PLC0415 - loaded when it no longer holds answers up
    from passend.workspace import Workspace  # noqa: PLC0415

    return lay_out(Workspace(folder, overrides))


def learn_beside(folder: Path, overrides: tuple[str, ...]) -> bool:
    """Learn what completes carts; returns False where that was done already."""
    give_way()
    from passend.flow.serving.learning import learn_carts  # noqa: PLC0415
    from passend.workspace import Workspace  # noqa: PLC0415

    return learn_carts(Workspace(folder, overrides))


def carry_beside(folder: Path, overrides: tuple[str, ...]) -> bool:
    """Carry over what a workspace's shops told; False where the workspace is being changed, and it is done later."""
    give_way(holds_the_store=True)
    from passend.flow.serving.carrying import carry_all  # noqa: PLC0415
    from passend.workspace import Workspace  # noqa: PLC0415

    return carry_all(Workspace(folder, overrides))
