-- What is never offered to whom: what replaces a product that the customer has or what people forbade beside it, and
-- what must fit something that the customer owns and does not.
-- grain: one customer and product
-- reads: owned_products, kept_apart, owned_fits, compatibility
-- writes: barred_offers
with
fits as (
    select
        o.customer_id,
        c.product_id,
        c.rule,
        max(case when o.value = c.value then 1 else 0 end) as fits
    from owned_fits o
    join compatibility c on c.rule = o.rule and c.side = 'product'
    group by o.customer_id, c.product_id, c.rule
)
select
    o.customer_id,
    k.other_id as product_id
from owned_products o
join kept_apart k on k.product_id = o.product_id
union
select
    customer_id,
    product_id
from fits
where fits = 0
