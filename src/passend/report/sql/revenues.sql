-- Revenue before and after returns, by currency.
-- grain: one currency
-- reads: orders, returns
-- writes: revenues
with
amounts as (
    select
        currency,
        revenue_cents,
        cast(round(revenue_cents * returned_quantity / nullif(quantity, 0)) as bigint) as returned_cents
    from orders
    where revenue_cents is not null
    union all
    select
        currency,
        0 as revenue_cents,
        amount_cents as returned_cents
    from returns
    where product_id is null
)
select
    coalesce(currency, '') as currency,
    cast(sum(revenue_cents) as bigint) as revenue_cents,
    cast(sum(returned_cents) as bigint) as returned_cents
from amounts
group by coalesce(currency, '')
