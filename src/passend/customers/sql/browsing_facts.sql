-- What a customer looked for without buying it (yet): searches, views, carts, and what was left in the cart.
-- grain: one customer with events
-- reads: events, orders, decision_date
-- writes: browsing_facts
with
looked as (
    select
        e.customer_id,
        e.event_id,
        e.kind,
        e.product_id,
        e.happened_at,
        d.as_of
    from events e
    cross join decision_date d
    where e.customer_id is not null and e.happened_at < d.as_of
),
last_bought as (
    select
        o.customer_id,
        o.product_id,
        max(o.ordered_at) as ordered_at
    from orders o
    cross join decision_date d
    where o.ordered_at < d.as_of and o.customer_id is not null
    group by o.customer_id, o.product_id
)
select
    l.customer_id,
    count(*) filter (where l.kind = 'search') as searches,
    count(*) filter (where l.kind = 'view') as views,
    count(*) filter (where l.kind = 'cart') as carts,
    count(*) filter (where l.kind = 'abandon') as abandons,
    count(distinct case
        when l.kind in ('search', 'view', 'abandon') and l.product_id is not null
        and coalesce(b.ordered_at < l.happened_at, true) then l.product_id
    end) as products_wanted,
    count(*) filter (where date_diff('day', l.happened_at, l.as_of) <= 30) as events_30_days,
    min(date_diff('day', l.happened_at, l.as_of)) as last_event_days
from looked l
left join last_bought b on b.customer_id = l.customer_id and b.product_id = l.product_id
group by l.customer_id
