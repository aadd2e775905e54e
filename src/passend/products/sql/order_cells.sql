-- Orders sorted into cells within which chance is even: the same span of time and the same size of order. The span
-- is the shortest of week, month, quarter and year that leaves 20 orders to a cell on average; undated orders
-- share one. Orders of one product say nothing of pairs; those beyond max_basket (stock-ups of a reseller) say
-- little and cost most. An order of s products has s - 1 places beside each.
-- grain: one order with 2 to max_basket products
-- reads: basket_products
-- writes: order_cells
with
usable as (
    select
        order_id,
        max(size) as size,
        cast(min(ordered_at) as date) as day
    from basket_products
    where size between 2 and $max_basket
    group by order_id
),
sized as (
    select
        order_id,
        size,
        day,
        case
            when size < 4 then 1
            when size < 8 then 2
            when size < 16 then 3
            when size < 32 then 4
            when size < 64 then 5
            when size < 128 then 6
            else 7
        end as width
    from usable
),
span as (
    select
        cast(count(day) as double) / nullif(count(distinct width), 0) as orders,
        date_diff('day', min(day), max(day)) + 1 as days
    from sized
),
timed as (
    select
        s.*,
        case
            when s.day is null then 0
            when p.orders * 7 >= p.days * 20 then cast(floor(date_diff('day', date '1969-12-29', s.day) / 7) as bigint)
            when p.orders * 30 >= p.days * 20 then year(s.day) * 12 + month(s.day)
            when p.orders * 91 >= p.days * 20 then year(s.day) * 4 + quarter(s.day)
            when p.orders * 365 >= p.days * 20 then year(s.day)
            else 0
        end as time
    from sized s
    cross join span p
)
select
    order_id,
    cast(time * 8 + width as bigint) as cell,
    cast(size - 1 as double) as places
from timed
