-- What each eligible customer brought in the window from first eligibility on, contacted or not, and in the window
-- after it; and by what customers are told apart, as known before.
-- grain: one customer in one arm of one phase of one campaign
-- reads: exposure_log, exposure_history, exposure_lines, campaign_goals, decision_date, customers, products
-- writes: exposure_outcomes
with
eligible as (
    select
        e.campaign,
        e.phase,
        e.customer_id,
        e.arm,
        e.eligible_at,
        e.exposed_at,
        e.is_contacted,
        e.chance,
        e.product_id,
        coalesce(e.channel, 'any') as channel,
        case when h.orders_before = 0 then 'no order of late' when h.orders_before = 1 then 'one order'
            else 'several orders' end as kind,
        case h.relation when 1 then 'complement' when 2 then 'next' when 3 then 'upgrade' when 4 then 'service'
            when 5 then 'substitute' else 'no known relation' end as relation,
        coalesce(e.product_id, 'unknown') as product,
        coalesce(e.variant, 'unknown') as variant,
        coalesce(p.category, 'unknown') as category,
        coalesce(c.region, 'unknown') as region,
        coalesce(c.segment, 'unknown') as segment,
        coalesce(c.language, 'unknown') as language,
        g.window_days,
        g.cap_cents,
        least(h.before_cents, case when g.cap_cents > 0 then g.cap_cents * 4 else h.before_cents end) as before_cents,
        date_diff('day', e.eligible_at, d.as_of) as days_open
    from exposure_log e
    join exposure_history h
        on h.campaign = e.campaign and h.phase = e.phase and h.customer_id = e.customer_id and h.arm = e.arm
    join campaign_goals g on g.campaign = e.campaign
    cross join decision_date d
    left join customers c on c.customer_id = e.customer_id
    left join products p on p.product_id = e.product_id
    where e.eligible_at < d.as_of
),
summed as (
    select
        o.campaign,
        o.phase,
        o.customer_id,
        o.arm,
        sum(case when o.days_after < o.window_days then o.orders else 0 end) as orders,
        sum(case when o.days_after < o.window_days then o.revenue_cents else 0 end) as revenue_cents,
        sum(case when o.days_after < o.window_days then o.returned_cents else 0 end) as returned_cents,
        sum(case when o.days_after < o.window_days then o.contribution_cents else 0 end) as contribution_cents,
        sum(
            case when o.days_after < o.window_days and coalesce(o.product_id <> o.offered_id, true)
                then o.revenue_cents else 0 end
        ) as other_cents,
        sum(case when o.days_after >= o.window_days then o.contribution_cents else 0 end) as later_cents,
        sum(case when o.days_after < o.window_days then o.contact_cents else 0 end) as contact_cents,
        sum(case when o.days_after < o.window_days then o.complaints else 0 end) as complaints,
        sum(case when o.days_after * 2 < o.window_days then o.orders else 0 end) as early,
        sum(
            case when o.days_after < o.window_days and o.days_after * 2 >= o.window_days then o.orders else 0 end
        ) as late
    from exposure_lines o
    group by o.campaign, o.phase, o.customer_id, o.arm
)
select
    e.campaign,
    e.phase,
    e.customer_id,
    e.arm,
    e.eligible_at,
    e.exposed_at,
    e.is_contacted,
    e.chance,
    e.channel,
    e.kind,
    e.relation,
    e.product,
    e.category,
    e.variant,
    e.region,
    e.segment,
    e.language,
    date_trunc('week', e.eligible_at) as cohort,
    e.days_open >= e.window_days as is_closed,
    e.days_open >= 2 * e.window_days as is_later_closed,
    e.days_open < e.window_days + $returns_days as is_provisional,
    e.before_cents,
    cast(coalesce(s.orders, 0) as double) as orders,
    coalesce(s.revenue_cents, 0.0) as revenue_cents,
    coalesce(s.returned_cents, 0.0) as returned_cents,
    coalesce(s.contribution_cents, 0.0) as contribution_cents,
    case when e.cap_cents > 0 then least(coalesce(s.contribution_cents, 0.0), e.cap_cents)
        else coalesce(s.contribution_cents, 0.0) end as capped_cents,
    coalesce(s.other_cents, 0.0) as other_cents,
    case when e.cap_cents > 0 then least(coalesce(s.later_cents, 0.0), e.cap_cents)
        else coalesce(s.later_cents, 0.0) end as later_cents,
    coalesce(s.contact_cents, 0.0) as contact_cents,
    cast(coalesce(s.complaints, 0) as double) as complaints,
    cast(coalesce(s.early, 0) as double) as early,
    cast(coalesce(s.late, 0) as double) as late
from eligible e
left join summed s
    on s.campaign = e.campaign and s.phase = e.phase and s.customer_id = e.customer_id and s.arm = e.arm
