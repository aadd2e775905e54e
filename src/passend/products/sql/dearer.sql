-- Pairs that may be upgrades: the same need, and the other costs at least a fifth more. The need is the same where
-- two products shun each other, or where the dearer one follows the cheaper one and a name, a category or shared
-- partners make them kin without being bought together.
-- grain: one product and a dearer one
-- reads: kin, alternatives, pair_counts, followers, follow_counts
-- writes: dearer
with
upwards as (
    select
        product_id,
        other_id,
        price_ratio,
        same_name or same_category or (context >= 0.3 and shared >= 2) as is_kin
    from kin
    where price_ratio between 1.2 and 4
    union all
    select
        other_id as product_id,
        product_id as other_id,
        1 / nullif(price_ratio, 0) as price_ratio,
        same_name or same_category or (context >= 0.3 and shared >= 2) as is_kin
    from kin
    where price_ratio <= 1 / 1.2 and price_ratio >= 0.25
)
select
    u.product_id,
    u.other_id,
    u.price_ratio,
    -- Expected moves know trend: a product that came later is reached later. Slower moves than the window have none.
    coalesce(f.expected / nullif(f.expected + coalesce(r.expected, f.expected), 0), 0.5) as even
from upwards u
left join follow_counts f on f.product_id = u.product_id and f.other_id = u.other_id
left join follow_counts r on r.product_id = u.other_id and r.other_id = u.product_id
left join followers w on w.product_id = u.product_id and w.other_id = u.other_id
left join alternatives a
    on a.product_id = least(u.product_id, u.other_id) and a.other_id = greatest(u.product_id, u.other_id)
left join pair_counts p
    on p.product_id = least(u.product_id, u.other_id) and p.other_id = greatest(u.product_id, u.other_id)
where (a.is_shunned and a.same_need)
    or (
        u.is_kin
        and w.product_id is not null
        and coalesce(a.together < 0.7 * a.expected, p.together <= p.expected, true)
    )
