-- Products whose owners took an offer of another more often than customers in general did. Chance findings are held
-- back by Benjamini and Hochberg's rule over all pairs of owned and offered products; see complements for the strength.
-- grain: one product owned and another that its owners welcome
-- reads: offer_outcomes
-- writes: welcome_offers
with
tested as (
    select
        *,
        count(*) over () as tests,
        case
            when accepted > expected
                then 2 * (accepted * ln(accepted / nullif(expected, 0)) - (accepted - expected))
            else 0
        end as likelihood_ratio
    from offer_outcomes
),
chances as (
    select
        *,
        least(
            0.5,
            exp(-likelihood_ratio / 2) / nullif(sqrt(6.283185307179586 * accepted), 0)
            / nullif(1 - expected / nullif(accepted + 1, 0), 0)
        ) as chance
    from tested
    where accepted > expected and accepted >= $min_together
),
-- include: findings
select
    o.product_id,
    o.other_id,
    o.offered,
    o.accepted,
    o.expected,
    o.likelihood_ratio,
    (o.accepted + $prior) / nullif(o.expected + $prior, 0) as strength,
    (o.accepted + $prior) / nullif(o.expected + $prior, 0)
    * power(1 - 1 / nullif(9 * (o.accepted + $prior), 0) - 1.959964 / nullif(3 * sqrt(o.accepted + $prior), 0), 3) as low,
    (o.accepted + $prior) / nullif(o.expected + $prior, 0)
    * power(1 - 1 / nullif(9 * (o.accepted + $prior), 0) + 1.959964 / nullif(3 * sqrt(o.accepted + $prior), 0), 3) as high
from ordered o
join cutoff c on o.chance <= c.chance
