-- What decisions need to know of each product: price, cost, and the usual amount of a purchase.
-- grain: one product
-- reads: products, orders
-- writes: decision_products
with
amounts as (
    select
        product_id,
        quantile_cont(cast(revenue_cents as double), 0.5) as usual_cents
    from orders
    where revenue_cents > 0 and not is_gift
    group by product_id
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
