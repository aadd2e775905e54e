-- Measured or guessed relations that the rules of what fits what rule out, with the reason: a case and a phone that it
-- does not fit, or, in place of each other, two cases for different phones.
-- grain: one relation of one type from one product to another that does not fit, and one rule
-- reads: typed_relations, neighbours, compatibility, products
-- writes: misfits
with
found as (
    select product_id, other_id, type from typed_relations
    union
    select product_id, other_id, type from neighbours
),
ruled as (
    select distinct rule, side, product_id, said
    from compatibility
),
sides as (
    select
        f.product_id,
        f.other_id,
        f.type,
        a.rule,
        a.said as product_said,
        b.said as other_said,
        a.side as product_side,
        b.side as other_side
    from found f
    join ruled a on a.product_id = f.product_id
    join ruled b on b.product_id = f.other_id and b.rule = a.rule
    where (a.side <> b.side and f.type <> 'substitute' and f.type <> 'upgrade')
        or (a.side = 'product' and b.side = 'product' and (f.type = 'substitute' or f.type = 'upgrade'))
),
fitting as (
    select distinct
        s.product_id,
        s.other_id,
        s.type,
        s.rule
    from sides s
    join compatibility a on a.rule = s.rule and a.side = s.product_side and a.product_id = s.product_id
    join compatibility b
        on b.rule = s.rule and b.side = s.other_side and b.product_id = s.other_id and b.value = a.value
)
select distinct
    s.product_id,
    s.other_id,
    s.type,
    s.rule,
    o.name || ' (' || s.other_said || ') does not fit ' || p.name || ' (' || s.product_said || '): rule ' || s.rule
    as reason
from sides s
join products p on p.product_id = s.product_id
join products o on o.product_id = s.other_id
left join fitting f on f.product_id = s.product_id and f.other_id = s.other_id and f.type = s.type and f.rule = s.rule
where f.product_id is null
