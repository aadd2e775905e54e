-- How dear a product is among its category's: 0 the cheapest, 1 the dearest, by the mean price paid until the
-- decision date. The price in the product list is today's, and would give the future away.
-- grain: one product that was sold
-- reads: orders, products, decision_date
-- writes: price_tiers
with
paid as (
    select
        o.product_id,
        coalesce(max(p.category), '') as category,
        cast(sum(o.revenue_cents) as double) / nullif(sum(o.quantity), 0) as price_cents
    from orders o
    cross join decision_date d
    left join products p on p.product_id = o.product_id
    where o.revenue_cents is not null and coalesce(o.currency = p.currency, true) and (o.ordered_at < d.as_of or (o.ordered_at is null and not d.is_given))
    group by o.product_id
)
select
    product_id,
    percent_rank() over (partition by category order by price_cents) as price_tier_share
from paid
