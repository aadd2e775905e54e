-- Offers that no relation leads to, each with the customer's purchases that may speak for it: the latest, and none that
-- costs far less than what is offered, as with relations. Of whoever buys such things anyway the category is told: a
-- purchase speaks for one of them only if its buyers take it more than others do who buy such things.
-- grain: one offered product and one purchase of its customer
-- reads: chosen_offers, bought_products, products
-- writes: unexplained_offers
with
offered as (
    select distinct
        c.customer_id,
        c.product_id
    from chosen_offers c
    left join bought_products b on b.customer_id = c.customer_id and b.product_id = c.product_id
    where c.because_of is null and b.product_id is null
),
latest as (
    select
        b.*,
        row_number() over (partition by b.customer_id order by b.last_on desc, b.product_id) as place
    from bought_products b
    join (select distinct customer_id from offered) o on o.customer_id = b.customer_id
),
own_kinds as (
    select distinct
        b.customer_id,
        p.category
    from bought_products b
    join products p on p.product_id = b.product_id
)
select
    o.customer_id,
    o.product_id,
    l.product_id as other_id,
    k.category as within
from offered o
join latest l on l.customer_id = o.customer_id and l.place <= 40
join products p on p.product_id = o.product_id
join products b on b.product_id = l.product_id
left join own_kinds k on k.customer_id = o.customer_id and k.category = p.category
where coalesce(p.price_cents <= 1.5 * b.price_cents, true)
