-- What the firm sent its customers within the year before the plan; hold-outs were sent nothing. Days are counted up to
-- the present of the decision: the midnight after the decision date, from which on offers go out.
-- grain: one contact
-- reads: contacts, decision_date
-- writes: recent_contacts
select
    c.contact_id,
    c.customer_id,
    c.channel,
    cast(date_diff('day', c.happened_at, d.as_of + interval 1 day - interval 1 microsecond) as double) as days_ago
from contacts c
cross join decision_date d
where c.direction = 'out' and c.purpose in ('offer', 'news') and coalesce(c.outcome, 'none') <> 'held-out'
    and c.happened_at <= d.as_of and c.happened_at > d.as_of - interval 366 day
