-- The next new products for each customer, best first, each with its strongest reason; for customers of whom
-- nothing else is known, what sold best lately.
-- grain: one product for one customer
-- reads: candidates, relations, first_purchases, owned_products, basket_products, products, seasons, families, kept_apart, compatibility, owned_fits
-- writes: recommendations
with
evidence as (
    select
        c.customer_id,
        c.product_id,
        c.score,
        c.place,
        r.type,
        r.product_id as because_of,
        f.last_day as bought_on,
        row_number() over (
            partition by c.customer_id, c.product_id
            order by
                case when r.is_pinned then 0 else 1 end,
                (r.support - r.expected) / nullif(r.base + 5, 0) desc,
                f.last_day desc, r.product_id, r.type
        ) as strongest
    from candidates c
    join relations r on r.other_id = c.product_id and r.type <> 'substitute'
    join first_purchases f on f.customer_id = c.customer_id and f.product_id = r.product_id
),
sold as (
    select
        b.product_id,
        count(*) as orders
    from basket_products b
    join products p
        on p.product_id = b.product_id and p.is_active and coalesce(p.stock > 0 or p.kind <> 'good', true)
    cross join (select max(ordered_at) as at from basket_products) e
    left join seasons s on s.product_id = b.product_id
    where coalesce(s.in_season or not $in_season_only, true)
        and coalesce(b.ordered_at > e.at - interval 90 day, true)
    group by b.product_id
),
best_variants as (
    select
        s.product_id,
        s.orders,
        row_number() over (
            partition by coalesce(m.family, s.product_id) order by s.orders desc, s.product_id
        ) as variant
    from sold s
    left join families m on m.product_id = s.product_id
),
lately as (
    select
        product_id,
        orders,
        row_number() over (order by orders desc, product_id) as place
    from best_variants
    where variant = 1
),
wanting as (
    select
        f.customer_id,
        count(distinct c.product_id) as found
    from first_purchases f
    left join candidates c on c.customer_id = f.customer_id
    group by f.customer_id
    having count(distinct c.product_id) < $candidates
),
fits as (
    select
        w.customer_id,
        l.product_id,
        c.rule,
        max(case when o.value = c.value then 1 else 0 end) as fits
    from wanting w
    join owned_fits o on o.customer_id = w.customer_id
    join compatibility c on c.rule = o.rule and c.side = 'product'
    join lately l on l.product_id = c.product_id and l.place <= $candidates * 3
    group by w.customer_id, l.product_id, c.rule
),
unfit as (
    select distinct customer_id, product_id
    from fits
    where fits = 0
),
barred as (
    select distinct
        f.customer_id,
        k.other_id as product_id
    from wanting w
    join owned_products f on f.customer_id = w.customer_id
    join kept_apart k on k.product_id = f.product_id
),
fillers as (
    select
        w.customer_id,
        l.product_id,
        w.found + row_number() over (partition by w.customer_id order by l.place) as place,
        l.orders
    from wanting w
    join lately l on l.place <= $candidates * 3
    left join owned_products o on o.customer_id = w.customer_id and o.product_id = l.product_id
    left join candidates c on c.customer_id = w.customer_id and c.product_id = l.product_id
    left join barred b on b.customer_id = w.customer_id and b.product_id = l.product_id
    left join unfit u on u.customer_id = w.customer_id and u.product_id = l.product_id
    where o.product_id is null and c.product_id is null and b.product_id is null and u.product_id is null
)
select
    e.customer_id,
    cast(e.place as bigint) as rank,
    e.product_id,
    e.score,
    e.type,
    e.because_of,
    'bought ' || p.name || coalesce(' on ' || cast(e.bought_on as varchar), '') || '; ' || r.reason as reason
from evidence e
join products p on p.product_id = e.because_of
join relations r on r.product_id = e.because_of and r.other_id = e.product_id and r.type = e.type
where e.strongest = 1
union all
select
    customer_id,
    cast(place as bigint) as rank,
    product_id,
    cast(0 as double) as score,
    'popular' as type,
    cast(null as varchar) as because_of,
    'among the best sellers of late: ' || orders || ' orders' as reason
from fillers
where place <= $candidates
