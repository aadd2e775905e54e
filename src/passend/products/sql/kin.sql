-- Pairs that may serve the same need, by four signs: they go with the same third products, they are variants by
-- name, they share a category, or customers go from one to the other more than chance and the shop's usual excess
-- explain (customers differ in taste, so that most pairs show some). Context is the cosine of their lists of
-- complements. Where the category is large, its 50 best sellers speak for it.
-- grain: one pair of products, the smaller first
-- reads: complements, follow_counts, families, products
-- writes: kin
with
goods as (
    select
        product_id,
        split_part(coalesce(category, ''), ' > ', 1) as department,
        price_cents
    from products
    where kind = 'good'
),
links as (
    select
        c.product_id,
        c.other_id,
        ln(c.low) as weight,
        count(*) over (partition by c.other_id) as partners
    from complements c
),
lengths as (
    select
        product_id,
        sqrt(sum(weight * weight)) as length
    from links
    group by product_id
),
shared as (
    select
        a.product_id,
        b.product_id as other_id,
        sum(a.weight * b.weight) as product,
        count(*) as shared
    from links a
    join links b on b.other_id = a.other_id and a.product_id < b.product_id
    where a.partners <= 200
    group by a.product_id, b.product_id
),
contexts as (
    select
        s.product_id,
        s.other_id,
        s.shared,
        s.product / nullif(a.length * b.length, 0) as context
    from shared s
    join lengths a on a.product_id = s.product_id
    join lengths b on b.product_id = s.other_id
    where s.product >= 0.2 * a.length * b.length
),
sellers as (
    select
        product_id,
        category,
        row_number() over (partition by category order by orders desc, product_id) as place
    from products
    where category is not null and orders > 0
),
moves as (
    select
        least(product_id, other_id) as product_id,
        greatest(product_id, other_id) as other_id,
        sum(followed) as moved,
        sum(expected) as expected
    from follow_counts
    group by least(product_id, other_id), greatest(product_id, other_id)
),
usual as (
    select greatest(coalesce(quantile_cont(moved / nullif(expected, 0), 0.5), 1), 1) as excess
    from moves
    where expected >= 10
),
signs as (
    select product_id, other_id, shared, context, 0 as same_name, 0 as same_category, 0 as moved
    from contexts
    union all
    select
        a.product_id,
        b.product_id as other_id,
        0 as shared,
        cast(0 as double) as context,
        1 as same_name,
        0 as same_category,
        0 as moved
    from families a
    join families b on b.family = a.family and a.product_id < b.product_id
    union all
    select
        a.product_id,
        b.product_id as other_id,
        0 as shared,
        cast(0 as double) as context,
        0 as same_name,
        1 as same_category,
        0 as moved
    from sellers a
    join sellers b on b.category = a.category and a.product_id < b.product_id
    where a.place <= 50 and b.place <= 50
    union all
    select
        product_id,
        other_id,
        0 as shared,
        cast(0 as double) as context,
        0 as same_name,
        0 as same_category,
        1 as moved
    from moves
    cross join usual
    where moved > expected * excess + 2 * sqrt(expected * excess)
),
merged as (
    select
        product_id,
        other_id,
        max(shared) as shared,
        max(context) as context,
        max(same_name) as same_name,
        max(same_category) as same_category,
        max(moved) as moved
    from signs
    group by product_id, other_id
)
select
    m.product_id,
    m.other_id,
    cast(m.shared as bigint) as shared,
    m.context,
    m.same_name = 1 as same_name,
    m.same_category = 1 as same_category,
    m.moved = 1 as moves,
    cast(v.moved as bigint) as moved,
    v.expected as moves_expected,
    a.department <> '' and b.department <> '' and a.department <> b.department as far_apart,
    cast(b.price_cents as double) / nullif(a.price_cents, 0) as price_ratio
from merged m
join goods a on a.product_id = m.product_id
join goods b on b.product_id = m.other_id
left join moves v on v.product_id = m.product_id and v.other_id = m.other_id
