-- Lines of orders that hold a product more than once. They are few, so only they are compared as a whole; all other
-- lines of an order are told apart by their product alone.
-- grain: one line of an order that has another line of the same product
-- reads: lines, superseded_lines
-- writes: same_product_lines
with
several as (
    select
        l.order_id,
        l.product_id
    from lines l
    left join superseded_lines s on s.source_id = l.source_id and s.row = l.row
    where s.row is null and l.problem is null
    group by l.order_id, l.product_id
    having count(*) > 1
)
select
    l.source_id,
    l.row,
    l.order_id,
    l.customer_id,
    l.product_id,
    l.ordered_at,
    l.sequence,
    l.quantity,
    l.unit_price,
    l.discount,
    l.currency,
    l.is_cancelled,
    l.option,
    row_number() over (
        partition by l.order_id, l.product_id
        order by l.ordered_at, l.quantity, l.unit_price, l.customer_id, l.discount, l.source_id, l.row
    ) as place
from lines l
join several v on v.order_id = l.order_id and v.product_id = l.product_id
left join superseded_lines s on s.source_id = l.source_id and s.row = l.row
where s.row is null and l.problem is null
