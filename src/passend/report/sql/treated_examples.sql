-- Examples of customers with a costly habit, or on whom a person decided, with the reason; the surest first.
-- grain: one customer
-- reads: verdicts, customer_facts
-- writes: treated_examples
select
    v.customer_id,
    v.verdict,
    v.treatment,
    v.kind_probability,
    v.reason,
    f.orders,
    f.revenue_cents,
    f.currency,
    row_number() over (
        partition by v.verdict order by round(coalesce(v.kind_probability, 1) * 1000000) desc, v.customer_id
    ) as place
from verdicts v
join customer_facts f on f.customer_id = v.customer_id
where v.treatment <> 'none' and v.verdict <> 'leave alone'
qualify place <= 20
