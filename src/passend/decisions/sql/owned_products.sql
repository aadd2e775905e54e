-- Who has which product, and has not sent all of it back.
-- grain: one product of one customer
-- reads: orders
-- writes: owned_products
select
    customer_id,
    product_id,
    count(*) as lines
from orders
where customer_id is not null and quantity > returned_quantity
group by customer_id, product_id
