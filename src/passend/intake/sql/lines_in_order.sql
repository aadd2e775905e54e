-- The order lines in the order of their file, which is how things were put into the cart: what an evaluation needs.
-- grain: one line of an order
-- reads: lines, quarantine, currencies
-- writes: lines_in_order
select
    l.order_id,
    l.customer_id,
    l.product_id,
    l.ordered_at,
    l.sequence,
    l.quantity,
    cast(round(l.unit_price * coalesce(m.minor_units, 100)) as bigint) as unit_price_cents,
    l.row as line_number
from lines l
left join quarantine q on q.source_id = l.source_id and q.row = l.row
left join currencies m on m.currency = l.currency
where q.row is null and l.quantity > 0 and not l.is_cancelled
