-- Rows with the same content as an earlier one, in sources that state quantities. (Where a source states none,
-- each identical row is one more piece. Lines that a further column tells apart are different pieces.)
-- grain: one row of a source that repeats another
-- reads: lines, imports, superseded_lines
-- writes: repeated_lines
with
judged as (
    select l.*
    from lines l
    join imports i on i.source_id = l.source_id
    left join superseded_lines s on s.source_id = l.source_id and s.row = l.row
    where s.row is null and $drop_duplicates and not i.counts_pieces and l.problem is null
),
-- Few orders hold a product twice: only their lines are compared as a whole.
twice as (
    select
        order_id,
        product_id
    from judged
    group by order_id, product_id
    having count(*) > 1
),
suspects as (
    select j.*
    from judged j
    join twice t on t.order_id = j.order_id and t.product_id = j.product_id
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
