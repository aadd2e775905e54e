-- How many orders the whole firm had on each day: days without any, within the windows of a campaign, are asked about.
-- grain: one day with an order
-- reads: outcomes
-- writes: firm_days
select
    cast(happened_at as date) as day,
    cast(sum(orders) as double) as orders
from outcomes
where orders > 0
group by cast(happened_at as date)
