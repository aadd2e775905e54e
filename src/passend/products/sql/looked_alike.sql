-- Substitutes by views: looked at in one visit more often than chance explains, but not bought or wanted together
-- ("view minus purchase"; Hao et al., P-Companion, CIKM 2020). A name, a shared category, or visits in which both were
-- seen and hardly ever both put into the cart must say that they serve one need: who looks at a phone looks at its
-- case, too. Chance findings are held back by Benjamini and Hochberg's rule over all pairs of products that were viewed.
-- grain: one pair of products, the smaller first
-- reads: visit_pairs, visit_places, visit_products, pair_evidence, basket_products, order_cells, product_places, families, products
-- writes: looked_alike
with
total as (
    select cast(count(distinct product_id) as double) * (count(distinct product_id) - 1) / 2 as tests
    from visit_places
    where source = 'views'
),
tested as (
    select
        v.product_id,
        v.other_id,
        v.together,
        v.expected,
        t.tests,
        2 * (v.together * ln(v.together / nullif(v.expected, 0)) - (v.together - v.expected)) as likelihood_ratio
    from visit_pairs v
    cross join total t
    where v.source = 'views' and v.together > v.expected
),
chances as (
    -- Chance of at least so many by a Poisson law, bounded from above; see complements.
    select
        *,
        least(
            0.5,
            exp(-likelihood_ratio / 2) / nullif(sqrt(6.283185307179586 * together), 0)
            / nullif(1 - expected / nullif(together + 1, 0), 0)
        ) as chance
    from tested
),
-- include: findings,
kept as (
    select o.*
    from ordered o
    join cutoff c on o.chance <= c.chance
),
rates as (
    select
        product_id,
        cast(count(*) filter (where is_carted) as double) / nullif(count(*), 0) as rate
    from visit_products
    where is_viewed
    group by product_id
),
carted as (
    select
        k.product_id,
        k.other_id,
        count(*) filter (where a.is_carted and b.is_carted) as both_carted,
        count(*) as both_viewed
    from kept k
    join visit_products a on a.product_id = k.product_id and a.is_viewed
    join visit_products b on b.visit = a.visit and b.product_id = k.other_id and b.is_viewed
    group by k.product_id, k.other_id
),
met as (
    select
        k.product_id,
        k.other_id,
        count(*) as together
    from kept k
    join basket_products a on a.product_id = k.product_id
    join order_cells o on o.order_id = a.order_id
    join basket_products b on b.order_id = a.order_id and b.product_id = k.other_id
    group by k.product_id, k.other_id
),
by_chance as (
    select
        k.product_id,
        k.other_id,
        sum(a.odds * b.places + a.places * b.odds) / 2 as expected
    from kept k
    join product_places a on a.product_id = k.product_id
    join product_places b on b.product_id = k.other_id and b.cell = a.cell
    group by k.product_id, k.other_id
),
judged as (
    select
        k.product_id,
        k.other_id,
        k.together,
        k.expected,
        k.likelihood_ratio,
        c.both_carted,
        c.both_viewed * x.rate * y.rate as both_expected,
        coalesce(m.together, 0) as bought,
        coalesce(h.expected, 0) as bought_expected,
        coalesce(f.family = g.family, false) or coalesce(a.category = b.category, false) as has_sign
    from kept k
    join carted c on c.product_id = k.product_id and c.other_id = k.other_id
    join rates x on x.product_id = k.product_id
    join rates y on y.product_id = k.other_id
    join products a on a.product_id = k.product_id and a.kind = 'good'
    join products b on b.product_id = k.other_id and b.kind = 'good'
    left join families f on f.product_id = k.product_id
    left join families g on g.product_id = k.other_id
    left join met m on m.product_id = k.product_id and m.other_id = k.other_id
    left join by_chance h on h.product_id = k.product_id and h.other_id = k.other_id
    left join pair_evidence e on e.product_id = k.product_id and e.other_id = k.other_id
    where coalesce(e.together <= e.expected, true)
        -- Prices more than four times apart are another need; so are different departments.
        and coalesce(greatest(a.price_cents, b.price_cents) <= 4 * least(a.price_cents, b.price_cents), true)
        and coalesce(
            a.category is null or b.category is null
            or split_part(a.category, ' > ', 1) = split_part(b.category, ' > ', 1), true
        )
)
select
    product_id,
    other_id,
    together,
    expected,
    likelihood_ratio,
    (together + $prior) / nullif(expected + $prior, 0) as strength,
    (together + $prior) / nullif(expected + $prior, 0)
    * power(1 - 1 / nullif(9 * (together + $prior), 0) - 1.959964 / nullif(3 * sqrt(together + $prior), 0), 3) as low,
    (together + $prior) / nullif(expected + $prior, 0)
    * power(1 - 1 / nullif(9 * (together + $prior), 0) + 1.959964 / nullif(3 * sqrt(together + $prior), 0), 3) as high
from judged
where bought <= greatest(bought_expected, 1)
    and both_carted <= greatest(both_expected, 0)
    and (has_sign or (both_expected >= 3 and both_expected - both_carted > 1.64 * sqrt(both_expected)))
