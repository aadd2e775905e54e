-- The next new products for each customer, best first, each with its strongest reason: the relation from something the
-- customer bought, or, where no relation is sure enough, how many have it.
-- grain: one product for one customer
-- reads: candidates, relations, first_purchases, products
-- writes: recommendations
with
buyers as (
    select
        product_id,
        count(*) as customers
    from first_purchases
    group by product_id
),
evidence as (
    select
        c.customer_id,
        c.product_id,
        r.type,
        r.product_id as because_of,
        r.reason,
        f.last_day as bought_on,
        row_number() over (
            partition by c.customer_id, c.product_id
            order by
                case when r.is_pinned then 0 else 1 end,
                (r.support - r.expected) / nullif(r.base + 5, 0) desc,
                f.last_day desc, r.product_id, r.type
        ) as strongest
    from candidates c
    join relations r
        on r.other_id = c.product_id and r.type <> 'substitute' and (r.is_pinned or r.support > r.expected)
    join first_purchases f on f.customer_id = c.customer_id and f.product_id = r.product_id
)
select
    c.customer_id,
    cast(c.place as bigint) as rank,
    c.product_id,
    c.score,
    coalesce(e.type, 'popular') as type,
    e.because_of,
    coalesce(
        'bought ' || p.name || coalesce(' on ' || cast(e.bought_on as varchar), '') || '; ' || e.reason,
        'fits all that was bought together; ' || coalesce(b.customers, 0) || ' customers have it'
    ) as reason
from candidates c
left join evidence e
    on e.customer_id = c.customer_id and e.product_id = c.product_id and e.strongest = 1
left join products p on p.product_id = e.because_of
left join buyers b on b.product_id = c.product_id
