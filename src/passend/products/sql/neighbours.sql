-- Relations of products that have hardly been sold yet, borrowed from the most similar product that has relations: by
-- words of the name (rare words count more), category and price. They say what is likely, not what was seen, and are
-- never stronger than half of what they are borrowed from.
-- grain: one relation of one type from one product to another, as guessed
-- reads: products, typed_relations
-- writes: neighbours
with
places as (
    select 1 as place
    union all select 2 as place
    union all select 3 as place
    union all select 4 as place
    union all select 5 as place
    union all select 6 as place
    union all select 7 as place
    union all select 8 as place
),
known as (
    select distinct product_id
    from typed_relations
    where type = 'complement' or type = 'next'
),
lonely as (
    select p.product_id
    from products p
    left join (select distinct product_id from typed_relations) r on r.product_id = p.product_id
    where r.product_id is null and p.is_active and p.kind = 'good' and p.orders < 4 * $min_together
),
words as (
    select distinct
        p.product_id,
        split_part(lower(trim(p.name)), ' ', n.place) as word
    from products p
    cross join places n
    where split_part(lower(trim(p.name)), ' ', n.place) <> ''
),
catalogue as (
    select cast(count(*) as double) as products
    from products
),
rarities as (
    select
        word,
        ln(max(c.products) / nullif(count(*), 0)) as weight
    from words
    cross join catalogue c
    group by word
    having count(*) <= 200
),
lengths as (
    select
        w.product_id,
        sqrt(sum(r.weight * r.weight)) as length
    from words w
    join rarities r on r.word = w.word
    group by w.product_id
),
by_words as (
    select
        a.product_id,
        b.product_id as near_id,
        sum(r.weight * r.weight) as product
    from lonely l
    join words a on a.product_id = l.product_id
    join rarities r on r.word = a.word
    join words b on b.word = a.word
    join known k on k.product_id = b.product_id
    group by a.product_id, b.product_id
),
sellers as (
    select
        p.product_id,
        p.category,
        row_number() over (partition by p.category order by p.orders desc, p.product_id) as place
    from products p
    join known k on k.product_id = p.product_id
    where p.category is not null
),
signs as (
    select
        w.product_id,
        w.near_id,
        w.product / nullif(a.length * b.length, 0) as likeness
    from by_words w
    join lengths a on a.product_id = w.product_id
    join lengths b on b.product_id = w.near_id
    union all
    select
        p.product_id,
        s.product_id as near_id,
        cast(0 as double) as likeness
    from lonely l
    join products p on p.product_id = l.product_id
    join sellers s on s.category = p.category and s.place <= 20
),
scored as (
    select
        s.product_id,
        s.near_id,
        max(s.likeness)
        + case when max(a.category) = max(b.category) then 0.5 else 0 end
        + coalesce(
            0.25 * least(max(a.price_cents), max(b.price_cents))
            / nullif(greatest(max(a.price_cents), max(b.price_cents)), 0), 0
        ) as score
    from signs s
    join products a on a.product_id = s.product_id
    join products b on b.product_id = s.near_id
    where coalesce(
        a.category is null or b.category is null
        or split_part(a.category, ' > ', 1) = split_part(b.category, ' > ', 1), true
    )
    group by s.product_id, s.near_id
),
nearest as (
    select
        product_id,
        near_id,
        round(score * 1000) / 1000 as score,
        row_number() over (
            partition by product_id order by round(score * 1000) desc, near_id
        ) as place
    from scored
    where score >= 0.6
),
borrowed as (
    select
        n.product_id,
        t.other_id,
        t.type,
        n.near_id,
        t.place,
        1 + (t.strength - 1) / 2 as strength
    from nearest n
    join typed_relations t on t.product_id = n.near_id
    where n.place = 1 and (t.type = 'complement' or t.type = 'next') and t.place <= 5 and t.other_id <> n.product_id
),
found as (
    select * from borrowed
    union all
    select
        other_id as product_id,
        product_id as other_id,
        type,
        near_id,
        place,
        strength
    from borrowed
    where type = 'complement'
    union all
    select
        product_id,
        near_id as other_id,
        'substitute' as type,
        near_id,
        place,
        cast(1 as double) as strength
    from nearest
    where place = 1
)
select
    product_id,
    other_id,
    type,
    near_id,
    strength,
    row_number() over (
        partition by product_id, type order by place, other_id
    ) as place
from found
qualify place <= 5
