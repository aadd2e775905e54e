-- At which hour of the day (UTC) a customer is usually about: orders, looks and answered contacts, each spread over the
-- hours beside it, and pulled towards the hours of all customers with the weight of eight acts. What stands at midnight
-- to the second has a date and no hour.
-- grain: one customer who was about at a known hour
-- reads: orders, events, customer_contacts, decision_date
-- writes: customer_hours
with
acts as (
    select distinct o.customer_id, o.ordered_at as happened_at
    from orders o
    cross join decision_date d
    where o.customer_id is not null and o.ordered_at < d.as_of
    union all
    select e.customer_id, e.happened_at
    from events e
    cross join decision_date d
    where e.customer_id is not null and e.happened_at < d.as_of
    union all
    select customer_id, happened_at
    from customer_contacts
    where is_answered
),
by_hour as (
    select customer_id, hour(happened_at) as act_hour, count(*) as acts
    from acts
    where happened_at <> date_trunc('day', happened_at)
    group by customer_id, hour(happened_at)
),
persons as (
    select customer_id, cast(sum(acts) as bigint) as acts
    from by_hour
    group by customer_id
),
beside as (
    select 23 as hours_on, 0.25 as part
    union all
    select 0 as hours_on, 0.5 as part
    union all
    select 1 as hours_on, 0.25 as part
),
spread as (
    select h.customer_id, (h.act_hour + b.hours_on) % 24 as best_hour, sum(h.acts * b.part) as acts
    from by_hour h
    cross join beside b
    group by h.customer_id, (h.act_hour + b.hours_on) % 24
),
usual as (
    select s.best_hour, sum(s.acts) / nullif(max(t.acts), 0) as hour_share
    from spread s
    cross join (select sum(acts) as acts from persons) t
    group by s.best_hour
),
ranked_usual as (
    select best_hour, row_number() over (order by round(hour_share * 1000000) desc, best_hour) as place
    from usual
),
options as (
    select customer_id, best_hour, acts from spread
    union all
    select p.customer_id, u.best_hour, 0.0 as acts
    from persons p
    cross join ranked_usual u
    where u.place = 1
),
rated as (
    select
        o.customer_id,
        o.best_hour,
        max(p.acts) as acts,
        (sum(o.acts) + 8 * max(u.hour_share)) / nullif(max(p.acts) + 8, 0) as hour_share
    from options o
    join persons p on p.customer_id = o.customer_id
    join usual u on u.best_hour = o.best_hour
    group by o.customer_id, o.best_hour
),
ranked as (
    select
        customer_id, best_hour, acts, hour_share,
        row_number() over (partition by customer_id order by round(hour_share * 1000000) desc, best_hour) as place
    from rated
)
select
    customer_id,
    cast(best_hour as bigint) as best_hour,
    cast(hour_share as double) as hour_share,
    acts
from ranked
where place = 1
