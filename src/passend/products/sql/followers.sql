-- Products bought later more often than chance explains, by customers who bought the one before. Chance knows each
-- product's popularity, how much the customers buy, season and trend (see step_places). Strength, interval and the
-- rule against chance findings are those of the complements.
-- grain: one product and another that is bought after it
-- reads: first_steps, follow_counts
-- writes: followers
with
buyers as (
    select
        product_id,
        count(*) as customers
    from first_steps
    group by product_id
),
total as (
    select cast(count(*) as double) * (count(*) - 1) as tests
    from buyers
),
tested as (
    select
        f.*,
        t.tests,
        2 * (f.followed * ln(f.followed / nullif(f.expected, 0)) - (f.followed - f.expected)) as likelihood_ratio
    from follow_counts f
    cross join total t
    where f.followed > f.expected
),
chances as (
    -- Chance of at least so many by a Poisson law: its first term (Stirling), then a geometric series from above.
    select
        *,
        least(
            0.5,
            exp(-likelihood_ratio / 2) / nullif(sqrt(6.283185307179586 * followed), 0)
            / nullif(1 - expected / nullif(followed + 1, 0), 0)
        ) as chance
    from tested
),
-- include: findings,
shrunk as (
    select
        o.*,
        o.followed + $prior as shape,
        o.expected + $prior as rate
    from ordered o
    join cutoff c on o.chance <= c.chance
),
measured as (
    select
        *,
        shape / nullif(rate, 0) as strength,
        shape / nullif(rate, 0) * power(1 - 1 / nullif(9 * shape, 0) - 1.959964 / nullif(3 * sqrt(shape), 0), 3) as low,
        shape / nullif(rate, 0) * power(1 - 1 / nullif(9 * shape, 0) + 1.959964 / nullif(3 * sqrt(shape), 0), 3) as high
    from shrunk
)
select
    m.product_id,
    m.other_id,
    m.followed as support,
    m.expected,
    b.customers as base,
    cast(m.followed as double) / nullif(b.customers, 0) as share,
    m.strength,
    m.low,
    m.high,
    m.likelihood_ratio
from measured m
join buyers b on b.product_id = m.product_id
where m.low > 1
