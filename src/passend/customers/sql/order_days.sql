-- What each customer ordered on each day, in whole minor units: all that lifetime value has to know of the orders.
-- grain: one customer and day
-- reads: customer_orders
-- writes: order_days
with
dated as (
    select
        customer_id,
        date_trunc('day', ordered_at) as ordered_at,
        revenue_cents
    from customer_orders
    where ordered_at is not null
)
select
    customer_id,
    ordered_at,
    cast(sum(revenue_cents) as bigint) as revenue_cents
from dated
group by customer_id, ordered_at
