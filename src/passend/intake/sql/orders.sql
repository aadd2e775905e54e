-- The orders as the other rooms read them: sales with the pieces that came back.
-- grain: one line of an order
-- reads: sales, returns
-- writes: orders
with
came_back as (
    select
        order_id,
        order_line,
        sum(quantity) as quantity
    from returns
    where order_line is not null
    group by order_id, order_line
)
select
    s.order_id,
    s.line,
    s.customer_id,
    s.product_id,
    s.ordered_at,
    s.sequence,
    s.quantity,
    least(s.quantity, coalesce(c.quantity, 0)) as returned_quantity,
    s.unit_price_cents,
    s.discount_cents,
    s.revenue_cents,
    s.currency,
    s.channel,
    s.is_gift
from sales s
left join came_back c on c.order_id = s.order_id and c.order_line = s.line
