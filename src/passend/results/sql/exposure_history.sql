-- What each eligible customer had brought before becoming eligible: over the history, which takes chance out of the
-- comparison, and over as many days as will be measured, from which the cap of amounts is taken. And the closest relation
-- of what was bought to the product that is offered first.
-- grain: one customer in one arm of one phase of one campaign
-- reads: exposure_log, outcomes, goals, relations
-- writes: exposure_history
with
windows as (
    select
        e.campaign, e.phase, e.customer_id, e.arm, e.eligible_at, e.product_id,
        coalesce(g.window_days, $window_days) as window_days
    from exposure_log e
    left join goals g on g.campaign = e.campaign
),
pairs as (
    select
        product_id,
        other_id,
        min(
            case type when 'complement' then 1 when 'next' then 2 when 'upgrade' then 3 when 'service' then 4 else 5 end
        ) as relation
    from relations
    group by product_id, other_id
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
    cast(coalesce(sum(o.orders), 0) as bigint) as orders_before,
    min(p.relation) as relation
from windows w
left join outcomes o
    on o.customer_id = w.customer_id
    and o.happened_at < w.eligible_at
    and date_diff('day', o.happened_at, w.eligible_at) <= $history_days
left join pairs p on p.product_id = o.product_id and p.other_id = w.product_id
group by w.campaign, w.phase, w.customer_id, w.arm, w.eligible_at, w.window_days
