-- What each line sold brought and cost, as far as known on the decision date: revenue, what came back of it, its goods.
-- Goods without a known cost are taken to have cost the price less the margin in the settings. Money that was given
-- back on an order, not said for which line, is a line of its own without pieces.
-- grain: one order line of one customer, or one refund
-- reads: orders, returns, products, known_returns, decision_date
-- writes: sold_lines
with
currencies_used as (
    select
        o.customer_id,
        o.currency,
        row_number() over (partition by o.customer_id order by count(*) desc, o.currency) as place
    from orders o
    cross join decision_date d
    where
        o.customer_id is not null
        and o.currency is not null
        and (o.ordered_at < d.as_of or (o.ordered_at is null and not d.is_given))
    group by o.customer_id, o.currency
),
entries as (
    select
        o.customer_id,
        o.order_id,
        o.product_id,
        o.ordered_at,
        o.quantity,
        o.revenue_cents,
        o.discount_cents,
        o.currency,
        least(o.quantity, coalesce(r.quantity, 0)) as returned_quantity,
        0 as refund_cents
    from orders o
    cross join decision_date d
    left join known_returns r on r.order_id = o.order_id and r.order_line = o.line
    where o.customer_id is not null and (o.ordered_at < d.as_of or (o.ordered_at is null and not d.is_given))
    union all
    -- Orders that the file marks as cancelled or returned as a whole are a sale and its return in one row. A return that
    -- bears the number of its order and was matched to one of its lines is in that line already.
    select
        r.customer_id,
        r.return_id as order_id,
        r.product_id,
        r.returned_at as ordered_at,
        r.quantity,
        r.amount_cents as revenue_cents,
        0 as discount_cents,
        r.currency,
        r.quantity as returned_quantity,
        0 as refund_cents
    from returns r
    cross join decision_date d
    where
        r.customer_id is not null
        and r.order_id = r.return_id
        and r.order_line is null
        and (r.returned_at < d.as_of or (r.returned_at is null and not d.is_given))
    union all
    -- Money that was given back on an order, not said for which of its lines.
    select
        r.customer_id,
        r.order_id,
        cast(null as varchar) as product_id,
        r.returned_at as ordered_at,
        0.0 as quantity,
        0 as revenue_cents,
        0 as discount_cents,
        r.currency,
        0.0 as returned_quantity,
        r.amount_cents as refund_cents
    from returns r
    cross join decision_date d
    where
        r.customer_id is not null
        and r.product_id is null
        and (r.returned_at < d.as_of or (r.returned_at is null and not d.is_given))
),
-- What a customer paid in another currency than the usual one is not added up; its amount counts as unknown.
bought as (
    select
        e.customer_id,
        e.order_id,
        e.product_id,
        e.ordered_at,
        e.quantity,
        case when coalesce(e.currency = u.currency, true) then e.revenue_cents end as revenue_cents,
        case when coalesce(e.currency = u.currency, true) then e.discount_cents else 0 end as discount_cents,
        coalesce(u.currency, e.currency) as currency,
        e.returned_quantity,
        case when coalesce(e.currency = u.currency, true) then e.refund_cents else 0 end as refund_cents
    from entries e
    left join currencies_used u on u.customer_id = e.customer_id and u.place = 1
)
select
    b.customer_id,
    b.order_id,
    b.product_id,
    b.ordered_at,
    b.currency,
    b.revenue_cents,
    b.discount_cents,
    b.quantity > 0 as is_line,
    b.returned_quantity > 0 or b.refund_cents > 0 as is_returned,
    coalesce(
        b.discount_cents > 0
        and b.discount_cents >= $deep_discount_share * (coalesce(b.revenue_cents, 0) + b.discount_cents), false
    ) as is_bargain,
    case when b.returned_quantity > 0
        then cast(round(coalesce(b.revenue_cents, 0) * b.returned_quantity / nullif(b.quantity, 0)) as bigint)
        else b.refund_cents
    end as returned_cents,
    case when p.unit_cost_cents is not null and coalesce(p.currency = b.currency, true)
        then cast(round(p.unit_cost_cents * b.quantity) as bigint)
        else cast(round(coalesce(b.revenue_cents, 0) * (1 - $margin_share)) as bigint)
    end as goods_cost_cents,
    p.unit_cost_cents is not null and coalesce(p.currency = b.currency, true) as is_cost_known,
    coalesce(b.returned_quantity / nullif(b.quantity, 0), 0) as back_share
from bought b
left join products p on p.product_id = b.product_id
