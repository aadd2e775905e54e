-- The moment at which everything is frozen: the date asked for, else one second after the last thing that happened.
-- Without any dates it is empty, and everything counts as known.
-- grain: the one decision date
-- reads: orders, returns, contacts, events
-- writes: decision_date
with
happened as (
    select max(ordered_at) as happened_at from orders
    union all
    select max(returned_at) as happened_at from returns
    union all
    select max(happened_at) as happened_at from contacts
    union all
    select max(happened_at) as happened_at from events
)
select
    coalesce(cast($as_of as timestamp), max(happened_at) + interval '1 second') as as_of,
    cast($as_of as timestamp) is not null as is_given
from happened
