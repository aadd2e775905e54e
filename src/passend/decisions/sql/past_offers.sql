-- Offers of products that were made to customers, or held back to measure what they add, and what came of them.
-- grain: one contact
-- reads: contacts, decision_date
-- writes: past_offers
select
    customer_id,
    product_id,
    channel,
    happened_at,
    coalesce(discount_share, 0) as discount_share,
    probability,
    coalesce(outcome, 'none') in ('open', 'click', 'accept', 'decline') as is_noticed,
    coalesce(outcome, 'none') = 'unsubscribe' as has_withdrawn,
    coalesce(outcome, 'none') = 'held-out' as is_held_out
from contacts
cross join decision_date
where direction = 'out' and purpose = 'offer' and product_id is not null and happened_at < as_of
