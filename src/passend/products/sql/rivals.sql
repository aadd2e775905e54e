-- Pairs of kin that may shun each other: large orders aside (a reseller's stock-up holds all variants and says nothing
-- of choice), both are bought often enough that chance alone would bring them together. Orders count up to the size
-- class of the 90th percentile.
-- grain: one pair of products, the smaller first
-- reads: kin, pair_counts, basket_products, order_cells
-- writes: rivals
with
usual as (
    select floor(quantile_cont(cast(cell % 8 as double), 0.9)) as width
    from order_cells
),
choices as (
    select
        b.product_id,
        b.order_id
    from basket_products b
    join order_cells o on o.order_id = b.order_id
    cross join usual u
    where o.cell % 8 <= u.width
),
orders as (
    select
        product_id,
        count(*) as orders
    from choices
    group by product_id
),
shop as (
    select count(distinct order_id) as orders
    from choices
)
select
    k.product_id,
    k.other_id,
    -- Counting starts from the rarer one.
    case when a.orders <= b.orders then k.product_id else k.other_id end as rarer_id,
    case when a.orders <= b.orders then k.other_id else k.product_id end as commoner_id
from kin k
left join pair_counts p on p.product_id = k.product_id and p.other_id = k.other_id
join orders a on a.product_id = k.product_id
join orders b on b.product_id = k.other_id
cross join shop s
-- Cheap bounds first: what is often met in all orders is not shunned, what is rare cannot be seen to be missing.
where coalesce(p.together <= p.expected, true)
    and cast(a.orders as double) * b.orders >= s.orders
