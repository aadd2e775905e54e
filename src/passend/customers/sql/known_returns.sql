-- The pieces of each order line that are known to have come back by the decision date. The sum that the orders
-- carry holds later returns as well, and would give the future away.
-- grain: one order line of which something came back
-- reads: returns, decision_date
-- writes: known_returns
select
    r.order_id,
    r.order_line,
    sum(r.quantity) as quantity
from returns r
cross join decision_date d
where
    r.order_id is not null
    and r.order_line is not null
    and (r.returned_at < d.as_of or (r.returned_at is null and not d.is_given))
group by r.order_id, r.order_line
