-- The counts and sums from which a customer's lasting habits are judged: per order for returns, discounts and
-- service; per period for how spending moves with the number of categories, and profit with breadth. Bargains are
-- counted by lines: a promotion holds for a product, not for what else is in the basket. Their squares within orders
-- are kept, because the lines of one order are not independent.
-- grain: one customer with orders
-- reads: customer_orders, customer_contacts, customer_profit
-- writes: customer_traits
with
per_order as (
    select
        customer_id,
        count(*) as orders,
        sum(
            case when returned_lines > 0
                then least(1, coalesce(cast(returned_cents as double) / nullif(revenue_cents, 0), 1)) else 0
            end
        ) as returned_orders,
        sum(
            case when returned_lines > 0
                then power(least(1, coalesce(cast(returned_cents as double) / nullif(revenue_cents, 0), 1)), 2) else 0
            end
        ) as returned_orders_squared,
        count(*) filter (where returned_lines > 0) as orders_with_returns,
        count(distinct case when returned_lines > 0 then period_start end) as periods_with_returns,
        sum(lines) as lines,
        cast(sum(cast(lines as double) * lines) as double) as lines_squared,
        sum(bargain_lines) as discounted_lines,
        sum(cast(bargain_lines as double) * bargain_lines / nullif(lines, 0)) as discounted_lines_squared,
        count(*) filter (where bargain_lines > 0) as orders_with_discounts,
        count(distinct case when bargain_lines > 0 then period_start end) as periods_with_discounts,
        count(distinct period_start) as periods,
        count(*) filter (where period_start is null) > 0 as is_undated,
        cast(sum(revenue_cents) as double) as revenue_cents,
        cast(sum(returned_cents) as double) as returned_cents
    from customer_orders
    group by customer_id
),
served as (
    select
        customer_id,
        count(*) as service_contacts,
        count(distinct period_start) as periods_with_service,
        cast(sum(cost_cents) as double) as service_cost_cents
    from customer_contacts
    where is_service
    group by customer_id
),
per_period as (
    select
        customer_id,
        case when revenue_cents > 0 and categories > 0 then ln(cast(categories as double)) end as x,
        case when revenue_cents > 0 and categories > 0 then ln(cast(revenue_cents as double)) end as y,
        cast(categories_so_far as double) as breadth,
        cast(profit_cents as double) as profit,
        cast(revenue_cents as double) as revenue
    from customer_profit
    where period_start is not null
),
moved as (
    select
        customer_id,
        count(x) as spending_periods,
        var_pop(x) * count(x) as xx,
        var_pop(y) * count(x) as yy,
        (avg(x * y) - avg(x) * avg(y)) * count(x) as xy,
        count(*) as profit_periods,
        var_pop(breadth) * count(*) as bb,
        var_pop(profit) * count(*) as pp,
        (avg(breadth * profit) - avg(breadth) * avg(profit)) * count(*) as bp,
        avg(case when x is not null then revenue end) as spending_cents,
        sum(profit) as profit_cents
    from per_period
    group by customer_id
)
select
    o.customer_id,
    o.orders,
    o.periods,
    o.is_undated,
    o.revenue_cents,
    o.returned_cents,
    o.returned_orders,
    o.returned_orders_squared,
    o.orders_with_returns,
    o.periods_with_returns,
    cast(o.lines as bigint) as lines,
    o.lines_squared,
    cast(o.discounted_lines as bigint) as discounted_lines,
    o.discounted_lines_squared,
    o.orders_with_discounts,
    o.periods_with_discounts,
    coalesce(s.service_contacts, 0) as service_contacts,
    coalesce(s.periods_with_service, 0) as periods_with_service,
    coalesce(s.service_cost_cents, 0) as service_cost_cents,
    coalesce(m.spending_periods, 0) as spending_periods,
    coalesce(m.xx, 0) as xx,
    coalesce(m.yy, 0) as yy,
    coalesce(m.xy, 0) as xy,
    coalesce(m.profit_periods, 0) as profit_periods,
    coalesce(m.bb, 0) as bb,
    coalesce(m.pp, 0) as pp,
    coalesce(m.bp, 0) as bp,
    m.spending_cents,
    m.profit_cents
from per_order o
left join served s on s.customer_id = o.customer_id
left join moved m on m.customer_id = o.customer_id
