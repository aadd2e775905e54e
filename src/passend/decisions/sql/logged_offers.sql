-- Offers of products made to customers on the channels whose effect can be learned, or held back to measure it.
-- grain: one contact
-- reads: contacts
-- writes: logged_offers
select
    contact_id,
    customer_id,
    product_id,
    channel,
    happened_at,
    probability,
    discount_share,
    coalesce(outcome, 'none') = 'held-out' as is_held_out
from contacts
where direction = 'out' and purpose = 'offer' and product_id is not null
    and channel in ('email', 'onsite', 'desk', 'phone')
