-- What became of offers: of the customers who owned a product when they were offered another, how many took it, and how
-- many would have if owning it made no difference. Customers are compared with customers who own about as many products
-- and were offered the same. Each customer counts once for each product offered; who owned it already does not count,
-- nor does the hold-out, to whom nothing was sent.
-- grain: one product owned and another that was offered
-- reads: contacts, first_purchases, products
-- writes: offer_outcomes
with
offers as (
    select
        customer_id,
        product_id,
        cast(min(happened_at) as date) as day,
        max(case when outcome = 'accept' then 1 else 0 end) as accepted
    from contacts
    where product_id is not null and purpose = 'offer' and direction = 'out' and outcome is not null
        and outcome <> 'held-out'
    group by customer_id, product_id
),
fresh as (
    select o.*
    from offers o
    join products p on p.product_id = o.product_id
    left join first_purchases f
        on f.customer_id = o.customer_id and f.product_id = o.product_id and f.first_day < o.day
    where f.product_id is null
),
owned as (
    select
        o.customer_id,
        o.product_id as other_id,
        o.accepted,
        f.product_id,
        count(*) over (partition by o.customer_id, o.product_id) as products
    from fresh o
    join first_purchases f on f.customer_id = o.customer_id
    where f.first_day < o.day and f.product_id <> o.product_id
),
classed as (
    select
        *,
        case
            when products < 2 then 1
            when products < 4 then 2
            when products < 8 then 3
            when products < 16 then 4
            else 5
        end as class
    from owned
),
rates as (
    select
        other_id,
        class,
        cast(sum(accepted) as double) / nullif(count(*), 0) as rate
    from (select distinct customer_id, other_id, class, accepted from classed)
    group by other_id, class
)
select
    c.product_id,
    c.other_id,
    count(*) as offered,
    cast(sum(c.accepted) as bigint) as accepted,
    sum(r.rate) as expected
from classed c
join rates r on r.other_id = c.other_id and r.class = c.class
group by c.product_id, c.other_id
