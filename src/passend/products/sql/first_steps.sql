-- First purchases on a common scale of time: days where the orders are dated, else the customer's order number.
-- With each goes how many new products the customer bought within the window after it and before it.
-- grain: one customer and product
-- reads: first_purchases
-- writes: first_steps
with
steps as (
    select
        customer_id,
        product_id,
        cast(coalesce(date_diff('day', date '1970-01-01', first_day), first_sequence) as bigint) as step
    from first_purchases
    where first_day is not null or first_sequence is not null
)
select
    customer_id,
    product_id,
    step,
    count(*) over (
        partition by customer_id order by step range between 1 following and $window_days following
    ) as bought_after,
    count(*) over (
        partition by customer_id order by step range between $window_days preceding and 1 preceding
    ) as bought_before
from steps
