-- The products that each customer is likeliest to buy next, by the ranker, and still lacks; what came free is not
-- lacking. Pairs that people pinned come first. Products that too few bought for the ranker to know are placed by their
-- relations: the excess of a relation's share over the expected against a tenth. What replaces a product is not offered
-- to its owner; products whose season is not now or next month wait for it, as do those out of stock. Of the variants of
-- one product the best one stands for all. What must fit something that the customer owns has to fit it.
-- grain: one customer and product the customer does not own
-- reads: ranked_products, first_purchases, owned_products, relations, products, seasons, families, kept_apart, compatibility, owned_fits
-- writes: candidates
with
buyers as (
    select
        product_id,
        count(*) as customers
    from first_purchases
    group by product_id
),
links as (
    select
        r.product_id,
        r.other_id,
        max(case when r.is_pinned then 1 else 0 end) as pinned,
        max(greatest((r.support - r.expected) / nullif(r.base + 5, 0), 0)) as weight
    from relations r
    join products p
        on p.product_id = r.other_id and p.is_active and coalesce(p.stock > 0 or p.kind <> 'good', true)
    left join seasons s on s.product_id = r.other_id
    left join buyers b on b.product_id = r.other_id
    where r.type <> 'substitute'
        and coalesce(s.in_season or not $in_season_only, true)
        and (r.is_pinned or (r.support > r.expected and coalesce(b.customers, 0) < $min_together))
    group by r.product_id, r.other_id
),
best_ranked as (
    select
        customer_id,
        max(score) as score
    from ranked_products
    group by customer_id
),
placed as (
    select
        customer_id,
        product_id,
        score
    from ranked_products
    union all
    select
        f.customer_id,
        l.other_id as product_id,
        max(l.pinned) + coalesce(max(b.score), 1) * sum(l.weight) / nullif(sum(l.weight) + 0.1, 0) as score
    from first_purchases f
    join links l on l.product_id = f.product_id
    left join best_ranked b on b.customer_id = f.customer_id
    group by f.customer_id, l.other_id
),
scored as (
    select
        customer_id,
        product_id,
        max(score) as score
    from placed
    group by customer_id, product_id
),
barred as (
    select distinct
        f.customer_id,
        k.other_id as product_id
    from owned_products f
    join kept_apart k on k.product_id = f.product_id
),
fits as (
    select
        s.customer_id,
        s.product_id,
        c.rule,
        max(case when o.value = c.value then 1 else 0 end) as fits
    from scored s
    join compatibility c on c.product_id = s.product_id and c.side = 'product'
    join owned_fits o on o.customer_id = s.customer_id and o.rule = c.rule
    group by s.customer_id, s.product_id, c.rule
),
unfit as (
    select distinct customer_id, product_id
    from fits
    where fits = 0
),
variants as (
    select
        s.customer_id,
        s.product_id,
        s.score,
        row_number() over (
            partition by s.customer_id, coalesce(m.family, s.product_id) order by s.score desc, s.product_id
        ) as variant
    from scored s
    left join families m on m.product_id = s.product_id
    left join owned_products o on o.customer_id = s.customer_id and o.product_id = s.product_id
    left join barred b on b.customer_id = s.customer_id and b.product_id = s.product_id
    left join unfit u on u.customer_id = s.customer_id and u.product_id = s.product_id
    where o.product_id is null and b.product_id is null and u.product_id is null
),
ranked as (
    select
        customer_id,
        product_id,
        score,
        row_number() over (partition by customer_id order by score desc, product_id) as place
    from variants
    where variant = 1
)
select
    customer_id,
    product_id,
    score,
    place
from ranked
where place <= $candidates
