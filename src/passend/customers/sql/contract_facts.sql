-- The contracts a customer holds on the decision date, and when the next anniversary comes. What was cancelled
-- later still runs: nobody knew it then.
-- grain: one customer with contracts
-- reads: contracts, decision_date
-- writes: contract_facts
with
known as (
    select
        c.customer_id,
        c.started_at,
        c.fee_cents,
        c.period_days,
        coalesce(c.cancelled_at < d.as_of, false) as is_cancelled,
        not coalesce(c.cancelled_at < d.as_of, false) and not coalesce(c.ends_at < d.as_of, false) as is_running,
        date_diff('day', c.started_at, d.as_of) as age_days
    from contracts c
    cross join decision_date d
    where c.started_at < d.as_of
)
select
    customer_id,
    count(*) filter (where is_running) as contracts,
    count(*) filter (where is_cancelled) as contracts_cancelled,
    max(age_days) as contract_tenure_days,
    min(
        case when is_running
            then cast(ceil((floor(age_days / 365.25) + 1) * 365.25 - age_days) as bigint)
        end
    ) as anniversary_days,
    cast(
        round(sum(case when is_running then fee_cents * 365.25 / nullif(period_days, 0) else 0 end)) as bigint
    ) as contract_fees_year_cents
from known
group by customer_id
