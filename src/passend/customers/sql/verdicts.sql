-- Whether to make a customer an offer at all. Heavy returners are left alone: selling them more sells returns.
-- The returned share is pulled towards the firm's average with the weight of the firm's average order times
-- return_orders, so that one return never brands a customer.
-- grain: one customer
-- reads: customer_facts, recommendations
-- writes: verdicts
with
firm as (
    select
        coalesce(cast(sum(returned_cents) as double) / nullif(sum(revenue_cents), 0), 0) as returned_share,
        coalesce(cast(sum(revenue_cents) as double) / nullif(sum(orders), 0), 0) as order_value
    from customer_facts
),
offered as (
    select customer_id
    from recommendations
    group by customer_id
),
shares as (
    select
        c.customer_id,
        c.orders,
        c.orders_with_returns,
        coalesce(
            (c.returned_cents + f.returned_share * f.order_value * $return_orders)
            / nullif(c.revenue_cents + f.order_value * $return_orders, 0),
            0
        ) as returned_share,
        o.customer_id is not null as has_offer
    from customer_facts c
    cross join firm f
    left join offered o on o.customer_id = c.customer_id
)
select
    customer_id,
    case
        when returned_share >= $return_share and orders_with_returns >= $return_orders then 'leave alone'
        when not has_offer then 'nothing fits'
        else 'offer'
    end as verdict,
    returned_share,
    case
        when returned_share >= $return_share and orders_with_returns >= $return_orders
            then 'returned something from ' || orders_with_returns || ' of ' || orders || ' orders, about '
            || cast(round(returned_share * 100) as bigint) || ' % of the value'
        when not has_offer then 'no product is known to go with what this customer bought'
        else 'returns little enough, and products fit'
    end as reason
from shares
