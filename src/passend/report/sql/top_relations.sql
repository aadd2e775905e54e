-- The relations that matter most to the business: far more often than expected, and surely so. A pair of
-- complements or substitutes stands once; what is only guessed from neighbours is left out.
-- grain: one relation
-- reads: relations, products
-- writes: top_relations
with
weighed as (
    select
        r.*,
        p.name as name,
        o.name as other_name,
        abs(r.support - r.expected) * greatest(ln(r.low), 0) as weight,
        row_number() over (
            partition by
                r.type,
                case
                    when r.type = 'complement' or r.type = 'substitute' then least(r.product_id, r.other_id)
                    else r.product_id
                end,
                case
                    when r.type = 'complement' or r.type = 'substitute' then greatest(r.product_id, r.other_id)
                    else r.other_id
                end
            order by case when r.is_pinned then 0 else 1 end, r.share desc, r.product_id
        ) as side
    from relations r
    join products p on p.product_id = r.product_id
    join products o on o.product_id = r.other_id
    where r.evidence <> 'neighbours'
),
ranked as (
    select
        *,
        row_number() over (
            partition by type
            order by case when is_pinned then 0 else 1 end, weight desc, product_id, other_id
        ) as top
    from weighed
    where side = 1
)
select
    product_id,
    other_id,
    name,
    other_name,
    type,
    strength,
    low,
    high,
    support,
    expected,
    base,
    share,
    direction,
    lag_days,
    season,
    evidence,
    weight,
    reason,
    top
from ranked
where top <= 200
