-- Views and wants as places beside each other, in cells within which chance is even: the same time and the same size
-- of visit, as for orders. The time is the shorter of month and quarter that leaves 20 visits to a cell on average, else
-- all time. Visits with more than 100 products are machines rather than people.
-- grain: one product in one visit, viewed or wanted
-- reads: visit_products
-- writes: visit_cells
with
chosen as (
    select 'views' as source, visit, product_id, day, is_searched from visit_products where is_viewed
    union all
    select 'carts' as source, visit, product_id, day, is_searched from visit_products where is_wanted
),
sized as (
    select
        *,
        count(*) over (partition by source, visit) as size
    from chosen
),
usable as (
    select
        *,
        case
            when size < 4 then 1
            when size < 8 then 2
            when size < 16 then 3
            else 4
        end as width
    from sized
    where size between 2 and 100
),
spans as (
    select
        source,
        cast(count(distinct visit) as double) / nullif(count(distinct width), 0) as visits,
        date_diff('day', min(day), max(day)) + 1 as days
    from usable
    group by source
)
select
    u.source,
    u.visit,
    u.product_id,
    u.is_searched,
    cast(
        case
            when s.visits * 30 >= s.days * 20 then year(u.day) * 12 + month(u.day)
            when s.visits * 91 >= s.days * 20 then year(u.day) * 4 + quarter(u.day)
            else 0
        end * 8 + u.width as bigint
    ) as cell,
    cast(u.size - 1 as double) as places
from usable u
join spans s on s.source = u.source
