-- What a mail tool would claim: all that the contacted bought within five days of answering a contact. No comparison,
-- so it holds what would have been bought anyway.
-- grain: one cohort (week of first eligibility) of one phase of one campaign
-- reads: exposure_log, exposure_history, outcomes
-- writes: attributed
with
treated as (
    select
        e.campaign, e.phase, e.customer_id, e.eligible_at, h.window_days
    from exposure_log e
    join exposure_history h
        on h.campaign = e.campaign and h.phase = e.phase and h.customer_id = e.customer_id and h.arm = e.arm
    where e.arm = 'treated'
),
answered as (
    -- Few answer: who does is found before all that is bought is looked at.
    select distinct t.campaign, t.phase, t.customer_id, t.eligible_at, t.window_days, a.happened_at as answered_at
    from treated t
    join outcomes a
        on a.customer_id = t.customer_id and a.answers = 1
        and a.happened_at >= t.eligible_at and date_diff('day', t.eligible_at, a.happened_at) < t.window_days
),
claimed as (
    select distinct
        t.campaign, t.phase, date_trunc('week', t.eligible_at) as cohort, b.customer_id, b.order_id, b.product_id, b.happened_at,
        b.revenue_cents
    from answered t
    join outcomes b
        on b.customer_id = t.customer_id and b.order_id is not null
        and b.happened_at >= t.answered_at and b.happened_at < t.answered_at + interval 5 day
        and date_diff('day', t.eligible_at, b.happened_at) < t.window_days
)
select
    campaign,
    phase,
    cohort,
    count(distinct order_id) as orders,
    coalesce(sum(revenue_cents), 0.0) as revenue_cents
from claimed
group by campaign, phase, cohort
