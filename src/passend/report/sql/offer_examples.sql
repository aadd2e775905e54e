-- Ten customers with their offers, and how well they are known: those with the strongest evidence.
-- grain: one offer
-- reads: offers, customer_facts
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
    f.orders,
    f.last_order_at,
    f.revenue_cents,
    c.place
from offers o
join customers c on c.customer_id = o.customer_id
join customer_facts f on f.customer_id = o.customer_id
where c.place <= 10
