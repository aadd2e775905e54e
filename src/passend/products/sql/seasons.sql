-- Products that sell mainly in one season: at least 60 % of their orders in three months of the year, half as much
-- again as of all orders, and surely so. Only a year of sales can show a season: what was sold for less is left out.
-- grain: one product with a season
-- reads: basket_products
-- writes: seasons
with
months as (
    select 1 as month
    union all select 2 as month
    union all select 3 as month
    union all select 4 as month
    union all select 5 as month
    union all select 6 as month
    union all select 7 as month
    union all select 8 as month
    union all select 9 as month
    union all select 10 as month
    union all select 11 as month
    union all select 12 as month
),
sold as (
    select
        product_id,
        month(ordered_at) as month,
        count(*) as orders,
        min(cast(ordered_at as date)) as first_day,
        max(cast(ordered_at as date)) as last_day
    from basket_products
    where ordered_at is not null
    group by product_id, month(ordered_at)
),
shop as (
    select
        month,
        sum(orders) as orders
    from sold
    group by month
),
span as (
    select
        sum(orders) as orders,
        date_diff('day', min(first_day), max(last_day)) as days,
        max(last_day) as end_day
    from sold
),
totals as (
    select
        product_id,
        cast(sum(orders) as double) as orders,
        date_diff('day', min(first_day), max(last_day)) as days
    from sold
    group by product_id
    having sum(orders) >= 20
),
usual as (
    select
        m.month as start,
        cast(sum(s.orders) as double) / nullif(max(a.orders), 0) as share
    from months m
    join shop s on (s.month - m.month + 12) % 12 < 3
    cross join span a
    group by m.month
),
quarters as (
    select
        t.product_id,
        m.month as start,
        max(t.orders) as total,
        cast(sum(s.orders) as double) as orders
    from totals t
    join sold s on s.product_id = t.product_id
    join months m on (s.month - m.month + 12) % 12 < 3
    where t.days >= 330
    group by t.product_id, m.month
),
compared as (
    select
        q.product_id,
        q.start,
        q.orders,
        q.orders / nullif(q.total, 0) as share,
        q.total * u.share as expected,
        u.share as usual,
        row_number() over (partition by q.product_id order by q.orders desc, q.start) as place
    from quarters q
    join usual u on u.start = q.start
)
select
    c.product_id,
    split_part('Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec', ' ', c.start) || '-'
    || split_part('Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec', ' ', (c.start + 1) % 12 + 1) as season,
    c.share,
    -- In season now or next month: an offer made today is answered within weeks.
    (month(s.end_day) - c.start + 12) % 12 < 3 or (month(s.end_day) + 1 - c.start + 12) % 12 < 3 as in_season
from compared c
cross join span s
where c.place = 1
    and s.days >= 360
    and c.share >= 0.6
    and c.share >= 1.5 * c.usual
    and c.orders * ln(c.orders / nullif(c.expected, 0)) - (c.orders - c.expected) > 10
