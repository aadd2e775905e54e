-- The likeliest of what is not proved, a pair once, for shops whose orders are too few to prove much.
-- grain: one pair of products
-- reads: likely_relations, products
-- writes: likely_examples
with
pairs as (
    select
        r.*,
        p.name as name,
        o.name as other_name,
        row_number() over (
            partition by least(r.product_id, r.other_id), greatest(r.product_id, r.other_id)
            order by r.chance desc, r.product_id
        ) as side
    from likely_relations r
    join products p on p.product_id = r.product_id
    join products o on o.product_id = r.other_id
)
select
    product_id,
    other_id,
    name,
    other_name,
    grade,
    chance,
    support,
    base,
    reason
from pairs
where side = 1
order by chance desc, support desc, product_id, other_id
limit 15
