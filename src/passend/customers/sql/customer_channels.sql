-- On which channel, and in which part of the day, a customer answers. A customer's answers are set against those
-- expected of what was sent (so that being written to more often does not look like interest), and pulled towards
-- the customer's own average and that towards 1, with the weight of two expected answers each. Nothing is guessed
-- from silence: where nothing was sent there is no rate. Consent is a wall: e-mail, telephone, webhook and audience
-- need a yes, on-site and desk the absence of a no.
-- grain: one customer and channel on which something was sent or said
-- reads: customer_contacts, answer_rates, latest_consents
-- writes: customer_channels
with
sent as (
    select
        c.customer_id,
        c.channel,
        r.day_part,
        c.is_answered,
        r.answer_share
    from customer_contacts c
    join answer_rates r
        on r.channel = c.channel
        and r.day_part = case
            when c.hour < 6 then 'night' when c.hour < 12 then 'morning' when c.hour < 18 then 'afternoon' else 'evening'
        end
    where c.is_sent
),
persons as (
    select
        customer_id,
        (2 + count(*) filter (where is_answered)) / nullif(2 + sum(answer_share), 0) as factor
    from sent
    group by customer_id
),
channels as (
    select
        s.customer_id,
        s.channel,
        count(*) as received,
        count(*) filter (where s.is_answered) as answered,
        (2 * max(p.factor) + count(*) filter (where s.is_answered)) / nullif(2 + sum(s.answer_share), 0) as factor
    from sent s
    join persons p on p.customer_id = s.customer_id
    group by s.customer_id, s.channel
),
parts as (
    select
        c.customer_id,
        c.channel,
        r.day_part,
        (2 * c.factor + count(s.customer_id) filter (where s.is_answered))
        / nullif(2 + coalesce(sum(s.answer_share), 0), 0) * max(r.answer_share) as answer_share
    from channels c
    join answer_rates r on r.channel = c.channel
    left join sent s on s.customer_id = c.customer_id and s.channel = c.channel and s.day_part = r.day_part
    group by c.customer_id, c.channel, r.day_part, c.factor
),
best_parts as (
    select
        customer_id,
        channel,
        day_part,
        least(1, answer_share) as answer_share,
        row_number() over (
            partition by customer_id, channel order by round(answer_share * 1000000) desc, day_part
        ) as place
    from parts
),
pairs as (
    select customer_id, channel from channels
    union
    select customer_id, channel from latest_consents
)
select
    p.customer_id,
    p.channel,
    coalesce(l.is_given, p.channel in ('onsite', 'desk')) as is_allowed,
    coalesce(c.received, 0) as received,
    coalesce(c.answered, 0) as answered,
    b.answer_share,
    b.day_part as best_day_part
from pairs p
left join channels c on c.customer_id = p.customer_id and c.channel = p.channel
left join best_parts b on b.customer_id = p.customer_id and b.channel = p.channel and b.place = 1
left join latest_consents l on l.customer_id = p.customer_id and l.channel = p.channel
