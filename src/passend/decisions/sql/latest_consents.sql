-- The latest word of each customer on each channel; of two at the same moment the refusal counts.
-- grain: one customer and channel
-- reads: consents
-- writes: latest_consents
with
words as (
    select
        customer_id,
        channel,
        is_given,
        basis,
        said_at,
        row_number() over (
            partition by customer_id, channel
            order by said_at desc, case when is_given then 1 else 0 end, basis
        ) as place
    from consents
)
select
    customer_id,
    channel,
    is_given,
    basis,
    said_at
from words
where place = 1
