-- The size of the business in the data.
-- grain: the whole firm
-- reads: orders, products
-- writes: totals
select
    (select count(distinct order_id) from orders) as orders,
    (select count(*) from orders) as lines,
    (select count(distinct customer_id) from orders) as customers,
    (select count(distinct order_id) from orders where customer_id is null) as guest_orders,
    (select count(*) from products) as products,
    (select count(*) from products where unit_cost_cents is not null) as products_with_cost,
    (select count(*) from products where category is not null) as products_with_category,
    (select count(*) from orders where unit_price_cents is not null) as lines_with_price,
    (select count(*) from orders where is_gift) as gifts,
    (select sum(returned_quantity) from orders) as returned_pieces,
    (select min(ordered_at) from orders) as first_at,
    (select max(ordered_at) from orders) as last_at
