-- What fits each customer, and how it relates to what the customer bought: the pairs whose effect is asked for.
-- grain: one product for one customer
-- reads: recommendations
-- writes: recommended_pairs
select
    customer_id,
    product_id,
    type
from recommendations
