-- Profit and loss of each customer in each period: revenue after discounts and returns, less goods, handling of
-- returns, service and contacts. A return counts in the period of its sale, as far as known on the decision date.
-- Orders without a date have a period without a beginning.
-- grain: one customer in one period
-- reads: customer_orders, customer_contacts, customer_categories
-- writes: customer_profit
with
entries as (
    select
        customer_id,
        period_start,
        currency,
        1 as orders,
        0 as categories,
        0 as new_categories,
        coalesce(revenue_cents, 0) as revenue_cents,
        discount_cents,
        returned_cents,
        goods_cost_cents - recovered_cents as goods_cost_cents,
        known_cost_revenue_cents,
        return_cost_cents,
        0 as service_cost_cents,
        0 as contact_cost_cents
    from customer_orders
    union all
    select
        customer_id,
        period_start,
        cast(null as varchar) as currency,
        0 as orders,
        count(*) as categories,
        count(*) filter (where is_new) as new_categories,
        0 as revenue_cents,
        0 as discount_cents,
        0 as returned_cents,
        0 as goods_cost_cents,
        0 as known_cost_revenue_cents,
        0 as return_cost_cents,
        0 as service_cost_cents,
        0 as contact_cost_cents
    from customer_categories
    group by customer_id, period_start
    union all
    select
        customer_id,
        period_start,
        cast(null as varchar) as currency,
        0 as orders,
        0 as categories,
        0 as new_categories,
        0 as revenue_cents,
        0 as discount_cents,
        0 as returned_cents,
        0 as goods_cost_cents,
        0 as known_cost_revenue_cents,
        0 as return_cost_cents,
        case when is_service then cost_cents else 0 end as service_cost_cents,
        case when is_service then 0 else cost_cents end as contact_cost_cents
    from customer_contacts
),
periods as (
    select
        customer_id,
        period_start,
        cast(sum(orders) as bigint) as orders,
        cast(sum(categories) as bigint) as categories,
        cast(sum(new_categories) as bigint) as new_categories,
        cast(sum(revenue_cents) as bigint) as revenue_cents,
        cast(sum(discount_cents) as bigint) as discount_cents,
        cast(sum(returned_cents) as bigint) as returned_cents,
        cast(sum(goods_cost_cents) as bigint) as goods_cost_cents,
        cast(sum(known_cost_revenue_cents) as bigint) as known_cost_revenue_cents,
        cast(sum(return_cost_cents) as bigint) as return_cost_cents,
        cast(sum(service_cost_cents) as bigint) as service_cost_cents,
        cast(sum(contact_cost_cents) as bigint) as contact_cost_cents,
        max(currency) as currency
    from entries
    group by customer_id, period_start
)
select
    customer_id,
    period_start,
    orders,
    categories,
    cast(sum(new_categories) over (
        partition by customer_id order by period_start nulls first
        rows between unbounded preceding and current row
    ) as bigint) as categories_so_far,
    revenue_cents,
    discount_cents,
    returned_cents,
    goods_cost_cents,
    return_cost_cents,
    service_cost_cents,
    contact_cost_cents,
    revenue_cents - returned_cents - goods_cost_cents - return_cost_cents - service_cost_cents - contact_cost_cents
        as profit_cents,
    cast(known_cost_revenue_cents as double) / nullif(revenue_cents, 0) as known_cost_share,
    currency
from periods
