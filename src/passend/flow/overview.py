"""The first page: what the offers earn, where the firm stands, what to do next, what waits and what is stuck."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from passend.flow.campaigns.telling import Progress, progress
from passend.flow.plans import list_plans
from passend.flow.results_shown import stored_results
from passend.flow.standing import LETTER
from passend.results.actions import Action
from passend.store import Store
from passend.workspace import Workspace


@dataclass(frozen=True)
class Overview:
    """What the first page tells.

    Attributes:
        totals: table -> rows, of what is there.
        programme: the programme's added profit, the latest quarter first; rows of ``effects``.
        scorecard: rows of ``scorecard``.
        actions: what to do next, as the last letter told it.
        currency: of their amounts.
        plan: the latest plan; None before there is one.
        is_plan_old: orders came in since.
        waiting: campaigns whose draft waits for approval or start.
        stuck: campaigns that do not go on, and why.
        running: campaigns under way.
    """

    totals: Mapping[str, int]
    programme: Sequence[Mapping[str, Any]]
    scorecard: Sequence[Mapping[str, Any]]
    actions: Sequence[Action]
    currency: str | None
    plan: Mapping[str, Any] | None
    is_plan_old: bool
    waiting: Sequence[Progress]
    stuck: Sequence[tuple[Progress, str]]
    running: Sequence[Progress]


def overview(workspace: Workspace, store: Store, now: datetime) -> Overview:
    """What the first page tells, from what is stored; nothing is computed anew."""
    campaigns = progress(store, now)
    results = stored_results(workspace)
    return Overview(
        totals={name: stored.rows for name, stored in workspace.manifest.tables.items()},
        programme=results.programme,
        scorecard=results.scorecard,
        actions=_actions(workspace),
        currency=next((row["currency"] for row in results.scorecard if row["currency"]), None),
        plan=next(iter(list_plans(workspace)), None) if workspace.has("plans") else None,
        is_plan_old=workspace.is_stale("offers"),
        waiting=[one for one in campaigns if one.has_draft],
        stuck=[(one, why) for one in campaigns if (why := stuck_by(one))],
        running=[one for one in campaigns if one.state == "running"],
    )


def stuck_by(one: Progress) -> str:
    """Why a campaign does not go on; empty where nothing holds it."""
    if one.stopped_by:
        return one.stopped_by
    if one.state == "paused":
        return one.reason or one.last_error
    return one.last_error if one.state == "running" else ""


def _actions(workspace: Workspace) -> list[Action]:
    """Those of the letter that was written last."""
    file = workspace.folder / LETTER
    if not file.exists():
        return []
    return [Action(**one) for one in json.loads(file.read_text("utf-8"))["actions"]]
