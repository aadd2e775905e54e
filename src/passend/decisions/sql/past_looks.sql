-- Who looked for what when: views, searches, and what was put or left in carts.
-- grain: one event
-- reads: events
-- writes: past_looks
select
    customer_id,
    product_id,
    category,
    words,
    happened_at
from events
where customer_id is not null and happened_at is not null and kind in ('search', 'view', 'cart', 'abandon')
