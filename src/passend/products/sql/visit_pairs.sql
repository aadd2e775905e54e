-- How often two products are viewed, or wanted, in one visit, and how often chance would bring them there. Each pair
-- stands once, the smaller product first. Wants are kept from two on, for the orders may add to them.
-- grain: one pair of products, viewed or wanted
-- reads: visit_cells, visit_places
-- writes: visit_pairs
with
pairs as (
    select
        a.source,
        a.product_id,
        b.product_id as other_id,
        count(*) as together,
        count(*) filter (where a.is_searched or b.is_searched) as searched
    from visit_cells a
    join visit_cells b on b.source = a.source and b.visit = a.visit and a.product_id < b.product_id
    group by a.source, a.product_id, b.product_id
    having count(*) >= case when a.source = 'views' then $min_together else 2 end
)
select
    p.source,
    p.product_id,
    p.other_id,
    p.together,
    p.searched,
    sum(a.odds * b.places + a.places * b.odds) / 2 as expected
from pairs p
join visit_places a on a.source = p.source and a.product_id = p.product_id
join visit_places b on b.source = p.source and b.product_id = p.other_id and b.cell = a.cell
group by p.source, p.product_id, p.other_id, p.together, p.searched
