-- What speaks for two products going together: joint orders, and joint wants in visits that ended without an order
-- (carts left behind, searches). Both are counts against what chance would do, so they add up. Without events these
-- are the pair counts as they are.
-- grain: one pair of products, the smaller first
-- reads: pair_counts, visit_pairs, basket_products, order_cells, product_places
-- writes: pair_evidence
with
carts as (
    select product_id, other_id, together, searched, expected
    from visit_pairs
    where source = 'carts'
),
met as (
    select
        c.product_id,
        c.other_id,
        count(*) as together
    from carts c
    join basket_products a on a.product_id = c.product_id
    join order_cells o on o.order_id = a.order_id
    join basket_products b on b.order_id = a.order_id and b.product_id = c.other_id
    group by c.product_id, c.other_id
),
by_chance as (
    select
        c.product_id,
        c.other_id,
        sum(a.odds * b.places + a.places * b.odds) / 2 as expected
    from carts c
    join product_places a on a.product_id = c.product_id
    join product_places b on b.product_id = c.other_id and b.cell = a.cell
    group by c.product_id, c.other_id
)
select
    p.product_id,
    p.other_id,
    p.together,
    p.expected,
    cast(0 as bigint) as carts,
    cast(0 as bigint) as searches
from pair_counts p
left join carts c on c.product_id = p.product_id and c.other_id = p.other_id
where c.product_id is null
union all
select
    c.product_id,
    c.other_id,
    coalesce(m.together, 0) + c.together as together,
    coalesce(h.expected, 0) + c.expected as expected,
    c.together as carts,
    c.searched as searches
from carts c
left join met m on m.product_id = c.product_id and m.other_id = c.other_id
left join by_chance h on h.product_id = c.product_id and h.other_id = c.other_id
where coalesce(m.together, 0) + c.together >= $min_together
