-- What fits each customer, without the words: the offers among which decisions choose.
-- grain: one product for one customer
-- reads: recommendations
-- writes: offer_candidates
select
    customer_id,
    product_id,
    type,
    score,
    because_of
from recommendations
