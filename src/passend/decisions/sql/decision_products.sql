-- What decisions need to know of each product: names, price, cost, pieces of a usual purchase, stock.
-- grain: one product
-- reads: products, orders
-- writes: decision_products
with
pieces as (
    select
        product_id,
        quantile_cont(cast(quantity as double), 0.5) as usual_pieces,
        quantile_cont(cast(revenue_cents as double), 0.5) as usual_cents
    from orders
    where revenue_cents > 0 and not is_gift and quantity > 0
    group by product_id
)
select
    p.product_id,
    p.name,
    p.category,
    p.kind,
    p.price_cents,
    p.unit_cost_cents,
    p.currency,
    p.is_active and coalesce(p.stock > 0 or p.kind <> 'good', true) as is_active,
    p.orders,
    a.usual_pieces,
    a.usual_cents
from products p
left join pieces a on a.product_id = p.product_id
