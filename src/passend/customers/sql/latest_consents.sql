-- The latest word of each customer on each channel, for every room: who asks for permission asks here. Words are the
-- firm's consents; unsubscribing from a message, or reporting it as spam, is a no like any other. Of two words at one
-- moment the no counts. A word under an e-mail address counts for every customer who has that address. Where a
-- decision date was asked for, later words are not known yet; else even the newest refusal counts.
-- grain: one customer and channel on which something was said
-- reads: consents, contacts, customers, decision_date
-- writes: latest_consents
with
said as (
    select
        customer_id,
        channel,
        said_at,
        is_given,
        basis,
        evidence
    from consents
    union all
    select
        customer_id,
        channel,
        happened_at as said_at,
        false as is_given,
        'objection' as basis,
        outcome || ' in contact ' || contact_id as evidence
    from contacts
    where outcome = 'unsubscribe' or (outcome = 'complaint' and direction = 'out' and channel = 'email')
),
known as (
    select s.*
    from said s
    cross join decision_date d
    where not d.is_given or s.said_at < d.as_of
),
words as (
    select * from known
    union all
    select
        c.customer_id,
        k.channel,
        k.said_at,
        k.is_given,
        k.basis,
        k.evidence
    from known k
    join customers c on lower(c.email) = lower(k.customer_id)
    where c.customer_id <> k.customer_id
),
ranked as (
    select
        customer_id,
        channel,
        is_given,
        basis,
        said_at,
        evidence,
        row_number() over (
            partition by customer_id, channel
            order by said_at desc, case when is_given then 1 else 0 end, basis, evidence
        ) as place
    from words
)
select
    customer_id,
    channel,
    is_given,
    basis,
    said_at,
    evidence
from ranked
where place = 1
