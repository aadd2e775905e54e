-- Rows that take a sale back by a negative amount of a positive number of pieces; what is dearer than the sale was is
-- a correction of the books.
-- grain: one row of a source
-- reads: lines, superseded_lines
-- writes: refund_lines
with
negative as (
    select
        l.source_id,
        l.row,
        l.order_id,
        l.customer_id,
        l.product_id,
        l.ordered_at,
        -l.unit_price as unit_price
    from lines l
    left join superseded_lines s on s.source_id = l.source_id and s.row = l.row
    where s.row is null and l.problem is null and l.quantity > 0 and not l.is_cancelled and l.unit_price < 0
),
given_back as (
    select distinct product_id
    from negative
),
sold as (
    select
        l.order_id,
        l.customer_id,
        l.product_id,
        min(l.ordered_at) as ordered_at,
        max(l.unit_price) as unit_price
    from lines l
    join given_back g on g.product_id = l.product_id
    left join superseded_lines s on s.source_id = l.source_id and s.row = l.row
    where s.row is null and l.problem is null and l.quantity > 0 and not l.is_cancelled and l.unit_price > 0
    group by l.order_id, l.customer_id, l.product_id
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
