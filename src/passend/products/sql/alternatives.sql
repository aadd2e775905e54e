-- Pairs that serve the same need and shun each other: in one order less often than chance explains, while customers
-- go from the one to the other more than chance explains. Large orders (a reseller's stock-up holds all variants) say
-- nothing of choice: only orders up to the size class of the 90th percentile are counted, and counted exactly, for what
-- is rare is the evidence. Both chances are merged by Fisher's method where a name, a category or shared partners make
-- the two kin; where moving customers made them candidates, shunning alone must prove it. Chance findings are held
-- back by Benjamini and Hochberg's rule over the pairs looked at. Strength is how many times rarer together than
-- expected, by the posterior of the complements turned round.
-- grain: one pair of products, the smaller first
-- reads: rivals, rival_orders, kin, product_places, order_cells, basket_products
-- writes: alternatives
with
usual as (
    select floor(quantile_cont(cast(cell % 8 as double), 0.9)) as width
    from order_cells
),
choices as (
    select
        b.product_id,
        b.order_id
    from basket_products b
    join order_cells o on o.order_id = b.order_id
    cross join usual u
    where o.cell % 8 <= u.width
),
places as (
    select
        p.product_id,
        p.cell,
        p.places,
        p.odds
    from product_places p
    cross join usual u
    where p.cell % 8 <= u.width
),
by_chance as (
    select
        l.product_id,
        l.other_id,
        sum(a.odds * b.places + a.places * b.odds) / 2 as expected
    from rivals l
    join places a on a.product_id = l.product_id
    join places b on b.product_id = l.other_id and b.cell = a.cell
    group by l.product_id, l.other_id
    -- Only where chance alone would bring some together can their absence be seen.
    having sum(a.odds * b.places + a.places * b.odds) >= 6
),
met as (
    select
        s.product_id,
        s.other_id,
        count(*) as together
    from rival_orders s
    join choices c on c.order_id = s.order_id and c.product_id = s.commoner_id
    group by s.product_id, s.other_id
),
pairs as (
    select
        c.product_id,
        c.other_id,
        coalesce(m.together, 0) as together,
        c.expected,
        k.moved,
        k.moves_expected,
        k.same_name or k.same_category or (k.context >= 0.3 and k.shared >= 2) as has_sign,
        count(*) over () as tests
    from by_chance c
    join kin k on k.product_id = c.product_id and k.other_id = c.other_id
    left join met m on m.product_id = c.product_id and m.other_id = c.other_id
),
weighed as (
    select
        *,
        2 * (
            case when together > 0 then together * ln(together / nullif(expected, 0)) else 0 end
            - (together - expected)
        ) as likelihood_ratio,
        2 * (moved * ln(moved / nullif(moves_expected, 0)) - (moved - moves_expected)) as moves_ratio
    from pairs
),
tails as (
    -- Chances of at most so many together and of at least so many moves by Poisson laws: the last term (Stirling),
    -- then a geometric series from above.
    select
        *,
        case
            when together >= expected then 1
            when together = 0 then exp(-expected)
            else least(
                0.5,
                exp(-likelihood_ratio / 2) / nullif(sqrt(6.283185307179586 * together), 0)
                / nullif(1 - together / nullif(expected, 0), 0)
            )
        end as apart,
        case
            when not has_sign or moved is null or moved <= moves_expected then 1
            else least(
                0.5,
                exp(-moves_ratio / 2) / nullif(sqrt(6.283185307179586 * moved), 0)
                / nullif(1 - moves_expected / nullif(moved + 1, 0), 0)
            )
        end as moving
    from weighed
),
chances as (
    select
        *,
        case
            when apart > 0.05 then 1
            when not has_sign then apart
            else greatest(apart * moving, 1e-300) * (1 - ln(greatest(apart * moving, 1e-300)))
        end as chance
    from tails
),
-- include: findings,
measured as (
    select
        o.*,
        coalesce(o.chance <= c.chance, false) as is_shunned,
        o.together + $prior as shape,
        (o.expected + $prior) / nullif(o.together + $prior, 0) as strength
    from ordered o
    cross join cutoff c
)
select
    m.product_id,
    m.other_id,
    cast(m.together as bigint) as together,
    m.expected,
    m.likelihood_ratio,
    m.is_shunned,
    m.strength,
    m.strength / nullif(power(1 - 1 / nullif(9 * m.shape, 0) + 1.959964 / nullif(3 * sqrt(m.shape), 0), 3), 0) as low,
    m.strength / nullif(power(1 - 1 / nullif(9 * m.shape, 0) - 1.959964 / nullif(3 * sqrt(m.shape), 0), 3), 0) as high,
    k.shared,
    k.context,
    k.same_name,
    k.same_category,
    k.moves,
    k.moved,
    k.moves_expected,
    k.price_ratio,
    -- Customers' moves alone are a weak sign: two errands shun each other too, but hardly by half.
    -- Prices far apart are other needs; so are other departments, unless contexts and customers both object.
    coalesce(k.price_ratio between 0.25 and 4, true)
    and (
        k.same_name
        or k.same_category
        or (not k.far_apart and ((k.moves and m.strength >= 2) or (k.context >= 0.3 and k.shared >= 2)))
        or (k.moves and k.context >= 0.3 and k.shared >= 2)
    ) as same_need
from measured m
join kin k on k.product_id = m.product_id and k.other_id = m.other_id
