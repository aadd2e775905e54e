-- What the firm sent its customers within the year before the end of the data; hold-outs were sent nothing.
-- grain: one contact
-- reads: contacts, orders
-- writes: recent_contacts
with
data_end as (
    select max(ordered_at) as at
    from orders
)
select
    c.contact_id,
    c.customer_id,
    c.channel,
    cast(date_diff('day', c.happened_at, d.at) as double) as days_ago
from contacts c
cross join data_end d
where c.direction = 'out' and c.purpose in ('offer', 'news') and coalesce(c.outcome, 'none') <> 'held-out'
    and c.happened_at <= d.at and c.happened_at > d.at - interval 366 day
