-- Which categories a customer bought from in which period, and which of them for the first time. A product
-- without a category counts as one of its own.
-- grain: one category of one customer in one period
-- reads: orders, products, decision_date
-- writes: customer_categories
with
bought as (
    select
        o.customer_id,
        coalesce(p.category, o.product_id) as category,
        case $period
            when 'year' then date_trunc('year', o.ordered_at)
            when 'quarter' then date_trunc('quarter', o.ordered_at)
            else date_trunc('month', o.ordered_at)
        end as period_start
    from orders o
    cross join decision_date d
    left join products p on p.product_id = o.product_id
    where o.customer_id is not null and (o.ordered_at < d.as_of or (o.ordered_at is null and not d.is_given))
)
select
    customer_id,
    category,
    period_start,
    count(*) as lines,
    row_number() over (partition by customer_id, category order by period_start nulls first) = 1 as is_new
from bought
group by customer_id, category, period_start
