-- How many orders each arm had on each day of the calendar, within the windows: days that one arm lacks show.
-- grain: one day of one arm of one cohort (week of first eligibility)
-- reads: exposure_lines
-- writes: exposure_days
select
    campaign,
    phase,
    arm,
    date_trunc('week', eligible_at) as cohort,
    date_trunc('day', happened_at) as day,
    cast(sum(orders) as double) as orders
from exposure_lines
where days_after < window_days and orders > 0
group by campaign, phase, arm, date_trunc('week', eligible_at), date_trunc('day', happened_at)
