-- Products bought, or left in carts and searched for, together more often than their popularity, the size of orders, season and trend explain.
-- Strength is the posterior mean of observed over expected under a Gamma(prior, prior) prior, which pulls rare
-- pairs to 1; its interval takes the quantiles of the Gamma posterior by Wilson and Hilferty's approximation.
-- Chance findings are held back by Benjamini and Hochberg's rule over all pairs of products. Of the variants of one
-- product at most three stand in a list, so that a dozen colours do not crowd out what else goes with it.
-- grain: one product and another that goes with it
-- reads: basket_products, pair_evidence, product_places, visit_cells, visit_places, families
-- writes: complements
with
base as (
    select
        product_id,
        count(*) as orders
    from (
        select product_id from basket_products
        union all
        select product_id from visit_cells where source = 'carts'
    )
    group by product_id
),
total as (
    select cast(count(distinct product_id) as double) * (count(distinct product_id) - 1) / 2 as tests
    from (
        select product_id from product_places
        union all
        select product_id from visit_places where source = 'carts'
    )
),
tested as (
    select
        p.*,
        t.tests,
        2 * (p.together * ln(p.together / nullif(p.expected, 0)) - (p.together - p.expected)) as likelihood_ratio
    from pair_evidence p
    cross join total t
    where p.together > p.expected
),
chances as (
    -- Chance of at least so many by a Poisson law: its first term (Stirling), then a geometric series from above.
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
both_ways as (
    select product_id, other_id, together, expected, carts, searches, likelihood_ratio from kept
    union all
    select other_id as product_id, product_id as other_id, together, expected, carts, searches, likelihood_ratio
    from kept
),
shrunk as (
    select
        *,
        together + $prior as shape,
        expected + $prior as rate
    from both_ways
),
measured as (
    select
        *,
        shape / nullif(rate, 0) as strength,
        shape / nullif(rate, 0) * power(1 - 1 / nullif(9 * shape, 0) - 1.959964 / nullif(3 * sqrt(shape), 0), 3) as low,
        shape / nullif(rate, 0) * power(1 - 1 / nullif(9 * shape, 0) + 1.959964 / nullif(3 * sqrt(shape), 0), 3) as high
    from shrunk
),
weighed as (
    select
        m.*,
        (m.together - m.expected) * ln(m.low) as weight,
        coalesce(f.family, m.other_id) as family
    from measured m
    left join families f on f.product_id = m.other_id
    where m.low > 1
),
variants as (
    select
        *,
        row_number() over (partition by product_id, family order by weight desc, together desc, other_id) as variant
    from weighed
)
select
    v.product_id,
    v.other_id,
    v.together as support,
    v.carts,
    v.searches,
    v.expected,
    b.orders as base,
    cast(v.together as double) / nullif(b.orders, 0) as share,
    v.strength,
    v.low,
    v.high,
    v.likelihood_ratio,
    row_number() over (partition by v.product_id order by v.weight desc, v.together desc, v.other_id) as place
from variants v
join base b on b.product_id = v.product_id
where v.variant <= 3
qualify place <= $per_product
