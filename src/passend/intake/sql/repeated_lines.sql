-- Rows with the same content as an earlier one, in sources that state quantities. (Where a source states none,
-- each identical row is one more piece. Lines that a further column tells apart are different pieces.)
-- grain: one row of a source that repeats another
-- reads: same_product_lines, imports
-- writes: repeated_lines
with
suspects as (
    select l.*
    from same_product_lines l
    join imports i on i.source_id = l.source_id
    where $drop_duplicates and not i.counts_pieces
),
groups as (
    select
        order_id, customer_id, product_id, ordered_at, sequence, quantity, unit_price, discount, currency,
        is_cancelled, option
    from suspects
    group by
        order_id, customer_id, product_id, ordered_at, sequence, quantity, unit_price, discount, currency,
        is_cancelled, option
    having count(*) > 1
),
copies as (
    select
        j.source_id,
        j.row,
        row_number() over (
            partition by
                j.order_id, j.customer_id, j.product_id, j.ordered_at, j.sequence, j.quantity, j.unit_price,
                j.discount, j.currency, j.is_cancelled, j.option
            order by i.imported_at, j.source_id, j.row
        ) as copy
    from suspects j
    join imports i on i.source_id = j.source_id
    join groups g
        on g.order_id = j.order_id
        and g.product_id = j.product_id
        and g.quantity = j.quantity
        and g.is_cancelled = j.is_cancelled
        and g.customer_id is not distinct from j.customer_id
        and g.ordered_at is not distinct from j.ordered_at
        and g.sequence is not distinct from j.sequence
        and g.unit_price is not distinct from j.unit_price
        and g.discount is not distinct from j.discount
        and g.currency is not distinct from j.currency
        and g.option is not distinct from j.option
)
select
    source_id,
    row
from copies
where copy > 1
