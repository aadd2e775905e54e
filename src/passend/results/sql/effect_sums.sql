-- Sums over the customers of each arm: all that the comparison needs. They can be added up over cohorts.
-- grain: one outcome of one arm of one cohort (week of first eligibility)
-- reads: exposure_outcomes
-- writes: effect_sums
with
measured as (
    select campaign, phase, arm, cohort, 'contribution' as metric, capped_cents as y, before_cents as x
    from exposure_outcomes
    union all
    select campaign, phase, arm, cohort, 'uncapped' as metric, contribution_cents as y, before_cents as x
    from exposure_outcomes
    union all
    select campaign, phase, arm, cohort, 'revenue' as metric, revenue_cents as y, before_cents as x
    from exposure_outcomes
    union all
    select campaign, phase, arm, cohort, 'orders' as metric, orders as y, before_cents as x
    from exposure_outcomes
    union all
    select campaign, phase, arm, cohort, 'returns' as metric, returned_cents as y, before_cents as x
    from exposure_outcomes
    union all
    select campaign, phase, arm, cohort, 'other products' as metric, other_cents as y, before_cents as x
    from exposure_outcomes
    union all
    select campaign, phase, arm, cohort, 'contacts' as metric, contact_cents as y, before_cents as x
    from exposure_outcomes
    union all
    select campaign, phase, arm, cohort, 'complaints' as metric, complaints as y, before_cents as x
    from exposure_outcomes
    union all
    select campaign, phase, arm, cohort, 'later' as metric, later_cents as y, before_cents as x
    from exposure_outcomes
    where is_later_closed
)
select
    campaign,
    phase,
    arm,
    cohort,
    metric,
    cast(count(*) as double) as people,
    cast(count(*) filter (where y <> 0) as double) as active,
    sum(y) as total,
    sum(y * y) as squares,
    sum(x) as before,
    sum(x * x) as before_squares,
    sum(x * y) as products,
    max(y) as largest,
    min(y) as smallest
from measured
group by campaign, phase, arm, cohort, metric
