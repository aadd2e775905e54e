-- How each option relates to what its customer has: the strongest relation that leads to it. An accessory speaks for
-- no product that costs far more than itself, unless people pinned it.
-- grain: one customer and product
-- reads: offer_options, owned_products, relations, products
-- writes: related_options
with
ranked as (
    select
        c.customer_id,
        c.product_id,
        r.type,
        r.product_id as because_of,
        r.strength,
        row_number() over (
            partition by c.customer_id, c.product_id
            order by
                case when r.is_pinned then 0 else 1 end,
                (r.support - r.expected) / nullif(r.base + 5, 0) desc,
                r.product_id, r.type
        ) as place
    from offer_options c
    join relations r on r.other_id = c.product_id and r.type <> 'substitute'
    join owned_products o on o.customer_id = c.customer_id and o.product_id = r.product_id
    join products p on p.product_id = c.product_id
    join products b on b.product_id = r.product_id
    where r.is_pinned or r.type <> 'complement' or coalesce(p.price_cents <= 1.5 * b.price_cents, true)
)
select
    customer_id,
    product_id,
    type,
    because_of,
    strength
from ranked
where place = 1
