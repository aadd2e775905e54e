-- What the firm sent its customers within the year before the decision date; hold-outs were sent nothing.
-- grain: one contact
-- reads: contacts, decision_date
-- writes: recent_contacts
select
    c.contact_id,
    c.customer_id,
    c.channel,
    cast(date_diff('day', c.happened_at, d.as_of) as double) as days_ago
from contacts c
cross join decision_date d
where c.direction = 'out' and c.purpose in ('offer', 'news') and coalesce(c.outcome, 'none') <> 'held-out'
    and c.happened_at <= d.as_of and c.happened_at > d.as_of - interval 366 day
