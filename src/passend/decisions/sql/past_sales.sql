-- Who bought what when: the past from which decisions are learned. Gifts and free parts are owned, too. What came back
-- later than the decision date is not back yet.
-- grain: one order line
-- reads: orders, known_returns, decision_date
-- writes: past_sales
select
    o.customer_id,
    o.product_id,
    o.ordered_at,
    coalesce(o.discount_cents, 0) > 0 as is_reduced,
    coalesce(r.quantity >= o.quantity, false) as is_back,
    o.is_gift or coalesce(o.revenue_cents = 0, false) as is_free
from orders o
cross join decision_date d
left join known_returns r on r.order_id = o.order_id and r.order_line = o.line
where o.customer_id is not null and o.ordered_at < d.as_of and o.quantity > 0
