-- Better products and services that fit what customers have: all that is offered to those who get nothing further.
-- grain: one customer and product
-- reads: owned_products, relations, verdicts
-- writes: lifted_offers
select distinct
    o.customer_id,
    r.other_id as product_id
from owned_products o
join verdicts v on v.customer_id = o.customer_id and v.verdict = 'up-sell instead'
join relations r on r.product_id = o.product_id and r.type in ('upgrade', 'service')
