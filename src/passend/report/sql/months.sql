-- Orders month by month.
-- grain: one month
-- reads: orders
-- writes: months
select
    cast(date_trunc('month', ordered_at) as date) as month,
    count(distinct order_id) as orders
from orders
where ordered_at is not null
group by cast(date_trunc('month', ordered_at) as date)
