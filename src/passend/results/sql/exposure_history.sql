-- What each eligible customer had brought before becoming eligible: over the history, which takes chance out of the
-- comparison, and over as many days as will be measured, from which the cap of amounts is taken.
-- grain: one customer in one arm of one phase of one campaign
-- reads: exposure_log, outcomes, goals
-- writes: exposure_history
with
windows as (
    select
        e.campaign, e.phase, e.customer_id, e.arm, e.eligible_at,
        coalesce(g.window_days, $window_days) as window_days
    from exposure_log e
    left join goals g on g.campaign = e.campaign
)
select
    w.campaign,
    w.phase,
    w.customer_id,
    w.arm,
    w.eligible_at,
    w.window_days,
    coalesce(sum(o.revenue_cents - o.returned_cents - o.goods_cents - o.service_cents), 0.0) as before_cents,
    coalesce(
        sum(
            case when date_diff('day', o.happened_at, w.eligible_at) <= w.window_days
                then o.revenue_cents - o.returned_cents - o.goods_cents - o.service_cents else 0 end
        ), 0.0
    ) as window_cents,
    cast(coalesce(sum(o.orders), 0) as bigint) as orders_before
from windows w
left join outcomes o
    on o.customer_id = w.customer_id
    and o.happened_at < w.eligible_at
    and date_diff('day', o.happened_at, w.eligible_at) <= $history_days
group by w.campaign, w.phase, w.customer_id, w.arm, w.eligible_at, w.window_days
