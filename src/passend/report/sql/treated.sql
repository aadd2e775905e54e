-- How customers are treated, how many of each kind there are, and what they brought: the receptive, those who are
-- sold something dearer instead, and those who are left alone.
-- grain: one verdict and treatment
-- reads: verdicts, customer_profit
-- writes: treated
with
profits as (
    select
        customer_id,
        sum(revenue_cents) as revenue_cents,
        sum(profit_cents) as profit_cents,
        max(currency) as currency
    from customer_profit
    group by customer_id
)
select
    v.verdict,
    v.treatment,
    p.currency,
    count(*) as customers,
    count(*) filter (where p.profit_cents < 0) as losing,
    cast(coalesce(sum(p.revenue_cents), 0) as bigint) as revenue_cents,
    cast(coalesce(sum(p.profit_cents), 0) as bigint) as profit_cents
from verdicts v
left join profits p on p.customer_id = v.customer_id
group by v.verdict, v.treatment, p.currency
