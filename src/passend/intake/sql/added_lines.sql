-- Which rows of a source are new. A row is known when the lines already hold as many rows with the same
-- content as the source had up to it, so a file that has grown adds only what it has grown by.
-- grain: one row of the source that was not known before
-- reads: new_lines, lines
-- writes: added_lines
with
numbered as (
    select
        *,
        row_number() over (
            partition by
                order_id, customer_id, product_id, ordered_at, sequence, quantity, unit_price, discount,
                order_discount, all_discounts, returned_quantity, refund, currency, is_cancelled, problem, raw
            order by row
        ) as copy
    from new_lines
),
known as (
    select
        order_id, customer_id, product_id, ordered_at, sequence, quantity, unit_price, discount,
        order_discount, all_discounts, returned_quantity, refund, currency, is_cancelled, problem, raw,
        count(*) as copies
    from lines
    group by
        order_id, customer_id, product_id, ordered_at, sequence, quantity, unit_price, discount,
        order_discount, all_discounts, returned_quantity, refund, currency, is_cancelled, problem, raw
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
    n.problem,
    n.raw
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
    and n.order_discount is not distinct from k.order_discount
    and n.all_discounts is not distinct from k.all_discounts
    and n.returned_quantity is not distinct from k.returned_quantity
    and n.refund is not distinct from k.refund
    and n.currency is not distinct from k.currency
    and n.is_cancelled is not distinct from k.is_cancelled
    and n.problem is not distinct from k.problem
    and n.raw is not distinct from k.raw
where n.copy > coalesce(k.copies, 0)
