-- What can be sold: the firm's product list where it gives one, completed from its orders. A product's name is
-- the one most used, its price the most usual of its last half year.
-- grain: one product
-- reads: orders, lines, superseded_lines, same_product_lines, product_names, remarks, product_list, currencies
-- writes: products
with
-- An order counts once, also where it holds the product on several lines.
several as (
    select distinct
        order_id,
        product_id
    from same_product_lines
),
further as (
    select
        o.product_id,
        count(*) - count(distinct o.order_id) as lines
    from orders o
    join several s on s.order_id = o.order_id and s.product_id = o.product_id
    group by o.product_id
),
sold_lines as (
    select
        product_id,
        count(*) as lines,
        min(ordered_at) as first_sold_at,
        max(ordered_at) as last_sold_at
    from orders
    group by product_id
),
sold as (
    select
        s.product_id,
        s.lines - coalesce(f.lines, 0) as orders,
        s.first_sold_at,
        s.last_sold_at
    from sold_lines s
    left join further f on f.product_id = s.product_id
),
names as (
    select
        n.product_id,
        n.product_name as name,
        row_number() over (
            partition by n.product_id
            order by case when r.product_name is null then 0 else 1 end, n.lines desc, n.product_name
        ) as place
    from product_names n
    left join remarks r on r.product_name = n.product_name
    where n.product_name <> ''
),
categories as (
    select
        l.product_id,
        l.category,
        row_number() over (partition by l.product_id order by count(*) desc, l.category) as place
    from lines l
    left join superseded_lines s on s.source_id = l.source_id and s.row = l.row
    where s.row is null and l.category is not null and l.product_id is not null
    group by l.product_id, l.category
),
main_currency as (
    select
        currency,
        row_number() over (order by count(*) desc, currency) as place
    from orders
    where currency is not null
    group by currency
),
prices as (
    select
        o.product_id,
        o.unit_price_cents,
        o.currency,
        row_number() over (
            partition by o.product_id order by count(*) desc, max(o.ordered_at) desc, o.unit_price_cents
        ) as place
    from orders o
    join sold s on s.product_id = o.product_id
    left join main_currency c on c.place = 1
    where
        o.unit_price_cents > 0
        and coalesce(o.ordered_at >= s.last_sold_at - interval 180 day, true)
        and coalesce(o.currency, '') = coalesce(c.currency, '')
    group by o.product_id, o.unit_price_cents, o.currency
)
select
    coalesce(s.product_id, l.product_id) as product_id,
    coalesce(l.name, n.name, coalesce(s.product_id, l.product_id)) as name,
    coalesce(l.category, g.category) as category,
    coalesce(cast(round(l.unit_price * coalesce(m.minor_units, 100)) as bigint), p.unit_price_cents) as price_cents,
    cast(round(l.unit_cost * coalesce(m.minor_units, 100)) as bigint) as unit_cost_cents,
    coalesce(
        case when l.unit_price is not null then coalesce(m.into_currency, l.currency, c.currency) end, p.currency
    ) as currency,
    coalesce(l.kind, 'good') as kind,
    coalesce(l.is_active, true) as is_active,
    l.attributes,
    l.stock,
    coalesce(s.orders, 0) as orders,
    s.first_sold_at,
    s.last_sold_at
from sold s
full outer join product_list l on l.product_id = s.product_id
left join names n on n.product_id = s.product_id and n.place = 1
left join categories g on g.product_id = s.product_id and g.place = 1
left join prices p on p.product_id = s.product_id and p.place = 1
left join main_currency c on c.place = 1
left join currencies m on m.currency = coalesce(l.currency, c.currency)
