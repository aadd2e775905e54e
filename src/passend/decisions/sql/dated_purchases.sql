-- Who bought what when: the past beside which offers are measured.
-- grain: one order line
-- reads: orders
-- writes: dated_purchases
select
    customer_id,
    product_id,
    ordered_at
from orders
where customer_id is not null and ordered_at is not null
