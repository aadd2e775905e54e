-- What the orders say, one main type to a pair where types exclude each other: a contract that fits is neither
-- complement nor next, an upgrade is not its own substitute, and what merely replaces is not what comes next.
-- Next needs a direction: more customers bought in this order than chance would have it (a binomial z of 1.64 is one
-- in twenty; the excess itself is already sure).
-- Views speak for substitutes where orders alone do not tell, and accepted offers for what is bought next: they are added
-- to the customers who came by themselves, or make the relation alone.
-- grain: one relation of one type from one product to another, as measured
-- reads: complements, followers, lags, follow_counts, alternatives, upgrades, services, basket_products, looked_alike, visit_products, welcome_offers, offer_outcomes
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
        f.expected / nullif(f.expected + coalesce(r.expected, f.expected), 0) as even,
        coalesce(w.accepted, 0) as accepted,
        coalesce(w.expected, 0) as accepted_expected
    from followers f
    left join offer_outcomes w on w.product_id = f.product_id and w.other_id = f.other_id
    join lags l on l.product_id = f.product_id and l.other_id = f.other_id
    left join follow_counts r on r.product_id = f.other_id and r.other_id = f.product_id
),
pooled as (
    -- Offers count beside purchases: accepted ones lift the strength, declined ones lower it.
    select
        *,
        support + accepted + $prior as shape,
        expected + accepted_expected + $prior as rate,
        accepted + accepted_expected > 0 as has_offers
    from directed
),
looks as (
    select product_id, other_id, together, expected, strength, low, high, likelihood_ratio from looked_alike
    union all
    select other_id as product_id, product_id as other_id, together, expected, strength, low, high, likelihood_ratio
    from looked_alike
),
either_next as (
    select product_id, other_id from followers
    union
    select other_id as product_id, product_id as other_id from followers
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
        'orders' as source,
        c.carts,
        c.searches,
        cast(0 as bigint) as accepted,
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
        case when d.has_offers then d.shape / nullif(d.rate, 0) else d.strength end as strength,
        case
            when d.has_offers then d.shape / nullif(d.rate, 0)
                * power(1 - 1 / nullif(9 * d.shape, 0) - 1.959964 / nullif(3 * sqrt(d.shape), 0), 3)
            else d.low
        end as low,
        case
            when d.has_offers then d.shape / nullif(d.rate, 0)
                * power(1 - 1 / nullif(9 * d.shape, 0) + 1.959964 / nullif(3 * sqrt(d.shape), 0), 3)
            else d.high
        end as high,
        d.likelihood_ratio,
        d.support / nullif(d.both_moves, 0) as direction,
        d.lag,
        d.peak,
        'orders' as source,
        cast(0 as bigint) as carts,
        cast(0 as bigint) as searches,
        cast(d.accepted as bigint) as accepted,
        (d.support - d.expected) * ln(d.low) * d.support / nullif(d.both_moves, 0) as weight
    from pooled d
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
        'orders' as source,
        cast(0 as bigint) as carts,
        cast(0 as bigint) as searches,
        cast(0 as bigint) as accepted,
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
        'orders' as source,
        cast(0 as bigint) as carts,
        cast(0 as bigint) as searches,
        cast(0 as bigint) as accepted,
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
        'orders' as source,
        cast(0 as bigint) as carts,
        cast(0 as bigint) as searches,
        cast(0 as bigint) as accepted,
        (support - expected) * ln(low) as weight
    from services
    where low > 1
    union all
    select
        l.product_id,
        l.other_id,
        'substitute' as type,
        l.together as support,
        l.expected,
        v.visits as base,
        cast(l.together as double) / nullif(v.visits, 0) as share,
        l.strength,
        l.low,
        l.high,
        l.likelihood_ratio,
        cast(null as double) as direction,
        cast(null as double) as lag,
        cast(null as double) as peak,
        'views' as source,
        cast(0 as bigint) as carts,
        cast(0 as bigint) as searches,
        cast(0 as bigint) as accepted,
        -- What orders tell stands before what views tell.
        ln(l.low) / nullif(1 + ln(l.low), 0) * 0.001 as weight
    from looks l
    join (select product_id, count(*) as visits from visit_products where is_viewed group by product_id) v
        on v.product_id = l.product_id
    left join complements c on c.product_id = l.product_id and c.other_id = l.other_id
    left join complements k on k.product_id = l.other_id and k.other_id = l.product_id
    left join replacing r on r.product_id = l.product_id and r.other_id = l.other_id
    left join either_way u on u.product_id = l.product_id and u.other_id = l.other_id
    left join either_next n on n.product_id = l.product_id and n.other_id = l.other_id
    where l.low > 1
        and c.product_id is null
        and k.product_id is null
        and r.product_id is null
        and u.product_id is null
        and n.product_id is null
    union all
    select
        w.product_id,
        w.other_id,
        'next' as type,
        w.accepted as support,
        w.expected,
        w.offered as base,
        cast(w.accepted as double) / nullif(w.offered, 0) as share,
        w.strength,
        w.low,
        w.high,
        w.likelihood_ratio,
        cast(null as double) as direction,
        cast(null as double) as lag,
        cast(null as double) as peak,
        'offers' as source,
        cast(0 as bigint) as carts,
        cast(0 as bigint) as searches,
        w.accepted,
        (w.accepted - w.expected) * ln(w.low) as weight
    from welcome_offers w
    left join followers f on f.product_id = w.product_id and f.other_id = w.other_id
    left join services s on s.product_id = w.product_id and s.other_id = w.other_id
    left join either_way u on u.product_id = w.product_id and u.other_id = w.other_id
    left join replacing r on r.product_id = w.product_id and r.other_id = w.other_id
    where w.low > 1
        and f.product_id is null
        and s.product_id is null
        and u.product_id is null
        and r.product_id is null
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
    peak,
    source,
    carts,
    searches,
    accepted
from ranked
where place <= $per_product
