-- Contracts that fit repeated single purchases: customers who buy a product again and again take up the contract more
-- often than other customers with as many orders, and the product came first.
-- grain: one product and a service or contract that fits it
-- reads: first_purchases, products
-- writes: services
with
bought as (
    select
        f.customer_id,
        f.product_id,
        f.orders,
        f.first_day,
        f.first_sequence,
        p.kind <> 'good' as is_contract
    from first_purchases f
    join products p on p.product_id = f.product_id
),
contracts as (
    select *
    from bought
    where is_contract
),
visits as (
    -- The purchases of goods of a customer, by doubling: how eager a customer is to buy anything.
    select
        customer_id,
        floor(ln(sum(case when is_contract then 0 else orders end) + 1) * 2) as eagerness
    from bought
    group by customer_id
),
crowds as (
    select
        eagerness,
        count(*) as customers
    from visits
    group by eagerness
),
taken as (
    select
        c.product_id,
        v.eagerness,
        cast(count(*) as double) / nullif(max(k.customers), 0) as share
    from contracts c
    join visits v on v.customer_id = c.customer_id
    join crowds k on k.eagerness = v.eagerness
    group by c.product_id, v.eagerness
),
repeated as (
    select
        b.product_id,
        b.customer_id,
        b.first_day,
        b.first_sequence,
        v.eagerness
    from bought b
    join visits v on v.customer_id = b.customer_id
    where not b.is_contract and b.orders >= 2 and exists (select 1 from contracts)
),
bases as (
    select
        product_id,
        eagerness,
        count(*) as customers
    from repeated
    group by product_id, eagerness
),
sizes as (
    select
        product_id,
        cast(sum(customers) as bigint) as customers
    from bases
    group by product_id
),
by_chance as (
    select
        b.product_id,
        t.product_id as other_id,
        sum(b.customers * t.share) as expected
    from bases b
    join taken t on t.eagerness = b.eagerness
    group by b.product_id, t.product_id
),
counted as (
    select
        r.product_id,
        c.product_id as other_id,
        count(*) as took,
        count(*) filter (
            where coalesce(r.first_day < c.first_day, r.first_sequence < c.first_sequence)
        ) as took_after
    from repeated r
    join contracts c on c.customer_id = r.customer_id
    group by r.product_id, c.product_id
),
tested as (
    select
        c.*,
        e.expected,
        s.customers,
        2 * (c.took * ln(c.took / nullif(e.expected, 0)) - (c.took - e.expected)) as likelihood_ratio
    from counted c
    join by_chance e on e.product_id = c.product_id and e.other_id = c.other_id
    join sizes s on s.product_id = c.product_id
    where c.took >= $min_together and c.took > e.expected and c.took_after * 2 > c.took
),
total as (
    select cast(count(*) as double) as tests
    from by_chance
),
chances as (
    -- Chance of at least so many by a Poisson law: its first term (Stirling), then a geometric series from above.
    select
        t.*,
        a.tests,
        least(
            0.5,
            exp(-t.likelihood_ratio / 2) / nullif(sqrt(6.283185307179586 * t.took), 0)
            / nullif(1 - t.expected / nullif(t.took + 1, 0), 0)
        ) as chance
    from tested t
    cross join total a
),
-- include: findings,
measured as (
    select
        o.*,
        o.took + $prior as shape,
        (o.took + $prior) / nullif(o.expected + $prior, 0) as strength
    from ordered o
    join cutoff c on o.chance <= c.chance
)
select
    product_id,
    other_id,
    took as support,
    expected,
    customers as base,
    cast(took as double) / nullif(customers, 0) as share,
    strength,
    strength * power(1 - 1 / nullif(9 * shape, 0) - 1.959964 / nullif(3 * sqrt(shape), 0), 3) as low,
    strength * power(1 - 1 / nullif(9 * shape, 0) + 1.959964 / nullif(3 * sqrt(shape), 0), 3) as high,
    likelihood_ratio,
    cast(took_after as double) / nullif(took, 0) as direction
from measured
