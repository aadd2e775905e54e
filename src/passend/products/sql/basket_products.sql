-- What counts as chosen together: each product once per order, without gifts and without what came back.
-- grain: one product in one order
-- reads: orders
-- writes: basket_products
with
kept as (
    select
        order_id,
        product_id,
        max(customer_id) as customer_id,
        min(ordered_at) as ordered_at,
        min(sequence) as sequence
    from orders
    where not is_gift
    group by order_id, product_id
    having sum(quantity - returned_quantity) > 0
),
sizes as (
    select
        order_id,
        count(*) as size
    from kept
    group by order_id
)
select
    k.order_id,
    k.product_id,
    k.customer_id,
    k.ordered_at,
    k.sequence,
    s.size
from kept k
join sizes s on s.order_id = k.order_id
