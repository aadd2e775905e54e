-- How long after the one the other is bought, and how many customers went the other way. The peak is the middle of
-- the seven days in which most came; it is left empty where fewer than 20 customers speak.
-- grain: one product and another that is bought after it
-- reads: followers, first_steps
-- writes: lags
with
gaps as (
    select
        f.product_id,
        f.other_id,
        b.step - a.step as gap
    from followers f
    join first_steps a on a.product_id = f.product_id
    join first_steps b
        on b.product_id = f.other_id
        and b.customer_id = a.customer_id
        and b.step <= a.step + $window_days
        and b.step >= a.step - $window_days
),
weeks as (
    select
        product_id,
        other_id,
        floor((gap - 1) / 7) as week,
        count(*) as customers
    from gaps
    where gap > 0
    group by product_id, other_id, floor((gap - 1) / 7)
),
busiest as (
    select
        product_id,
        other_id,
        week,
        row_number() over (partition by product_id, other_id order by customers desc, week) as place,
        sum(customers) over (partition by product_id, other_id) as customers
    from weeks
),
forward as (
    select
        product_id,
        other_id,
        quantile_cont(cast(gap as double), 0.5) as lag
    from gaps
    where gap > 0
    group by product_id, other_id
),
backward as (
    select
        product_id,
        other_id,
        count(*) as preceded
    from gaps
    where gap < 0
    group by product_id, other_id
)
select
    f.product_id,
    f.other_id,
    f.lag,
    case when b.customers >= 20 then cast(b.week * 7 + 4 as double) end as peak,
    coalesce(r.preceded, 0) as preceded
from forward f
join busiest b on b.product_id = f.product_id and b.other_id = f.other_id and b.place = 1
left join backward r on r.product_id = f.product_id and r.other_id = f.other_id
