-- Revenue before and after returns, by currency.
-- grain: one currency
-- reads: orders
-- writes: revenues
select
    coalesce(currency, '') as currency,
    cast(sum(revenue_cents) as bigint) as revenue_cents,
    cast(sum(cast(round(revenue_cents * returned_quantity / nullif(quantity, 0)) as bigint)) as bigint) as returned_cents
from orders
where revenue_cents is not null
group by coalesce(currency, '')
