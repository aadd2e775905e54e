-- What a customer's orders say: how recent, how often, how much, how broad, in which rhythm, how dear, how often
-- at a discount, and how much came back.
-- grain: one customer with orders
-- reads: orders, customer_orders, customer_categories, tier_shares, decision_date
-- writes: purchase_facts
with
placed as (
    select
        o.customer_id,
        o.order_id,
        o.ordered_at,
        o.revenue_cents,
        o.discount_cents,
        o.returned_cents,
        o.returned_lines,
        d.as_of,
        cast(
            date_diff(
                'day',
                lag(o.ordered_at) over (partition by o.customer_id order by o.ordered_at, o.order_id),
                o.ordered_at
            ) as double
        ) as gap_days
    from customer_orders o
    cross join decision_date d
),
orders_of as (
    select
        customer_id,
        count(*) as orders,
        min(ordered_at) as first_order_at,
        max(ordered_at) as last_order_at,
        min(date_diff('day', ordered_at, as_of)) as recency_days,
        max(date_diff('day', ordered_at, as_of)) as tenure_days,
        count(*) filter (where date_diff('day', ordered_at, as_of) <= 90) as orders_90_days,
        count(*) filter (where date_diff('day', ordered_at, as_of) <= 365) as orders_365_days,
        cast(
            coalesce(sum(case when date_diff('day', ordered_at, as_of) <= 365 then revenue_cents end), 0) as bigint
        ) as revenue_365_days_cents,
        cast(sum(revenue_cents) as bigint) as revenue_cents,
        cast(coalesce(sum(returned_cents), 0) as bigint) as returned_cents,
        count(*) filter (where returned_lines > 0) as orders_with_returns,
        count(*) filter (
            where discount_cents >= $deep_discount_share * (coalesce(revenue_cents, 0) + discount_cents)
            and discount_cents > 0
        ) as orders_with_discount,
        coalesce(
            cast(sum(discount_cents) as double) / nullif(sum(revenue_cents + discount_cents), 0), 0
        ) as discount_share,
        avg(gap_days) as order_gap_days,
        stddev_samp(gap_days) as order_gap_spread_days
    from placed
    group by customer_id
),
bought as (
    select
        o.customer_id,
        count(distinct o.product_id) as products
    from orders o
    cross join decision_date d
    where o.customer_id is not null and (o.ordered_at < d.as_of or (o.ordered_at is null and not d.is_given))
    group by o.customer_id
),
breadth as (
    select
        customer_id,
        count(distinct category) as categories
    from customer_categories
    group by customer_id
),
currencies as (
    select
        customer_id,
        currency,
        row_number() over (partition by customer_id order by count(*) desc, currency) as place
    from customer_orders
    where currency is not null
    group by customer_id, currency
)
select
    o.customer_id,
    o.orders,
    coalesce(b.products, 0) as products,
    coalesce(k.categories, 0) as categories,
    o.first_order_at,
    o.last_order_at,
    o.recency_days,
    o.tenure_days,
    o.orders_90_days,
    o.orders_365_days,
    o.revenue_365_days_cents,
    o.revenue_cents,
    o.returned_cents,
    coalesce(cast(o.returned_cents as double) / nullif(o.revenue_cents, 0), 0) as returned_share,
    o.orders_with_returns,
    o.orders_with_discount,
    o.discount_share,
    o.order_gap_days,
    o.order_gap_spread_days,
    t.price_tier_share,
    c.currency
from orders_of o
left join bought b on b.customer_id = o.customer_id
left join tier_shares t on t.customer_id = o.customer_id
left join breadth k on k.customer_id = o.customer_id
left join currencies c on c.customer_id = o.customer_id and c.place = 1
