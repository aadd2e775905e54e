-- Everything that eligible customers brought or cost from first eligibility on, in the window and in the one after it.
-- grain: one outcome of one customer in one arm of one phase of one campaign
-- reads: exposure_log, campaign_goals, outcomes, decision_date
-- writes: exposure_lines
select
    e.campaign, e.phase, e.customer_id, e.arm, e.eligible_at, g.window_days, e.product_id as offered_id,
    date_diff('day', e.eligible_at, o.happened_at) as days_after,
    o.happened_at, o.orders, o.product_id, o.revenue_cents, o.returned_cents, o.contact_cents, o.complaints,
    o.revenue_cents - o.returned_cents - o.goods_cents - o.service_cents as contribution_cents
from exposure_log e
join campaign_goals g on g.campaign = e.campaign
cross join decision_date d
join outcomes o on o.customer_id = e.customer_id
where
    e.eligible_at < d.as_of
    and o.happened_at >= e.eligible_at
    and date_diff('day', e.eligible_at, o.happened_at) < 2 * g.window_days
