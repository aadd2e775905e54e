-- The goal of each campaign: as frozen before its start; where nobody did, the usual one, tuned to the customers of
-- the first week, and a cap at what 99 of 100 buyers had not exceeded before the start. None of it hangs on outcomes.
-- grain: one campaign
-- reads: exposure_history, goals
-- writes: campaign_goals
with
starts as (
    select campaign, min(eligible_at) as first_at
    from exposure_history
    group by campaign
),
usual as (
    select
        h.campaign,
        max(h.window_days) as window_days,
        count(distinct case when date_diff('day', s.first_at, h.eligible_at) < 7 then h.customer_id end) as people,
        -- In whole cents, so that sums of what is capped are exact in whatever order they are added up.
        round(quantile_cont(case when h.window_cents > 0 then h.window_cents end, 0.99)) as cap_cents
    from exposure_history h
    join starts s on s.campaign = h.campaign
    group by h.campaign
)
select
    u.campaign,
    coalesce(g.target_cents, 0.0) as target_cents,
    cast(u.window_days as bigint) as window_days,
    coalesce(g.planned_people, cast(u.people as double)) as planned_people,
    cast(coalesce(g.planned_days, $planned_days) as bigint) as planned_days,
    coalesce(g.look_rule, $look_rule) as look_rule,
    coalesce(g.cap_cents, u.cap_cents, 0.0) as cap_cents,
    g.frozen_at
from usual u
left join goals g on g.campaign = u.campaign
