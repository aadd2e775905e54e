-- What came back, with the sale that it reverses: the same order if the file names it, else the customer's
-- latest earlier purchase of the product, one of the same number of pieces first. A piece that was sold at a discount
-- takes its share of the discount along. What a file tells only on the sale's own row (pieces that came back, money
-- given back on the order) comes last, so that nothing is given back twice.
-- grain: one returned or cancelled line
-- reads: lines, quarantine, refund_lines, sales, currencies, order_reductions
-- writes: returns
with
back as (
    select
        l.order_id as return_id,
        row_number() over (
            partition by l.order_id
            order by
                l.product_id, l.ordered_at, l.quantity, l.unit_price, l.customer_id, l.discount, l.source_id, l.row
        ) as line,
        regexp_replace(l.order_id, '^[A-Za-z]+-?', '') as bare_id,
        l.customer_id,
        l.product_id,
        l.ordered_at as returned_at,
        l.sequence,
        abs(l.quantity) as quantity,
        cast(round(
            case when f.row is null then l.unit_price else abs(l.unit_price) end * coalesce(m.minor_units, 100)
        ) as bigint) as unit_price_cents,
        cast(round(
            (
                case when f.row is null then l.unit_price else abs(l.unit_price) end * abs(l.quantity)
                - coalesce(l.discount, 0)
            ) * coalesce(m.minor_units, 100)
        ) as bigint) - coalesce(o.reduction_cents, 0) as amount_cents,
        coalesce(l.discount, 0) = 0 as is_at_full_price,
        coalesce(m.into_currency, l.currency) as currency,
        l.quantity > 0 and f.row is null as is_whole
    from lines l
    left join quarantine q on q.source_id = l.source_id and q.row = l.row
    left join refund_lines f on f.source_id = l.source_id and f.row = l.row
    left join order_reductions o on o.source_id = l.source_id and o.row = l.row
    left join currencies m on m.currency = l.currency
    where q.row is null and (l.quantity < 0 or l.is_cancelled or f.row is not null)
),
candidates as (
    select
        b.return_id,
        b.line,
        s.order_id,
        s.line as order_line,
        s.quantity,
        s.ordered_at,
        s.sequence,
        true as same_order
    from back b
    join sales s on s.product_id = b.product_id and s.order_id = b.bare_id and not b.is_whole
    union all
    select
        b.return_id,
        b.line,
        s.order_id,
        s.line as order_line,
        s.quantity,
        s.ordered_at,
        s.sequence,
        true as same_order
    from back b
    join sales s
        on s.product_id = b.product_id
        and s.order_id = b.return_id
        and b.return_id <> b.bare_id
        and not b.is_whole
    union all
    select
        b.return_id,
        b.line,
        s.order_id,
        s.line as order_line,
        s.quantity,
        s.ordered_at,
        s.sequence,
        false as same_order
    from back b
    join sales s on s.product_id = b.product_id and s.customer_id = b.customer_id and not b.is_whole
    where coalesce(s.ordered_at <= b.returned_at, s.sequence <= b.sequence, true)
),
ranked as (
    select
        c.return_id,
        c.line,
        c.order_id,
        c.order_line,
        row_number() over (
            partition by c.return_id, c.line
            order by
                case when c.same_order then 0 else 1 end,
                case when c.quantity = b.quantity then 0 when c.quantity > b.quantity then 1 else 2 end,
                c.ordered_at desc nulls last, c.sequence desc nulls last, c.order_id, c.order_line
        ) as place
    from candidates c
    join back b on b.return_id = c.return_id and b.line = c.line
),
matched as (
    select
        b.return_id,
        b.line,
        b.customer_id,
        b.product_id,
        b.returned_at,
        b.quantity,
        case when b.is_at_full_price and s.discount_cents > 0 and s.unit_price_cents = b.unit_price_cents
            then cast(round(s.revenue_cents * b.quantity / nullif(s.quantity, 0)) as bigint)
            else b.amount_cents
        end as amount_cents,
        b.currency,
        b.bare_id,
        case when b.is_whole then b.return_id else r.order_id end as order_id,
        r.order_line
    from back b
    left join ranked r on r.return_id = b.return_id and r.line = b.line and r.place = 1
    left join sales s on s.order_id = r.order_id and s.line = r.order_line
),
pieces as (
    select
        order_id,
        line,
        customer_id,
        product_id,
        ordered_at,
        returned_quantity as quantity,
        cast(round(revenue_cents * returned_quantity / nullif(quantity, 0)) as bigint) as amount_cents,
        currency
    from sales
    where returned_quantity > 0
),
refunds as (
    select
        l.order_id,
        max(l.refund * coalesce(m.minor_units, 100)) as refund
    from lines l
    left join currencies m on m.currency = l.currency
    where l.refund > 0
    group by l.order_id
),
told as (
    select order_id, amount_cents from pieces
    union all
    select bare_id as order_id, amount_cents from matched
),
told_of_order as (
    select
        order_id,
        sum(amount_cents) as amount_cents
    from told
    group by order_id
),
refunded_orders as (
    select
        s.order_id,
        min(s.customer_id) as customer_id,
        min(s.ordered_at) as ordered_at,
        min(s.currency) as currency,
        sum(s.revenue_cents) as revenue_cents,
        max(f.refund) as refund
    from sales s
    join refunds f on f.order_id = s.order_id
    group by s.order_id
),
money as (
    select
        o.order_id,
        o.customer_id,
        o.ordered_at,
        o.currency,
        -- What goes beyond the lines is shipping or tax that was given back, too.
        cast(round(least(o.refund, o.revenue_cents)) as bigint) - cast(coalesce(t.amount_cents, 0) as bigint)
            as amount_cents
    from refunded_orders o
    left join told_of_order t on t.order_id = o.order_id
)
select
    return_id,
    line,
    customer_id,
    product_id,
    returned_at,
    quantity,
    amount_cents,
    currency,
    order_id,
    order_line,
    false as is_on_sale_row
from matched
union all
select
    order_id || ' returned' as return_id,
    line,
    customer_id,
    product_id,
    ordered_at as returned_at,
    quantity,
    amount_cents,
    currency,
    order_id,
    line as order_line,
    true as is_on_sale_row
from pieces
union all
select
    order_id || ' refunded' as return_id,
    1 as line,
    customer_id,
    cast(null as varchar) as product_id,
    ordered_at as returned_at,
    0.0 as quantity,
    amount_cents,
    currency,
    order_id,
    cast(null as bigint) as order_line,
    true as is_on_sale_row
from money
where amount_cents > 0
