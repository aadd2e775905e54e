-- The sums behind the profit of groups of customers: by channel, kind of customer and so on, each of them as known before
-- the first eligibility. They can be added up over cohorts.
-- grain: one arm of one cohort (week of first eligibility) and one value of one slice
-- reads: exposure_outcomes
-- writes: slice_sums
with
grouped as (
    select campaign, phase, arm, cohort, 'channel' as slice, channel as slice_value, capped_cents as y, before_cents as x,
        contact_cents
    from exposure_outcomes
    union all
    select campaign, phase, arm, cohort, 'kind' as slice, kind as slice_value, capped_cents as y, before_cents as x,
        contact_cents
    from exposure_outcomes
    union all
    select campaign, phase, arm, cohort, 'product' as slice, product as slice_value, capped_cents as y, before_cents as x,
        contact_cents
    from exposure_outcomes
    union all
    select campaign, phase, arm, cohort, 'category' as slice, category as slice_value, capped_cents as y, before_cents as x,
        contact_cents
    from exposure_outcomes
    union all
    select campaign, phase, arm, cohort, 'relation' as slice, relation as slice_value, capped_cents as y, before_cents as x,
        contact_cents
    from exposure_outcomes
    union all
    select campaign, phase, arm, cohort, 'variant' as slice, variant as slice_value, capped_cents as y, before_cents as x,
        contact_cents
    from exposure_outcomes
    union all
    select campaign, phase, arm, cohort, 'region' as slice, region as slice_value, capped_cents as y, before_cents as x,
        contact_cents
    from exposure_outcomes
    union all
    select campaign, phase, arm, cohort, 'segment' as slice, segment as slice_value, capped_cents as y, before_cents as x,
        contact_cents
    from exposure_outcomes
    union all
    select campaign, phase, arm, cohort, 'language' as slice, language as slice_value, capped_cents as y, before_cents as x,
        contact_cents
    from exposure_outcomes
)
select
    campaign,
    phase,
    arm,
    cohort,
    slice,
    slice_value,
    cast(count(*) as double) as people,
    cast(count(*) filter (where y <> 0) as double) as active,
    sum(y) as total,
    sum(y * y) as squares,
    sum(x) as before,
    sum(x * x) as before_squares,
    sum(x * y) as products,
    sum(contact_cents) as contact_cents
from grouped
group by campaign, phase, arm, cohort, slice, slice_value
