"""A new day of results: only cohorts of customers of whom something changed are summed up anew.

A cohort is those who became eligible in one week of one phase of a campaign. Its sums hang on its exposures, on its
goal, and on what its customers brought from the start of their history to the end of their windows. A stamp of all
these tells whether anything of it changed, a return that came late among it. Once windows and returns are closed, the
calendar changes nothing any more, and sums whose stamp is the same are taken as they were kept.

The statements are DuckDB's own (its hash is no other engine's); another engine sums up all cohorts each time.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from passend.flow.steps import statement
from passend.ports import Engine, Statement
from passend.settings import Settings

#: The results room's own tables, in their order, from the exposure log on.
FROM_LOG = (
    "exposure_history", "campaign_goals", "exposure_lines", "exposure_outcomes", "effect_sums", "slice_sums",
    "exposure_tallies", "exposure_days", "attributed",
)  # fmt: skip
#: Sums by cohort: what is kept, and merged with those that are made anew.
BY_COHORT = ("effect_sums", "slice_sums", "exposure_tallies", "exposure_days", "attributed")
STAMPS = "cohort_stamps"
KEPT = (*BY_COHORT, STAMPS)

#: What a day of outcomes says in one number, which does not hang on the order of rows.
_DAYS = """
select cast(happened_at as date) as day, sum(hash(outcomes)) as mark from outcomes group by cast(happened_at as date)
"""
#: What the exposures of a cohort say in one number.
_COHORTS = """
select
    campaign, phase, date_trunc('week', eligible_at) as cohort, min(eligible_at) as first_at,
    max(eligible_at) as last_at, sum(hash(exposure_log)) as mark
from exposure_log
group by campaign, phase, date_trunc('week', eligible_at)
"""
_STAMPS = """
with
judged as (
    select
        c.campaign, c.phase, c.cohort, c.mark, g.window_days, g.cap_cents,
        cast(c.first_at as date) - to_days(cast($history_days as integer)) as since,
        cast(c.last_at as date) + to_days(cast(2 * g.window_days as integer)) as until,
        date_diff('day', c.last_at, d.as_of) >= greatest(2 * g.window_days, g.window_days + $returns_days) as is_settled
    from cohorts c
    join {goals} g on g.campaign = c.campaign
    cross join decision_date d
),
brought as (
    select j.campaign, j.phase, j.cohort, sum(o.mark) as mark
    from judged j
    join outcome_days o on o.day >= j.since and o.day <= j.until
    group by j.campaign, j.phase, j.cohort
)
select
    j.campaign, j.phase, j.cohort, j.is_settled,
    cast(
        hash($recipe, j.mark, j.window_days, j.cap_cents, coalesce(b.mark, 0)) % 4611686018427387847 as bigint
    ) as stamp
from judged j
left join brought b on b.campaign = j.campaign and b.phase = j.phase and b.cohort = j.cohort
"""
#: Cohorts whose kept sums cannot be taken. Who is in both arms may be so across two cohorts: always anew.
_CHANGED = """
select c.campaign, c.phase, c.cohort
from cohorts c
left join new_stamps n on n.campaign = c.campaign and n.phase = c.phase and n.cohort = c.cohort
left join former_cohort_stamps f on f.campaign = c.campaign and f.phase = c.phase and f.cohort = c.cohort
where not coalesce(n.stamp = f.stamp and n.is_settled and f.is_settled, false)
union
select campaign, phase, cohort from former_exposure_tallies where in_both > 0
"""
_STALE = """
select campaign, phase, cohort from changed_cohorts
union
select e.campaign, e.phase, date_trunc('week', e.eligible_at) as cohort
from exposure_log e
join changed_log c on c.campaign = e.campaign and c.phase = e.phase and c.customer_id = e.customer_id and c.arm <> e.arm
"""
_LOG = """
select e.* from exposure_log e
join {cohorts} s on s.campaign = e.campaign and s.phase = e.phase and s.cohort = date_trunc('week', e.eligible_at)
"""
_OUTCOMES = """
select o.* from outcomes o
where
    o.happened_at >= (select cast(min(eligible_at) as date) - to_days(cast($history_days as integer)) from stale_log)
    and o.customer_id in (select customer_id from stale_log)
"""
_MERGED = """
select * from {name}
union all by name
select f.* from former_{name} f
semi join new_stamps n on n.campaign = f.campaign and n.phase = f.phase and n.cohort = f.cohort
anti join stale_cohorts s on s.campaign = f.campaign and s.phase = f.phase and s.cohort = f.cohort
"""
_GOALS = """
select * from campaign_goals
union all by name
select g.* from goals g
semi join new_stamps n on n.campaign = g.campaign
anti join campaign_goals c on c.campaign = g.campaign
"""


def sum_up(engine: Engine, settings: Settings, former: Mapping[str, Sequence[Path]] | None = None) -> int:
    """Make the sums by cohort, and all that leads to them; returns how many cohorts were summed up anew.

    Args:
        engine: holds ``exposure_log``, ``outcomes``, ``goals`` and ``decision_date``.
        settings: of the results.
        former: the files of the tables ``KEPT``, from the last time; everything is made anew without.
    """
    engine.create("firm_days", statement("results", "firm_days", settings))
    if engine.name != "duckdb":
        _make(engine, settings)
        return len(engine.fetch("exposure_tallies").group_by(["campaign", "phase", "cohort"]).aggregate([]))
    for name, text in (("outcome_days", _DAYS), ("cohorts", _COHORTS)):
        engine.create(name, Statement(f"cohorts/{name}", text))
    if former is None:
        _make(engine, settings)
        return _stamp(engine, settings, STAMPS, "campaign_goals")
    for name, files in former.items():
        engine.load(f"former_{name}", files)
    _stamp(engine, settings, "new_stamps", "goals")
    anew = _put_settled_aside(engine, settings)
    _make(engine, settings)
    for name in BY_COHORT:
        _replace(engine, name, _MERGED.format(name=name))
    _replace(engine, "campaign_goals", _GOALS)
    _stamp(engine, settings, STAMPS, "campaign_goals")
    return anew


def _put_settled_aside(engine: Engine, settings: Settings) -> int:
    """Leave in the engine only what concerns cohorts that are summed up anew; returns how many these are."""
    history = {"history_days": settings.whole("results.history_days")}
    changed = engine.create("changed_cohorts", Statement("cohorts/changed", _CHANGED))
    engine.create("changed_log", Statement("cohorts/log", _LOG.format(cohorts="changed_cohorts")))
    anew = engine.create("stale_cohorts", Statement("cohorts/stale", _STALE))
    whole = _LOG.format(cohorts="stale_cohorts") if anew > changed else "select * from changed_log"
    engine.create("stale_log", Statement("cohorts/log", whole))
    _replace(engine, "outcomes", _OUTCOMES, history)
    _replace(engine, "exposure_log", "select * from stale_log")
    return anew


def _replace(engine: Engine, name: str, text: str, values: Mapping[str, int] | None = None) -> None:
    """Make a table from what it was and others."""
    engine.create("in_its_place", Statement(f"cohorts/{name}", text, values or {}))
    engine.create(name, Statement(f"cohorts/{name}", "select * from in_its_place"))


def _make(engine: Engine, settings: Settings) -> None:
    for name in FROM_LOG:
        engine.create(name, statement("results", name, settings))


def _stamp(engine: Engine, settings: Settings, name: str, goals: str) -> int:
    values: dict[str, str | int | float | bool | None] = {
        "history_days": settings.whole("results.history_days"),
        "returns_days": settings.whole("results.returns_days"), "recipe": _recipe(settings),
    }  # fmt: skip
    return engine.create(name, Statement(f"cohorts/{name}", _STAMPS.format(goals=goals), values))


def _recipe(settings: Settings) -> str:
    """A hash of all that the sums hang on, but for exposures, outcomes, goals and the date."""
    parts: list[object] = [duckdb.__version__, _DAYS, _COHORTS, _STAMPS]
    for name in FROM_LOG:
        asked = statement("results", name, settings)
        parts.append((asked.text, sorted(asked.values.items())))
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()
