-- The plan: the best fitting products for each customer who may get offers. A hold-out drawn by a stable hash
-- of the customer's number gets none, so that the effect can be measured.
-- grain: one offer to one customer
-- reads: recommendations, verdicts, products
-- writes: offers
with
drawn as (
    select
        customer_id,
        substr(md5($salt || ':' || customer_id), 1, 8) < $holdout_below as is_holdout
    from verdicts
    where verdict = 'offer'
)
select
    r.customer_id,
    r.rank,
    r.product_id,
    p.name as product_name,
    r.type,
    r.score,
    p.price_cents,
    p.currency,
    not d.is_holdout as chosen,
    case when d.is_holdout then $holdout_share else 1 - $holdout_share end as probability,
    case when d.is_holdout then 'hold-out' else 'fits' end as reason_code,
    r.reason
from recommendations r
join drawn d on d.customer_id = r.customer_id
join products p on p.product_id = r.product_id
where r.rank <= $per_customer
