-- The days on which customers bought something for the first time, sorted into cells as orders are: the same span of
-- time and the same number of new products. A month is fine enough for what follows within a window of months.
-- grain: one customer and day (or order, without dates) with something new
-- reads: first_steps, first_purchases
-- writes: arrivals
with
days as (
    select
        customer_id,
        step,
        count(*) as products
    from first_steps
    group by customer_id, step
),
dated as (
    select max(case when first_day is not null then 1 else 0 end) as has_dates
    from first_purchases
),
sized as (
    select
        d.customer_id,
        d.step,
        d.products,
        case when t.has_dates = 1 then date '1970-01-01' end as zero,
        case
            when d.products < 2 then 1
            when d.products < 4 then 2
            when d.products < 8 then 3
            when d.products < 16 then 4
            when d.products < 32 then 5
            when d.products < 64 then 6
            else 7
        end as width
    from days d
    cross join dated t
),
span as (
    select
        cast(count(*) as double) / nullif(count(distinct width), 0) as arrivals,
        max(step) - min(step) + 1 as days
    from sized
),
timed as (
    select
        s.*,
        case
            when s.zero is null then 0
            when p.arrivals * 30 >= p.days * 20 then cast(floor(s.step / 30.4375) as bigint)
            when p.arrivals * 91 >= p.days * 20 then cast(floor(s.step / 91.3125) as bigint)
            when p.arrivals * 365 >= p.days * 20 then cast(floor(s.step / 365.25) as bigint)
            else 0
        end as time
    from sized s
    cross join span p
)
select
    customer_id,
    step,
    products,
    cast(time * 8 + width as bigint) as cell
from timed
