-- Who looked for what when: views, searches, and what was put or left in carts.
-- grain: one event
-- reads: events, decision_date
-- writes: past_looks
select
    e.customer_id,
    e.product_id,
    e.category,
    e.words,
    e.happened_at
from events e
cross join decision_date d
where e.customer_id is not null and e.happened_at < d.as_of and e.kind in ('search', 'view', 'cart', 'abandon')
