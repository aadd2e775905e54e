-- Which product relates to which, without words.
-- grain: one relation of one type from one product to another
-- reads: relations
-- writes: related_products
select
    product_id,
    other_id,
    type,
    strength
from relations
