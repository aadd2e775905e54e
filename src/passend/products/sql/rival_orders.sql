-- The orders with the rarer one of two rivals, to be searched for the commoner one.
-- grain: one order with the rarer one of a pair
-- reads: rivals, basket_products, order_cells
-- writes: rival_orders
with
usual as (
    select floor(quantile_cont(cast(cell % 8 as double), 0.9)) as width
    from order_cells
)
select
    r.product_id,
    r.other_id,
    r.commoner_id,
    b.order_id
from rivals r
join basket_products b on b.product_id = r.rarer_id
join order_cells o on o.order_id = b.order_id
cross join usual u
where o.cell % 8 <= u.width
