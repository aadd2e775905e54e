-- Order lines before returns are matched to them, numbered within their order by content, so that the
-- number does not depend on the file a line came from.
-- grain: one line of an order
-- reads: lines, quarantine, refund_lines, currencies, order_reductions, same_product_lines
-- writes: sales
select
    l.order_id,
    row_number() over (partition by l.order_id order by l.product_id, p.place) as line,
    l.customer_id,
    l.product_id,
    l.ordered_at,
    l.sequence,
    l.quantity,
    cast(round(l.unit_price * coalesce(m.minor_units, 100)) as bigint) as unit_price_cents,
    cast(round(coalesce(l.discount, 0) * coalesce(m.minor_units, 100)) as bigint) + coalesce(o.reduction_cents, 0)
        as discount_cents,
    cast(round(
        (l.unit_price * l.quantity - coalesce(l.discount, 0)) * coalesce(m.minor_units, 100)
    ) as bigint) - coalesce(o.reduction_cents, 0) as revenue_cents,
    coalesce(m.into_currency, l.currency) as currency,
    l.channel,
    coalesce(l.unit_price * l.quantity - coalesce(l.discount, 0), 1) <= 0 as is_gift,
    case when l.returned_quantity > 0 then least(l.returned_quantity, l.quantity) end as returned_quantity
from lines l
left join quarantine q on q.source_id = l.source_id and q.row = l.row
left join order_reductions o on o.source_id = l.source_id and o.row = l.row
left join currencies m on m.currency = l.currency
left join refund_lines f on f.source_id = l.source_id and f.row = l.row
left join same_product_lines p on p.source_id = l.source_id and p.row = l.row
where q.row is null and f.row is null and l.quantity > 0 and not l.is_cancelled
