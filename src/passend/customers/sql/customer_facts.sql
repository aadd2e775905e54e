-- What is known of each customer at the end of the data.
-- grain: one customer
-- reads: orders, returns
-- writes: customer_facts
with
bought as (
    select
        customer_id,
        order_id,
        product_id,
        ordered_at,
        revenue_cents,
        discount_cents,
        currency,
        case when quantity > 0
            then cast(round(revenue_cents * returned_quantity / nullif(quantity, 0)) as bigint) else 0
        end as returned_cents,
        returned_quantity > 0 as is_returned
    from orders
    where customer_id is not null
    union all
    -- Orders that the file marks as cancelled or returned as a whole are a sale and its return in one row.
    select
        customer_id,
        return_id as order_id,
        product_id,
        returned_at as ordered_at,
        amount_cents as revenue_cents,
        0 as discount_cents,
        currency,
        coalesce(amount_cents, 0) as returned_cents,
        true as is_returned
    from returns
    where customer_id is not null and order_id = return_id
),
currencies as (
    select
        customer_id,
        currency,
        row_number() over (partition by customer_id order by count(*) desc, currency) as place
    from bought
    where currency is not null
    group by customer_id, currency
)
select
    b.customer_id,
    count(distinct b.order_id) as orders,
    count(distinct b.product_id) as products,
    min(b.ordered_at) as first_order_at,
    max(b.ordered_at) as last_order_at,
    cast(sum(b.revenue_cents) as bigint) as revenue_cents,
    cast(coalesce(sum(b.returned_cents), 0) as bigint) as returned_cents,
    coalesce(cast(sum(b.returned_cents) as double) / nullif(sum(b.revenue_cents), 0), 0) as returned_share,
    count(distinct case when b.is_returned then b.order_id end) as orders_with_returns,
    coalesce(
        cast(sum(b.discount_cents) as double) / nullif(sum(b.revenue_cents + b.discount_cents), 0), 0
    ) as discount_share,
    max(c.currency) as currency
from bought b
left join currencies c on c.customer_id = b.customer_id and c.place = 1
group by b.customer_id
