-- The sums behind the figures that a board asks for, over the last year and the year before it: customers, what they
-- bought, came back with, were sent and said. A figure is a ratio of two of them.
-- grain: one figure of one of the two years
-- reads: sold_lines, outcomes, customer_contacts, products, decision_date
-- writes: score_figures
with
lines as (
    select
        s.customer_id,
        s.order_id,
        coalesce(p.category, s.product_id) as category,
        s.product_id,
        cast(coalesce(s.revenue_cents, 0) as double) as revenue_cents,
        cast(s.returned_cents as double) as returned_cents,
        date_diff('day', s.ordered_at, d.as_of) as days_ago
    from sold_lines s
    cross join decision_date d
    left join products p on p.product_id = s.product_id
    where s.ordered_at is not null and s.is_line
),
dated as (
    select
        case when days_ago < 365 then 'now' else 'before' end as span,
        customer_id, order_id, category, product_id, revenue_cents, returned_cents
    from lines
    where days_ago < 730
),
by_order as (
    select span, customer_id, order_id, count(distinct product_id) as products, count(distinct category) as categories
    from dated
    group by span, customer_id, order_id
),
by_customer as (
    select
        span,
        customer_id,
        count(distinct order_id) as orders,
        count(distinct product_id) as products,
        count(distinct category) as categories,
        sum(revenue_cents) as revenue_cents,
        sum(returned_cents) as returned_cents
    from dated
    group by span, customer_id
),
profits as (
    select
        case when date_diff('day', o.happened_at, d.as_of) < 365 then 'now' else 'before' end as span,
        o.customer_id,
        sum(o.revenue_cents - o.returned_cents - o.goods_cents - o.service_cents - o.contact_cents) as profit_cents
    from outcomes o
    cross join decision_date d
    where date_diff('day', o.happened_at, d.as_of) < 730
    group by case when date_diff('day', o.happened_at, d.as_of) < 365 then 'now' else 'before' end, o.customer_id
),
cross_buyers as (
    select c.span, c.customer_id, c.categories, p.profit_cents
    from by_customer c
    join profits p on p.span = c.span and p.customer_id = c.customer_id
),
touched as (
    select
        case when date_diff('day', c.happened_at, d.as_of) < 365 then 'now' else 'before' end as span,
        c.customer_id,
        c.is_sent,
        c.is_answered,
        c.is_accepted,
        c.is_unsubscribed,
        c.is_complaint,
        c.satisfaction
    from customer_contacts c
    cross join decision_date d
    where date_diff('day', c.happened_at, d.as_of) < 730
)
select span, 'one product' as figure, cast(count(*) filter (where products = 1) as double) as above,
    cast(count(*) as double) as below, cast(count(*) filter (where products = 1) as double) as squares
from by_customer
group by span
union all
select span, 'breadth' as figure, cast(sum(categories) as double) as above, cast(count(*) as double) as below,
    cast(sum(categories * categories) as double) as squares
from by_customer
group by span
union all
select span, 'attach rate' as figure, cast(count(*) filter (where products > 1) as double) as above,
    cast(count(*) as double) as below, cast(count(*) filter (where products > 1) as double) as squares
from by_order
group by span
union all
select span, 'repeat rate' as figure, cast(count(*) filter (where orders > 1) as double) as above,
    cast(count(*) as double) as below, cast(count(*) filter (where orders > 1) as double) as squares
from by_customer
group by span
union all
select span, 'return rate' as figure, sum(returned_cents) as above, sum(revenue_cents) as below,
    cast(null as double) as squares
from by_customer
group by span
union all
select span, 'loss-making cross-buyers' as figure,
    cast(count(*) filter (where profit_cents < 0) as double) as above, cast(count(*) as double) as below,
    cast(count(*) filter (where profit_cents < 0) as double) as squares
from cross_buyers
where categories > 1
group by span
union all
select span, 'contact pressure' as figure, cast(count(*) filter (where is_sent) as double) as above,
    cast(count(distinct customer_id) as double) as below, cast(null as double) as squares
from touched
group by span
union all
select span, 'answered' as figure, cast(count(*) filter (where is_answered) as double) as above,
    cast(count(*) filter (where is_sent) as double) as below,
    cast(count(*) filter (where is_answered) as double) as squares
from touched
group by span
union all
select span, 'accepted' as figure, cast(count(*) filter (where is_accepted) as double) as above,
    cast(count(*) filter (where is_sent) as double) as below,
    cast(count(*) filter (where is_accepted) as double) as squares
from touched
group by span
union all
select span, 'unsubscribed' as figure, cast(count(*) filter (where is_unsubscribed) as double) as above,
    cast(count(*) filter (where is_sent) as double) as below,
    cast(count(*) filter (where is_unsubscribed) as double) as squares
from touched
group by span
union all
select span, 'complaints' as figure, cast(count(*) filter (where is_complaint) as double) as above,
    cast(count(*) filter (where is_sent) as double) as below,
    cast(count(*) filter (where is_complaint) as double) as squares
from touched
group by span
union all
select span, 'satisfaction' as figure, sum(satisfaction) as above, cast(count(satisfaction) as double) as below,
    sum(satisfaction * satisfaction) as squares
from touched
group by span
