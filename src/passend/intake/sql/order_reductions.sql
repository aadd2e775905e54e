-- What each line bears of a reduction that its file names for the whole order (a code, a coupon): in proportion to
-- its amount, in whole cents that add up to the reduction.
-- grain: one line of an order with such a reduction
-- reads: lines, quarantine, currencies
-- writes: order_reductions
with
reduced as (
    select
        order_id,
        coalesce(max(order_discount), 0) as beside_lines,
        coalesce(max(all_discounts), 0) as with_lines
    from lines
    where order_discount > 0 or all_discounts > 0
    group by order_id
),
priced as (
    select
        l.source_id,
        l.row,
        l.order_id,
        l.product_id,
        l.ordered_at,
        l.quantity,
        l.unit_price,
        (l.unit_price * l.quantity - coalesce(l.discount, 0)) * coalesce(m.minor_units, 100) as net,
        coalesce(l.discount, 0) * coalesce(m.minor_units, 100) as own,
        r.beside_lines * coalesce(m.minor_units, 100) as beside_lines,
        r.with_lines * coalesce(m.minor_units, 100) as with_lines
    from lines l
    join reduced r on r.order_id = l.order_id
    left join quarantine q on q.source_id = l.source_id and q.row = l.row
    left join currencies m on m.currency = l.currency
    where q.row is null and l.quantity > 0 and l.unit_price > 0
),
summed as (
    select
        source_id,
        row,
        net,
        sum(net) over (partition by order_id) as all_lines,
        sum(net) over (
            partition by order_id
            order by product_id, ordered_at, quantity, unit_price, source_id, row
            rows between unbounded preceding and current row
        ) as lines_so_far,
        beside_lines + greatest(with_lines - sum(own) over (partition by order_id), 0) as to_bear
    from priced
)
select
    source_id,
    row,
    cast(
        round(least(to_bear, all_lines) * lines_so_far / nullif(all_lines, 0))
        - round(least(to_bear, all_lines) * (lines_so_far - net) / nullif(all_lines, 0))
    as bigint) as reduction_cents
from summed
where all_lines > 0
