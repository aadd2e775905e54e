-- Which rows of a source are new. A row is known when the lines already hold as many rows with the same
-- content as the source had up to it, so a file that has grown adds only what it has grown by. Of an order that says
-- something else than before, all rows are new: the newer export then stands for the whole order.
-- grain: one row of the source that was not known before
-- reads: new_lines, new_import, lines, imports
-- writes: added_lines
with
touched as (
    select
        order_id,
        true as is_touched
    from lines
    group by order_id
),
-- Rows of orders that no line tells of yet are new; only the others are compared.
numbered as (
    select
        n.*,
        row_number() over (
            partition by
                n.order_id, n.customer_id, n.product_id, n.ordered_at, n.sequence, n.quantity, n.unit_price, n.discount,
                n.order_discount, n.all_discounts, n.returned_quantity, n.refund, n.currency, n.is_cancelled,
                n.is_pending, n.problem, n.raw
            order by n.row
        ) as copy
    from new_lines n
    join touched t on t.order_id is not distinct from n.order_id
),
known as (
    select
        order_id, customer_id, product_id, ordered_at, sequence, quantity, unit_price, discount,
        order_discount, all_discounts, returned_quantity, refund, currency, is_cancelled, is_pending, problem, raw,
        count(*) as copies
    from lines
    group by
        order_id, customer_id, product_id, ordered_at, sequence, quantity, unit_price, discount,
        order_discount, all_discounts, returned_quantity, refund, currency, is_cancelled, is_pending, problem, raw
),
fresh as (
    select
        n.source_id,
        n.row
    from numbered n
    left join known k
        on n.order_id is not distinct from k.order_id
        and n.customer_id is not distinct from k.customer_id
        and n.product_id is not distinct from k.product_id
        and n.ordered_at is not distinct from k.ordered_at
        and n.sequence is not distinct from k.sequence
        and n.quantity is not distinct from k.quantity
        and n.unit_price is not distinct from k.unit_price
        and n.discount is not distinct from k.discount
        and n.currency is not distinct from k.currency
        and n.is_cancelled is not distinct from k.is_cancelled
        and n.order_discount is not distinct from k.order_discount
        and n.all_discounts is not distinct from k.all_discounts
        and n.refund is not distinct from k.refund
        and n.returned_quantity is not distinct from k.returned_quantity
        and n.is_pending is not distinct from k.is_pending
        and n.problem is not distinct from k.problem
        and n.raw is not distinct from k.raw
    where n.copy > coalesce(k.copies, 0)
    union all
    select
        n.source_id,
        n.row
    from new_lines n
    left join touched t on t.order_id is not distinct from n.order_id
    where t.is_touched is null
),
known_orders as (
    select
        l.order_id,
        max(i.as_of) as as_of,
        count(*) as lines
    from lines l
    join imports i on i.source_id = l.source_id
    where i.as_of is not null and l.order_id is not null
    group by l.order_id
),
new_orders as (
    select
        n.order_id,
        count(*) as lines,
        count(f.row) as fresh
    from new_lines n
    left join fresh f on f.source_id = n.source_id and f.row = n.row
    where n.order_id is not null
    group by n.order_id
),
changed as (
    select n.order_id
    from new_orders n
    join known_orders k on k.order_id = n.order_id and k.lines > n.lines - n.fresh
    join new_import m on m.as_of is not null and (n.fresh > 0 or m.as_of > k.as_of)
)
select
    n.source_id,
    n.source,
    n.row,
    n.order_id,
    n.customer_id,
    n.product_id,
    n.product_name,
    n.category,
    n.ordered_at,
    n.sequence,
    n.quantity,
    n.unit_price,
    n.discount,
    n.order_discount,
    n.all_discounts,
    n.returned_quantity,
    n.refund,
    n.currency,
    n.channel,
    n.country,
    n.is_cancelled,
    n.is_pending,
    n.option,
    n.updated_at,
    n.problem,
    n.raw
from new_lines n
left join fresh f on f.source_id = n.source_id and f.row = n.row
left join changed c on c.order_id = n.order_id
where f.row is not null or c.order_id is not null
