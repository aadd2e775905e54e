"""The SQL behind the figures of groups: a statement that anybody can run with DuckDB on the workspace's files."""

from passend.engines import sql_file
from passend.errors import InvalidInput, WorkspaceError
from passend.results import Measured
from passend.vocabulary import SLICES
from passend.workspace import Workspace


def slice_sql(workspace: Workspace, one: Measured, by: str, *, is_relative: bool = False) -> str:
    """The statement that gives the profit of each group of a campaign, as it was told.

    Args:
        workspace: in which it was measured; the statement names its present files.
        one: the campaign and phase.
        by: what customers are told apart by.
        is_relative: name the files from the workspace's folder on, where the statement is to be run.

    Raises:
        InvalidInput: nothing is told apart by that.
        WorkspaceError: nothing was measured yet.
    """
    if by not in SLICES:
        raise InvalidInput(f"There are no groups by '{by}'.", remedy=f"Use one of: {', '.join(SLICES)}.")
    if not workspace.has("slice_sums"):
        raise WorkspaceError(
            "Nothing is measured yet.", record=str(workspace.folder), remedy="Run first: passend results"
        )
    text = sql_file("results", "slice_effects").text
    tables = ""
    for name in ("slice_sums", "effects"):
        files = [
            file.relative_to(workspace.folder) if is_relative else file for file in workspace.files(name)
        ]
        listed = ", ".join("'" + file.as_posix().replace("'", "''") + "'" for file in files)
        tables += f"{name} as (select * from read_parquet([{listed}])),\n"
    campaign = one.campaign.replace("'", "''")
    chosen = f"where campaign = '{campaign}' and phase = {one.phase} and slice = '{by}'\norder by total desc"
    return text.replace("with\n", f"with\n{tables}", 1).rstrip() + f"\n{chosen}\n"
