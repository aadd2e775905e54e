-- What decisions need to know of each product: price, cost, and the usual amount of a purchase.
-- grain: one product
-- reads: products, orders
-- writes: decision_products
with
amounts as (
    select
        o.product_id,
        quantile_cont(cast(o.revenue_cents as double), 0.5) as usual_cents
    from orders o
    join products p on p.product_id = o.product_id
    where o.revenue_cents > 0 and not o.is_gift and coalesce(o.currency = p.currency, true)
    group by o.product_id
)
select
    p.product_id,
    p.category,
    p.price_cents,
    p.unit_cost_cents,
    p.currency,
    p.is_active,
    a.usual_cents
from products p
left join amounts a on a.product_id = p.product_id
