-- What each order brought and cost, as far as known on the decision date. What came back gives back its revenue, loses
-- the part of its goods that cannot be sold again, and has to be handled: at the firm's cost of a return, but never at
-- more than half of what came back.
-- grain: one order of one customer
-- reads: sold_lines, costs
-- writes: customer_orders
with
handling as (
    select coalesce(max(case when kind = 'return' and name = 'any' then amount_cents end), $return_cost_cents)
        as return_cents
    from costs
)
select
    c.customer_id,
    c.order_id,
    min(c.ordered_at) as ordered_at,
    case $period
        when 'year' then date_trunc('year', min(c.ordered_at))
        when 'quarter' then date_trunc('quarter', min(c.ordered_at))
        else date_trunc('month', min(c.ordered_at))
    end as period_start,
    max(c.currency) as currency,
    count(*) filter (where c.is_line) as lines,
    cast(sum(c.revenue_cents) as bigint) as revenue_cents,
    cast(sum(c.discount_cents) as bigint) as discount_cents,
    cast(sum(c.returned_cents) as bigint) as returned_cents,
    count(*) filter (where c.is_returned) as returned_lines,
    count(*) filter (where c.is_bargain) as bargain_lines,
    cast(sum(c.goods_cost_cents) as bigint) as goods_cost_cents,
    cast(sum(case when c.is_cost_known then coalesce(c.revenue_cents, 0) else 0 end) as bigint) as known_cost_revenue_cents,
    cast(sum(cast(round(c.goods_cost_cents * c.back_share * $resold_share) as bigint)) as bigint) as recovered_cents,
    cast(
        sum(
            case when c.is_returned
                then cast(round(least(h.return_cents, c.returned_cents / 2)) as bigint) else 0
            end
        ) as bigint
    ) as return_cost_cents
from sold_lines c
cross join handling h
group by c.customer_id, c.order_id
