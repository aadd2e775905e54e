-- Rows that take a sale back by a negative amount of a positive number of pieces; what is dearer than the sale was is
-- a correction of the books.
-- grain: one row of a source
-- reads: lines, superseded_lines
-- writes: refund_lines
with
usable as (
    select l.*
    from lines l
    left join superseded_lines s on s.source_id = l.source_id and s.row = l.row
    where s.row is null and l.problem is null and l.quantity > 0 and not l.is_cancelled
),
negative as (
    select
        source_id,
        row,
        order_id,
        customer_id,
        product_id,
        ordered_at,
        -unit_price as unit_price
    from usable
    where unit_price < 0
),
given_back as (
    select distinct product_id
    from negative
),
sold as (
    select
        u.order_id,
        u.customer_id,
        u.product_id,
        min(u.ordered_at) as ordered_at,
        max(u.unit_price) as unit_price
    from usable u
    join given_back g on g.product_id = u.product_id
    where u.unit_price > 0
    group by u.order_id, u.customer_id, u.product_id
)
select distinct
    n.source_id,
    n.row
from negative n
join sold s
    on s.product_id = n.product_id
    and (s.order_id = n.order_id or s.customer_id = n.customer_id)
    and n.unit_price <= 1.01 * s.unit_price
    and coalesce(s.ordered_at <= n.ordered_at, true)
