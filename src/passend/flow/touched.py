"""Whose facts and profit a refresh must reckon anew: the statements that find it out.

A stamp is the sum of the hashes of all rows that a customer's facts and profit read. Sums do not hang on the order of
rows, and a row that was added, corrected or taken away changes its customer's sum. The statements are DuckDB's own
(its hash is no other engine's) and are told the former decision date and the present one, so that files of other
days are not read.
"""

#: The rows of returns with each customer concerned: who gave back, and who had ordered.
RETURNS = """
    select r.*, r.customer_id as concerns from returns r where r.customer_id is not null
    union all
    select r.*, o.customer_id as concerns from returns r
    join orders o on o.order_id = r.order_id and o.line = r.order_line
    where o.customer_id is not null
"""
STAMPS = f"""
with
goods as (
    select product_id, hash(category, unit_cost_cents, currency) as mark from products
),
rows_read as (
    select o.customer_id, hash(
        'order', o.order_id, o.line, o.product_id, o.ordered_at, o.quantity, o.revenue_cents, o.discount_cents,
        o.currency, p.mark
    ) as mark
    from orders o left join goods p on p.product_id = o.product_id
    union all
    select r.concerns as customer_id, hash(
        'return', r.return_id, r.customer_id, r.product_id, r.returned_at, r.quantity, r.amount_cents, r.currency,
        r.order_id, r.order_line, p.mark
    ) as mark
    from ({RETURNS}) r left join goods p on p.product_id = r.product_id
    union all
    select c.customer_id, hash('contact', c) as mark from contacts c
    union all
    select e.customer_id, hash('event', e) as mark from events e
    union all
    select c.customer_id, hash('contract', c) as mark from contracts c
    union all
    select c.customer_id, hash('customer', c.since) as mark from customers c
)
select customer_id, cast(sum(mark) % 4611686018427387847 as bigint) as stamp, $recipe as recipe
from rows_read
where customer_id is not null
group by customer_id
"""
#: Whose rows changed, or of whom a row became known as the date moved on; and whose contract has its anniversary.
STALE = f"""
with
span as (
    select cast($former as timestamp) as former, cast($now as timestamp) as now
),
moments as (
    select customer_id, ordered_at as at from orders
    union all
    select concerns as customer_id, returned_at as at from ({RETURNS})
    union all
    select customer_id, happened_at as at from events
    union all
    select customer_id, happened_at as at from contacts
    union all
    select customer_id, unnest([started_at, cancelled_at, ends_at]) as at from contracts
    union all
    select customer_id, since as at from customers
)
select coalesce(n.customer_id, f.customer_id) as customer_id
from new_stamps n full join former_stamps f on f.customer_id = n.customer_id
where n.stamp is distinct from f.stamp
union
select m.customer_id from moments m where m.at >= cast($former as timestamp) and m.at < cast($now as timestamp)
union
select f.customer_id from former_facts f cross join span s
where f.anniversary_days <= date_diff('day', s.former, s.now)
"""
#: What left a window of days in between, by customer: it is taken off the counts. An order that the file marks as
#: cancelled or returned as a whole stands among the returns.
GONE = """
with
span as (
    select
        cast($former as timestamp) as former,
        cast($now as timestamp) as now,
        (select is_given from decision_date) as is_given
),
-- A line may have left a window of so many days.
near as (
    select customer_id, order_id from orders
    where
        (ordered_at >= cast($former as date) - 90 and ordered_at < cast($now as date) - 90)
        or (ordered_at >= cast($former as date) - 365 and ordered_at < cast($now as date) - 365)
    union
    select customer_id, return_id as order_id from returns
    where
        order_id = return_id and order_line is null and (
            (returned_at >= cast($former as date) - 90 and returned_at < cast($now as date) - 90)
            or (returned_at >= cast($former as date) - 365 and returned_at < cast($now as date) - 365)
        )
),
placed as (
    select customer_id, order_id, ordered_at, revenue_cents from orders
    union all
    select customer_id, return_id as order_id, returned_at as ordered_at, amount_cents as revenue_cents from returns
    where order_id = return_id and order_line is null
),
near_orders as (
    select p.customer_id, p.order_id, min(p.ordered_at) as at, coalesce(sum(p.revenue_cents), 0) as revenue_cents
    from placed p
    join near n on n.customer_id = p.customer_id and n.order_id = p.order_id
    cross join span s
    where p.ordered_at < s.now or (p.ordered_at is null and not s.is_given)
    group by p.customer_id, p.order_id
),
left_windows as (
    select
        o.customer_id,
        date_diff('day', o.at, s.former) <= 90 and date_diff('day', o.at, s.now) > 90 as left_90,
        date_diff('day', o.at, s.former) <= 365 and date_diff('day', o.at, s.now) > 365 as left_365,
        o.revenue_cents,
        false as left_30
    from near_orders o cross join span s
    union all
    select customer_id, false as left_90, false as left_365, 0 as revenue_cents, true as left_30
    from events
    where happened_at >= cast($former as date) - 30 and happened_at < cast($now as date) - 30
)
select
    customer_id,
    count(*) filter (where left_90) as orders_90_days,
    count(*) filter (where left_365) as orders_365_days,
    cast(coalesce(sum(revenue_cents) filter (where left_365), 0) as bigint) as revenue_365_days_cents,
    count(*) filter (where left_30) as events_30_days
from left_windows
where customer_id is not null
group by customer_id
"""
