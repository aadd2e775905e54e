-- What each customer bought and kept, how often, and when last.
-- grain: one product of one customer
-- reads: orders
-- writes: bought_products
select
    customer_id,
    product_id,
    count(distinct order_id) as times,
    cast(max(ordered_at) as date) as last_on
from orders
where customer_id is not null and quantity > returned_quantity
group by customer_id, product_id
