-- What came back, with the sale that it reverses: the same order if the file names it, else the customer's
-- latest earlier purchase of the product, one of the same number of pieces first.
-- grain: one returned or cancelled line
-- reads: lines, quarantine, sales, currencies
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
        cast(round(l.unit_price * abs(l.quantity) * coalesce(m.minor_units, 100)) as bigint) as amount_cents,
        l.currency,
        l.quantity > 0 as is_whole
    from lines l
    left join quarantine q on q.source_id = l.source_id and q.row = l.row
    left join currencies m on m.currency = l.currency
    where q.row is null and (l.quantity < 0 or l.is_cancelled)
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
)
select
    b.return_id,
    b.line,
    b.customer_id,
    b.product_id,
    b.returned_at,
    b.quantity,
    b.amount_cents,
    b.currency,
    case when b.is_whole then b.return_id else r.order_id end as order_id,
    r.order_line
from back b
left join ranked r on r.return_id = b.return_id and r.line = b.line and r.place = 1
