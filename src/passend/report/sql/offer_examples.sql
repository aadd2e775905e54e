-- Ten customers with their offers, and how well they are known: those whose offers rest on the strongest evidence, a
-- relation between products or what the customer bought again and again.
-- grain: one offer
-- reads: offers, orders, customer_facts
-- writes: offer_examples
with
bought as (
    select
        customer_id,
        product_id,
        count(distinct order_id) as times
    from orders
    where customer_id is not null
    group by customer_id, product_id
),
weighed as (
    select
        o.customer_id,
        o.score,
        case when o.score > 0 then 2 when b.times > 1 then 1 else 0 end as evidence
    from offers o
    left join bought b on b.customer_id = o.customer_id and b.product_id = o.product_id
    where o.chosen
),
customers as (
    select
        customer_id,
        row_number() over (
            order by min(case when evidence > 0 then 1 else 0 end) desc, sum(evidence) desc, max(score) desc, customer_id
        ) as place
    from weighed
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
where c.place <= 10 and o.chosen
