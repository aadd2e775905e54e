-- Some customers with their offers: those with the strongest evidence.
-- grain: one offer
-- reads: offers
-- writes: offer_examples
with
customers as (
    select
        customer_id,
        row_number() over (order by max(score) desc, customer_id) as place
    from offers
    where chosen
    group by customer_id
)
select
    o.customer_id,
    o.rank,
    o.product_id,
    o.product_name,
    o.price_cents,
    o.currency,
    o.reason,
    c.place
from offers o
join customers c on c.customer_id = o.customer_id
where c.place <= 8
