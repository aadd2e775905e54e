-- What the orders say, one main type to a pair where types exclude each other: a contract that fits is neither
-- complement nor next, an upgrade is not its own substitute, and what merely replaces is not what comes next.
-- Next needs a direction: more customers bought in this order than chance would have it (a binomial z of 1.64 is one
-- in twenty; the excess itself is already sure).
-- grain: one relation of one type from one product to another, as measured
-- reads: complements, followers, lags, follow_counts, alternatives, upgrades, services, basket_products
-- writes: typed_relations
with
replacing as (
    select product_id, other_id, strength, low, high, together, expected, likelihood_ratio
    from alternatives
    where is_shunned and same_need
    union all
    select other_id as product_id, product_id as other_id, strength, low, high, together, expected, likelihood_ratio
    from alternatives
    where is_shunned and same_need
),
either_way as (
    select product_id, other_id from upgrades
    union
    select other_id as product_id, product_id as other_id from upgrades
),
directed as (
    select
        f.*,
        l.lag,
        l.peak,
        cast(f.support + l.preceded as double) as both_moves,
        f.expected / nullif(f.expected + coalesce(r.expected, f.expected), 0) as even
    from followers f
    join lags l on l.product_id = f.product_id and l.other_id = f.other_id
    left join follow_counts r on r.product_id = f.other_id and r.other_id = f.product_id
),
found as (
    select
        c.product_id,
        c.other_id,
        'complement' as type,
        c.support,
        c.expected,
        c.base,
        c.share,
        c.strength,
        c.low,
        c.high,
        c.likelihood_ratio,
        cast(null as double) as direction,
        cast(null as double) as lag,
        cast(null as double) as peak,
        (c.support - c.expected) * ln(c.low) as weight
    from complements c
    left join services s on s.product_id = c.product_id and s.other_id = c.other_id
    where s.product_id is null
    union all
    select
        d.product_id,
        d.other_id,
        'next' as type,
        d.support,
        d.expected,
        d.base,
        d.share,
        d.strength,
        d.low,
        d.high,
        d.likelihood_ratio,
        d.support / nullif(d.both_moves, 0) as direction,
        d.lag,
        d.peak,
        (d.support - d.expected) * ln(d.low) * d.support / nullif(d.both_moves, 0) as weight
    from directed d
    left join services s on s.product_id = d.product_id and s.other_id = d.other_id
    left join either_way u on u.product_id = d.product_id and u.other_id = d.other_id
    left join replacing r on r.product_id = d.product_id and r.other_id = d.other_id
    where s.product_id is null
        and u.product_id is null
        and r.product_id is null
        and d.support - d.both_moves * d.even > 1.64 * sqrt(d.both_moves * d.even * (1 - d.even))
    union all
    select
        r.product_id,
        r.other_id,
        'substitute' as type,
        r.together as support,
        r.expected,
        o.orders as base,
        cast(r.together as double) / nullif(o.orders, 0) as share,
        r.strength,
        r.low,
        r.high,
        r.likelihood_ratio,
        cast(null as double) as direction,
        cast(null as double) as lag,
        cast(null as double) as peak,
        (r.expected - r.together) * ln(r.low) as weight
    from replacing r
    join (select product_id, count(*) as orders from basket_products group by product_id) o
        on o.product_id = r.product_id
    left join either_way u on u.product_id = r.product_id and u.other_id = r.other_id
    where u.product_id is null and r.low > 1
    union all
    select
        product_id,
        other_id,
        'upgrade' as type,
        support,
        expected,
        base,
        share,
        strength,
        low,
        high,
        likelihood_ratio,
        direction,
        cast(null as double) as lag,
        cast(null as double) as peak,
        likelihood_ratio as weight
    from upgrades
    union all
    select
        product_id,
        other_id,
        'service' as type,
        support,
        expected,
        base,
        share,
        strength,
        low,
        high,
        likelihood_ratio,
        direction,
        cast(null as double) as lag,
        cast(null as double) as peak,
        (support - expected) * ln(low) as weight
    from services
    where low > 1
),
ranked as (
    select
        *,
        row_number() over (partition by product_id, type order by weight desc, support desc, other_id) as place
    from found
)
select
    product_id,
    other_id,
    type,
    place,
    support,
    expected,
    base,
    share,
    strength,
    low,
    high,
    likelihood_ratio,
    direction,
    lag,
    peak
from ranked
where place <= $per_product
