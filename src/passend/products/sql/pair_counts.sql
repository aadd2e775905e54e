-- How often two products are in one order, and how often chance would bring them there. Each pair stands once, the
-- smaller product first. Expected: see product_places.
-- grain: one pair of products
-- reads: basket_products, order_cells, product_places
-- writes: pair_counts
with
codes as (
    select
        product_id,
        row_number() over (order by product_id) as code
    from (select distinct product_id from basket_products)
),
slots as (
    select
        b.order_id,
        c.code
    from basket_products b
    join codes c on c.product_id = b.product_id
    join order_cells o on o.order_id = b.order_id
),
pairs as (
    select
        a.code as code,
        b.code as other_code,
        count(*) as together
    from slots a
    join slots b on b.order_id = a.order_id and a.code < b.code
    group by a.code, b.code
    having count(*) >= $min_together
),
weights as (
    select
        c.code,
        p.cell,
        p.places,
        p.odds
    from product_places p
    join codes c on c.product_id = p.product_id
),
expected as (
    select
        p.code,
        p.other_code,
        p.together,
        sum(a.odds * b.places + a.places * b.odds) / 2 as expected
    from pairs p
    join weights a on a.code = p.code
    join weights b on b.code = p.other_code and b.cell = a.cell
    group by p.code, p.other_code, p.together
)
select
    a.product_id,
    b.product_id as other_id,
    e.together,
    e.expected
from expected e
join codes a on a.code = e.code
join codes b on b.code = e.other_code
