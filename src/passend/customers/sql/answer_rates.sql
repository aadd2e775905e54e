-- How often contacts are answered by channel and part of the day (UTC), pulled from all contacts to the channel
-- to the part of the day, with the weight of twenty contacts each.
-- grain: one channel and part of the day in which something was sent
-- reads: customer_contacts
-- writes: answer_rates
with
sent as (
    select
        channel,
        case when hour < 6 then 'night' when hour < 12 then 'morning' when hour < 18 then 'afternoon' else 'evening' end
            as day_part,
        is_answered
    from customer_contacts
    where is_sent
),
overall as (
    select cast(count(*) filter (where is_answered) + 1 as double) / nullif(count(*) + 2, 0) as answer_share
    from sent
),
by_channel as (
    select
        s.channel,
        (count(*) filter (where s.is_answered) + 20 * max(o.answer_share)) / nullif(count(*) + 20, 0) as answer_share
    from sent s
    cross join overall o
    group by s.channel
)
select
    s.channel,
    s.day_part,
    count(*) as sent,
    (count(*) filter (where s.is_answered) + 20 * max(c.answer_share)) / nullif(count(*) + 20, 0) as answer_share
from sent s
join by_channel c on c.channel = s.channel
group by s.channel, s.day_part
