-- Who has which product, paid or free, and has not sent all of it back: gifts, free parts and the parts of a set count
-- here, though they say nothing about what a customer wants.
-- grain: one product of one customer
-- reads: orders
-- writes: owned_products
select
    customer_id,
    product_id,
    count(*) as lines,
    max(ordered_at) as last_bought_at
from orders
where customer_id is not null and quantity > returned_quantity
group by customer_id, product_id
