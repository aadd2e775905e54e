-- The customers who are left alone, heaviest first.
-- grain: one customer
-- reads: verdicts, customer_facts
-- writes: left_alone
select
    v.customer_id,
    v.returned_share,
    v.reason,
    f.orders,
    f.revenue_cents,
    f.returned_cents,
    f.currency,
    row_number() over (order by f.returned_cents desc, v.customer_id) as place
from verdicts v
join customer_facts f on f.customer_id = v.customer_id
where v.verdict = 'leave alone'
qualify place <= 50
