-- What visitors looked at and wanted, visit by visit. A visit is the shop's own, else what one customer did in a day.
-- A search names a product where the log says so, or where its words stand in the name of one product only. Carts and
-- searches of visits that ended in an order say what the order says already, so only those of open visits are wanted:
-- the customer bought nothing that day or the next, or the cart was abandoned.
-- grain: one product in one visit
-- reads: events, products, basket_products
-- writes: visit_products
with
visited as (
    select
        coalesce(visit_id, customer_id || ' ' || cast(cast(happened_at as date) as varchar)) as visit,
        customer_id,
        cast(happened_at as date) as day,
        kind,
        product_id,
        lower(trim(words)) as words
    from events
    where visit_id is not null or customer_id is not null
),
queries as (
    select
        words,
        row_number() over (order by count(*) desc, words) as place
    from visited
    where kind = 'search' and product_id is null and length(words) >= 4
    group by words
),
fitting as (
    select
        q.words,
        p.product_id,
        count(*) over (partition by q.words) as products
    from queries q
    join products p on contains(lower(p.name), q.words)
    where q.place <= 2000
),
visits as (
    select
        visit,
        max(customer_id) as customer_id,
        min(day) as day,
        max(case when kind = 'abandon' then 1 else 0 end) as abandoned
    from visited
    group by visit
),
order_days as (
    select distinct
        customer_id,
        cast(ordered_at as date) as day
    from basket_products
    where customer_id is not null and ordered_at is not null
),
bought as (
    select distinct v.visit
    from visits v
    join order_days o on o.customer_id = v.customer_id
    where date_diff('day', v.day, o.day) between 0 and 1
),
acts as (
    select
        a.visit,
        coalesce(a.product_id, f.product_id) as product_id,
        max(case when a.kind = 'view' then 1 else 0 end) as viewed,
        max(case when a.kind = 'cart' or a.kind = 'abandon' then 1 else 0 end) as carted,
        max(case when a.kind = 'search' then 1 else 0 end) as searched
    from visited a
    left join fitting f on f.words = a.words and f.products = 1 and a.kind = 'search' and a.product_id is null
    where a.kind = 'view' or a.kind = 'cart' or a.kind = 'abandon' or a.kind = 'search'
    group by a.visit, coalesce(a.product_id, f.product_id)
)
select
    a.visit,
    a.product_id,
    v.day,
    a.viewed = 1 as is_viewed,
    a.carted = 1 as is_carted,
    a.searched = 1 as is_searched,
    (a.carted = 1 or a.searched = 1)
    and (v.abandoned = 1 or (v.customer_id is not null and b.visit is null)) as is_wanted
from acts a
join products p on p.product_id = a.product_id
join visits v on v.visit = a.visit
left join bought b on b.visit = a.visit
