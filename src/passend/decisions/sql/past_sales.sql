-- Who bought what when: the past from which decisions are learned. Gifts and free parts are owned, too.
-- grain: one order line
-- reads: orders
-- writes: past_sales
select
    customer_id,
    product_id,
    ordered_at,
    coalesce(discount_cents, 0) > 0 as is_reduced,
    returned_quantity >= quantity as is_back,
    is_gift or coalesce(revenue_cents = 0, false) as is_free
from orders
where customer_id is not null and ordered_at is not null and quantity > 0
