-- What customers own that must be fitted, such as a phone: which rule, which value. Who owns no such thing may still
-- have one bought elsewhere, and does not stand here.
-- grain: one customer, one rule and one value
-- reads: owned_products, compatibility
-- writes: owned_fits
select distinct
    f.customer_id,
    c.rule,
    c.value
from owned_products f
join compatibility c on c.product_id = f.product_id and c.side = 'partner'
