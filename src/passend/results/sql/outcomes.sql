-- Everything that a customer brought or cost, with its time: each line sold with what came back of it, each call for
-- service, each contact with an offer, each complaint or unsubscription. One line of each order counts the order.
-- grain: one line sold, one refund or one contact
-- reads: sold_lines, customer_contacts, costs
-- writes: outcomes
with
handling as (
    select coalesce(max(case when kind = 'return' and name = 'any' then amount_cents end), $return_cost_cents)
        as return_cents
    from costs
)
select
    s.customer_id,
    s.ordered_at as happened_at,
    s.order_id,
    s.product_id,
    case when s.is_line and row_number() over (
        partition by s.customer_id, s.order_id, s.is_line
        order by s.ordered_at, s.product_id, s.revenue_cents, s.returned_cents, s.goods_cost_cents, s.back_share
    ) = 1 then 1 else 0 end as orders,
    cast(coalesce(s.revenue_cents, 0) as double) as revenue_cents,
    cast(s.returned_cents as double) as returned_cents,
    cast(s.goods_cost_cents - round(s.goods_cost_cents * s.back_share * $resold_share) as double) as goods_cents,
    cast(case when s.is_returned then least(h.return_cents, s.returned_cents / 2) else 0 end as double)
        as service_cents,
    cast(0 as double) as contact_cents,
    0 as answers,
    0 as complaints
from sold_lines s
cross join handling h
where s.ordered_at is not null
union all
select
    customer_id,
    happened_at,
    cast(null as varchar) as order_id,
    cast(null as varchar) as product_id,
    0 as orders,
    cast(0 as double) as revenue_cents,
    cast(0 as double) as returned_cents,
    cast(0 as double) as goods_cents,
    cast(case when is_service then cost_cents else 0 end as double) as service_cents,
    cast(case when is_service then 0 else cost_cents end as double) as contact_cents,
    case when is_answered then 1 else 0 end as answers,
    case when is_complaint or is_unsubscribed then 1 else 0 end as complaints
from customer_contacts
