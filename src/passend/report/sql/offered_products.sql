-- The products that the plan offers most.
-- grain: one product
-- reads: offers
-- writes: offered_products
select
    product_id,
    product_name,
    count(*) as customers,
    max(price_cents) as price_cents,
    max(currency) as currency,
    row_number() over (order by count(*) desc, product_id) as place
from offers
where chosen
group by product_id, product_name
qualify place <= 15
