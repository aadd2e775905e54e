-- What fits each customer, without the words, with effects where they were learned: the offers among which decisions
-- choose.
-- grain: one product for one customer
-- reads: recommendations, offer_effects
-- writes: offer_candidates
select
    r.customer_id,
    r.product_id,
    r.type,
    r.score,
    r.because_of,
    e.base_probability,
    e.email_effect,
    e.email_low,
    e.email_high,
    e.email_contacts,
    e.onsite_effect,
    e.onsite_low,
    e.onsite_high,
    e.onsite_contacts,
    e.desk_effect,
    e.desk_low,
    e.desk_high,
    e.desk_contacts,
    e.phone_effect,
    e.phone_low,
    e.phone_high,
    e.phone_contacts
from recommendations r
left join offer_effects e on e.customer_id = r.customer_id and e.product_id = r.product_id
