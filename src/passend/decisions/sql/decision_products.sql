-- What decisions need to know of each product: names, price, cost, pieces of a usual purchase, stock.
-- grain: one product
-- reads: products, orders, decision_date
-- writes: decision_products
with
known as (
    select
        o.product_id,
        o.quantity,
        o.revenue_cents,
        o.currency,
        o.is_gift
    from orders o
    cross join decision_date d
    where o.ordered_at < d.as_of or (o.ordered_at is null and not d.is_given)
),
sold as (
    select
        product_id,
        count(*) as orders
    from known
    group by product_id
),
pieces as (
    select
        k.product_id,
        quantile_cont(cast(k.quantity as double), 0.5) as usual_pieces,
        quantile_cont(cast(k.revenue_cents as double), 0.5) as usual_cents
    from known k
    join products p on p.product_id = k.product_id
    where k.revenue_cents > 0 and not k.is_gift and k.quantity > 0 and coalesce(k.currency = p.currency, true)
    group by k.product_id
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
    coalesce(s.orders, 0) as orders,
    a.usual_pieces,
    a.usual_cents
from products p
left join sold s on s.product_id = p.product_id
left join pieces a on a.product_id = p.product_id
