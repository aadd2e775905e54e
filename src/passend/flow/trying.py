"""What the plan would be with other rules, beside the plan itself; and those rules put in force."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from passend.decisions.rules import load_rules
from passend.errors import InvalidRules, WorkspaceError
from passend.flow.fitting import load_compatibility
from passend.flow.plans import Comparison, compared, made, show_plan
from passend.flow.rules_file import rules_text
from passend.flow.steps import run_steps, steps_to_choice
from passend.ports import Engine, Progress
from passend.settings import Settings
from passend.workspace import Workspace

if TYPE_CHECKING:
    from passend.flow.deciding import Deciding, Lessons

#: What a plan is made of beside the firm's stream of orders, events and contacts, which its own day cuts off: the table
#: that a change of it writes -> what people call it. Whatever is imported leaves its mark in ``imports``.
_MADE_OF: Mapping[str, str] = {
    "imports": "data", "orders": "data", "customers": "data", "products": "data", "consents": "consents",
    "relation_edits": "edited relations", "treatment_edits": "treatments of customers", "customer_merges": "data",
}  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """The limits in force that people try changes of; None means without limit."""

    budget: float | None
    offers: int
    gap: int
    explore: float
    discount: float


def limits_in_force(workspace: Workspace) -> Limits:
    """What the rules of the firm, and its assumptions where they are silent, say now."""
    rules = load_rules(rules_text(workspace))
    is_said = ("customer", "most_offers") in rules.lines
    most = rules.most_offers if is_said else workspace.settings.whole("decisions.per_customer")
    return Limits(rules.money, most, rules.gap_days, rules.explore.share, rules.values.discount_share)


def wrong_changes(workspace: Workspace, changes: Mapping[str, Sequence[str]]) -> dict[str, InvalidRules]:
    """What cannot be tried, by the field in which it was typed."""
    text = rules_text(workspace)
    found = {}
    for field, rules in changes.items():
        try:
            load_rules(text, rules)
        except InvalidRules as problem:
            found[field] = problem
    return found


def what_if(workspace: Workspace, changes: Sequence[str], progress: Progress) -> Comparison:
    """What the plan would be with other rules, beside the plan with the rules as they are. Nothing is stored.

    Both stand on the day of the plan, so that what differs is the rules' doing: the first is the plan itself, unless
    something that it was made of is another now. Then both are computed anew, and the comparison says why.

    Raises:
        InvalidRules: a change names no rule, or contradicts others.
    """
    from passend.flow.deciding import deciding  # noqa: PLC0415 - heavy; a mistake is told without

    if not workspace.has("recommendations"):
        raise WorkspaceError(
            "There is no plan yet.", record=str(workspace.folder), remedy="Make one: passend plan"
        )
    now, then = deciding(workspace), deciding(workspace, changes)
    plan = show_plan(workspace)
    since = changed_since(workspace, plan)
    settings = workspace.settings if "data" in since else _on_the_day_of(plan, workspace.settings)
    lessons: Lessons = {}
    with workspace.engine() as engine:
        load_compatibility(workspace, engine)
        run_steps(engine, steps_to_choice(), settings, progress)
        if since:
            progress.step("Planning with the rules as they are")
            before, made_before = _tried(engine, settings, now, lessons)
        else:
            offers = workspace.read("plan_offers")
            before, made_before = plan, made(offers.filter(pc.equal(offers["plan"], plan["plan"])))
        progress.step("Planning with the changes")
        after, made_after = _tried(engine, settings, then, lessons)
    found = compared((before, after), (made_before, made_after), after["limits"])
    return replace(found, changes=tuple(changes), since=since, plan=_figures(plan) if since else {})


def changed_since(workspace: Workspace, plan: Mapping[str, Any]) -> tuple[str, ...]:
    """What the plan was made of and is another now: rules, assumptions, data; in words."""
    tables = workspace.manifest.tables
    found = [words for name, words in _MADE_OF.items() if _is_later(tables, name)]
    if plan["changes"] or (plan["rules"] or "") != rules_text(workspace):
        found.append("rules")
    file = workspace.folder / "settings.toml"
    if file.exists() and datetime.fromtimestamp(file.stat().st_mtime, UTC) > plan["made_at"].replace(
        tzinfo=UTC
    ):
        found.append("assumptions")
    return tuple(dict.fromkeys(found))


def _is_later(tables: Mapping[str, Any], name: str) -> bool:
    return name in tables and tables[name].change > tables["plans"].change


def _on_the_day_of(plan: Mapping[str, Any], settings: Settings) -> Settings:
    return settings.changed({"customers.as_of": plan["as_of"].isoformat()}) if plan["as_of"] else settings


def _tried(
    engine: Engine, settings: Settings, how: "Deciding", lessons: "Lessons"
) -> tuple[dict[str, Any], pa.Table]:
    from passend.flow.deciding import choose_offers  # noqa: PLC0415 - heavy, see above

    plan = choose_offers(engine, settings, how, lessons)
    figures = dict(engine.fetch("plan_totals").to_pylist()[0])
    return {**figures, "limits": plan.limits_.to_pylist()}, made(engine.fetch("chosen_offers"))


def _figures(plan: Mapping[str, Any]) -> dict[str, Any]:
    names: Iterable[str] = ("plan", "made_at", "value_cents", "offers", "currency")
    return {name: plan[name] for name in names}
