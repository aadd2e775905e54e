-- The first time each customer bought each product, and how often since.
-- grain: one customer and product
-- reads: basket_products
-- writes: first_purchases
select
    customer_id,
    product_id,
    min(cast(ordered_at as date)) as first_day,
    max(cast(ordered_at as date)) as last_day,
    min(sequence) as first_sequence,
    max(sequence) as last_sequence,
    count(*) as orders
from basket_products
where customer_id is not null
group by customer_id, product_id
