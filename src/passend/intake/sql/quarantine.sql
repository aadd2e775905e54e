-- The rows that are not used, each with its reason. The first rule that holds gives the reason.
-- grain: one row of a source that was set aside
-- reads: lines, superseded_lines, repeated_lines, refund_lines, non_products, set_aside
-- writes: quarantine
with
-- Few orders hold something that costs nothing and went to nobody: only they are searched for prices.
free_orders as (
    select distinct order_id
    from lines
    where unit_price = 0 and quantity > 0 and customer_id is null
),
priced_orders as (
    select distinct l.order_id
    from lines l
    join free_orders f on f.order_id = l.order_id
    where l.unit_price > 0
),
latest as (
    select max(ordered_at) as ordered_at
    from lines
),
judged as (
    select
        l.source_id,
        l.source,
        l.row,
        case
            when u.row is not null then 'a newer export of this order was read'
            when l.problem is not null then l.problem
            when
                l.is_pending and l.quantity > 0
                and coalesce(date_diff('day', l.ordered_at, t.ordered_at) > $pending_days, false)
                then 'never paid: still waiting for payment long after the order'
            when r.row is not null then 'the same line was read before'
            when n.reason is not null then n.reason
            when l.unit_price < 0 and f.row is null then 'the price is negative: a correction, not a sale'
            when l.quantity < 0 and l.unit_price = 0 and l.customer_id is null
                then 'a stock correction, not a sale'
            when l.quantity > 0 and l.unit_price = 0 and l.customer_id is null and p.order_id is null
                then 'a stock correction, not a sale'
        end as reason,
        l.order_id,
        l.product_id,
        l.product_name,
        l.quantity,
        l.unit_price,
        l.raw
    from lines l
    cross join latest t
    left join superseded_lines u on u.source_id = l.source_id and u.row = l.row
    left join refund_lines f on f.source_id = l.source_id and f.row = l.row
    left join repeated_lines r on r.source_id = l.source_id and r.row = l.row
    left join non_products n on n.product_id = l.product_id
    left join priced_orders p on p.order_id = l.order_id
)
select
    source_id,
    source,
    row,
    'orders' as kind,
    reason,
    order_id,
    product_id,
    product_name,
    quantity,
    unit_price,
    raw
from judged
where reason is not null
union all
select
    source_id,
    source,
    row,
    kind,
    reason,
    cast(null as varchar) as order_id,
    cast(null as varchar) as product_id,
    cast(null as varchar) as product_name,
    cast(null as double) as quantity,
    cast(null as double) as unit_price,
    raw
from set_aside
